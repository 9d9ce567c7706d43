"""Opening a recording as one ordinary local file, hashing it, and noticing when it changes."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from konspekt.errors import RecordingError

_BLOCK_BYTES = 2**20


Fingerprint: TypeAlias = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class LocalFile:
    """An ordinary file that is open, and what it was when it was opened."""

    path: Path
    descriptor: int  # its position is never used
    size: int  # bytes
    fingerprint: Fingerprint

    def refuse_change(self) -> None:
        """Raise RecordingError where the file has changed since it was opened."""
        if _fingerprint(os.fstat(self.descriptor)) != self.fingerprint:
            raise RecordingError(
                "the file changed while it was read",
                path=self.path,
                remedy="Wait until it is copied, then run again.",
            )

    def blocks(self) -> Iterator[bytes]:
        """Yield the bytes of the file. Raises RecordingError."""
        offset = 0
        try:
            while block := os.pread(self.descriptor, _BLOCK_BYTES, offset):
                offset += len(block)
                yield block
        except OSError as error:
            raise RecordingError(
                f"the file cannot be read: {error.strerror}",
                path=self.path,
                remedy="Check the disk, or copy it again.",
            ) from None

    def sha256(self) -> str:
        """Return the SHA-256 of the file, in hex.

        Raises RecordingError where the bytes cannot be read, or have changed meanwhile.
        """
        digest = hashlib.sha256()
        for block in self.blocks():
            digest.update(block)
        self.refuse_change()
        return digest.hexdigest()


def _fingerprint(status: os.stat_result) -> Fingerprint:
    """Return what changes when a file is written to: device, inode, size, time of change in ns."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


@contextmanager
def open_local(path: Path, *, may_be_empty: bool = False) -> Iterator[LocalFile]:
    """Open the file at `path`, links followed; close it at the end.

    Raises RecordingError for what is not a regular file, or is empty unless it may be. A pipe or a
    device is refused without being read, so that nothing waits.
    """
    descriptor = _open(path)
    try:
        status = os.fstat(descriptor)
        _check(path, status, may_be_empty=may_be_empty)
        yield LocalFile(path, descriptor, status.st_size, _fingerprint(status))
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    # The resolved name is opened without following a link that appears after resolving.
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        return os.open(path.resolve(strict=True), flags)
    except FileNotFoundError:
        what, remedy = "the file is not there", "Check the name."
    except PermissionError:
        what = "the file may not be read"
        remedy = "Give yourself permission to read it."
    except (OSError, ValueError, RuntimeError) as error:
        # A loop of links, a name too long, a NUL in the name.
        what = f"the file cannot be opened: {error}"
        remedy = "Put an ordinary file there."
    raise RecordingError(what, path=path, remedy=remedy)


def _check(path: Path, status: os.stat_result, *, may_be_empty: bool) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise RecordingError(
            "this is not an ordinary file",
            path=path,
            remedy="Put the recording itself there.",
        )
    if status.st_size == 0 and not may_be_empty:
        raise RecordingError(
            "the file is empty",
            path=path,
            remedy="Copy it again from where it was made.",
        )


def read_local(path: Path, *, max_bytes: int, may_be_empty: bool = False) -> bytes:
    """Return the bytes of a small file, opened with the same care.

    Raises RecordingError; a file larger than `max_bytes` is refused unread.
    """
    with open_local(path, may_be_empty=may_be_empty) as file:
        if file.size > max_bytes:
            raise RecordingError(
                f"the file has {file.size // 10**6} MB; {max_bytes // 10**6} MB are read at most",
                path=path,
                remedy="Check that it is what its name says.",
            )
        content = b"".join(file.blocks())
        file.refuse_change()
    return content
