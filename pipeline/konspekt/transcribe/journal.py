"""The journal of finished batches: decoded windows survive a kill at any moment.

A line is the SHA-256 of its payload, a space, and the payload as JSON. The first line says what the
journal belongs to; each further one is a batch, in order. A batch is flushed to the disk before the
next one is decoded. A line that was cut or damaged is dropped with all after it, and those batches
are decoded again. A journal that belongs to something else is renamed, not lost.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from konspekt.artifacts.store import flush_folder, make_folder, store_error
from konspekt.data import DecodedWindow

if TYPE_CHECKING:
    from pydantic import TypeAdapter

_DIGEST = 64  # characters
# added to the name of a journal of something else; replaces an earlier one
_OLD = ".old"


def recorded_key(path: Path) -> dict[str, Any] | None:
    """Return what the journal at `path` belongs to; None where there is none. Raises StoreError."""
    try:
        with path.open("rb") as source:
            payload = parse_line(source.readline())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise store_error(error, path) from None
    key = None if payload is None else payload.get("key")
    return key if isinstance(key, dict) else None


def as_plain_json(key: Mapping[str, Any]) -> dict[str, Any]:
    """Return a key as a journal holds it."""
    value: dict[str, Any] = json.loads(json.dumps(key))
    return value


class Journal:
    """The batches decoded so far, and whether a demo model decoded them.

    `demo` is None before the first batch.
    """

    def __init__(self, path: Path, key: Mapping[str, Any]) -> None:
        """Read the batches that `path` holds for `key`.

        `key` consists of plain JSON values on which the text depends. The first batch renames a
        journal of another key to its name with `.old`, and overwrites what is no journal. Raises
        StoreError.
        """
        self._path = path
        self._key = as_plain_json(key)
        self._is_foreign = recorded_key(path) not in (None, self._key)
        self.demo: bool | None = None
        self.batches: list[tuple[DecodedWindow, ...]] = []
        try:
            self._valid_bytes = self._read()
        except OSError as error:
            raise store_error(error, path) from None

    def append(self, decoded_windows: Sequence[DecodedWindow], *, demo: bool) -> None:
        """Add the next batch; on return it is on the disk. Raises StoreError."""
        windows = [asdict(decoded) for decoded in decoded_windows]
        lines = checksummed_line({"batch": len(self.batches), "windows": windows})
        if not self.batches:
            lines = checksummed_line({"key": self._key, "demo": demo}) + lines
        try:
            self._write(lines)
        except OSError as error:
            raise store_error(error, self._path) from None
        self.demo = demo
        self.batches.append(tuple(decoded_windows))

    def windows(self) -> Iterator[DecodedWindow]:
        """Yield the decoded windows of all batches, in order."""
        for batch in self.batches:
            yield from batch

    def _write(self, lines: bytes) -> None:
        """Write lines after the last valid one; cut off whatever stood there."""
        make_folder(self._path.parent)
        self._rename_foreign()
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        with os.fdopen(descriptor, "wb") as output:
            output.truncate(self._valid_bytes)
            output.seek(self._valid_bytes)
            output.write(lines)
            output.flush()
            os.fsync(descriptor)
        if not self._valid_bytes:
            flush_folder(self._path.parent)
        self._valid_bytes += len(lines)

    def _rename_foreign(self) -> None:
        """Rename a journal of something else."""
        if self._is_foreign:
            self._path.replace(self._path.with_name(self._path.name + _OLD))
            self._is_foreign = False

    def _read(self) -> int:
        """Read the valid lines; return how many bytes they are."""
        try:
            source = self._path.open("rb")
        except FileNotFoundError:
            return 0
        valid = 0
        with source:
            for line in source:
                payload = parse_line(line)
                if payload is None or not self._take(payload):
                    break
                valid += len(line)
        if not self.batches:
            self.demo, valid = None, 0
        return valid

    def _take(self, payload: dict[str, Any]) -> bool:
        """Take a line if it is the one that must come next; return whether it is."""
        if self.demo is None:
            if payload.get("key") == self._key:
                self.demo = bool(payload.get("demo"))
            return self.demo is not None
        if payload.get("batch") != len(self.batches):
            return False
        try:
            self.batches.append(_adapter().validate_python(payload.get("windows")))
        except ValueError:  # pydantic's, for windows of another version's shape
            return False
        return True


@cache
def _adapter() -> TypeAdapter[tuple[DecodedWindow, ...]]:
    from pydantic import TypeAdapter

    return TypeAdapter(tuple[DecodedWindow, ...])


def checksummed_line(payload: Mapping[str, Any]) -> bytes:
    """Return an object of plain JSON values as a line with its checksum."""
    content = json.dumps(payload, ensure_ascii=False, allow_nan=False).encode()
    return hashlib.sha256(content).hexdigest().encode() + b" " + content + b"\n"


def parse_line(line: bytes) -> dict[str, Any] | None:
    """Return the object of a line; None where it is cut or damaged."""
    digest, content = line[:_DIGEST], line[_DIGEST + 1 : -1]
    if (
        not line.endswith(b"\n")
        or hashlib.sha256(content).hexdigest().encode() != digest
    ):
        return None
    payload: dict[str, Any] = json.loads(content)
    return payload
