"""A recording as sound: what it declares, and its samples in pieces. The one way Konspekt reads
sound.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from konspekt.data import Part, Region, Track
from konspekt.errors import RecordingError, one_line
from konspekt.sound import files, kinds, messages, mpeg, wav
from konspekt.sound.damage import Place
from konspekt.sound.process import Child, decoding_child
from konspekt.sound.rate import SAMPLE_RATE
from konspekt.text.times import clock

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples: TypeAlias = NDArray[np.float32]

_PATIENCE = 60.0  # seconds a decoding may take whatever its length
_PATIENCE_SHARE = (
    0.1  # seconds more for each second of sound allowed; measured decoding takes 0.005
)


@dataclass(frozen=True, slots=True)
class SoundInfo:
    """What a recording says of itself before it is decoded."""

    kind: kinds.Kind
    codec: str
    sample_rate_hz: int
    channels: int
    audio_tracks: int
    track: int  # the one that is heard, from 1
    track_name: str  # its language and title in brackets; "" where the file names neither
    declared_duration: float | None  # seconds; None where the file does not say
    estimated_duration: float | None  # seconds, from size and bit rate where nothing is declared


class Sound:
    """An open recording. After the last block, `duration` and `damage` say how the decoding
    went.
    """

    def __init__(self, path: Path, info: SoundInfo, sha256: str, read: _BlockReader) -> None:
        self.path = path
        self.info = info
        self.sha256 = sha256
        self._reading = read

    def blocks(self) -> Iterator[Samples]:
        """The samples `(n,)`, 16 kHz mono, −1 to 1, about a second at a time; to be called once.

        Raises RecordingError for a file that breaks, changes meanwhile, is too long or holds no
        sound.
        """
        return self._reading.blocks()

    @property
    def duration(self) -> float:
        """Seconds decoded so far."""
        return self._reading.samples / SAMPLE_RATE

    @property
    def damage(self) -> tuple[Place, ...]:
        """Places that could not be decoded, from and to in seconds; known after the last block.

        Silence stands there where the file tells how much is missing; where it does not, a place
        has no length.
        """
        return self._reading.damage

    def part(self, name: str, start: float) -> Part:
        """The sound, read to its end, as a part that begins at second `start` of a recording."""
        info = self.info
        track = (
            Track(info.track, info.audio_tracks, info.track_name) if info.audio_tracks > 1 else None
        )
        damage = tuple(Region(start + first, start + last) for first, last in self.damage)
        return Part(name, start, self.duration, self.sha256, info.declared_duration, track, damage)


@contextmanager
def open_recording(
    path: Path, *, max_hours: float, track: int | str | None = None
) -> Iterator[Sound]:
    """The recording at `path`, opened as the one local file it is and decoded in a child process.

    Of several audio tracks the one that `track` names by number (from 1), title or language; None:
    the first. Where there is one only, that one.

    Raises RecordingError: not an ordinary file, empty, text or a playlist, no kind of sound that is
    known, no sound in it, no such track, longer than `max_hours`.
    """
    with files.open_local(path) as descriptor:
        before = files.fingerprint(descriptor)
        kind = kinds.sniff(path, descriptor)
        patience = _PATIENCE + _PATIENCE_SHARE * max_hours * 3600
        with decoding_child(path, descriptor, kind, patience=patience, track=track) as child:
            stream = child.messages()
            _, payload = next(stream)
            info = _info(child.parsed(payload), kind, descriptor)
            max_seconds = max_hours * 3600
            if (info.declared_duration or 0) > max_seconds:
                raise _too_long(path, info.declared_duration or 0, max_hours)
            reading = _BlockReader(path, descriptor, before, child, stream, max_hours)
            yield Sound(path, info, files.sha256(path, descriptor), reading)


def probe(path: Path) -> float | None:
    """How many seconds the recording says it lasts, or is likely to by its size; None where neither
    can be told.

    Nothing is decoded or hashed. Raises RecordingError as `open_recording` does.
    """
    with files.open_local(path) as descriptor:
        kind = kinds.sniff(path, descriptor)
        with decoding_child(path, descriptor, kind, patience=_PATIENCE) as child:
            _, payload = next(child.messages())
            info = _info(child.parsed(payload), kind, descriptor)
    return info.declared_duration if info.declared_duration is not None else info.estimated_duration


class _BlockReader:
    """The blocks of one decoding, checked as they come: a broken decoder is not trusted with our
    memory or Whisper.
    """

    def __init__(
        self,
        path: Path,
        descriptor: int,
        before: files.Fingerprint,
        child: Child,
        stream: Iterator[tuple[bytes, bytes]],
        max_hours: float,
    ) -> None:
        self.samples = 0
        self.damage: tuple[Place, ...] = ()
        self._path, self._descriptor, self._before = path, descriptor, before
        self._child, self._stream, self._max_hours = child, stream, max_hours

    def blocks(self) -> Iterator[Samples]:
        for kind, payload in self._stream:
            if kind == messages.SAMPLES:
                block = self._checked(payload)
                self.samples += len(block)
                if self.samples > self._max_hours * 3600 * SAMPLE_RATE:
                    raise _too_long(self._path, self.samples / SAMPLE_RATE, self._max_hours)
                yield block
            elif kind == messages.END:
                self.damage = self._places(self._child.parsed(payload).get("damage"))
        files.refuse_change(self._path, self._descriptor, self._before)
        if not self.samples:
            raise self._child.error("there is no sound in it")

    def _checked(self, payload: bytes) -> Samples:
        import numpy as np

        block = np.frombuffer(payload[: len(payload) // 4 * 4], "<f4")
        if (
            not np.abs(block).max(initial=0) <= 2 * messages.MAX_AMPLITUDE
        ):  # for NaN neither is true
            raise self._child.error("the decoder talks nonsense")
        return block

    def _places(self, said: object) -> tuple[Place, ...]:
        """The child's list of damaged places, where it is one."""
        if not isinstance(said, list) or not all(
            isinstance(one, list) and len(one) == 2 for one in said
        ):
            raise self._child.error("the decoder talks nonsense")
        found = [(_second(first), _second(last)) for first, last in said]
        if not all(0 <= first <= last for first, last in found):
            raise self._child.error("the decoder talks nonsense")
        end = self.samples / SAMPLE_RATE
        return tuple((min(first, end), min(last, end)) for first, last in found)


def _info(said: dict[str, Any], kind: kinds.Kind, descriptor: int) -> SoundInfo:
    estimated = _seconds(said.get("duration"))
    declared = estimated
    if kind == "wav":
        told = wav.read(descriptor)
        declared, estimated = told.seconds, told.there or estimated
    elif kind == "aac":
        declared = None
    elif kind == "mp3":
        tag = mpeg.tag_length(os.pread(descriptor, kinds.HEAD_BYTES, 0))
        declared = (
            estimated if mpeg.declares_length(os.pread(descriptor, kinds.HEAD_BYTES, tag)) else None
        )
    return SoundInfo(
        kind=kind,
        codec=str(said.get("codec")),
        sample_rate_hz=_whole_number(said.get("sample_rate_hz")),
        channels=_whole_number(said.get("channels")),
        audio_tracks=_whole_number(said.get("audio_tracks")),
        track=_whole_number(said.get("track")),
        track_name=one_line(said.get("track_name", "")),
        declared_duration=declared,
        estimated_duration=estimated,
    )


def _seconds(value: object) -> float | None:
    return (
        float(value)
        if isinstance(value, int | float) and math.isfinite(value) and value > 0
        else None
    )


def _second(value: object) -> float:
    """A second rounded to the millisecond; NaN, which no comparison holds for, for what is no
    number.
    """
    return (
        round(float(value), 3)
        if isinstance(value, int | float) and math.isfinite(value)
        else math.nan
    )


def _whole_number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _too_long(path: Path, seconds: float, max_hours: float) -> RecordingError:
    return RecordingError(
        f"it lasts {clock(seconds)}; {max_hours:g} hours are allowed",
        path=path,
        remedy="Cut it, or raise max_hours in [transcribe].",
    )
