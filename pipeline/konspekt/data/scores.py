"""The score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

EditKind: TypeAlias = Literal["equal", "substitute", "delete", "insert"]


# A tuple, as a lecture has thousands and a dataclass takes five times as long to make.
class Edit(NamedTuple):
    """A run of words of one kind: words of the reference against words of the hypothesis."""

    kind: EditKind
    ref_start: int
    ref_end: int
    hyp_start: int
    hyp_end: int


# in order; each word of both sides stands in one edit
Alignment: TypeAlias = tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """Hits and errors of a hypothesis in words and, where CER is wanted, in characters.

    Of a corpus they are the sums over its utterances.
    """

    profile: str  # how both texts were normalised
    hits: int
    substitutions: int
    deletions: int
    insertions: int
    reference_words: int
    hypothesis_words: int
    character_errors: int | None = None  # None where CER is not wanted
    reference_characters: int | None = None
    # Of the words of all utterances, one after another; not in `score.json`.
    alignment: Alignment = ()

    @property
    def errors(self) -> int:
        """Return the wrong, missing and added words together."""
        return self.substitutions + self.deletions + self.insertions

    @property
    def wer(self) -> float | None:
        """Return the word error rate: errors over reference words.

        0.0 where both texts are empty; None where only the reference is.
        """
        if self.reference_words:
            return self.errors / self.reference_words
        return None if self.hypothesis_words else 0.0

    @property
    def cer(self) -> float | None:
        """Return the character error rate: character errors over reference characters.

        Of empty texts as `wer`; None where it is not wanted.
        """
        if self.reference_characters:
            return (self.character_errors or 0) / self.reference_characters
        return 0.0 if self.character_errors == 0 else None

    @property
    def mer(self) -> float:
        """Return the match error rate: errors over hits and errors; 0.0 of empty texts.

        Morris, Maier and Green, "From WER and RIL to MER and WIL", 2004.
        """
        places = self.hits + self.errors
        return self.errors / places if places else 0.0

    @property
    def wip(self) -> float:
        """Return the word information preserved: the product of both sides' shares of hits.

        Morris, Maier and Green, 2004.
        """
        if not self.reference_words or not self.hypothesis_words:
            return float(self.reference_words == self.hypothesis_words)
        return self.hits / self.reference_words * self.hits / self.hypothesis_words

    @property
    def wil(self) -> float:
        """Return the word information lost: what is not preserved."""
        return 1.0 - self.wip


@dataclass(frozen=True, slots=True)
class LectureScore:
    """`score.json`: a lecture against the reference beside its recording."""

    recording: str  # id
    reference: str  # file name
    reference_sha256: str
    raw: Score  # of the texts as they are written
    normalised: Score
