"""A recording as sound: what it declares, and its samples in blocks.

This is the one way in which Konspekt reads sound.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from konspekt.data import Part, Region, Track
from konspekt.errors import RecordingError, one_line
from konspekt.sound import files, kinds, messages, mpeg, wav
from konspekt.sound.damage import Place
from konspekt.sound.process import NONSENSE, Child, Message, decoding_child
from konspekt.sound.rate import SAMPLE_RATE
from konspekt.text.times import clock

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples: TypeAlias = NDArray[np.float32]

_PATIENCE = 60.0  # seconds that a decoding may take whatever its length
# and for each second of sound allowed; decoding takes 0.005 (measured)
_PATIENCE_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class SoundInfo:
    """What a recording declares before it is decoded."""

    kind: kinds.Kind
    codec: str
    sample_rate_hz: int
    channels: int
    audio_tracks: int
    track: int  # the one that is decoded, from 1
    track_name: (
        str  # its language and title in brackets; "" where the file names neither
    )
    declared_duration: float | None  # seconds; None where the file does not declare it
    # seconds, from size and bit rate where nothing is declared
    estimated_duration: float | None

    @property
    def likely_duration(self) -> float | None:
        """Return the declared duration in seconds, else the estimated one; None without either."""
        if self.declared_duration is not None:
            return self.declared_duration
        return self.estimated_duration


class Sound:
    """An open recording. Its blocks can be read once; its duration grows with them."""

    def __init__(
        self, path: Path, info: SoundInfo, sha256: str, reader: _BlockReader
    ) -> None:
        self.path = path
        self.info = info
        self.sha256 = sha256
        self._reader = reader

    def blocks(self) -> Iterator[Samples]:
        """Yield the samples `(n,)`, 16 kHz mono, −1 to 1, about a second at a time.

        Raises RecordingError for a file that cannot be decoded, changes meanwhile, is too long or
        holds no sound.
        """
        return self._reader.blocks()

    @property
    def duration(self) -> float:
        """Return the seconds decoded so far."""
        return self._reader.samples / SAMPLE_RATE

    @property
    def damage(self) -> tuple[Place, ...]:
        """Return the places that could not be decoded; () before the last block.

        A place is silence where the file tells how much is missing, and has no length where it does
        not.
        """
        return self._reader.damage

    def part(self, name: str, start: float) -> Part:
        """Return the sound, read to its end, as a part.

        `name` is its path, `start` the second of the recording at which it begins.
        """
        info = self.info
        track = None
        if info.audio_tracks > 1:
            track = Track(info.track, info.audio_tracks, info.track_name)
        damage = tuple(
            Region(start + first, start + last) for first, last in self.damage
        )
        return Part(
            name,
            start,
            self.duration,
            self.sha256,
            info.declared_duration,
            track,
            damage,
        )


@contextmanager
def open_recording(
    path: Path, *, max_hours: float, track: int | str | None = None
) -> Iterator[Sound]:
    """Open the recording at `path` as one local file, and decode it in a child process.

    `track` names one of several audio tracks by number (from 1), title or language; None is the
    first. Where there is only one, that one is decoded.

    Raises RecordingError for what is not an ordinary file, is empty, text, a playlist or of an
    unknown format. So it does where there is no sound, no such track, or more than `max_hours`.
    """
    max_seconds = max_hours * 3600
    patience = _PATIENCE + _PATIENCE_SHARE * max_seconds
    with files.open_local(path) as descriptor:
        file = _OpenFile(path, descriptor, files.fingerprint(descriptor))
        kind = kinds.sniff(path, descriptor)
        with decoding_child(
            path, descriptor, kind, patience=patience, track=track
        ) as child:
            stream = child.messages()
            info = _read_info(child, stream, kind, descriptor)
            if (info.declared_duration or 0) > max_seconds:
                raise _too_long(path, info.declared_duration or 0, max_hours)
            reader = _BlockReader(file, child, stream, max_hours)
            yield Sound(path, info, files.sha256(path, descriptor), reader)


def probe(path: Path) -> float | None:
    """Return how many seconds the recording declares, or probably lasts by its size.

    None where neither is known. Nothing is decoded or hashed. Raises RecordingError as
    `open_recording` does.
    """
    with files.open_local(path) as descriptor:
        kind = kinds.sniff(path, descriptor)
        with decoding_child(path, descriptor, kind, patience=_PATIENCE) as child:
            info = _read_info(child, child.messages(), kind, descriptor)
    return info.likely_duration


@dataclass(frozen=True, slots=True)
class _OpenFile:
    """A file, and its fingerprint when it was opened."""

    path: Path
    descriptor: int
    before: files.Fingerprint


class _BlockReader:
    """The blocks of one decoding, checked as they come.

    A broken decoder is trusted neither with the parent's memory nor with Whisper's input.
    """

    def __init__(
        self, file: _OpenFile, child: Child, stream: Iterator[Message], max_hours: float
    ) -> None:
        self.samples = 0
        self.damage: tuple[Place, ...] = ()
        self._file = file
        self._child = child
        self._stream = stream
        self._max_hours = max_hours

    def blocks(self) -> Iterator[Samples]:
        """Yield the blocks, see `Sound.blocks`."""
        for kind, payload in self._stream:
            if kind == messages.SAMPLES:
                block = self._check_samples(payload)
                self._count(len(block))
                yield block
            elif kind == messages.END:
                self.damage = self._check_places(
                    self._child.parse(payload).get("damage")
                )
        files.refuse_change(self._file.path, self._file.descriptor, self._file.before)
        if not self.samples:
            raise self._child.error("there is no sound in it")

    def _count(self, samples: int) -> None:
        self.samples += samples
        if self.samples > self._max_hours * 3600 * SAMPLE_RATE:
            raise _too_long(
                self._file.path, self.samples / SAMPLE_RATE, self._max_hours
            )

    def _check_samples(self, payload: bytes) -> Samples:
        """Return the samples of a message. Raises RecordingError for what is no sound."""
        import numpy as np

        block = np.frombuffer(payload[: len(payload) // 4 * 4], "<f4")
        if (
            not np.abs(block).max(initial=0) <= 2 * messages.MAX_AMPLITUDE
        ):  # true for NaN, too
            raise self._child.error(NONSENSE)
        return block

    def _check_places(self, value: object) -> tuple[Place, ...]:
        """Return the damaged places of a message. Raises RecordingError."""
        if not isinstance(value, list):
            raise self._child.error(NONSENSE)
        end = self.samples / SAMPLE_RATE
        return tuple(self._check_place(place, end) for place in value)

    def _check_place(self, value: object, end: float) -> Place:
        """Return a damaged place, cut at the `end` of the sound. Raises RecordingError."""
        if not isinstance(value, list) or len(value) != 2:
            raise self._child.error(NONSENSE)
        first, last = (_rounded_second(second) for second in value)
        if not 0 <= first <= last:  # true for NaN, too
            raise self._child.error(NONSENSE)
        return min(first, end), min(last, end)


def _read_info(
    child: Child, stream: Iterator[Message], kind: kinds.Kind, descriptor: int
) -> SoundInfo:
    """Return what a file declares, by the child's first message and by its own headers."""
    _, payload = next(stream)
    probe = child.parse(payload)
    declared, estimated = _durations(_seconds(probe.get("duration")), kind, descriptor)
    return SoundInfo(
        kind=kind,
        codec=str(probe.get("codec")),
        sample_rate_hz=_whole_number(probe.get("sample_rate_hz")),
        channels=_whole_number(probe.get("channels")),
        audio_tracks=_whole_number(probe.get("audio_tracks")),
        track=_whole_number(probe.get("track")),
        track_name=one_line(probe.get("track_name", "")),
        declared_duration=declared,
        estimated_duration=estimated,
    )


def _durations(
    probed: float | None, kind: kinds.Kind, descriptor: int
) -> tuple[float | None, float | None]:
    """Return the declared and the estimated duration in seconds.

    `probed` is ffmpeg's, which for some formats is an estimate.
    """
    if kind == "wav":
        header = wav.read(descriptor)
        return header.seconds, header.there or probed
    if kind == "aac" or (kind == "mp3" and not _declares_length(descriptor)):
        return None, probed
    return probed, probed


def _declares_length(descriptor: int) -> bool:
    """Return whether an MP3 file declares its length, behind a tag if it has one."""
    tag = mpeg.tag_length(os.pread(descriptor, kinds.HEAD_BYTES, 0))
    return mpeg.declares_length(os.pread(descriptor, kinds.HEAD_BYTES, tag))


def _seconds(value: object) -> float | None:
    """Return a duration; None for what is none."""
    number = _number(value)
    return number if number > 0 else None


def _rounded_second(value: object) -> float:
    """Return a second rounded to the millisecond; NaN for what is no number."""
    return round(_number(value), 3)


def _number(value: object) -> float:
    """Return a finite number; NaN, for which no comparison holds, for what is none."""
    if isinstance(value, int | float) and math.isfinite(value):
        return float(value)
    return math.nan


def _whole_number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _too_long(path: Path, seconds: float, max_hours: float) -> RecordingError:
    return RecordingError(
        f"it lasts {clock(seconds)}; {max_hours:g} hours are allowed",
        path=path,
        remedy="Cut it, or raise max_hours in [transcribe].",
    )
