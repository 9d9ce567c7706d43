"""What a language model answered, kept before it is read."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Protocol

from konspekt.artifacts.store import write_atomically
from konspekt.errors import StoreError


class AnswerStore(Protocol):
    """Answers by key."""

    def get(self, key: str) -> str | None:
        """Return the answer to a request; None if there is none."""

    def put(self, key: str, text: str) -> None:
        """Keep the answer to a request."""


class FolderAnswers:
    """A folder with one file an answer, written whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, key: str) -> str | None:
        """Return the answer; None if there is none, or the file is no text."""
        try:
            return self._path(key).read_text(encoding="utf-8")
        except (FileNotFoundError, UnicodeDecodeError):
            return None
        except OSError as error:
            raise StoreError(
                f"cannot be read: {error.strerror or error}",
                path=self._path(key),
                remedy="Check the file's rights.",
            ) from error

    def put(self, key: str, text: str) -> None:
        """Write the answer whole, or not at all."""
        write_atomically(self._path(key), text.encode("utf-8", "replace"))

    def _path(self, key: str) -> Path:
        # A key becomes a name through its hash: it can name no other folder.
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.txt"
