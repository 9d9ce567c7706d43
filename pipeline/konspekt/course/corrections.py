"""NAME.corrections.toml → entries: a person's last word on a lecture, beside its recording.

    [[keep]]
    text = "ещё раз, ещё раз"
    at = "12:05"

    [[drop]]
    from = "1:15:00"
    to = "1:15:20"
    why = "разговор в зале"

    [[replace]]
    text = "хаггинг фейс"
    with = "Hugging Face"

    [[redact]]
    text = "Иван Петров"

A corrections.toml beside course.toml holds such entries, without times, for all lectures of a
course.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self, TypeAlias, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from konspekt.course.settings import SettingProblem, first_problem
from konspekt.errors import CourseError, FormatError
from konspekt.text.times import clock, seconds_of
from konspekt.text.toml import read_toml
from konspekt.text.words import parts

Kind: TypeAlias = Literal["keep", "drop", "replace", "redact"]

KINDS: tuple[Kind, ...] = get_args(Kind)
MAX_QUOTE = 60  # characters of an entry's text in a message
_TIMES = 'Times stand in quotes: at = "12:05".'
_FORM = (
    f"Entries are [[keep]], [[drop]], [[replace]] and [[redact]]; docs/cleaning.md shows "
    f"each. {_TIMES}"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A person's decision on some words or a stretch of time.

    Times are those of the lecture, in seconds.
    """

    kind: Kind
    file: str  # the name of the file it stands in
    number: int  # in that file, among those of its kind, from 1
    everywhere: bool = False  # whether it is for every lecture of a course
    # as it was transcribed; None: whatever is said in that time
    text: str | None = None
    at: float | None = None
    start: float | None = None  # with `end`
    end: float | None = None
    new: str = ""  # what is read in place of the text
    note: str = ""  # the person's reason

    @property
    def words(self) -> tuple[str, ...]:
        """What the text is found by: its words, without case, punctuation and white space."""
        return tuple(part.folded for part in parts(self.text or ""))

    @property
    def is_timed(self) -> bool:
        return self.at is not None or self.start is not None

    def in_words(self) -> str:
        """Return the entry as a message names it. What is to be redacted is not quoted."""
        details = []
        if self.text is not None and self.kind != "redact":
            details.append(f"«{_shorten(self.text)}»")
        if self.at is not None:
            details.append(clock(self.at))
        if self.start is not None and self.end is not None:
            details.append(f"{clock(self.start)}–{clock(self.end)}")
        entry = f"{self.file}: [[{self.kind}]] {self.number}"
        return f"{entry} ({', '.join(details)})" if details else entry


def _shorten(text: str) -> str:
    return text if len(text) <= MAX_QUOTE else f"{text[:MAX_QUOTE]}…"


def load_corrections(path: Path, *, everywhere: bool = False) -> tuple[Entry, ...]:
    """Return the entries of a file, in its order, those of a kind together.

    Raises CourseError for a file that cannot be read and for an unknown or wrong setting. So it
    does for an entry that says neither what nor when, and for a time in a file for every lecture.
    """
    found = _read_file(path)
    entries = tuple(
        one.entry(kind, path.name, number, everywhere=everywhere)
        for kind in KINDS
        for number, one in enumerate(getattr(found, kind), start=1)
    )
    for entry in entries:
        if everywhere and entry.is_timed:
            where = f"[[{entry.kind}]] {entry.number}"
            what = f"{where}: a time says nothing of every lecture"
            remedy = "Put it into NAME.corrections.toml beside the recording."
            raise CourseError(what, path=path, remedy=remedy)
    return entries


def _read_file(path: Path) -> _File:
    remedy = "Put it back, or build again without it."
    absent = CourseError("the file is not there", path=path, remedy=remedy)
    table = read_toml(path, "corrections", missing=absent, hint=_TIMES)
    for kind in KINDS:
        if isinstance(table.get(kind), dict):
            remedy = f"Write [[{kind}]], twice in brackets."
            raise CourseError(f"[{kind}] is one table", path=path, remedy=remedy)
    try:
        return _File.model_validate(table)
    except ValidationError as error:
        what = _describe(first_problem(error))
        raise CourseError(what, path=path, remedy=_FORM) from None


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError('a time is written in quotes: "12:05"')
    try:
        return seconds_of(str(value))
    except FormatError as error:
        raise ValueError(error.what) from None


Time = Annotated[float, BeforeValidator(_seconds)]


class _CorrectionTable(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Words(_CorrectionTable):
    """What every kind of entry may say."""

    text: str | None = None
    at: Time | None = None
    start: Time | None = Field(None, alias="from")
    end: Time | None = Field(None, alias="to")
    why: str = ""

    @model_validator(mode="after")
    def _check_times(self) -> Self:
        if (self.start is None) != (self.end is None):
            raise ValueError("from and to go together")
        if self.at is not None and self.start is not None:
            raise ValueError("at, or from and to, not both")
        if self.start is not None and self.end is not None and self.start > self.end:
            raise ValueError("from is after to")
        return self

    @model_validator(mode="after")
    def _check_text(self) -> Self:
        if self.text is None and self.at is None and self.start is None:
            raise ValueError("it says neither a text nor a time")
        if self.text is not None and not parts(self.text):
            raise ValueError("the text has no words")
        return self

    def entry(self, kind: Kind, file: str, number: int, *, everywhere: bool) -> Entry:
        return Entry(
            kind,
            file,
            number,
            everywhere,
            text=None if self.text is None else _space(self.text),
            at=self.at,
            start=self.start,
            end=self.end,
            new=_space(self.new_text()),
            note=_space(self.why),
        )

    def new_text(self) -> str:
        return ""


def _space(text: str) -> str:
    """Return a text with single spaces."""
    return " ".join(text.split())


class _Replace(_Words):
    new: str = Field(alias="with")

    @model_validator(mode="after")
    def _check_new_words(self) -> Self:
        if self.text is None:
            raise ValueError("it needs a text, as it was transcribed")
        if not self.new.strip():
            raise ValueError("with is empty: to take words out there is [[drop]]")
        return self

    def new_text(self) -> str:
        return self.new


class _File(_CorrectionTable):
    keep: tuple[_Words, ...] = ()
    drop: tuple[_Words, ...] = ()
    replace: tuple[_Replace, ...] = ()
    redact: tuple[_Words, ...] = ()


def _describe(problem: SettingProblem) -> str:
    """Return what is wrong, behind the entry's kind and its number from 1."""
    kind, *rest = problem.place
    steps = [f"[[{kind}]]" if kind in KINDS else str(kind)]
    steps += [str(step + 1 if isinstance(step, int) else step) for step in rest]
    where = " ".join(steps)
    return f"unknown: {where}" if problem.is_unknown else f"{where}: {problem.words}"
