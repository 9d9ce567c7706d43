"""Messages of the decoding child to its parent, through a pipe.

A message is a letter, a length, and that many bytes.
"""

from __future__ import annotations

import struct
from typing import BinaryIO, TypeAlias

# Which audio track: its number from 1, its title or its language; None is the first.
TrackChoice: TypeAlias = int | str | None

HEADER = struct.Struct("<cI")
MAX_BYTES = 2**20
# Full scale is 1. Recorders of floating-point samples exceed it by some dB. Beyond
# 64 times that they are integers that were labelled as floats, and no sound.
MAX_AMPLITUDE = 64.0

PROBE = b"P"  # JSON: what the file declares
# float32, little endian, at most about MAX_AMPLITUDE (resampling overshoots)
SAMPLES = b"S"
END = b"E"  # JSON: {"damage": [[start, end], …]} in seconds
FAILED = b"F"  # JSON: {"what": why there is no sound}
KINDS = frozenset([PROBE, SAMPLES, END, FAILED])


def write(stream: BinaryIO, kind: bytes, payload: bytes) -> None:
    """Write one message and flush it."""
    stream.write(HEADER.pack(kind, len(payload)) + payload)
    stream.flush()
