"""Values one after another from a file of weights, little-endian."""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass


@dataclass(slots=True)
class Reader:
    """Reads one value after another. Raises ValueError or struct.error where the file ends."""

    content: mmap.mmap
    at: int = 0

    def number(self, kind: str) -> int:
        """Return the next number, of a kind of `struct`'s."""
        (value,) = struct.unpack_from(f"<{kind}", self.content, self.at)
        self.at += struct.calcsize(kind)
        return int(value)

    def take(self, size: int) -> bytes:
        """Return the next bytes, copied."""
        if size > len(self.content) - self.at:
            raise ValueError(f"{size} bytes are missing at {self.at}")
        self.at += size
        return self.content[self.at - size : self.at]

    def name(self) -> str:
        return self.take(self.number("H")).rstrip(b"\0").decode("utf-8")
