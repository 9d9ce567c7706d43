"""What the decoding child tells its parent through a pipe: a letter, a length, that many bytes."""

from __future__ import annotations

import struct
from typing import BinaryIO

HEADER = struct.Struct("<cI")
MAX_BYTES = 2**20

PROBE = b"P"  # JSON: what the file declares
SAMPLES = b"S"  # float32, little endian
END = b"E"  # JSON: how the decoding went
FAILED = b"F"  # JSON: {"what": why there is no sound}
KINDS = frozenset([PROBE, SAMPLES, END, FAILED])


def write(stream: BinaryIO, kind: bytes, payload: bytes) -> None:
    """Sends one message at once."""
    stream.write(HEADER.pack(kind, len(payload)) + payload)
    stream.flush()
