"""Artifacts: how they are written, when they are still good, and who may write them.

A file is written beside its place, flushed, renamed, and its folder flushed: a reader sees the old
bytes or the new ones, and after a power cut too. A stage's files are good only if `manifest.json`,
written last, names them with their hashes: the manifest is the commit. What is read to make them
stands there by content, so that "is it still good?" has an answer in words.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any

from konspekt.errors import LockedError, StoreError

MANIFEST = "manifest.json"
_TEMPORARY = ".konspekt-tmp"  # the ending of files that are being written
# a file touched less than 2 s ago may change again within one tick of its time stamp
_SETTLED_NS = 2_000_000_000


def canonical_json(value: Any) -> bytes:
    """Return indented JSON with sorted keys and a final newline: same value, same bytes."""
    text = json.dumps(
        value, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False
    )
    return f"{text}\n".encode()


# --------------------------------------------------------------------------------------------------


def write_atomically(path: Path, content: bytes) -> None:
    """Put `content` at `path`, whole or not at all. Raises StoreError with what to do."""
    with _replace(path) as temporary, temporary.open("xb") as file:
        file.write(content)


@contextlib.contextmanager
def _replace(path: Path) -> Iterator[Path]:
    """Give a file to write beside `path`; flush it and rename it to `path`. Raises StoreError."""
    temporary = path.with_name(f".{path.name[:60]}.{secrets.token_hex(4)}{_TEMPORARY}")
    try:
        make_folder(path.parent)
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
        flush_folder(path.parent)
    except OSError as error:
        raise store_error(error, path) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, each flushed into the one that holds it.

    Raises OSError.
    """
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    flush_folder(folder.parent)


def flush_folder(folder: Path) -> None:
    """Flush a folder's entries to the disk, where the file system can. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # some network file systems cannot flush a folder; macOS says so in its own way
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


def store_error(error: OSError, path: Path) -> StoreError:
    """Return an OSError on an artifact in words."""
    what = f"cannot be written: {error.strerror or error}"
    return StoreError(what, path=path, remedy=_REMEDIES.get(error.errno or 0, _CHECK))


_CHECK = "Check the folder and run the same command again; what is finished is kept."
_FREE = "Free some space and run the same command again; what is finished is kept."
_RIGHTS = "Give yourself the right to write there, or choose another folder."
_REMEDIES = {
    errno.ENOSPC: _FREE,
    errno.EDQUOT: _FREE,
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.EROFS: "The file system is read-only: choose another folder.",
}


def remove_leftovers(folder: Path, *, below: bool = True) -> None:
    """Delete what a killed run left half written in `folder`, and below it.

    Only the holder of its lock may call it.
    """
    pattern = f".*{_TEMPORARY}"
    for path in folder.rglob(pattern) if below else folder.glob(pattern):
        with contextlib.suppress(OSError):  # what may not be deleted does no harm
            path.unlink()


# --------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Hashes:
    """SHA-256 of files, remembered by size, time and inode: an unchanged file is read once."""

    file: Path | None  # where they are remembered; None: nowhere
    # By absolute path: size, time of change in nanoseconds, inode, SHA-256.
    _known: dict[str, list[Any]] = field(default_factory=dict)
    _changed: bool = False

    @classmethod
    def load(cls, file: Path | None) -> Hashes:
        """Return what is remembered in `file`: nothing, if it cannot be read."""
        if file is None:
            return cls(None)
        try:
            read = json.loads(file.read_bytes()).items()
        except (OSError, ValueError, AttributeError, RecursionError):
            return cls(file)
        return cls(
            file, {name: v for name, v in read if isinstance(v, list) and len(v) == 4}
        )

    def of(self, path: Path) -> str:
        """Return the file's SHA-256. Raises StoreError if it cannot be read."""
        try:
            return self._of(path)
        except OSError as error:
            what = f"cannot be read: {error.strerror or error}"
            raise StoreError(
                what, path=path, remedy="Check the file and its rights."
            ) from error

    def _of(self, path: Path) -> str:
        status = path.stat()
        stamp = [status.st_size, status.st_mtime_ns, status.st_ino]
        name = str(path.absolute())
        known = self._known.get(name, [])
        if known[:3] == stamp:
            return str(known[3])
        digest = hash_file(path)
        if time.time_ns() - status.st_mtime_ns > _SETTLED_NS:
            self._known[name] = [*stamp, digest]
            self._changed = True
        return digest

    def save(self) -> None:
        """Write down what is remembered for the next run, but for files that are gone."""
        if self.file is None or not self._changed:
            return
        kept = {
            name: known for name, known in self._known.items() if Path(name).exists()
        }
        write_atomically(self.file, canonical_json(kept))
        self._changed = False


def hash_file(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal, read in pieces. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hash_bytes(content: bytes) -> str:
    """Return the SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


# --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Basis:
    """What a stage's files rest on: its key, kept in words so that a change can be named."""

    version: (
        int  # the stage's own, not the package's: a release must not transcribe again
    )
    inputs: Mapping[str, str | None]  # SHA-256 by name; None: not there
    options: Mapping[str, Any]  # plain JSON values

    def as_json(self) -> dict[str, Any]:
        """Return the basis as it reads back from the manifest: tuples are lists."""
        inputs, options = dict(self.inputs), dict(self.options)
        written = {"version": self.version, "inputs": inputs, "options": options}
        read: dict[str, Any] = json.loads(canonical_json(written))
        return read


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the stages committed in `folder` by name.

    Empty where no manifest can be trusted; without the stages that cannot be trusted.
    """
    try:
        stages = json.loads((folder / MANIFEST).read_bytes())["stages"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}
    if not isinstance(stages, dict):
        return {}
    return {name: record for name, record in stages.items() if _is_record(record)}


def _is_record(record: Any) -> bool:
    """Return whether a stage's record can be trusted: its outputs are deleted by their names."""
    outputs = record.get("outputs") if isinstance(record, dict) else None
    if not isinstance(outputs, dict):
        return False
    return all(
        isinstance(digest, str) and _stays_inside(name)
        for name, digest in outputs.items()
    )


def _stays_inside(name: str) -> bool:
    path = PurePosixPath(name)
    if not path.parts or path.is_absolute():
        return False
    return ".." not in path.parts and "\0" not in name


def why_stale(folder: Path, stage: str, basis: Basis, hashes: Hashes) -> str | None:
    """Return why the stage's files in `folder` must be made (again); None if they are good."""
    record = read_manifest(folder).get(stage)
    if record is None:
        return "not made yet"
    changed = _difference(record.get("basis"), basis.as_json())
    return changed or _damage(folder, record["outputs"], hashes)


def _difference(old: Any, new: dict[str, Any]) -> str | None:
    """Return what changed from a basis in the manifest to the one of now; None if nothing did."""
    if not isinstance(old, dict):
        return _UNREADABLE
    if old.get("version") != new["version"]:
        return f"Konspekt makes this differently now (version {new['version']})"
    for kind, word in (("inputs", ""), ("options", "setting ")):
        before, after = old.get(kind), new[kind]
        if not isinstance(before, dict):
            return _UNREADABLE
        names = [
            name for name in {**before, **after} if before.get(name) != after.get(name)
        ]
        if names:
            return f"{word}{', '.join(sorted(names))} changed"
    return None


_UNREADABLE = "the manifest cannot be read"


def _damage(folder: Path, outputs: Mapping[str, str], hashes: Hashes) -> str | None:
    """Return which output is not as it was committed; None if all are."""
    for name, digest in outputs.items():
        path = folder / name
        if not path.is_file():
            return f"{name} is gone"
        if hashes.of(path) != digest:
            return f"{name} was changed by hand or is damaged"
    return None


def commit(
    folder: Path,
    stage: str,
    basis: Basis,
    files: Mapping[str, bytes],
    copies: Mapping[str, Path] = MappingProxyType({}),
) -> None:
    """Make `files` and `copies` of large files the stage's outputs, by name below `folder`.

    A file that already has these bytes is not touched. Files of the former commit that are no
    longer made are deleted. Killed at any point, the next run finds the former commit or this one,
    or knows that the stage must be made again. Raises StoreError.
    """
    stages = read_manifest(folder)
    former = stages.get(stage, {}).get("outputs", {})
    outputs = {
        name: _write_if_changed(folder / name, content)
        for name, content in files.items()
    }
    outputs |= {
        name: _copy_if_changed(source, folder / name) for name, source in copies.items()
    }
    # Before the manifest: after a kill in between, the former commit lacks a file.
    _delete(folder, set(former) - set(outputs))
    stages[stage] = {"basis": basis.as_json(), "outputs": outputs}
    _write_if_changed(folder / MANIFEST, canonical_json({"stages": stages}))


def withdraw(folder: Path, stage: str) -> None:
    """Take a stage back: delete its files and take it out of the manifest."""
    stages = read_manifest(folder)
    record = stages.pop(stage, None)
    if record is None:
        return
    _delete(folder, record.get("outputs", {}))
    write_atomically(folder / MANIFEST, canonical_json({"stages": stages}))


def is_committed(folder: Path, names: Iterable[str], hashes: Hashes) -> bool:
    """Return whether each of the files is a stage's output, and is as it was committed."""
    outputs: dict[str, str] = {}
    for record in read_manifest(folder).values():
        outputs |= record["outputs"]
    wanted = set(names)
    if not wanted <= set(outputs):
        return False
    return _damage(folder, {name: outputs[name] for name in wanted}, hashes) is None


def _delete(folder: Path, names: Iterable[str]) -> None:
    for name in names:
        try:
            (folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise store_error(error, folder / name) from error


def _write_if_changed(path: Path, content: bytes) -> str:
    """Write a file that has other bytes, or is not there. Return its SHA-256."""
    if not _holds(path, content):
        write_atomically(path, content)
    return hash_bytes(content)


def _holds(path: Path, content: bytes) -> bool:
    with contextlib.suppress(OSError):
        return path.stat().st_size == len(content) and path.read_bytes() == content
    return False


def _copy_if_changed(source: Path, path: Path) -> str:
    """Copy a file too large for memory, whole or not at all. Return its SHA-256."""
    try:
        digest = hash_file(source)
        if path.is_file() and hash_file(path) == digest:
            return digest
    except OSError as error:
        raise store_error(error, path) from error
    with _replace(path) as temporary:
        shutil.copyfile(source, temporary)
    return digest


# --------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def lock(folder: Path) -> Iterator[None]:
    """Hold the one lock of `folder`; the kernel releases it however the process ends.

    Raises LockedError at once, with who holds it, if another process does.
    """
    path = folder / "lock"
    try:
        make_folder(folder)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise store_error(error, path) from error
    try:
        _take_lock(descriptor, folder)
        yield
    finally:
        os.close(descriptor)


def _take_lock(descriptor: int, folder: Path) -> None:
    """Lock the open file and write into it who holds it. Raises LockedError."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(descriptor, 300).decode(errors="replace") or "another process"
        remedy = "Wait until it is done, or stop it first."
        raise LockedError(
            f"in use by {holder}", path=folder.parent, remedy=remedy
        ) from None
    os.ftruncate(descriptor, 0)
    holder = f"process {os.getpid()} on {os.uname().nodename} since {time.strftime('%H:%M:%S')}"
    os.pwrite(descriptor, holder.encode(), 0)
