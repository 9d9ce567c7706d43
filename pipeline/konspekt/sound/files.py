"""Opening a recording as one ordinary local file, hashing it, and noticing when it changes."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from konspekt.errors import RecordingError

_BLOCK_BYTES = 2**20


@contextmanager
def open_local(path: Path, *, may_be_empty: bool = False) -> Iterator[int]:
    """Open the file at `path`, links followed, and give its descriptor; close it at the end.

    Raises RecordingError for what is not a regular file, or is empty unless it may be. A pipe or a
    device is refused without being read, so that nothing waits.
    """
    descriptor = _open(path)
    try:
        _check(path, os.fstat(descriptor), may_be_empty=may_be_empty)
        yield descriptor
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    # The resolved name is opened without following a link that appears after resolving.
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        return os.open(path.resolve(strict=True), flags)
    except FileNotFoundError:
        raise RecordingError(
            "the file is not there", path=path, remedy="Check the name."
        ) from None
    except PermissionError:
        remedy = "Give yourself permission to read it."
        raise RecordingError(
            "the file may not be read", path=path, remedy=remedy
        ) from None
    except (OSError, ValueError, RuntimeError) as error:
        # A loop of links, a name too long, a NUL in the name.
        what, remedy = (
            f"the file cannot be opened: {error}",
            "Put an ordinary file there.",
        )
        raise RecordingError(what, path=path, remedy=remedy) from None


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


Fingerprint: TypeAlias = tuple[int, int, int, int]


def fingerprint(descriptor: int) -> Fingerprint:
    """Return what changes when a file is written to: device, inode, size, time of change in ns."""
    status = os.fstat(descriptor)
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def refuse_change(path: Path, descriptor: int, before: Fingerprint) -> None:
    """Raise RecordingError where the open file differs from its fingerprint `before`."""
    if fingerprint(descriptor) != before:
        raise RecordingError(
            "the file changed while it was read",
            path=path,
            remedy="Wait until it is copied, then run again.",
        )


def sha256(path: Path, descriptor: int) -> str:
    """Return the SHA-256 of the open file, in hex; the descriptor's position stays.

    Raises RecordingError where the bytes cannot be read, or change meanwhile.
    """
    before = fingerprint(descriptor)
    digest = hashlib.sha256()
    for block in _blocks(path, descriptor):
        digest.update(block)
    refuse_change(path, descriptor, before)
    return digest.hexdigest()


def read_local(path: Path, *, max_bytes: int, may_be_empty: bool = False) -> bytes:
    """Return the bytes of a small file, opened with the same care.

    Raises RecordingError; a file larger than `max_bytes` is refused unread.
    """
    with open_local(path, may_be_empty=may_be_empty) as descriptor:
        before = fingerprint(descriptor)
        size = os.fstat(descriptor).st_size
        if size > max_bytes:
            raise RecordingError(
                f"the file has {size // 10**6} MB; {max_bytes // 10**6} MB are read at most",
                path=path,
                remedy="Check that it is what its name says.",
            )
        content = b"".join(_blocks(path, descriptor))
        refuse_change(path, descriptor, before)
    return content


def _blocks(path: Path, descriptor: int) -> Iterator[bytes]:
    offset = 0
    try:
        while block := os.pread(descriptor, _BLOCK_BYTES, offset):
            offset += len(block)
            yield block
    except OSError as error:
        raise RecordingError(
            f"the file cannot be read: {error.strerror}",
            path=path,
            remedy="Check the disk, or copy it again.",
        ) from None
