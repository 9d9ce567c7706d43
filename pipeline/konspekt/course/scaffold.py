"""A new course: its folders and a course.toml in which every setting is explained."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from konspekt.artifacts.store import write_atomically
from konspekt.course.recordings import RECORDING_ENDINGS, is_text
from konspekt.course.settings import (
    DEFAULT_LANGUAGE,
    TABLES,
    CourseFile,
    LectureEntry,
    table_of,
)
from konspekt.errors import CourseError
from konspekt.sanitize import sanitize_piece
from konspekt.text.toml import toml_string

_WHAT_TO_DO = (
    "A course of Konspekt. Put recordings into recordings/ and run: konspekt build"
)
_WHAT_IT_READS = (
    f"It reads {' '.join(RECORDING_ENDINGS)}. A reference transcript NAME.reference.txt beside "
    "NAME.mp3 gives the WER."
)
_DATE = "2026-09-01"  # a date of TOML stands without quotes
_EXAMPLES: dict[str, Any] = {
    "base_url": "http://localhost:11434/v1",
    "model": "your-model",
    "files": ["week01.mp3"],
    "id": "week01",
    "title": "Introduction",
    "speakers": ["…"],
    "language": "ru",
    "track": 2,
    "api_key_env": "KONSPEKT_LLM_KEY",
}


def new_course(folder: Path, title: str) -> None:
    """Make the course's folder, its recordings/ and its course.toml.

    Raises CourseError where there is one already, and for a name that a terminal cannot show.
    """
    _check_name(str(folder))
    path = folder / "course.toml"
    if path.exists():
        what = "there is a course already"
        raise CourseError(what, path=path, remedy="Choose another folder.")
    try:
        (folder / "recordings").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"the folder cannot be made: {error.strerror or error}"
        raise CourseError(what, path=folder, remedy="Choose another folder.") from error
    ignored = folder / ".gitignore"
    if not ignored.exists():
        write_atomically(ignored, b"/output/\n/.konspekt/\n")
    write_atomically(path, course_toml(title).encode())


def _check_name(name: str) -> None:
    """Raise CourseError for a folder's name that is not shown as it is, or is no text."""
    what = "the folder's name cannot be shown as it is"
    if not is_text(name):
        what = "the folder's name is not UTF-8"
    if sanitize_piece(name) != name:
        raise CourseError(what, path=name, remedy="Choose another name.")


def course_toml(title: str) -> str:
    """Return a course.toml: every setting at its default, commented out, under its explanation."""
    settings = CourseFile.model_fields
    lines = [
        *_comment(_WHAT_TO_DO),
        *_comment(_WHAT_IT_READS),
        "",
        *_describe(settings["title"]),
        f"title = {toml_string(title)}",
        *_describe(settings["language"]),
        f"language = {toml_string(DEFAULT_LANGUAGE)}",
    ]
    for name, table in TABLES.items():
        # a table that may not be empty is commented out, too
        needed = any(info.is_required() for info in table.model_fields.values())
        lines += _table_lines(f"#[{name}]" if needed else f"[{name}]", table)
    lines += _table_lines("#[[lectures]]", LectureEntry)
    return "\n".join(lines) + "\n"


def _table_lines(head: str, table: type[BaseModel]) -> list[str]:
    """Return a table's explanation, its head and its settings, commented out."""
    paragraph = (table.__doc__ or "").split("\n\n")[0]
    lines = ["", *_comment(" ".join(paragraph.split())), head]
    for key, info in table.model_fields.items():
        if table_of(info) is None:
            lines += [*_describe(info), f"#{key} = {_value(key, info)}"]
    return lines


def _value(key: str, info: FieldInfo) -> str:
    """Return a setting's default as TOML; an example where it has none."""
    if key == "date":
        return _DATE
    value: Any = info.default
    is_unset = value is None or value == ()
    if info.examples:
        (value,) = info.examples
    elif info.is_required() or (is_unset and key in _EXAMPLES):
        value = _EXAMPLES[key]
    return json.dumps(value, ensure_ascii=False)


def _describe(info: FieldInfo) -> list[str]:
    return _comment(info.description or "")


def _comment(text: str) -> list[str]:
    """Return lines of a comment: at most 100 characters, no word broken."""
    return textwrap.wrap(
        text,
        100,
        initial_indent="# ",
        subsequent_indent="# ",
        break_long_words=False,
        break_on_hyphens=False,
    )
