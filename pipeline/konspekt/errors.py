"""The one family of errors a user can meet: what happened, to which file, what to do.

    KonspektError
    ├── CourseError       a setting or a file of the course
    ├── RecordingError    a recording that cannot be opened or decoded
    ├── FormatError       a transcript, reference or artifact that cannot be read
    ├── ModelError        a model that cannot be had or does not work
    ├── EndpointError     a server that text or sound is sent to, or its answer
    ├── SiteError         a template or the Sphinx build
    └── StoreError        writing, space, permissions
        └── LockedError   another process works on the same course

`konspekt.cli.main` prints each of them as one line and exits with 1; any other exception is a bug
of ours.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from konspekt.sanitize import sanitize

EXIT_STOPPED = 130  # of a process that was stopped: 128 + SIGINT, as shells have it
# characters; a message quotes at most this much of somebody else's text
MAX_MESSAGE = 400


def one_line(text: object) -> str:
    """Return somebody else's message on one line of at most `MAX_MESSAGE` characters."""
    line = sanitize(text)
    return line if len(line) <= MAX_MESSAGE else line[: MAX_MESSAGE - 1] + "…"


# What `name_setting` returns: an option, and the setting in brackets; or the setting alone.
_OPTION_AND_SETTING = re.compile(
    r'(--[a-z-]+(?: [^\s()]+)?) \((\w+(?: = "[^"]*")? in (?:\[[\w.]+\]|course\.toml))\)'
)
_SETTING_ALONE = re.compile(r"( in \[[\w.]+\]) of a course\b")


def name_setting(place: str, value: str = "", *, option: str | None = "") -> str:
    """Return how a message names a setting such as `transcribe.device`, and a value to set it to.

    Both the option and the line in course.toml are named: the command keeps what it has, by
    `name_settings_for`. `option` is the option's name where it is not the setting's; None where
    there is none.
    """
    table, _, key = place.rpartition(".")
    where = f"[{table}]" if table else "course.toml"
    setting = f'{key} = "{value}" in {where}' if value else f"{key} in {where}"
    if option is None:
        return f"{setting} of a course"
    return f"--{option or key} {value}".rstrip() + f" ({setting})"


def name_settings_for(message: str, *, in_course: bool) -> str:
    """Return a message in which each setting is named once: in a course by its line in
    course.toml, outside by its option.
    """
    if not in_course:
        return _OPTION_AND_SETTING.sub(r"\1", message)
    return _SETTING_ALONE.sub(r"\1", _OPTION_AND_SETTING.sub(r"\2", message))


def command_line(*words: str | Path) -> str:
    """Return a command of Konspekt as it can be typed: paths are quoted, none is an option."""
    typed = [
        f"./{word}"
        if isinstance(word, Path) and str(word).startswith("-")
        else str(word)
        for word in words
    ]
    return shlex.join(["konspekt", *typed])


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


class EndpointError(KonspektError):
    """An endpoint cannot be used, or its answer cannot."""


class SiteError(KonspektError):
    """A template is wrong or Sphinx refused the pages."""


class StoreError(KonspektError):
    """An artifact cannot be written or read back."""


class LockedError(StoreError):
    """Another process works on the same course."""
