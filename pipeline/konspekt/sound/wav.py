"""What a WAV file declares. ffmpeg tells the file's size as its length, and so hides that a file
was cut short.
"""

from __future__ import annotations

import os
import string
import struct
from dataclasses import dataclass
from typing import Literal

MAX_CHUNKS = 1000
MIN_BEHIND = 2.0  # seconds of sound; less of what nobody knows is no reason for anything

_WIDE = 0xFFFFFFFF  # written by RF64 in favour of its ds64 chunk, and by programs that stream
# Written by programs that stream or were killed (arecord, sox, ffmpeg), rounded to whole samples. A
# length near them is believed of a file that is that long.
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
    """What the header says, and what lies behind the sound it tells of."""

    seconds: float | None = (
        None  # by the header; None where it does not say, or says less than is there
    )
    behind: Literal["nothing", "samples", "recording"] = "nothing"
    there: float | None = (
        None  # seconds by the file's size, where samples lie behind the declared length
    )


def read(descriptor: int) -> Wav:
    """The open WAV file's length and rest, by the headers of its chunks wherever they lie."""
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
            length = wide_length if length == _WIDE and wide_length is not None else length
            return _told(descriptor, at + 8, length, size, bytes_per_second)
        at += 8 + length + length % 2
    return Wav()


def _told(descriptor: int, start: int, length: int, size: int, bytes_per_second: int) -> Wav:
    """By the length of the data chunk whose samples begin at `start`."""
    is_unknown = length == 0 or (
        start + length > size and any(length in marks for marks in _UNKNOWN)
    )
    if is_unknown or not bytes_per_second:
        return Wav()
    if size - start - length < MIN_BEHIND * bytes_per_second:
        return Wav(length / bytes_per_second)
    if _has_recording(descriptor, start + length, size):
        return Wav(length / bytes_per_second, "recording")
    # A byte that makes the length even is often forgotten.
    is_named = any(_is_chunk(descriptor, start + length + pad, size) for pad in {0, length % 2})
    if is_named:
        return Wav(length / bytes_per_second)
    return Wav(None, "samples", (size - start) / bytes_per_second)


def _has_recording(descriptor: int, at: int, size: int) -> bool:
    """Whether another WAV file begins there, or behind the chunks that do."""
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
    """Whether a chunk begins there, by its name and by its length, or a tag: of samples six in a
    million look so.
    """
    head = os.pread(descriptor, 8, at)
    if len(head) < 8 or head.startswith(_TAGS):
        return True
    name, length = struct.unpack("<4sI", head)
    return _NAME.issuperset(name) and at + 8 + length <= size
