"""A new course: its folders and a course.toml in which every setting is explained."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from konspekt.artifacts.store import write_atomically
from konspekt.course.recordings import (
    SOUND_ENDINGS,
    TRANSCRIPT_ENDINGS,
    is_text,
)
from konspekt.course.settings import TABLES, CourseFile, LectureEntry
from konspekt.errors import CourseError
from konspekt.sanitize import sanitize_piece

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
        raise CourseError(
            "there is a course already", path=path, remedy="Choose another folder."
        )
    try:
        (folder / "recordings").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CourseError(
            f"the folder cannot be made: {error.strerror or error}",
            path=folder,
            remedy="Choose another folder.",
        ) from error
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
    endings = " ".join((*SOUND_ENDINGS, *TRANSCRIPT_ENDINGS))
    lines = [
        "# A course of Konspekt. Put recordings into recordings/ and run: konspekt build",
        *_comment(
            f"It reads {endings}. A reference transcript NAME.reference.txt beside NAME.mp3 "
            f"gives "
            f"the WER."
        ),
        "",
        *_setting(
            "title", CourseFile.model_fields["title"], _quoted(title), active=True
        ),
        *_setting("language", CourseFile.model_fields["language"], '"ru"', active=True),
    ]
    for name, table in TABLES.items():
        head = f"#[{name}]" if name == "notes.llm" else f"[{name}]"
        lines += _table_lines(head, table)
    lines += _table_lines("#[[lectures]]", LectureEntry)
    return "\n".join(lines) + "\n"


def _table_lines(head: str, table: type[BaseModel]) -> list[str]:
    """Return a table's explanation, its head and its settings, commented out."""
    lines = ["", *_comment((table.__doc__ or "").split("\n")[0]), head]
    for key, info in table.model_fields.items():
        if not _is_table(info):
            lines += _setting(key, info, _value(key, info))
    return lines


def _quoted(text: str) -> str:
    """Return a TOML string: as in JSON, but for DEL, which TOML wants escaped."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _is_table(info: FieldInfo) -> bool:
    kinds = get_args(info.annotation) or (info.annotation,)
    return any(isinstance(kind, type) and issubclass(kind, BaseModel) for kind in kinds)


def _value(key: str, info: FieldInfo) -> str:
    """Return a setting's default as TOML; an example where it has none."""
    if key == "date":
        return _DATE
    value: Any = info.default
    is_unset = value is None or value == ()
    if info.is_required() or (is_unset and key in _EXAMPLES):
        value = _EXAMPLES[key]
    return json.dumps(value, ensure_ascii=False)


def _setting(
    key: str, info: FieldInfo, value: str, *, active: bool = False
) -> list[str]:
    return [
        *_comment(info.description or ""),
        f"{'' if active else '#'}{key} = {value}",
    ]


def _comment(text: str) -> list[str]:
    return [
        f"# {line}"
        for line in textwrap.wrap(
            text, 98, break_long_words=False, break_on_hyphens=False
        )
    ]
