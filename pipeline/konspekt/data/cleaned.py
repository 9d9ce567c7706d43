"""What cleaning decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

# A stage's words for the pages: by language, table and name; the tables are those of `words.toml`.
Wording: TypeAlias = Mapping[str, Mapping[str, Mapping[str, str]]]


@dataclass(frozen=True, slots=True)
class Removal:
    """A span of a window's raw text that is removed, and why (a line of `removed.jsonl`)."""

    window: int
    window_start: float  # the window's start
    char_start: int
    char_end: int
    start: float
    end: float
    text: str  # exactly raw[char_start:char_end]; "" where it is redacted
    reason: str
    # Plain JSON values, for a person to read; "words" says it in words. Nothing is decided by them.
    evidence: Mapping[str, Any]
    code: str = field(default="", kw_only=True)  # in which of its ways the reason came about
    # The id of the window whose kept text holds the same sound, where one does.
    other_window: int | None = field(default=None, kw_only=True)
    # The recurring or listed phrase that the span is, folded.
    phrase: str | None = field(default=None, kw_only=True)
    # A person wants the words to stand nowhere but in `raw.json`.
    redacted: bool = field(default=False, kw_only=True)
    source: str | None = field(default=None, kw_only=True)  # the window's, of several transcripts


@dataclass(frozen=True, slots=True)
class Replacement(Removal):
    """A span of a sentence that is read otherwise; `text` is what was heard. A person's text may
    replace several.
    """

    new_text: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A kept span of a window's raw text: a sentence, or what is left of one. People read its
    `reading`.
    """

    id: str  # "WINDOW:CHAR_START"
    window: int
    window_start: float
    char_start: int
    char_end: int
    start: float
    end: float
    text: str  # exactly raw[char_start:char_end], with the white space that follows it
    replacements: tuple[Replacement, ...] = field(default=(), hash=False)  # in order
    kept: Mapping[str, Any] | None = field(
        default=None, hash=False
    )  # evidence, where a person kept it from the rules
    source: str | None = field(
        default=None, kw_only=True
    )  # the window's; written only where there is one

    @property
    def reading(self) -> str:
        """The text with what a person has put right in it."""
        pieces, at = [], self.char_start
        for replacement in self.replacements:
            pieces += [
                self.text[at - self.char_start : replacement.char_start - self.char_start],
                replacement.new_text,
            ]
            at = replacement.char_end
        return "".join(pieces) + self.text[at - self.char_start :]


EXACT = 0.5  # seconds: the times of sentences are no better, nor are a detector's edges

Cause: TypeAlias = Literal["not transcribed", "removed", "uncertain"]


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without kept text where somebody speaks, or may."""

    start: float
    end: float
    cause: Cause


@dataclass(frozen=True, slots=True)
class SecondPassCandidate:
    """A stretch worth hearing again after the first pass."""

    start: float
    end: float
    cause: Literal[
        "not transcribed", "removed", "uncertain", "cut", "overfull"
    ]  # a gap's, or what is wrong with a window
    reasons: tuple[str, ...]  # for which its words were removed, if they were
    why: str  # in words
    gain: float  # seconds of speech that it may hold
    gained: float | None = (
        None  # seconds under text that the second pass brought; None: not heard again
    )


@dataclass(frozen=True, slots=True)
class Transcript:
    """`transcript.json`: what is kept. With the removals its sentences tile every window's raw
    text, once.
    """

    recording: str  # id
    language: str
    sentences: tuple[Sentence, ...]  # by time
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class Quality:
    """`quality.json`: what cleaning has to say about a recording, in figures."""

    recording: str
    duration: float
    covered: float  # seconds under kept text, of the whole recording
    words_transcribed: int  # in all windows' raw text
    words_kept: int
    removed: Mapping[str, int]  # words by reason
    gaps: Mapping[
        str, float
    ]  # seconds by cause: of speech where it is known, else of the recording
    similarity: str | None  # the embedding model used; None: done without
    without: tuple[str, ...]  # what the stage did without, in words
    speech: float | None = None  # seconds in which somebody speaks; None: unknown
    second_pass: tuple[
        SecondPassCandidate, ...
    ] = ()  # worth hearing again after the first pass, the most gain first
    missing: tuple[Gap, ...] = ()  # what stays without text, and where
    unmatched: tuple[
        str, ...
    ] = ()  # a person's corrections of this lecture that found nothing, in words
    unmatched_of_course: tuple[str, ...] = ()  # those said of every lecture
    speech_covered: float | None = (
        None  # seconds of speech under kept text; None: where somebody speaks is unknown
    )

    @property
    def wanted(self) -> float:
        """Seconds that should have text: those of speech where it is known, else the whole
        recording.
        """
        return self.duration if self.speech is None else self.speech

    @property
    def transcribed(self) -> float:
        """How many of them have it."""
        return self.covered if self.speech_covered is None else self.speech_covered

    @property
    def transcribed_percent(self) -> int | None:
        """That as a share, rounded down: 100 is all of it, to half a second. None where nothing
        should have text.
        """
        if not self.wanted:
            return None
        return (
            100
            if self.transcribed and self.wanted - self.transcribed <= EXACT
            else int(100 * self.transcribed / self.wanted)
        )


@dataclass(frozen=True, slots=True)
class Cleaned:
    transcript: Transcript
    removals: tuple[Removal, ...]  # by window and char_start
    quality: Quality
