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
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from konspekt.errors import LockedError, StoreError

MANIFEST = "manifest.json"
_TEMPORARY = ".konspekt-tmp"  # the ending of files that are being written
# a file touched less than 2 s ago may change again within one tick of its time stamp
_SETTLED_NS = 2_000_000_000

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


def canonical_json(value: Any) -> bytes:
    """Return indented JSON with sorted keys and a final newline: same value, same bytes."""
    text = json.dumps(
        value, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False
    )
    return f"{text}\n".encode()


# --------------------------------------------------------------------------------------------------


def write_atomically(path: Path, content: bytes) -> None:
    """Put `content` at `path`, whole or not at all. Raises StoreError with what to do."""
    with replace_file(path) as temporary, temporary.open("xb") as file:
        file.write(content)


@contextlib.contextmanager
def replace_file(path: Path) -> Iterator[Path]:
    """Give a file to write beside `path`; flush it and rename it to `path`. Raises StoreError."""
    name = f"{_temporary_stem(path)}{secrets.token_hex(4)}{_TEMPORARY}"
    temporary = path.with_name(name)
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


def _temporary_stem(path: Path) -> str:
    """Return how the names of files begin that are written to become `path`."""
    return f".{path.name[:60]}."


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


def remove_leftovers(folder: Path, *, below: bool = True) -> None:
    """Delete what a killed run left half written in `folder`, and below it.

    Only the holder of its lock may call it.
    """
    pattern = f".*{_TEMPORARY}"
    for path in folder.rglob(pattern) if below else folder.glob(pattern):
        with contextlib.suppress(OSError):  # what may not be deleted does no harm
            path.unlink()


def remove_leftovers_of(path: Path) -> None:
    """Delete what killed runs left half written of one file.

    Only the holder of its lock may call it.
    """
    for left in path.parent.glob(f"{_temporary_stem(path)}*{_TEMPORARY}"):
        with contextlib.suppress(OSError):  # what may not be deleted does no harm
            left.unlink()


# --------------------------------------------------------------------------------------------------


class Remembered(NamedTuple):
    """The SHA-256 of a file, and how one knows that the file is the same."""

    size: int
    changed_ns: int
    inode: int
    sha256: str

    def is_of(self, status: os.stat_result) -> bool:
        """Return whether a file has that size, time and inode."""
        stamp = (status.st_size, status.st_mtime_ns, status.st_ino)
        return stamp == (self.size, self.changed_ns, self.inode)


@dataclass(slots=True)
class Hashes:
    """SHA-256 of files, remembered by size, time and inode: an unchanged file is read once."""

    file: Path | None  # where they are remembered; None: nowhere
    _known: dict[str, Remembered] = field(default_factory=dict)  # by absolute path
    _changed: bool = False

    @classmethod
    def load(cls, file: Path | None) -> Hashes:
        """Return what is remembered in `file`: nothing, if it cannot be read."""
        if file is None:
            return cls(None)
        hashes = cls(file)
        try:
            written = json.loads(file.read_bytes()).items()
        except (OSError, ValueError, AttributeError, RecursionError):
            return hashes
        for name, values in written:
            match values:
                case [int(), int(), int(), str()]:
                    hashes._known[name] = Remembered(*values)
        return hashes

    def of(self, path: Path) -> str:
        """Return the file's SHA-256. Raises StoreError if it cannot be read."""
        try:
            return self._of(path)
        except OSError as error:
            what = f"cannot be read: {error.strerror or error}"
            remedy = "Check the file and its rights."
            raise StoreError(what, path=path, remedy=remedy) from error

    def _of(self, path: Path) -> str:
        status = path.stat()
        name = str(path.absolute())
        known = self._known.get(name)
        if known is not None and known.is_of(status):
            return known.sha256
        digest = hash_file(path)
        if time.time_ns() - status.st_mtime_ns > _SETTLED_NS:
            self._known[name] = Remembered(
                status.st_size, status.st_mtime_ns, status.st_ino, digest
            )
            self._changed = True
        return digest

    def save(self) -> None:
        """Write down what is remembered for the next run, but for files that are gone."""
        if self.file is None or not self._changed:
            return
        gone = [name for name in self._known if not Path(name).exists()]
        for name in gone:
            del self._known[name]
        write_atomically(self.file, canonical_json(self._known))
        self._changed = False


def hash_file(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal, read in pieces. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hash_bytes(content: bytes) -> str:
    """Return the SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


# --------------------------------------------------------------------------------------------------


Inputs: TypeAlias = Mapping[str, str | None]  # SHA-256 by name; None: not there
Options: TypeAlias = Mapping[str, Any]  # plain JSON values
Outputs: TypeAlias = Mapping[str, str]  # SHA-256 by name
Content: TypeAlias = bytes | Path  # a file that is too large for memory is copied


@dataclass(frozen=True, slots=True)
class Basis:
    """What a stage's files rest on: its key, kept in words so that a change can be named."""

    # the stage's own, not the package's: a release must not transcribe again
    version: int
    inputs: Inputs
    options: Options


@dataclass(frozen=True, slots=True)
class StageRecord:
    """What the manifest says of a stage."""

    basis: Basis | None  # None: it cannot be read
    outputs: Outputs


Manifest: TypeAlias = dict[str, StageRecord]  # by the stage's name


def read_manifest(folder: Path) -> Manifest:
    """Return the stages committed in `folder`.

    Empty where no manifest can be trusted; without the stages that cannot be trusted.
    """
    try:
        written = json.loads((folder / MANIFEST).read_bytes())
        stages = written["stages"].items()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}
    manifest: Manifest = {}
    for name, fields in stages:
        record = _parse_record(fields)
        if record is not None:
            manifest[name] = record
    return manifest


def _parse_record(written: Any) -> StageRecord | None:
    """Return a stage's record; None if it cannot be trusted: outputs are deleted by their names."""
    outputs = written.get("outputs") if isinstance(written, dict) else None
    if not isinstance(outputs, dict):
        return None
    for name, digest in outputs.items():
        if not isinstance(digest, str) or not _stays_inside(name):
            return None
    return StageRecord(_parse_basis(written.get("basis")), outputs)


def _parse_basis(written: Any) -> Basis | None:
    match written:
        case {"version": version, "inputs": dict(inputs), "options": dict(options)}:
            return Basis(version, inputs, options)
    return None


def _stays_inside(name: str) -> bool:
    path = PurePosixPath(name)
    if not path.parts or path.is_absolute():
        return False
    return ".." not in path.parts and "\0" not in name


def _write_manifest(folder: Path, manifest: Manifest) -> None:
    stages = {name: asdict(record) for name, record in manifest.items()}
    _put(folder / MANIFEST, canonical_json({"stages": stages}))


def why_stale(
    folder: Path,
    stage: str,
    basis: Basis,
    hashes: Hashes,
    setting_names: Mapping[str, str] = MappingProxyType({}),
) -> str | None:
    """Return why the stage's files in `folder` must be made (again); None if they are good.

    `setting_names` says what a person calls options that have other names in the basis.
    """
    record = read_manifest(folder).get(stage)
    if record is None:
        return "not made yet"
    written = json.loads(canonical_json(asdict(basis)))  # tuples are lists there
    changed = _difference(record.basis, Basis(**written), setting_names)
    return changed or _damage(folder, record.outputs, hashes)


def _difference(
    old: Basis | None, new: Basis, setting_names: Mapping[str, str]
) -> str | None:
    """Return what changed from a basis in the manifest to the one of now; None if nothing did."""
    if old is None:
        return "the manifest cannot be read"
    if old.version != new.version:
        return f"Konspekt makes this differently now (version {new.version})"
    if names := _changed_names(old.inputs, new.inputs):
        return f"{', '.join(names)} changed"
    if names := _changed_names(old.options, new.options):
        settings = sorted({setting_names.get(name, name) for name in names})
        return f"setting {', '.join(settings)} changed"
    return None


def _changed_names(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return the names whose values differ, in order."""
    return [name for name in sorted({*old, *new}) if old.get(name) != new.get(name)]


def _damage(folder: Path, outputs: Outputs, hashes: Hashes) -> str | None:
    """Return which output is not as it was committed; None if all are."""
    for name, digest in outputs.items():
        path = folder / name
        if not path.is_file():
            return f"{name} is gone"
        if hashes.of(path) != digest:
            return f"{name} was changed by hand or is damaged"
    return None


def commit(
    folder: Path, stage: str, basis: Basis, files: Mapping[str, Content]
) -> None:
    """Make `files` the stage's outputs, by name below `folder`.

    A file that already has these bytes is not touched. Files of the former commit that are no
    longer made are deleted. Killed at any point, the next run finds the former commit or this one,
    or knows that the stage must be made again. Raises StoreError.
    """
    manifest = read_manifest(folder)
    outputs = {name: _put(folder / name, content) for name, content in files.items()}
    if stage in manifest:
        # Before the manifest: after a kill in between, the former commit lacks a file.
        _delete(folder, manifest[stage].outputs.keys() - outputs)
    manifest[stage] = StageRecord(basis, outputs)
    _write_manifest(folder, manifest)


def withdraw(folder: Path, stage: str) -> None:
    """Take a stage back: delete its files and take it out of the manifest."""
    manifest = read_manifest(folder)
    if stage not in manifest:
        return
    _delete(folder, manifest.pop(stage).outputs)
    _write_manifest(folder, manifest)


def is_committed(folder: Path, names: Collection[str], hashes: Hashes) -> bool:
    """Return whether each of the files is a stage's output, and is as it was committed."""
    committed: dict[str, str] = {}
    for record in read_manifest(folder).values():
        committed |= record.outputs
    if not committed.keys() >= set(names):
        return False
    wanted = {name: committed[name] for name in names}
    return _damage(folder, wanted, hashes) is None


def _delete(folder: Path, names: Iterable[str]) -> None:
    for name in names:
        try:
            (folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise store_error(error, folder / name) from error


def _put(path: Path, content: Content) -> str:
    """Write a file that has other bytes, or is not there. Return its SHA-256."""
    if isinstance(content, Path):
        return _copy_if_changed(content, path)
    if not _holds(path, content):
        write_atomically(path, content)
    return hash_bytes(content)


def _holds(path: Path, content: bytes) -> bool:
    try:
        is_as_long = path.stat().st_size == len(content)
        return is_as_long and path.read_bytes() == content
    except OSError:
        return False


def _copy_if_changed(source: Path, path: Path) -> str:
    """Copy a file that has other bytes, whole or not at all. Return its SHA-256."""
    try:
        digest = hash_file(source)
        if path.is_file() and hash_file(path) == digest:
            return digest
    except OSError as error:
        raise store_error(error, path) from error
    with replace_file(path) as temporary:
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
