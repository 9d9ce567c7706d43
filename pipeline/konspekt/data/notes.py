"""The notes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of the notes and the kept sentences it rests on."""

    text: str
    start: float  # of the first sentence it rests on
    end: float
    evidence: tuple[str, ...]  # sentence ids, at least one


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the lecture and where it is said."""

    text: str
    start: float  # where it is first said
    count: int
    evidence: tuple[str, ...]  # sentence ids


@dataclass(frozen=True, slots=True)
class Chapter:
    """A stretch of the lecture with one subject."""

    title: str
    start: float
    end: float
    statements: tuple[Statement, ...]  # by time


@dataclass(frozen=True, slots=True)
class Dropped:
    """A statement of the language model that failed the gate, and why."""

    text: str
    reason: str
    chapter: int


@dataclass(frozen=True, slots=True)
class Notes:
    """`notes.json`: chapters, statements with their evidence, terms."""

    recording: str  # id
    language: str
    method: Literal["outline", "llm"]
    model: str | None  # the language model; None without one
    endpoint: str | None  # host the text went to; None where no text left the machine
    problems: tuple[str, ...]  # what went wrong, in words, to stand on the page
    chapters: tuple[Chapter, ...]
    terms: tuple[Term, ...]
    dropped: tuple[Dropped, ...] = ()
