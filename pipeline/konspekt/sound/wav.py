"""What a WAV file declares.

ffmpeg gives the file's size as its length, and so hides that a file was cut short.
"""

from __future__ import annotations

import os
import string
import struct
from dataclasses import dataclass
from typing import Literal, NamedTuple

MAX_CHUNKS = 1000
MIN_BEHIND = 2.0  # seconds of sound behind the declared length; less is ignored

_WIDE = 0xFFFFFFFF  # written by RF64 in favour of its ds64 chunk, and by programs that stream
# Lengths that programs write that stream or were killed (arecord, sox, ffmpeg), rounded to whole
# samples. They are believed of a file that is that long.
_UNKNOWN = (range(0x7FFFF000, 0x80000001), range(0xFFFFF000, 0x100000000))
_NAME = frozenset((string.ascii_letters + string.digits + " _-").encode())
# Tags that are no chunks, and chunks whose own end may be missing.
_TAGS = (
    b"TAG",
    b"ID3",
    b"id3",
    b"APETAG",
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
    size = os.fstat(descriptor).st_size
    wide_length, bytes_per_second, at = None, 0, 12
    for _ in range(MAX_CHUNKS):
        head = os.pread(descriptor, 24, at)  # and of the body what is read below
        if len(head) < 8:
            break
        name, length = struct.unpack_from("<4sI", head)
        if name == b"ds64" and len(head) == 24:
            wide_length = struct.unpack_from("<Q", head, 16)[0]
        elif name == b"fmt " and len(head) >= 20:
            bytes_per_second = struct.unpack_from("<I", head, 16)[0]
        elif name == b"data":
            if length == _WIDE and wide_length is not None:
                length = wide_length
            samples = _Samples(at + 8, length, bytes_per_second)
            return _judge_length(descriptor, samples, size)
        at += 8 + length + length % 2
    return Wav()


class _Samples(NamedTuple):
    """The bytes of a data chunk, as declared."""

    start: int
    length: int
    bytes_per_second: int  # 0 where the header does not say

    @property
    def end(self) -> int:
        return self.start + self.length

    def is_unknown(self, size: int) -> bool:
        """Return whether the length in a file of `size` says only that the writer knew none."""
        if not self.length:
            return True
        return self.end > size and any(self.length in marks for marks in _UNKNOWN)


def _judge_length(descriptor: int, samples: _Samples, size: int) -> Wav:
    """Return what a file of `size` declares, by what lies behind its samples."""
    if not samples.bytes_per_second or samples.is_unknown(size):
        return Wav()
    seconds = samples.length / samples.bytes_per_second
    if size - samples.end < MIN_BEHIND * samples.bytes_per_second:
        return Wav(seconds)
    if _has_recording(descriptor, samples.end, size):
        return Wav(seconds, "recording")
    # A byte that makes the length even is often forgotten.
    padding = {0, samples.length % 2}
    if any(_is_chunk(descriptor, samples.end + pad, size) for pad in padding):
        return Wav(seconds)
    return Wav(None, "samples", (size - samples.start) / samples.bytes_per_second)


def _has_recording(descriptor: int, at: int, size: int) -> bool:
    """Return whether another WAV file begins at `at`, or behind the chunks that begin there."""
    for _ in range(MAX_CHUNKS):
        head = os.pread(descriptor, 8, at)
        if head[:4] in _RECORDINGS:
            return True
        if len(head) < 8 or not _is_chunk(descriptor, at, size):
            return False
        length = struct.unpack_from("<I", head, 4)[0]
        at += 8 + length + length % 2
    return False


def _is_chunk(descriptor: int, at: int, size: int) -> bool:
    """Return whether a chunk begins at `at`, by its name and its length, or a tag.

    Of samples six in a million look so.
    """
    head = os.pread(descriptor, 8, at)
    if len(head) < 8 or head.startswith(_TAGS):
        return True
    name, length = struct.unpack("<4sI", head)
    return _NAME.issuperset(name) and at + 8 + length <= size
