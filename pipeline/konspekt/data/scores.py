"""The score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

EditKind: TypeAlias = Literal["equal", "substitute", "delete", "insert"]


class Edit(NamedTuple):  # a lecture has thousands, and a dataclass takes five times as long to make
    """A run of words of one kind: reference words `ref_start` to `ref_end` against the hypothesis'
    own.
    """

    kind: EditKind
    ref_start: int
    ref_end: int
    hyp_start: int
    hyp_end: int


Alignment: TypeAlias = tuple[Edit, ...]  # in order; both sides are covered, each word once


@dataclass(frozen=True, slots=True)
class Score:
    """Errors in words and, where CER was asked for, in characters; of a corpus, the sums over its
    utterances.
    """

    profile: str
    hits: int
    substitutions: int
    deletions: int
    insertions: int
    reference_words: int
    hypothesis_words: int
    character_errors: int | None = None  # None where CER was not asked for
    reference_characters: int | None = None
    alignment: Alignment = ()  # of the words of all utterances after one another; not in score.json

    @property
    def errors(self) -> int:
        return self.substitutions + self.deletions + self.insertions

    @property
    def wer(self) -> float | None:
        """Errors over reference words; 0.0 where both are empty, None where only the reference
        is.
        """
        if self.reference_words:
            return self.errors / self.reference_words
        return None if self.hypothesis_words else 0.0

    @property
    def cer(self) -> float | None:
        """Character errors over the reference's; as `wer` where that is empty, None where it was
        not asked for.
        """
        if self.reference_characters:
            return (self.character_errors or 0) / self.reference_characters
        return 0.0 if self.character_errors == 0 else None

    @property
    def mer(self) -> float:
        """Match error rate: errors over hits and errors (Morris, Maier and Green 2004); 0.0 where
        nothing was said.
        """
        return self.errors / (self.hits + self.errors) if self.hits + self.errors else 0.0

    @property
    def wip(self) -> float:
        """Word information preserved: the product of the shares of both sides that are hits (Morris
        et al. 2004).
        """
        if not self.reference_words or not self.hypothesis_words:
            return float(self.reference_words == self.hypothesis_words)
        return self.hits / self.reference_words * self.hits / self.hypothesis_words

    @property
    def wil(self) -> float:
        """Word information lost: what is not preserved."""
        return 1.0 - self.wip


@dataclass(frozen=True, slots=True)
class LectureScore:
    """`score.json`: a lecture against the reference beside its recording, raw and normalised
    together.
    """

    recording: str
    reference: str  # file name
    reference_sha256: str
    raw: Score
    normalised: Score
