"""What cleaning decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from konspekt.data import names

# A stage's words for the pages: by language, table and name; the tables are those of `words.toml`.
Wording: TypeAlias = Mapping[str, Mapping[str, Mapping[str, str]]]


@dataclass(frozen=True, slots=True)
class Removal:
    """A span of a window's raw text that is removed, and why: a line of `removed.jsonl`."""

    window: int  # id
    window_start: float  # the window's start
    char_start: int
    char_end: int
    start: float
    end: float
    text: str  # exactly raw[char_start:char_end]; "" where it is redacted
    reason: str
    # Plain JSON values, for a person to read; "words" says it in words. Nothing is decided by them.
    evidence: Mapping[str, Any]
    # in which of its ways the reason came about
    code: str = field(default="", kw_only=True)
    # The id of the window whose kept text holds the same sound, where one does.
    other_window: int | None = field(default=None, kw_only=True)
    # The recurring or listed phrase that the span is, folded.
    phrase: str | None = field(default=None, kw_only=True)
    # A person wants the words to stand nowhere but in `raw.json`.
    redacted: bool = field(default=False, kw_only=True)
    # the window's, of several transcripts
    source: str | None = field(default=None, kw_only=True)

    @property
    def why(self) -> str | None:
        """Return the reason in English words; None if the evidence has none."""
        words = self.evidence.get(names.WORDS)
        return words if isinstance(words, str) else None

    @property
    def kept_instead(self) -> str | None:
        """Return the words that are kept of the same sound; None if the evidence names none."""
        theirs = self.evidence.get(names.THEIRS)
        return theirs if isinstance(theirs, str) else None


@dataclass(frozen=True, slots=True)
class Replacement(Removal):
    """A span of a sentence that is read otherwise; `text` is what was decoded.

    A text that a person gives may replace several spans: it is the last one's, the others' is "".
    """

    new_text: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A kept span of a window's raw text: a sentence, or what is left of one.

    People read its `reading`.
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
    # Evidence, where a person kept it from the rules.
    kept: Mapping[str, Any] | None = field(default=None, hash=False)
    # the window's, of several transcripts
    source: str | None = field(default=None, kw_only=True)

    @property
    def reading(self) -> str:
        """Return the text with its replacements in it."""
        reading, done = "", 0
        for replacement in self.replacements:
            before = self.text[done : replacement.char_start - self.char_start]
            reading += before + replacement.new_text
            done = replacement.char_end - self.char_start
        return reading + self.text[done:]


# Seconds: the times of sentences are no better, nor are the edges of speech regions.
EXACT = 0.5

Cause: TypeAlias = Literal["removed", "not transcribed", "uncertain"]


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without kept text where somebody speaks, or may where no speech is known."""

    start: float
    end: float
    cause: Cause


@dataclass(frozen=True, slots=True)
class SecondPassCandidate:
    """A stretch that the second pass may decode: text is missing there, or not to be trusted."""

    start: float
    end: float
    # A gap's cause, or what is wrong with a window.
    cause: Literal["not transcribed", "removed", "uncertain", "cut", "overfull"]
    reasons: tuple[str, ...]  # for which words were removed there
    why: str  # in words
    gain: float  # seconds of speech that it may hold
    # Seconds under text that the second pass brought; None where it did not decode the stretch.
    gained: float | None = None


@dataclass(frozen=True, slots=True)
class Transcript:
    """`transcript.json`: what is kept.

    Its sentences and the removals together tile every window's raw text, once.
    """

    recording: str  # id
    language: str
    sentences: tuple[Sentence, ...]  # by time
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class Quality:
    """`quality.json`: what cleaning has to say about a recording, in figures."""

    recording: str  # id
    duration: float
    covered: float  # seconds under kept text, of the whole recording
    words_transcribed: int  # in all windows' raw text
    words_kept: int
    removed: Mapping[str, int]  # words by reason
    # seconds by cause: of speech where known, else of the recording
    gaps: Mapping[str, float]
    similarity: str | None  # the embedding model used; None: done without
    without: tuple[str, ...]  # what the stage did without, in words
    speech: float | None = None  # seconds in which somebody speaks; None: unknown
    second_pass: tuple[SecondPassCandidate, ...] = ()  # the most gain first
    missing: tuple[Gap, ...] = ()  # what stays without text, and where
    # A person's corrections of this lecture that found nothing, in words.
    unmatched: tuple[str, ...] = ()
    unmatched_of_course: tuple[str, ...] = ()  # those for every lecture
    # Seconds of speech under kept text; None where no speech is known.
    speech_covered: float | None = None
    # Hosts that sound was sent to for transcription.
    sound_sent_to: tuple[str, ...] = ()

    @property
    def wanted(self) -> float:
        """Return the seconds that should have text: of speech where known, else of all."""
        return self.duration if self.speech is None else self.speech

    @property
    def transcribed(self) -> float:
        """Return the seconds that should have text and have it."""
        return self.covered if self.speech_covered is None else self.speech_covered

    @property
    def transcribed_percent(self) -> int | None:
        """Return the share of them, rounded down; None where nothing should have text.

        100 where all but `EXACT` seconds have text; less speech than that is none.
        """
        if self.wanted <= EXACT:
            return None
        if self.transcribed and self.wanted - self.transcribed <= EXACT:
            return 100
        return int(100 * self.transcribed / self.wanted)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What cleaning makes of a raw transcript."""

    transcript: Transcript
    removals: tuple[Removal, ...]  # by window and char_start
    quality: Quality
