"""What every importer works with: the file's text, times that can be trusted, and what it gives back."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

from pipeline.data import Hearing, Region
from pipeline.errors import FormatError

MAX_SECONDS = 1000 * 3600.0  # no lecture lasts a thousand hours: a later time is in another unit, or damaged
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
            raise self.error(f"this is not JSON ({error})", "Export the transcript again.") from None

    @cached_property
    def lines(self) -> list[str]:
        """The lines without their endings. Only line feeds divide: other separators are part of the text."""
        return [line.removesuffix("\r") for line in self.text.split("\n")]

    def error(self, what: str, remedy: str) -> FormatError:
        return FormatError(what, path=self.path, remedy=remedy)

    def seconds(self, value: object, where: str) -> float:
        """A time as seconds, at least 0. `where` says in a message whose it is. Raises FormatError."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.error(f"{where}: {value!r} is not a time in seconds", "Correct it.")
        if not math.isfinite(value) or not 0 <= value <= MAX_SECONDS:
            raise self.error(f"{where}: {value!r} is not a time between 0 and 1000 hours", "Correct it.")
        return float(value)


@dataclass(frozen=True, slots=True)
class Imported:
    """What one file says; times and ids from the file's own start."""

    hearings: tuple[Hearing, ...]
    model: str
    duration: float = 0.0  # where the file knows more than its hearings tell
    demo: bool = False
    speech: tuple[Region, ...] | None = None

    @property
    def end(self) -> float:
        """How far the transcript reaches."""
        ends = [hearing.end for hearing in self.hearings]
        ends += [segment.end for hearing in self.hearings for segment in hearing.segments]
        return max([self.duration, *ends])


@dataclass(frozen=True, slots=True)
class Importer:
    """One format: the ending of its files, how to know it among formats of that ending, how to read it.

    `matches` may look at `source.document` where the ending is `.raw.json`; `read` raises FormatError. `chunk_window`
    is the setting of that name, in seconds.
    """

    name: str
    ending: str
    read: Read
    matches: Callable[[Source], bool] = lambda _: True


Read: TypeAlias = Callable[[Source, float], Imported]


def decode(path: Path, content: bytes) -> str:
    """The file's text: UTF-8, UTF-16 where its first bytes say so, else Windows-1251 where that gives plain Russian.

    Control characters, NUL included, are kept as they are. Raises FormatError.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _strict(path, content, "utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        russian = content.decode("cp1251", errors="replace")
        if _is_plain_russian(russian):
            return russian
    return _strict(path, content, "utf-8")


def _strict(path: Path, content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise FormatError(
            f"this is not text in {encoding.upper()} (byte {error.start})", path=path, remedy="Save it as UTF-8."
        ) from None


def _is_plain_russian(text: str) -> bool:
    """Whether a guess at Windows-1251 reads as Russian: few stray signs, small letters outnumber capitals, and
    Russian letters do not stand inside Latin words (as é of Windows-1252 would). KOI8-R, CP866, broken UTF-8 fail."""
    small, capital = len(re.findall("[а-яё]", text)), len(re.findall("[А-ЯЁ]", text))
    stray = len(re.findall("[^\x00-\x7fа-яёА-ЯЁ«»—–…№“”„‘’\xa0°§•©×·]", text))
    mixed = len(re.findall("[A-Za-z][а-яёА-ЯЁ]|[а-яёА-ЯЁ][A-Za-z]", text))
    letters = small + capital
    return small > 2 * capital and stray * 50 <= letters and mixed * 50 <= letters


def whole_characters(text: str) -> str:
    """The text without lone surrogates, which JSON can spell and no file can hold; pairs become their character."""
    if not any("\ud800" <= character <= "\udfff" for character in text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
