"""What every importer works with: the file's text, times that can be trusted, and what it gives
back.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

from konspekt.data import DecodedWindow, Region
from konspekt.errors import FormatError
from konspekt.text.encoding import lines_of
from konspekt.text.times import checked_seconds

CHUNK_LINES = "lines like [Chunk start 25.00s]: text"


@dataclass(frozen=True)
class Source:
    """A raw transcript file: its name for messages, and its text."""

    path: Path
    text: str

    @cached_property
    def document(self) -> Any:
        """The text as JSON. Raises FormatError."""
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError) as error:
            raise self.error(
                f"this is not JSON ({error})", "Export the transcript again."
            ) from None

    @cached_property
    def lines(self) -> list[str]:
        """The lines without their endings. Only line feeds divide: other separators are part of the
        text.
        """
        return lines_of(self.text)

    def error(self, what: str, remedy: str) -> FormatError:
        return FormatError(what, path=self.path, remedy=remedy)

    def seconds(self, value: object, where: str) -> float:
        """A time as seconds, at least 0. `where` says in a message whose it is. Raises
        FormatError.
        """
        return checked_seconds(self.path, value, where)


@dataclass(frozen=True, slots=True)
class Imported:
    """What one file says; times and ids from the file's own start."""

    windows: tuple[DecodedWindow, ...]
    model: str
    duration: float = 0.0  # where the file knows more than its windows tell
    demo: bool = False
    speech: tuple[Region, ...] | None = None

    @property
    def end(self) -> float:
        """How far the transcript reaches."""
        ends = [decoded.end for decoded in self.windows]
        ends += [segment.end for decoded in self.windows for segment in decoded.segments]
        return max([self.duration, *ends])


@dataclass(frozen=True, slots=True)
class Importer:
    """One format: the ending of its files, how to know it among formats of that ending, how to read
    it.

    `matches` may look at `source.document` where the ending is `.raw.json`; `read` raises
    FormatError. `chunk_window` is the setting of that name, in seconds.
    """

    name: str
    ending: str
    read: Read
    matches: Callable[[Source], bool] = lambda _: True


Read: TypeAlias = Callable[[Source, float], Imported]


def whole_characters(text: str) -> str:
    """The text without lone surrogates, which JSON can spell and no file can hold; pairs become
    their character.
    """
    if not any("\ud800" <= character <= "\udfff" for character in text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
