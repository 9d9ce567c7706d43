"""The length a WAV file declares. ffmpeg tells the file's size instead, and so hides that a file was cut short."""

from __future__ import annotations

import struct

_UNKNOWN = 0xFFFFFFFF  # written by programs that stream, and by RF64 in favour of its ds64 chunk
MAX_CHUNKS = 1000


def declared_duration(head: bytes) -> float | None:
    """Seconds by the header's data length; None where it does not say, or its data begins beyond `head`."""
    wide_length, bytes_per_second, at = None, 0, 12
    for _ in range(MAX_CHUNKS):
        if at + 8 > len(head):
            return None
        name, length = struct.unpack_from("<4sI", head, at)
        body = at + 8
        if name == b"ds64" and body + 16 <= len(head):
            wide_length = struct.unpack_from("<Q", head, body + 8)[0]
        elif name == b"fmt " and body + 12 <= len(head):
            bytes_per_second = struct.unpack_from("<I", head, body + 8)[0]
        elif name == b"data":
            return _duration(length, wide_length, bytes_per_second)
        at = body + length + length % 2
    return None


def _duration(length: int, wide_length: int | None, bytes_per_second: int) -> float | None:
    if length == _UNKNOWN and wide_length is not None:
        length = wide_length
    if length in (0, _UNKNOWN) or not bytes_per_second:
        return None
    return length / bytes_per_second
