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
    """Indented JSON with sorted keys and a final newline: same value, same bytes."""
    return (
        json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False) + "\n"
    ).encode()


# --------------------------------------------------------------------------------------------------


def write_atomically(path: Path, content: bytes) -> None:
    """Puts `content` at `path`, whole or not at all. Raises StoreError with what to do."""
    temporary = path.with_name(f".{path.name[:60]}.{secrets.token_hex(4)}{_TEMPORARY}")
    try:
        make_folder(path.parent)
        try:
            with temporary.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        flush_folder(path.parent)
    except OSError as error:
        raise store_error(error, path) from error


def make_folder(folder: Path) -> None:
    """Makes a folder and those above it, each flushed into the one that holds it. Raises
    OSError.
    """
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    flush_folder(folder.parent)


def flush_folder(folder: Path) -> None:
    """Flushes a folder's entries to the disk, where the file system can. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some network file systems cannot flush a folder
            raise
    finally:
        os.close(descriptor)


def store_error(error: OSError, path: Path) -> StoreError:
    """An OSError on an artifact in words."""
    remedies = {
        errno.ENOSPC: "Free some space and run the same command again; what is finished is kept.",
        errno.EDQUOT: "Free some space and run the same command again; what is finished is kept.",
        errno.EACCES: "Give yourself the right to write there, or choose another folder.",
        errno.EPERM: "Give yourself the right to write there, or choose another folder.",
        errno.EROFS: "The file system is read-only: choose another folder.",
    }
    remedy = remedies.get(
        error.errno or 0,
        "Check the folder and run the same command again; what is finished is kept.",
    )
    return StoreError(f"cannot be written: {error.strerror or error}", path=path, remedy=remedy)


def remove_leftovers(folder: Path, *, below: bool = True) -> None:
    """Deletes what a killed run left half written in `folder`, and below it. Only for the holder of
    its lock.
    """
    pattern = f".*{_TEMPORARY}"
    for path in folder.rglob(pattern) if below else folder.glob(pattern):
        with contextlib.suppress(OSError):  # what may not be deleted does no harm
            path.unlink()


# --------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Hashes:
    """SHA-256 of files, remembered by size, time and inode so that an unchanged file is not read
    again.
    """

    file: Path | None  # where they are remembered; None: nowhere
    _known: dict[str, list[Any]] = field(default_factory=dict)
    _changed: bool = False

    @classmethod
    def load(cls, file: Path | None) -> Hashes:
        """What is remembered in `file`. A file that cannot be read remembers nothing."""
        known: dict[str, list[Any]] = {}
        if file is not None:
            with contextlib.suppress(OSError, ValueError, AttributeError, RecursionError):
                read = json.loads(file.read_bytes())
                known = {k: v for k, v in read.items() if isinstance(v, list) and len(v) == 4}
        return cls(file, known)

    def of(self, path: Path) -> str:
        """The file's SHA-256. Raises StoreError if it cannot be read."""
        try:
            status = path.stat()
            stamp = [status.st_size, status.st_mtime_ns, status.st_ino]
            name = str(path.absolute())
            known = self._known.get(name)
            if known is not None and known[:3] == stamp:
                return str(known[3])
            digest = hash_file(path)
        except OSError as error:
            raise StoreError(
                f"cannot be read: {error.strerror or error}",
                path=path,
                remedy="Check the file and its rights.",
            ) from error
        if time.time_ns() - status.st_mtime_ns > _SETTLED_NS:
            self._known[name] = [*stamp, digest]
            self._changed = True
        return digest

    def save(self) -> None:
        """Remembers for the next run, files that are gone left out."""
        if self.file is None or not self._changed:
            return
        kept = {name: known for name, known in self._known.items() if Path(name).exists()}
        write_atomically(self.file, canonical_json(kept))
        self._changed = False


def hash_file(path: Path) -> str:
    """A file's SHA-256 in hexadecimal, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hash_bytes(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


# --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Basis:
    """What a stage's files rest on: the stage's key, kept in words so that a change can be named.

    `version` is the stage's own number, not the package's: a release must not transcribe again.
    `inputs` are contents by SHA-256 (None: not there); `options` plain JSON values.
    """

    version: int
    inputs: Mapping[str, str | None]
    options: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        plain: dict[str, Any] = json.loads(
            canonical_json(
                {
                    "version": self.version,
                    "inputs": dict(self.inputs),
                    "options": dict(self.options),
                }
            )
        )
        return plain


def read_manifest(folder: Path) -> dict[str, Any]:
    """The stages committed in `folder`, by name; empty where there is no manifest that can be
    trusted.
    """
    try:
        stages = json.loads((folder / MANIFEST).read_bytes())["stages"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}
    if not isinstance(stages, dict):
        return {}
    return {name: record for name, record in stages.items() if _is_record(record)}


def _is_record(record: Any) -> bool:
    """Whether a stage's record can be trusted: its outputs are deleted and compared by the names it
    gives.
    """
    if not isinstance(record, dict) or not isinstance(outputs := record.get("outputs"), dict):
        return False
    return all(isinstance(digest, str) and _stays_inside(name) for name, digest in outputs.items())


def _stays_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return (
        bool(path.parts) and not path.is_absolute() and ".." not in path.parts and "\0" not in name
    )


def why_stale(folder: Path, stage: str, basis: Basis, hashes: Hashes) -> str | None:
    """Why the stage's files in `folder` must be made (again), in words; None if they are good."""
    record = read_manifest(folder).get(stage)
    if record is None:
        return "not made yet"
    changed = _difference(record.get("basis"), basis.as_json())
    return changed or _damage(folder, record["outputs"], hashes)


def _difference(old: Any, new: dict[str, Any]) -> str | None:
    if not isinstance(old, dict):
        return "the manifest cannot be read"
    if old.get("version") != new["version"]:
        return f"Konspekt makes this differently now (version {new['version']})"
    for kind, word in (("inputs", ""), ("options", "setting ")):
        before = old.get(kind)
        after = new[kind]
        if not isinstance(before, dict):
            return "the manifest cannot be read"
        names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
        if names:
            return f"{word}{', '.join(sorted(names))} changed"
    return None


def _damage(folder: Path, outputs: Mapping[str, str], hashes: Hashes) -> str | None:
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
    """Makes `files` (names relative to `folder`) and `copies` of large files the stage's outputs.

    A file that already has these bytes is not touched; files of the former commit that are no
    longer made are deleted. Killed at any point, the next run finds the former commit or this one,
    or knows that the stage must be made again.
    """
    stages = read_manifest(folder)
    former = stages.get(stage, {}).get("outputs", {})
    for name, content in files.items():
        _write_if_changed(folder / name, content)
    outputs = {name: hash_bytes(content) for name, content in files.items()}
    outputs |= {name: _copy_if_changed(source, folder / name) for name, source in copies.items()}
    _delete(
        folder, set(former) - set(outputs)
    )  # before the manifest: a kill in between is seen as "is gone"
    stages[stage] = {"basis": basis.as_json(), "outputs": outputs}
    _write_if_changed(folder / MANIFEST, canonical_json({"stages": stages}))


def withdraw(folder: Path, stage: str) -> None:
    """Takes a stage back: its files are deleted and it leaves the manifest."""
    stages = read_manifest(folder)
    record = stages.pop(stage, None)
    if record is None:
        return
    _delete(folder, record.get("outputs", {}))
    write_atomically(folder / MANIFEST, canonical_json({"stages": stages}))


def is_committed(folder: Path, names: Iterable[str], hashes: Hashes) -> bool:
    """Whether each of the files is an output of some stage, and is as it was committed."""
    outputs: dict[str, str] = {}
    for record in read_manifest(folder).values():
        outputs |= record["outputs"]
    return all(
        name in outputs and _damage(folder, {name: outputs[name]}, hashes) is None for name in names
    )


def _delete(folder: Path, names: Iterable[str]) -> None:
    for name in names:
        try:
            (folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise store_error(error, folder / name) from error


def _write_if_changed(path: Path, content: bytes) -> None:
    with contextlib.suppress(OSError):
        if path.stat().st_size == len(content) and path.read_bytes() == content:
            return
    write_atomically(path, content)


def _copy_if_changed(source: Path, path: Path) -> str:
    """Copies a file too large for memory, whole or not at all; its SHA-256."""
    temporary = path.with_name(f".{path.name[:60]}.{secrets.token_hex(4)}{_TEMPORARY}")
    try:
        digest = hash_file(source)
        if not (path.is_file() and hash_file(path) == digest):
            make_folder(path.parent)
            shutil.copyfile(source, temporary)
            with temporary.open("rb") as file:
                os.fsync(file.fileno())
            temporary.replace(path)
            flush_folder(path.parent)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise store_error(error, path) from error
    return digest


# --------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds the one lock of `folder`; the kernel lets it go however the process ends.

    Raises LockedError at once, with who holds it, if another process does.
    """
    path = folder / "lock"
    try:
        make_folder(folder)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise store_error(error, path) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 300).decode(errors="replace") or "another process"
            raise LockedError(
                f"in use by {holder}",
                path=folder.parent,
                remedy="Wait until it is done, or stop it first.",
            ) from None
        os.ftruncate(descriptor, 0)
        holder = f"process {os.getpid()} on {os.uname().nodename} since {time.strftime('%H:%M:%S')}"
        os.pwrite(descriptor, holder.encode(), 0)
        yield
    finally:
        os.close(descriptor)
