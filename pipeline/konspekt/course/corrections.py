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

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeAlias, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from konspekt.course.settings import setting_problem
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
    text: str | None = (
        None  # as it was transcribed; None: whatever is said in that time
    )
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
        told = []
        if self.text is not None and self.kind != "redact":
            told.append(
                f"«{self.text if len(self.text) <= MAX_QUOTE else self.text[:MAX_QUOTE] + '…'}»"
            )
        if self.at is not None:
            told.append(clock(self.at))
        if self.start is not None and self.end is not None:
            told.append(f"{clock(self.start)}–{clock(self.end)}")
        return f"{self.file}: [[{self.kind}]] {self.number}" + (
            f" ({', '.join(told)})" if told else ""
        )


def load_corrections(path: Path, *, everywhere: bool = False) -> tuple[Entry, ...]:
    """Return the entries of a file, in its order, those of a kind together.

    Raises CourseError for a file that cannot be read, an unknown or wrong setting, an entry that
    says neither what nor when, and a time in a file for every lecture.
    """
    absent = CourseError(
        "the file is not there",
        path=path,
        remedy="Put it back, or build again without it.",
    )
    table = read_toml(path, "corrections", missing=absent, hint=_TIMES)
    for kind in KINDS:
        if isinstance(table.get(kind), dict):
            raise CourseError(
                f"[{kind}] is one table",
                path=path,
                remedy=f"Write [[{kind}]], twice in brackets.",
            )
    try:
        found = _File.model_validate(table)
    except ValidationError as error:
        raise _wrong_entry(path, error) from None
    entries = tuple(
        one.entry(kind, path.name, number, everywhere=everywhere)
        for kind in KINDS
        for number, one in enumerate(getattr(found, kind), start=1)
    )
    for entry in entries:
        if everywhere and entry.is_timed:
            what = (
                f"[[{entry.kind}]] {entry.number}: a time says nothing of every lecture"
            )
            raise CourseError(
                what,
                path=path,
                remedy="Put it into NAME.corrections.toml beside the recording.",
            )
    return entries


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
    def _says_what_or_when(self) -> Self:
        if (self.start is None) != (self.end is None):
            raise ValueError("from and to go together")
        if self.at is not None and self.start is not None:
            raise ValueError("at, or from and to, not both")
        if self.start is not None and self.end is not None and self.start > self.end:
            raise ValueError("from is after to")
        if self.text is None and self.at is None and self.start is None:
            raise ValueError("it says neither a text nor a time")
        if self.text is not None and not parts(self.text):
            raise ValueError("the text has no words")
        return self

    def entry(self, kind: Kind, file: str, number: int, *, everywhere: bool) -> Entry:
        text = None if self.text is None else " ".join(self.text.split())
        new, note = " ".join(self.new_text().split()), " ".join(self.why.split())
        return Entry(
            kind,
            file,
            number,
            everywhere,
            text,
            self.at,
            self.start,
            self.end,
            new,
            note,
        )

    def new_text(self) -> str:
        return ""


class _Replace(_Words):
    new: str = Field(alias="with")

    @model_validator(mode="after")
    def _has_new_words(self) -> Self:
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


def _wrong_entry(path: Path, error: ValidationError) -> CourseError:
    first: Mapping[str, Any] = error.errors(include_input=False, include_url=False)[0]
    steps = [
        f"[[{step}]]"
        if step in KINDS
        else str(step + 1 if isinstance(step, int) else step)
        for step in first["loc"]
    ]
    where = " ".join(steps)
    if first["type"] == "extra_forbidden":
        return CourseError(f"unknown: {where}", path=path, remedy=_FORM)
    return CourseError(
        f"{where}: {setting_problem(first['type'], first['msg'])}",
        path=path,
        remedy=_FORM,
    )
