"""The one family of errors a user can meet: what happened, to which file, what to do.

    KonspektError
    ├── CourseError       a setting or a file of the course
    ├── RecordingError    a recording that cannot be opened or decoded
    ├── FormatError       a transcript, reference or artifact that cannot be read
    ├── ModelError        a model that cannot be had or does not work
    ├── LLMError          the language model's endpoint, or its answer
    ├── SiteError         a template or the Sphinx build
    └── StoreError        writing, space, permissions
        └── LockedError   another process works on the same course

`konspekt.cli.main` prints each of them as one line and exits with 1; any other exception is a bug
of ours.
"""

from __future__ import annotations

from pathlib import Path

from konspekt.sanitize import sanitize

EXIT_STOPPED = 130  # of a process that was stopped: 128 + SIGINT, as shells have it
# characters; a message quotes at most this much of somebody else's text
MAX_MESSAGE = 400


def one_line(text: object) -> str:
    """Return somebody else's message on one line of at most `MAX_MESSAGE` characters."""
    line = sanitize(text)
    return line if len(line) <= MAX_MESSAGE else line[: MAX_MESSAGE - 1] + "…"


class KonspektError(Exception):
    """Something a person can put right.

    `what` says what happened, in words, without a full stop; `path` is the file it happened to
    (None where there is none); `remedy` says what to do next.
    """

    def __init__(
        self, what: object, *, remedy: str, path: Path | str | None = None
    ) -> None:
        self.what = one_line(what)
        self.path = None if path is None else str(path)
        self.remedy = one_line(remedy)
        super().__init__(str(self))

    def __str__(self) -> str:
        where = "" if self.path is None else f"{one_line(self.path)}: "
        return f"{where}{self.what}. {self.remedy}"


class CourseError(KonspektError):
    """A setting in course.toml or a file of the course is wrong."""


class RecordingError(KonspektError):
    """A recording cannot be opened, decoded or trusted."""


class FormatError(KonspektError):
    """A transcript, a reference or an artifact cannot be read."""


class ModelError(KonspektError):
    """A model cannot be had, loaded or used."""


class LLMError(KonspektError):
    """The language model's endpoint failed, or its answer cannot be used."""


class SiteError(KonspektError):
    """A template is wrong or Sphinx refused the pages."""


class StoreError(KonspektError):
    """An artifact cannot be written or read back."""


class LockedError(StoreError):
    """Another process works on the same course."""
