"""What the decoding child tells its parent through a pipe: a letter, a length, that many bytes."""

from __future__ import annotations

import struct
from typing import BinaryIO

HEADER = struct.Struct("<cI")
MAX_BYTES = 2**20
# Full scale is 1. Recorders of fractions go over it by some dB; the demo sentences are still heard
# at 64 times their loudness, and nothing of them in the scale of 16-bit whole numbers.
MAX_AMPLITUDE = 64.0

PROBE = b"P"  # JSON: what the file declares
SAMPLES = b"S"  # float32, little endian, at most about MAX_AMPLITUDE (resampling swings over)
END = b"E"  # JSON: {"damage": [[start, end], …]} in seconds
FAILED = b"F"  # JSON: {"what": why there is no sound}
KINDS = frozenset([PROBE, SAMPLES, END, FAILED])


def write(stream: BinaryIO, kind: bytes, payload: bytes) -> None:
    """Sends one message at once."""
    stream.write(HEADER.pack(kind, len(payload)) + payload)
    stream.flush()
