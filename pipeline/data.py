"""Every type that flows from stage to stage. All are frozen; a later stage is a later type.

Times are seconds from the start of the recording (of its first part, where a lecture has several); character offsets
are Unicode code points into a hearing's raw text. None means "the source does not say", never "not yet".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeAlias

Progress: TypeAlias = Callable[[float, float], None]
"""Called by long work with what is done and what there is in all, in the stage's own unit."""


def no_progress(done: float, total: float) -> None:
    """The progress nobody watches."""


# ---------------------------------------------------------------------------------------------- what was recorded
@dataclass(frozen=True, slots=True)
class Part:
    """One file of a recording: where its first second lies in the whole."""

    path: str  # relative to the course (or the name alone outside one), POSIX style
    start: float
    duration: float  # as decoded; as the hearings reach for a transcript
    sha256: str
    declared_duration: float | None = None  # what the container says; None for a transcript, or where it is silent

    @property
    def lost(self) -> float:
        """Seconds that the container declares and the file does not hold.

        0.0 below 2 s and below 1 % of the length: containers round, and encoders pad.
        """
        missing = (self.declared_duration or 0.0) - self.duration
        return missing if missing > max(2.0, 0.01 * (self.declared_duration or 0.0)) else 0.0


@dataclass(frozen=True, slots=True)
class Recording:
    """A recorded lecture: one file, or several that follow one another."""

    id: str
    parts: tuple[Part, ...]

    @property
    def duration(self) -> float:
        return max((part.start + part.duration for part in self.parts), default=0.0)


# ------------------------------------------------------------------------------------------------ what Whisper said
@dataclass(frozen=True, slots=True)
class Word:
    start: float
    end: float
    text: str
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a hearing, in Whisper's own terms. `text` is untouched, leading space included."""

    start: float
    end: float
    text: str
    words: tuple[Word, ...] = ()
    seek: float | None = None  # seconds from the hearing's start at which the decoder stood
    avg_logprob: float | None = None
    no_speech_prob: float | None = None
    compression_ratio: float | None = None
    temperature: float | None = None


@dataclass(frozen=True, slots=True)
class How:
    """How a hearing came about."""

    model: str  # "small", a checkpoint's file name, or the importer's name for a transcript
    options: Mapping[str, Any] = field(default_factory=dict)  # plain JSON values
    listening: int = 1  # 1: the first pass over the recording, 2: the second
    source: str | None = None  # the file it was read from, where several transcripts of the same sound were given


@dataclass(frozen=True, slots=True)
class Hearing:
    """What Whisper said of one stretch of sound, untouched."""

    id: int
    start: float
    end: float
    language: str | None
    segments: tuple[Segment, ...]
    how: How

    @property
    def text(self) -> str:
        """The raw text: the segments' text joined unchanged."""
        return "".join(segment.text for segment in self.segments)


@dataclass(frozen=True, slots=True)
class Region:
    """A stretch where somebody speaks."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class RawTranscript:
    """`raw.json`: everything that was heard of a recording; `again.json`: what was heard when listening again."""

    recording: Recording
    model: str
    demo: bool  # made with the demo Whisper: every page says so
    speech: tuple[Region, ...] | None  # None: unknown
    hearings: tuple[Hearing, ...]  # by start


# --------------------------------------------------------------------------------------------- what cleaning decides


@dataclass(frozen=True, slots=True)
class Removal:
    """A span of a hearing's raw text that is set aside, and why (a line of `removed.jsonl`)."""

    hearing: int
    window_start: float  # the hearing's start
    char_start: int
    char_end: int
    start: float
    end: float
    text: str  # exactly raw[char_start:char_end]; "" where it is redacted
    reason: str
    evidence: Mapping[str, Any]  # plain JSON values; "words" says it in words
    source: str | None = field(default=None, kw_only=True)  # the hearing's; written only where there is one

    @property
    def is_redacted(self) -> bool:
        """Whether a person wants its words to stand nowhere but in `raw.json`."""
        return not self.text and str(self.evidence.get("why", "")).startswith("redacted")


@dataclass(frozen=True, slots=True)
class Replacement(Removal):
    """A span of a sentence that is read otherwise; `text` is what was heard. A person's text may replace several."""

    new_text: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A kept span of a hearing's raw text: a sentence, or what is left of one. People read its `reading`."""

    id: str  # "HEARING:CHAR_START"
    hearing: int
    window_start: float
    char_start: int
    char_end: int
    start: float
    end: float
    text: str  # exactly raw[char_start:char_end], with the white space that follows it
    replacements: tuple[Replacement, ...] = field(default=(), hash=False)  # in order
    kept: Mapping[str, Any] | None = field(default=None, hash=False)  # evidence, where a person kept it from the rules
    source: str | None = field(default=None, kw_only=True)  # the hearing's; written only where there is one

    @property
    def reading(self) -> str:
        """The text with what a person has put right in it."""
        pieces, at = [], self.char_start
        for replacement in self.replacements:
            pieces += [self.text[at - self.char_start : replacement.char_start - self.char_start], replacement.new_text]
            at = replacement.char_end
        return "".join(pieces) + self.text[at - self.char_start :]


Cause: TypeAlias = Literal["not heard", "set aside", "uncertain"]


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without kept text where somebody speaks, or may."""

    start: float
    end: float
    cause: Cause


@dataclass(frozen=True, slots=True)
class WorthHearing:
    """A stretch worth hearing again after the first listening."""

    start: float
    end: float
    cause: Literal["not heard", "set aside", "uncertain", "cut", "overfull"]  # a gap's, or what is wrong with a hearing
    reasons: tuple[str, ...]  # for which its words were set aside, if they were
    why: str  # in words
    gain: float  # seconds of speech that it may hold
    gained: float | None = None  # seconds under text that the second listening brought; None: not heard again


@dataclass(frozen=True, slots=True)
class Transcript:
    """`transcript.json`: what is kept. With the removals its sentences tile every hearing's raw text, once."""

    recording: str  # id
    language: str
    sentences: tuple[Sentence, ...]  # by time
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class Quality:
    """`quality.json`: what cleaning has to say about a recording, in figures."""

    recording: str
    duration: float
    covered: float  # seconds under kept text
    words_heard: int  # in all hearings' raw text
    words_kept: int
    removed: Mapping[str, int]  # words by reason
    gaps: Mapping[str, float]  # seconds by cause
    likeness: str | None  # the embedding model used; None: done without
    without: tuple[str, ...]  # what the stage did without, in words
    speech: float | None = None  # seconds in which somebody speaks; None: unknown
    again: tuple[WorthHearing, ...] = ()  # worth hearing again after the first listening, the most gain first
    unheard: tuple[Gap, ...] = ()  # what stays without text, and where
    unmatched: tuple[str, ...] = ()  # a person's corrections of this lecture that found nothing, in words
    unmatched_of_course: tuple[str, ...] = ()  # those said of every lecture


@dataclass(frozen=True, slots=True)
class Cleaned:
    transcript: Transcript
    removals: tuple[Removal, ...]  # by hearing and char_start
    quality: Quality


# --------------------------------------------------------------------------------------------------------- the notes
@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of the notes and the kept sentences it rests on."""

    text: str
    start: float
    end: float
    evidence: tuple[str, ...]  # sentence ids, at least one


@dataclass(frozen=True, slots=True)
class Term:
    text: str
    start: float  # where it is first said
    count: int
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    title: str
    start: float
    end: float
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Dropped:
    """A statement of the language model that failed the gate, and why."""

    text: str
    reason: str
    chapter: int


@dataclass(frozen=True, slots=True)
class Notes:
    """`notes.json`: chapters, statements with their evidence, terms."""

    recording: str
    language: str
    method: Literal["outline", "llm"]
    model: str | None  # the language model; None without one
    endpoint: str | None  # host the text went to; None where no text left the machine
    problems: tuple[str, ...]  # what went wrong, in words, to stand on the page
    chapters: tuple[Chapter, ...]
    terms: tuple[Term, ...]
    dropped: tuple[Dropped, ...] = ()


# --------------------------------------------------------------------------------------------------------- the score

EditKind: TypeAlias = Literal["equal", "substitute", "delete", "insert"]


class Edit(NamedTuple):  # a lecture has thousands, and a dataclass takes five times as long to make
    """A run of words of one kind: reference words `ref_start` to `ref_end` against the hypothesis' own."""

    kind: EditKind
    ref_start: int
    ref_end: int
    hyp_start: int
    hyp_end: int


Alignment: TypeAlias = tuple[Edit, ...]  # in order; both sides are covered, each word once


@dataclass(frozen=True, slots=True)
class Score:
    """Errors in words and, where CER was asked for, in characters; of a corpus, the sums over its utterances."""

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
        """Errors over reference words; 0.0 where both are empty, None where only the reference is."""
        if self.reference_words:
            return self.errors / self.reference_words
        return None if self.hypothesis_words else 0.0

    @property
    def cer(self) -> float | None:
        """Character errors over the reference's; as `wer` where that is empty, None where it was not asked for."""
        if self.reference_characters:
            return (self.character_errors or 0) / self.reference_characters
        return 0.0 if self.character_errors == 0 else None

    @property
    def mer(self) -> float:
        """Match error rate: errors over hits and errors (Morris, Maier and Green 2004); 0.0 where nothing was said."""
        return self.errors / (self.hits + self.errors) if self.hits + self.errors else 0.0

    @property
    def wip(self) -> float:
        """Word information preserved: the product of the shares of both sides that are hits (Morris et al. 2004)."""
        if not self.reference_words or not self.hypothesis_words:
            return float(self.reference_words == self.hypothesis_words)
        return self.hits / self.reference_words * self.hits / self.hypothesis_words

    @property
    def wil(self) -> float:
        """Word information lost: what is not preserved."""
        return 1.0 - self.wip


@dataclass(frozen=True, slots=True)
class LectureScore:
    """`score.json`: a lecture against the reference beside its recording, raw and normalised together."""

    recording: str
    reference: str  # file name
    reference_sha256: str
    raw: Score
    normalised: Score
