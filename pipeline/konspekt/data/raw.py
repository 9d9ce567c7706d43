"""What was recorded, and what Whisper said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a recording: where its first second lies in the whole."""

    path: str  # relative to the course (or the name alone outside one), POSIX style
    start: float
    duration: float  # as decoded; as the windows reach for a transcript
    sha256: str
    declared_duration: float | None = (
        None  # what the container says; None for a transcript, or where it is silent
    )
    track: Track | None = None  # what was heard of several audio tracks; None where there is one
    damage: tuple[
        Region, ...
    ] = ()  # what could not be decoded: silence, where the file tells how long it was

    @property
    def lost(self) -> float:
        """Seconds that the container declares and the file does not hold.

        0.0 below 2 s and below 1 % of the length: containers round, and encoders pad.
        """
        missing = (self.declared_duration or 0.0) - self.duration
        return missing if missing > max(2.0, 0.01 * (self.declared_duration or 0.0)) else 0.0


@dataclass(frozen=True, slots=True)
class Track:
    """One of several audio tracks in a file."""

    number: int  # from 1
    of: int  # so many there are
    name: str  # its language and title in brackets; "" where the file names neither


@dataclass(frozen=True, slots=True)
class Recording:
    """A recorded lecture: one file, or several that follow one another."""

    id: str
    parts: tuple[Part, ...]

    @property
    def duration(self) -> float:
        return max((part.start + part.duration for part in self.parts), default=0.0)


@dataclass(frozen=True, slots=True)
class Word:
    start: float
    end: float
    text: str
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a window, in Whisper's own terms. `text` is untouched, leading space included."""

    start: float
    end: float
    text: str
    words: tuple[Word, ...] = ()
    seek: float | None = None  # seconds from the window's start at which the decoder stood
    avg_logprob: float | None = None
    no_speech_prob: float | None = None
    compression_ratio: float | None = None
    temperature: float | None = None


@dataclass(frozen=True, slots=True)
class How:
    """How a window came about."""

    model: str  # "small", a checkpoint's file name, or the importer's name for a transcript
    options: Mapping[str, Any] = field(default_factory=dict)  # plain JSON values
    pass_number: int = 1  # 1: the first pass over the recording, 2: the second
    source: str | None = (
        None  # the file it was read from, where several transcripts of the same sound were given
    )


@dataclass(frozen=True, slots=True)
class DecodedWindow:
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
    """`raw.json`: everything that was heard of a recording; `second_pass.json`: what was heard when
    the second pass.
    """

    recording: Recording
    model: str
    demo: bool  # made with the demo Whisper: every page says so
    speech: tuple[Region, ...] | None  # None: unknown
    windows: tuple[DecodedWindow, ...]  # by start
