"""A recording as sound: what it declares, and its samples in blocks.

This is the one way in which Konspekt reads sound.
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from konspekt.data import Part, Region, Track
from konspekt.errors import RecordingError, name_setting, one_line
from konspekt.sound import files, kinds, messages, mpeg, wav
from konspekt.sound.damage import Place
from konspekt.sound.files import LocalFile
from konspekt.sound.messages import TrackChoice
from konspekt.sound.process import NONSENSE, Child, decoding_child
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

    track: Track  # the one that is decoded
    declared_duration: float | None  # seconds; None where the file does not declare it
    # seconds, estimated from size and bit rate where nothing is declared; None where neither can be
    likely_duration: float | None


class Sound:
    """An open recording. Its blocks can be read once; its duration grows with them.

    What the child sends is checked as it comes. A broken decoder is trusted neither with the
    parent's memory nor with Whisper's input.
    """

    def __init__(
        self, file: LocalFile, child: Child, info: SoundInfo, max_hours: float
    ) -> None:
        self.path = file.path
        self.info = info
        self.sha256 = file.sha256()
        # The places that could not be decoded; () before the last block. A place is silence where
        # the file tells how much is missing, and has no length where it does not.
        self.damage: tuple[Place, ...] = ()
        self._samples = 0
        self._file = file
        self._child = child
        self._max_hours = max_hours

    def blocks(self) -> Iterator[Samples]:
        """Yield the samples `(n,)`, 16 kHz mono, −1 to 1, about a second at a time.

        Raises RecordingError for a file that cannot be decoded, changes meanwhile, is too long or
        holds no sound.
        """
        for kind, payload in self._child.messages():
            if kind == messages.SAMPLES:
                yield self._read_samples(payload)
            elif kind == messages.END:
                self.damage = self._read_damage(payload)
        self._file.refuse_change()
        if not self._samples:
            raise self._child.error("there is no sound in it")

    @property
    def duration(self) -> float:
        """Return the seconds decoded so far."""
        return self._samples / SAMPLE_RATE

    def _read_samples(self, payload: bytes) -> Samples:
        """Return the samples of a message. Raises RecordingError for what is no sound."""
        import numpy as np

        block = np.frombuffer(payload[: len(payload) // 4 * 4], "<f4")
        peak = np.abs(block).max(initial=0)
        if not peak <= 2 * messages.MAX_AMPLITUDE:  # true for NaN, too
            raise self._child.error(NONSENSE)
        self._samples += len(block)
        _refuse_longer(self.path, self.duration, self._max_hours)
        return block

    def _read_damage(self, payload: bytes) -> tuple[Place, ...]:
        """Return the places of a message. Raises RecordingError for what are none."""
        message = self._child.parse(payload)
        try:
            places = message["damage"]
            return tuple(self._read_place(first, last) for first, last in places)
        except (LookupError, TypeError, ValueError):
            raise self._child.error(NONSENSE) from None

    def _read_place(self, first: object, last: object) -> Place:
        """Return a place to the millisecond, cut at the end. Raises ValueError for what is none."""
        start, end = round(_number(first), 3), round(_number(last), 3)
        if not 0 <= start <= end:  # true for NaN, too
            raise ValueError
        return min(start, self.duration), min(end, self.duration)

    def part(self, name: str, start: float) -> Part:
        """Return the sound, read to its end, as a part.

        `name` is its path, `start` the second of the recording at which it begins.
        """
        track = self.info.track
        damage = tuple(Region(start + first, start + end) for first, end in self.damage)
        return Part(
            path=name,
            start=start,
            duration=self.duration,
            sha256=self.sha256,
            declared_duration=self.info.declared_duration,
            track=track if track.of > 1 else None,
            damage=damage,
        )


@contextmanager
def open_recording(
    path: Path, *, max_hours: float, track: TrackChoice = None
) -> Iterator[Sound]:
    """Open the recording at `path` as one local file, and decode it in a child process.

    `track` names one of several audio tracks by number (from 1), title or language; None is the
    first. A title or language stands for the only track, too, where the file gives it none.

    Raises RecordingError for what is not an ordinary file, is empty, text, a playlist or of an
    unknown format. So it does where there is no sound, no such track, or more than `max_hours`.
    """
    patience = _PATIENCE + _PATIENCE_SHARE * max_hours * 3600
    with (
        files.open_local(path) as file,
        _start_decoding(file, patience, track) as (child, info),
    ):
        _refuse_longer(path, info.declared_duration or 0.0, max_hours)
        yield Sound(file, child, info, max_hours)


def probe(path: Path) -> float | None:
    """Return how many seconds the recording declares, or probably lasts by its size.

    None where neither is known. Nothing is decoded or hashed. Raises RecordingError as
    `open_recording` does.
    """
    with (
        files.open_local(path) as file,
        _start_decoding(file, _PATIENCE) as (_, info),
    ):
        return info.likely_duration


@contextmanager
def _start_decoding(
    file: LocalFile, patience: float, track: TrackChoice = None
) -> Iterator[tuple[Child, SoundInfo]]:
    """Start a child that decodes the file; give it, and what it and the headers declare."""
    kind = kinds.sniff(file)
    with decoding_child(file, kind, patience=patience, track=track) as child:
        yield child, _read_info(child, kind, file.descriptor)


def _read_info(child: Child, kind: kinds.Kind, descriptor: int) -> SoundInfo:
    """Return what a file declares, by the child's first message and by its own headers."""
    _, payload = child.read_message()
    probe = child.parse(payload)
    track = Track(
        number=_whole_number(probe.get("track")),
        of=_whole_number(probe.get("audio_tracks")),
        name=one_line(probe.get("track_name", "")),
    )
    duration = _number(probe.get("duration"))
    probed = duration if duration > 0 else None
    declared, likely = _judge_duration(probed, kind, descriptor)
    return SoundInfo(track, declared, likely)


def _judge_duration(
    probed: float | None, kind: kinds.Kind, descriptor: int
) -> tuple[float | None, float | None]:
    """Return the declared and the likely duration in seconds.

    `probed` is ffmpeg's, which for some formats is an estimate.
    """
    if kind == "wav":
        header = wav.read(descriptor)
        return header.seconds, header.seconds or header.there or probed
    is_estimate = kind == "aac" or (kind == "mp3" and not _declares_length(descriptor))
    return None if is_estimate else probed, probed


def _declares_length(descriptor: int) -> bool:
    """Return whether an MP3 file declares its length, behind a tag if it has one."""
    tag = mpeg.tag_length(os.pread(descriptor, kinds.HEAD_BYTES, 0))
    return mpeg.declares_length(os.pread(descriptor, kinds.HEAD_BYTES, tag))


def _number(value: object) -> float:
    """Return a finite number; NaN, for which no comparison holds, for what is none."""
    if isinstance(value, int | float) and abs(value) <= sys.float_info.max:
        return float(value)
    return math.nan


def _whole_number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _refuse_longer(path: Path, seconds: float, max_hours: float) -> None:
    """Raise RecordingError for sound of more than `max_hours`."""
    if seconds > max_hours * 3600:
        raise RecordingError(
            f"it lasts {clock(seconds)}; {max_hours:g} hours are allowed",
            path=path,
            remedy=f"Cut it, or raise {name_setting('transcribe.max_hours', option=None)}.",
        )
