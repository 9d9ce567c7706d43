"""TOML files that people write, read as tables; what is wrong with one is said in one line."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from konspekt.errors import CourseError

MAX_BYTES = 2**20  # some 10,000 entries; people write a few hundred


def refuse_folder(path: Path) -> None:
    """Raise CourseError where a folder lies in the place of a file that people write."""
    if path.is_dir():
        remedy = "Put a file of that name in its place."
        raise CourseError("this is a folder, not a file", path=path, remedy=remedy)


def toml_string(text: str) -> str:
    """Return a text as TOML, in quotes: as in JSON, but for DEL, which TOML wants escaped.

    Half a character, which is none in UTF-8, becomes a question mark.
    """
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return json.dumps(whole, ensure_ascii=False).replace("\x7f", "\\u007f")


def read_toml(
    path: Path, kind: str, *, missing: CourseError, hint: str = ""
) -> dict[str, Any]:
    """Return the table in the file `path`.

    `kind` names in messages what the file is, `hint` what people often get wrong in it. Raises
    `missing` for a file that is not there, and CourseError for one that cannot be read, is larger
    than any of its kind, is not UTF-8 or not TOML.
    """
    try:
        return tomllib.loads(_read(path, kind).decode("utf-8-sig"))
    except FileNotFoundError:
        raise missing from None
    except UnicodeDecodeError:
        what = "cannot be read: it is not UTF-8"
        raise CourseError(what, path=path, remedy="Save it as UTF-8.") from None
    # Not TOML, a number of thousands of digits, brackets without end.
    except (ValueError, RecursionError) as error:
        remedy = f"Correct the line (the format is TOML). {hint}".rstrip()
        raise CourseError(
            f"cannot be read: {error}", path=path, remedy=remedy
        ) from None


def _read(path: Path, kind: str) -> bytes:
    """Return the file's bytes. Raises CourseError, and FileNotFoundError where it is not there."""
    refuse_folder(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            remedy = "Check that it is what its name says."
            raise CourseError(f"larger than any {kind}", path=path, remedy=remedy)
        return path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        what = f"cannot be read: {error.strerror or error}"
        raise CourseError(
            what, path=path, remedy="Check the file and its rights."
        ) from None
