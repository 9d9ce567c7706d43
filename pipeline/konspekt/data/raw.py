"""What was recorded, and what Whisper transcribed of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# Containers round their length and encoders pad it: less is no loss.
MIN_LOST = 2.0  # seconds
MIN_LOST_SHARE = 0.01  # of the declared length


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a recording: where its first second lies in the whole."""

    path: str  # relative to the course (or the name alone outside one), POSIX style
    start: float
    duration: float  # as decoded; of a transcript, as far as its windows reach
    sha256: str
    # What the container says; None for a transcript, and where the container does not say.
    declared_duration: float | None = None
    # The one that was transcribed of several audio tracks; None where there is one.
    track: Track | None = None
    # What could not be decoded; it is silence where the file tells how long it was.
    damage: tuple[Region, ...] = ()

    @property
    def lost(self) -> float:
        """Return the seconds that the container declares and the file does not hold.

        0.0 for less than `MIN_LOST` seconds or `MIN_LOST_SHARE` of the declared length.
        """
        declared = self.declared_duration or 0.0
        missing = declared - self.duration
        return missing if missing > max(MIN_LOST, MIN_LOST_SHARE * declared) else 0.0


@dataclass(frozen=True, slots=True)
class Track:
    """One of several audio tracks in a file."""

    number: int  # from 1
    of: int  # how many there are
    name: str  # its language and title in brackets; "" where the file names neither


@dataclass(frozen=True, slots=True)
class Recording:
    """A recorded lecture: one file, or several that follow one another."""

    id: str  # the first file's name without its ending, made safe
    parts: tuple[Part, ...]

    @property
    def duration(self) -> float:
        """Return the seconds from the start of the first part to the end of the last."""
        return max((part.start + part.duration for part in self.parts), default=0.0)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a segment with its own times."""

    start: float
    end: float
    text: str
    probability: float | None = None  # 0 to 1


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of what was decoded, in Whisper's own terms.

    `text` is untouched, leading space included. The figures are None where the source has none.
    """

    start: float
    end: float
    text: str
    words: tuple[Word, ...] = ()
    # seconds from the window's start at which the decoder stood
    seek: float | None = None
    avg_logprob: float | None = None  # mean log probability of the tokens
    no_speech_prob: float | None = None  # 0 to 1
    compression_ratio: float | None = None  # of the text: repetition compresses well
    temperature: float | None = None  # 0.0: decoded without chance


@dataclass(frozen=True, slots=True)
class How:
    """How a window was decoded."""

    model: (
        str  # "small", a checkpoint's file name, or the format's name for a transcript
    )
    # plain JSON values, for people
    options: Mapping[str, Any] = field(default_factory=dict)
    pass_number: int = 1  # 1: the first pass over the recording, 2: the second
    # The file it was read from, where several transcripts of the same sound were given.
    source: str | None = None
    # what computed Whisper; None for a transcript that was read
    engine: str | None = None
    device: str | None = None  # "cpu" or "cuda"
    # of Whisper's large matrices: "float32", "bfloat16", …
    precision: str | None = None
    # the host that the sound was sent to; None: it did not leave the machine
    sent_to: str | None = None
    # 0 to 1, of the languages among which Whisper decided; low ones are left out
    language_probs: Mapping[str, float] = field(default_factory=dict)
    # no sample above the limit of silence: Whisper did not decode it
    is_silent: bool = False
    # Whisper was stopped: what follows in this window was not written down
    is_cut: bool = False
    # Share of the tokens at which the decoder's attention moves on through the sound, 0 to 1;
    # None: not measured.
    attention_moves: float | None = None


@dataclass(frozen=True, slots=True)
class Alternative:
    """What Whisper also decoded of a window, in another way, and what was not chosen."""

    language: str | None
    segments: tuple[Segment, ...]
    how: How

    @property
    def text(self) -> str:
        """Return the raw text: the segments' text joined unchanged."""
        return "".join(segment.text for segment in self.segments)


@dataclass(frozen=True, slots=True)
class DecodedWindow:
    """What Whisper decoded of one window of sound, untouched.

    A window may be decoded more than once. Each pass has decoded windows with ids of their own;
    within a pass one answer is chosen, and the others are its alternatives.
    """

    id: int
    start: float
    end: float
    language: str | None
    segments: tuple[Segment, ...]
    how: How
    # What was not chosen: no stage takes text from there.
    alternatives: tuple[Alternative, ...] = ()
    # Pauses in it that Whisper did not get, because the detector finds nobody there.
    left_out: tuple[Region, ...] = ()

    @property
    def text(self) -> str:
        """Return the raw text: the segments' text joined unchanged."""
        return "".join(segment.text for segment in self.segments)


@dataclass(frozen=True, slots=True)
class Region:
    """A stretch of the recording: a speech region, or damage."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class RawTranscript:
    """Everything that one pass decoded of a recording: `raw.json`, or `second_pass.json`."""

    recording: Recording
    model: str
    speech: tuple[Region, ...] | None  # the speech regions, in order; None: unknown
    windows: tuple[DecodedWindow, ...]  # by start
