"""What every reader works with: a file's text, its lines, its JSON, times that can be trusted."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

from konspekt.errors import FormatError, RecordingError
from konspekt.formats.document import Utterance
from konspekt.sound.files import read_local
from konspekt.text.encoding import decode, lines_of
from konspekt.text.times import check_seconds

MAX_BYTES = 200 * 10**6  # 100 hours of Whisper JSON with word times are some 60 MB
_BLANKS = re.compile(r"[ \t]+")
EXPORT_AGAIN = "Export the file again."


@dataclass(frozen=True)
class Source:
    """A file to be read: its name for messages, its text, and whether it is a hypothesis."""

    path: Path
    text: str
    sha256: str  # of its bytes, in hex
    hypothesis: bool = False  # matters to formats that hold both sides, or open choices

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """All lines, blank ones too."""
        numbered = enumerate(lines_of(self.text), start=1)
        return tuple(Line(self, "line", number, text) for number, text in numbered)

    @property
    def rows(self) -> tuple[Line, ...]:
        """The lines that are not blank."""
        return tuple(line for line in self.lines if not line.is_blank)

    @cached_property
    def document(self) -> Any:
        """The text as one JSON value, or its rows where the first one is an object by itself.

        They are a tuple, which no JSON value is. Raises FormatError.
        """
        try:
            return self.parse_json(self.text)
        except FormatError:
            if not self._begins_with_an_object():
                raise
            return self.rows

    @property
    def keys(self) -> Set[str]:
        """The keys of its JSON object; none where it is no object. Raises FormatError."""
        if isinstance(self.document, dict):
            return self.document.keys()
        return set()

    def _begins_with_an_object(self) -> bool:
        try:
            return isinstance(self.rows[0].parse_json(), dict)
        except FormatError:
            return False

    def parse_json(self, text: str, first_line: int = 1) -> Any:
        """Return a part of the file as JSON. Raises FormatError with the line that is broken."""
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            line, why = first_line + error.lineno - 1, error.msg.lower()
        except (ValueError, RecursionError) as error:
            # a number of thousands of digits, brackets without end
            line, why = first_line, str(error)
        raise self.error(f"line {line}: broken JSON ({why})", EXPORT_AGAIN)

    def error(self, what: str, remedy: str) -> FormatError:
        return FormatError(what, path=self.path, remedy=remedy)


@dataclass(frozen=True, slots=True)
class Place:
    """A part of a file, and what messages call it: "line 3", "segment 1"."""

    source: Source = field(repr=False)
    noun: str
    number: int

    @property
    def where(self) -> str:
        return f"{self.noun} {self.number}"

    def seconds(self, value: object) -> float:
        """Return a number as seconds from 0 to 1000 hours. Raises FormatError."""
        return check_seconds(self.source.path, value, self.where)

    def error(self, what: str, remedy: str) -> FormatError:
        """Return an error whose message names the place, then `what` after a colon."""
        return self.source.error(f"{self.where}: {what}", remedy)


@dataclass(frozen=True, slots=True)
class Line(Place):
    """A line of a text format."""

    text: str

    @property
    def is_blank(self) -> bool:
        return not self.text.strip()

    def fields(self, maxsplit: int = 0) -> list[str]:
        """Return what blanks and tabs divide, at the first `maxsplit` places where it is not 0.

        A no-break space is part of a word.
        """
        return _BLANKS.split(self.text.strip(" \t"), maxsplit)

    def written_seconds(self, written: str) -> float:
        """Return a time that the line writes out. Raises FormatError."""
        try:
            return self.seconds(float(written))
        except ValueError:
            what = f"{written!r} is not a time in seconds"
            raise self.error(what, "Correct it.") from None

    def parse_json(self) -> Any:
        """Return the line as JSON. Raises FormatError."""
        return self.source.parse_json(self.text, self.number)


@dataclass(frozen=True, slots=True)
class Section:
    """A line that begins a part of the file, and the lines up to the next such line."""

    first: Line
    match: re.Match[str]  # what shows that it begins here
    rest: list[str]


def split_at(
    pattern: re.Pattern[str], lines: Iterable[Line]
) -> tuple[list[Line], list[Section]]:
    """Return the sections that lines of that pattern begin, and the lines before the first."""
    before: list[Line] = []
    sections: list[Section] = []
    for line in lines:
        if match := pattern.match(line.text):
            sections.append(Section(line, match, []))
        elif sections:
            sections[-1].rest.append(line.text)
        else:
            before.append(line)
    return before, sections


def open_source(path: Path, *, hypothesis: bool = False) -> Source:
    """Return the file as text, in one of the encodings that Russian comes in.

    Raises FormatError, also for what is no ordinary file (without waiting for a pipe) and for what
    is larger than `MAX_BYTES`.
    """
    try:
        content = read_local(path, max_bytes=MAX_BYTES, may_be_empty=True)
    except RecordingError as error:
        raise FormatError(error.what, path=error.path, remedy=error.remedy) from None
    sha256 = hashlib.sha256(content).hexdigest()
    return Source(path, decode(path, content), sha256, hypothesis)


Row = TypeVar("Row", bound=Place)


def read_rows(
    rows: Iterable[Row], read_row: Callable[[Row], Utterance]
) -> tuple[Utterance, ...]:
    """Return one utterance a row. Raises FormatError, also where two share an id."""
    read = [(row, read_row(row)) for row in rows]
    first: dict[str, Row] = {}
    for row, utterance in read:
        before = first.setdefault(utterance.id, row)
        if before is not row:
            what = f"the id {utterance.id!r} stands in {before.where} already"
            raise row.error(what, "Give each its own id.")
    return tuple(utterance for _, utterance in read)


def check_order(source: Source, utterances: Sequence[Utterance], noun: str) -> None:
    """Raise FormatError where an utterance starts before the one above it.

    Times that go back are those of another recording: the texts would be mixed.
    """
    starts = [utterance.start or 0.0 for utterance in utterances]
    for number, (before, start) in enumerate(pairwise(starts), start=2):
        if start < before:
            what = f"{noun} {number} starts at {start:g} s, before the one above it ({before:g} s)"
            remedy = f"Put every {noun} in the order of time"
            files = "give each recording a file of its own"
            raise source.error(what, f"{remedy}; {files}.")


def whole_characters(text: str) -> str:
    """Return the text without lone surrogates, which JSON can spell and no file can hold.

    Pairs become their character.
    """
    if not any("\ud800" <= character <= "\udfff" for character in text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
