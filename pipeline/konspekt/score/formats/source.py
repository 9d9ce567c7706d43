"""What every reader works with: the file's text, its JSON, its lines, times that can be trusted."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from konspekt.errors import FormatError
from konspekt.score.formats.utterance import Utterance
from konspekt.text.encoding import lines_of
from konspekt.text.times import checked_seconds


@dataclass(frozen=True)
class Source:
    """A file to be read: its name for messages, its text, and whether it is a hypothesis."""

    path: Path
    text: str
    hypothesis: bool = False

    @cached_property
    def document(self) -> Any:
        """The text as one JSON value; None where it is one JSON object a line. Raises
        FormatError.
        """
        try:
            return self._json(self.text, first_line=1)
        except FormatError:
            if self._begins_with_an_object_alone():
                return None
            raise

    def rows(self) -> Iterator[tuple[int, str]]:
        """The lines that are not blank, with their numbers."""
        return (
            (number, line)
            for number, line in enumerate(lines_of(self.text), start=1)
            if line.strip()
        )

    def row_value(self, number: int, line: str) -> Any:
        """A line as JSON. Raises FormatError with its number."""
        return self._json(line, first_line=number)

    def error(self, what: str, remedy: str) -> FormatError:
        return FormatError(what, path=self.path, remedy=remedy)

    def seconds(self, value: object, where: str) -> float:
        """A time as seconds, at least 0; `where` says in a message whose it is. Raises
        FormatError.
        """
        return checked_seconds(self.path, value, where)

    def written_seconds(self, written: str, line: int) -> float:
        """A time that a text format writes out. Raises FormatError."""
        where = f"line {line}"
        try:
            value = float(written)
        except ValueError:
            raise self.error(
                f"{where}: {written!r} is not a time in seconds", "Correct it."
            ) from None
        return self.seconds(value, where)

    def span(self, start: object, end: object, where: str) -> tuple[float, float]:
        """A stretch's start and end. Raises FormatError for what is no time, and for an end before
        the start.
        """
        begun, ended = self.seconds(start, where), self.seconds(end, where)
        if ended < begun:
            raise self.error(
                f"{where} ends at {ended:g} s, before it starts ({begun:g} s)", "Correct its times."
            )
        return begun, ended

    def _json(self, text: str, first_line: int) -> Any:
        remedy = "Export the file again."
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            line = first_line + error.lineno - 1
            raise self.error(f"line {line}: broken JSON ({error.msg.lower()})", remedy) from None
        except (
            ValueError,
            RecursionError,
        ) as error:  # a number of thousands of digits, brackets without end
            raise self.error(f"line {first_line}: broken JSON ({error})", remedy) from None

    def _begins_with_an_object_alone(self) -> bool:
        number, line = next(self.rows(), (0, ""))
        try:
            return isinstance(self._json(line, number), dict)
        except FormatError:
            return False


@dataclass(frozen=True, slots=True)
class Kind:
    """One format: the endings of its files, how to know it among formats that share one, how to
    read it.

    An ending without a dot is a whole file name. `read` raises FormatError; what it finds nothing
    in is empty.
    """

    name: str
    endings: tuple[str, ...]
    read: Callable[[Source], tuple[Utterance, ...]]
    matches: Callable[[Source], bool] = lambda _: True

    def fits(self, path: Path) -> bool:
        """Whether a file of this name may be of this format."""
        return path.suffix.lower() in self.endings or path.name in self.endings


def fields(line: str, most: int = -1) -> list[str]:
    """What blanks and tabs divide, in at most `most` fields; a no-break space is part of a word."""
    return re.split(r"[ \t]+", line.strip(" \t"), maxsplit=most - 1 if most > 0 else 0)


def check_ids(source: Source, numbered: list[tuple[int, Utterance]]) -> tuple[Utterance, ...]:
    """The utterances of these lines. Raises FormatError where two share an id."""
    lines: dict[str, int] = {}
    for line, utterance in numbered:
        before = lines.setdefault(utterance.id, line)
        if before != line:
            raise source.error(
                f"line {line}: the id {utterance.id!r} stands in line {before} already",
                "Give each its own id.",
            )
    return tuple(utterance for _, utterance in numbered)


def check_order(
    source: Source, utterances: tuple[Utterance, ...], noun: str
) -> tuple[Utterance, ...]:
    """The utterances, if each starts no earlier than the one before. Raises FormatError."""
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
