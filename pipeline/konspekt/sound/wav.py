"""What a WAV file declares.

ffmpeg gives the file's size as its length, and so hides that a file was cut short.
"""

from __future__ import annotations

import os
import string
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

MAX_CHUNKS = 1000
_FIRST_CHUNK = 12  # bytes
MIN_BEHIND = 2.0  # seconds of sound behind the declared length; less is ignored

_WIDE = 0xFFFFFFFF  # written by RF64 in favour of its ds64 chunk, and by programs that stream
# Lengths that programs write that stream or were killed (arecord, sox, ffmpeg), rounded to whole
# samples. They are believed of a file that is that long.
_UNKNOWN = (range(0x7FFFF000, 0x80000001), range(0xFFFFF000, 0x100000000))
_NAME = frozenset((string.ascii_letters + string.digits + " _-").encode())
# How tags that are no chunks begin, and chunks whose own end may be missing.
_TAGS = (
    b"TAG",
    b"ID3",
    b"id3",
    b"APET",  # and AGEX
    b"LIST",
    b"bext",
    b"iXML",
    b"JUNK",
    b"junk",
    b"PAD ",
    b"smpl",
    b"_PMX",
)
_RECORDINGS = (b"RIFF", b"RF64")


@dataclass(frozen=True, slots=True)
class Wav:
    """What the header declares, and what lies behind the declared length.

    `seconds` is None where the header does not say, or says less than is there. `there` is the
    length by the file's size, in seconds, where samples lie behind the declared length.
    """

    seconds: float | None = None
    behind: Literal["nothing", "samples", "recording"] = "nothing"
    there: float | None = None


def read(descriptor: int) -> Wav:
    """Return what the open WAV file declares, by the headers of its chunks in any order."""
    bytes_per_second = 0
    wide_length: int | None = None
    for chunk in _chunks(descriptor, _FIRST_CHUNK):
        match chunk.name:
            case b"ds64":
                wide_length = chunk.number("<Q", 8)
            case b"fmt ":
                bytes_per_second = chunk.number("<I", 8)
            case b"data" if chunk.length == _WIDE and wide_length is not None:
                data = replace(chunk, length=wide_length)
                return _judge_length(descriptor, data, bytes_per_second)
            case b"data":
                return _judge_length(descriptor, chunk, bytes_per_second)
    return Wav()


@dataclass(frozen=True, slots=True)
class _Chunk:
    """The header of a chunk, or what stands in its place, and the first bytes of its body."""

    start: int
    name: bytes
    length: int  # of the body, as declared
    body: bytes

    @property
    def body_start(self) -> int:
        return self.start + 8

    @property
    def end(self) -> int:
        return self.body_start + self.length

    def number(self, form: str, at: int) -> int:
        """Return a number in the body; 0 where the file ends before it."""
        if at + struct.calcsize(form) > len(self.body):
            return 0
        return int(struct.unpack_from(form, self.body, at)[0])

    def has_unknown_length(self, size: int) -> bool:
        """Return whether the length in a file of `size` says only that the writer knew none."""
        if not self.length:
            return True
        return self.end > size and any(self.length in marks for marks in _UNKNOWN)

    def is_likely(self, size: int) -> bool:
        """Return whether this is a chunk or a tag in a file of `size`, by name and length.

        Of samples six in a million look so.
        """
        if self.name.startswith(_TAGS):
            return True
        return _NAME.issuperset(self.name) and self.end <= size


def _chunks(descriptor: int, at: int) -> Iterator[_Chunk]:
    """Yield the chunks that follow one another from `at`, `MAX_CHUNKS` of them at most."""
    for _ in range(MAX_CHUNKS):
        chunk = _read_chunk(descriptor, at)
        if chunk is None:
            return
        yield chunk
        at = chunk.end + chunk.length % 2


def _read_chunk(descriptor: int, at: int) -> _Chunk | None:
    """Return the chunk at `at`; None at the end of the file."""
    head = os.pread(descriptor, 24, at)
    if len(head) < 8:
        return None
    name, length = struct.unpack_from("<4sI", head)
    return _Chunk(at, name, length, head[8:])


def _judge_length(descriptor: int, data: _Chunk, bytes_per_second: int) -> Wav:
    """Return what a file declares by the header of its samples, and by what lies behind them.

    `bytes_per_second` is 0 where no header says.
    """
    size = os.fstat(descriptor).st_size
    if not bytes_per_second or data.has_unknown_length(size):
        return Wav()
    seconds = data.length / bytes_per_second
    if size - data.end < MIN_BEHIND * bytes_per_second:
        return Wav(seconds)
    if _has_recording(descriptor, data.end, size):
        return Wav(seconds, "recording")
    if _has_chunk(descriptor, data, size):
        return Wav(seconds)
    return Wav(None, "samples", (size - data.body_start) / bytes_per_second)


def _has_chunk(descriptor: int, data: _Chunk, size: int) -> bool:
    """Return whether a chunk or the end of the file follows the samples.

    A byte that makes their length even is often forgotten.
    """
    behind = (
        _read_chunk(descriptor, data.end + padding) for padding in {0, data.length % 2}
    )
    return any(chunk is None or chunk.is_likely(size) for chunk in behind)


def _has_recording(descriptor: int, at: int, size: int) -> bool:
    """Return whether another WAV file begins at `at`, or behind the chunks that begin there."""
    for chunk in _chunks(descriptor, at):
        if chunk.name in _RECORDINGS:
            return True
        if not chunk.is_likely(size):
            return False
    return False
