"""The journal of finished batches: decoded windows survive a kill at any moment.

A line is the SHA-256 of its payload, a space, and the payload as JSON. The first line says what the
journal belongs to; each further one is a batch, in order. A batch is flushed to the disk before the
next one is decoded. A line that was cut or damaged is dropped with all after it, and those batches
are decoded again. A journal that belongs to something else is renamed, not lost.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from konspekt.artifacts.store import flush_folder, hash_bytes, make_folder, store_error
from konspekt.data import DecodedWindow

if TYPE_CHECKING:
    from pydantic import TypeAdapter

_DIGEST = 64  # characters
# added to the name of a journal of something else; replaces an earlier one
_OLD = ".old"

Payload: TypeAlias = dict[str, Any]  # a line's object of plain JSON values
# Plain JSON values, and tuples for lists: everything on which the text of the windows depends.
Key: TypeAlias = Mapping[str, Any]
Batch: TypeAlias = tuple[DecodedWindow, ...]


class Journal:
    """The batches decoded so far."""

    def __init__(self, path: Path, key: Key) -> None:
        """Read the batches that `path` holds for `key`.

        The first batch renames a journal of another key to its name with `.old`, and overwrites
        what is no journal. Raises StoreError.
        """
        self._path = path
        self._key = as_plain_json(key)
        self._valid_bytes = 0
        self.batches: list[Batch] = []
        self._read()

    @property
    def windows(self) -> Iterator[DecodedWindow]:
        """Return the decoded windows of all batches, in order."""
        return chain.from_iterable(self.batches)

    def append(self, decoded_windows: Sequence[DecodedWindow]) -> None:
        """Add the next batch; on return it is on the disk. Raises StoreError."""
        windows = [asdict(decoded) for decoded in decoded_windows]
        with _store_errors(self._path):
            if not self.batches:
                self._begin()
            self._write({"batch": len(self.batches), "windows": windows})
        self.batches.append(tuple(decoded_windows))

    def _read(self) -> None:
        """Read the batches up to the first line that is none."""
        lines = _read_lines(self._path)
        header, _ = next(lines, ({}, 0))
        if header.get("key") != self._key:
            return
        for payload, end in lines:
            windows = _windows_of(payload)
            if windows is None or payload["batch"] != len(self.batches):
                return
            self.batches.append(windows)
            self._valid_bytes = end

    def _begin(self) -> None:
        """Write the first line; rename a journal of something else."""
        make_folder(self._path.parent)
        if recorded_key(self._path) not in (None, self._key):
            self._path.replace(self._path.with_name(self._path.name + _OLD))
        self._valid_bytes = 0
        self._write({"key": self._key})
        flush_folder(self._path.parent)

    def _write(self, payload: Payload) -> None:
        """Write a line after the last valid one; cut off whatever stood there."""
        line = checksummed_line(payload)
        with self._path.open("ab") as output:
            output.truncate(self._valid_bytes)
            output.write(line)
            output.flush()
            os.fsync(output.fileno())
        self._valid_bytes += len(line)


def recorded_key(path: Path) -> Payload | None:
    """Return what the journal at `path` belongs to; None where there is none. Raises StoreError."""
    header, _ = next(_read_lines(path), ({}, 0))
    key: Payload | None = header.get("key")
    return key


def as_plain_json(key: Key) -> Payload:
    """Return a key as a journal holds it."""
    value: Payload = json.loads(json.dumps(key))
    return value


def _read_lines(path: Path) -> Iterator[tuple[Payload, int]]:
    """Yield each line's object and the byte at which the line ends, up to a damaged line."""
    with (
        _store_errors(path),
        suppress(FileNotFoundError),
        path.open("rb") as source,
    ):
        for line in source:
            payload = parse_line(line)
            if payload is None:
                return
            yield payload, source.tell()


@contextmanager
def _store_errors(path: Path) -> Iterator[None]:
    """Turn an OSError into a StoreError."""
    try:
        yield
    except OSError as error:
        raise store_error(error, path) from None


def _windows_of(payload: Payload) -> Batch | None:
    """Return the windows of a batch; None where they have another version's shape."""
    try:
        return _adapter().validate_python(payload.get("windows"))
    except ValueError:
        return None


@cache
def _adapter() -> TypeAdapter[Batch]:
    from pydantic import TypeAdapter

    return TypeAdapter(Batch)


def checksummed_line(payload: Key) -> bytes:
    """Return an object of plain JSON values as a line with its checksum."""
    text = json.dumps(payload, ensure_ascii=False, allow_nan=False)
    return _with_checksum(text.encode())


def parse_line(line: bytes) -> Payload | None:
    """Return the object of a line; None where it is cut or damaged."""
    content = line[_DIGEST + 1 : -1]
    if line != _with_checksum(content):
        return None
    payload: Payload = json.loads(content)
    return payload


def _with_checksum(content: bytes) -> bytes:
    return f"{hash_bytes(content)} ".encode() + content + b"\n"
