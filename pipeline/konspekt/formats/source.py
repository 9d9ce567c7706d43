"""What every reader works with: the file's text, its JSON, its lines, times that can be trusted.

And what a format is: its name, its files' endings, how it is known and read.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from konspekt.errors import FormatError, RecordingError
from konspekt.formats.document import Document, Utterance
from konspekt.sound.files import read_local
from konspekt.text.encoding import decode, lines_of
from konspekt.text.times import checked_seconds

MAX_BYTES = 200 * 10**6  # 100 hours of Whisper JSON with word times are some 60 MB
EXPORT_AGAIN = "Export the file again."


@dataclass(frozen=True)
class Source:
    """A file to be read: its name for messages, its text, and whether it is a hypothesis."""

    path: Path
    text: str
    sha256: str  # of its bytes, in hex
    hypothesis: bool = False  # matters to formats that hold both sides, or open choices

    @cached_property
    def document(self) -> Any:
        """The text as one JSON value; None where it has an object a line. Raises FormatError."""
        value, error = self._parsed
        if error is not None and not self.has_an_object_a_line:
            raise error
        return value

    @cached_property
    def has_an_object_a_line(self) -> bool:
        """Whether it is no JSON by itself, but its first line is an object."""
        _, error = self._parsed
        return error is not None and self._begins_with_an_object()

    @cached_property
    def _parsed(self) -> tuple[Any, FormatError | None]:
        """The text as one JSON value, or why it is none."""
        try:
            return self._json(self.text, first_line=1), None
        except FormatError as error:
            return None, error

    def rows(self) -> Iterator[tuple[int, str]]:
        """Return the lines that are not blank, with their numbers."""
        numbered = enumerate(lines_of(self.text), start=1)
        return ((number, line) for number, line in numbered if line.strip())

    def row_value(self, number: int, line: str) -> Any:
        """Return a line as JSON. Raises FormatError with its number."""
        return self._json(line, first_line=number)

    def error(self, what: str, remedy: str) -> FormatError:
        return FormatError(what, path=self.path, remedy=remedy)

    def seconds(self, value: object, where: str) -> float:
        """Return a time as seconds, at least 0; `where` says in a message whose it is.

        Raises FormatError.
        """
        return checked_seconds(self.path, value, where)

    def written_seconds(self, written: str, line: int) -> float:
        """Return a time that a text format writes out. Raises FormatError."""
        where = f"line {line}"
        try:
            value = float(written)
        except ValueError:
            what = f"{where}: {written!r} is not a time in seconds"
            raise self.error(what, "Correct it.") from None
        return self.seconds(value, where)

    def span(self, start: object, end: object, where: str) -> tuple[float, float]:
        """Return a stretch's start and end.

        Raises FormatError for what is no time, and for an end before the start.
        """
        first, last = self.seconds(start, where), self.seconds(end, where)
        if last < first:
            what = f"{where} ends at {last:g} s, before it starts ({first:g} s)"
            raise self.error(what, "Correct its times.")
        return first, last

    def _json(self, text: str, first_line: int) -> Any:
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            line, why = first_line + error.lineno - 1, error.msg.lower()
        except (ValueError, RecursionError) as error:
            # a number of thousands of digits, brackets without end
            line, why = first_line, str(error)
        raise self.error(f"line {line}: broken JSON ({why})", EXPORT_AGAIN)

    def _begins_with_an_object(self) -> bool:
        number, line = next(self.rows(), (0, ""))
        try:
            return isinstance(self._json(line, number), dict)
        except FormatError:
            return False


def open_source(path: Path, *, hypothesis: bool = False) -> Source:
    """Return the file as text, in one of the encodings that Russian comes in.

    Raises FormatError, also for what is no ordinary file (without waiting for a pipe) and for what
    is larger than `MAX_BYTES`.
    """
    try:
        content = read_local(path, max_bytes=MAX_BYTES, may_be_empty=True)
    except RecordingError as error:
        raise FormatError(error.what, path=error.path, remedy=error.remedy) from None
    return Source(
        path, decode(path, content), hashlib.sha256(content).hexdigest(), hypothesis
    )


@dataclass(frozen=True, slots=True)
class Format:
    """One format: what it is called, which files may be of it, how it is known and read.

    An ending without a dot is a whole file name. `matches` tells apart formats that share an
    ending. `read` raises FormatError; a file in which nothing is said has no utterances.
    """

    name: str  # in artifacts, where a model's name stands for sound
    title: str  # for people
    endings: tuple[str, ...]
    read: Callable[[Source], Document]
    matches: Callable[[Source], bool] = lambda _: True
    # why no lecture can be made of it: it is for scoring alone; "" where one can
    scored_because: str = ""
    # by language: what a page says was transcribed, instead of a model's name
    words: Mapping[str, str] = field(default_factory=dict)

    def fits(self, path: Path) -> bool:
        """Return whether a file of this name may be of this format."""
        return path.suffix.lower() in self.endings or path.name in self.endings


def fields(line: str, most: int = -1) -> list[str]:
    """Return what blanks and tabs divide, in at most `most` fields.

    A no-break space is part of a word.
    """
    return re.split(r"[ \t]+", line.strip(" \t"), maxsplit=most - 1 if most > 0 else 0)


def check_ids(
    source: Source, numbered: list[tuple[int, Utterance]]
) -> tuple[Utterance, ...]:
    """Return the utterances of these lines. Raises FormatError where two share an id."""
    lines: dict[str, int] = {}
    for line, utterance in numbered:
        before = lines.setdefault(utterance.id, line)
        if before != line:
            what = (
                f"line {line}: the id {utterance.id!r} stands in line {before} already"
            )
            raise source.error(what, "Give each its own id.")
    return tuple(utterance for _, utterance in numbered)


def check_order(
    source: Source, utterances: tuple[Utterance, ...], noun: str
) -> tuple[Utterance, ...]:
    """Return the utterances, if each starts no earlier than the one before. Raises FormatError.

    Times that go back are those of another recording: the texts would be mixed.
    """
    latest = 0.0
    for number, utterance in enumerate(utterances, start=1):
        start = utterance.start or 0.0
        if start < latest:
            raise source.error(
                f"{noun} {number} starts at {start:g} s, before the one above it ({latest:g} s)",
                f"Put every {noun} in the order of time; give each recording a file of its own.",
            )
        latest = start
    return utterances


def whole_characters(text: str) -> str:
    """Return the text without lone surrogates, which JSON can spell and no file can hold.

    Pairs become their character.
    """
    if not any("\ud800" <= character <= "\udfff" for character in text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
