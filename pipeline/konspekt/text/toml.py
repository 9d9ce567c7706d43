"""A TOML file that people write, as a table; what is wrong with it in one line."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from konspekt.errors import CourseError

MAX_BYTES = 2**20  # some 10,000 entries; people write a few hundred


def refuse_folder(path: Path) -> None:
    """Raises CourseError where a folder lies in the place of a file that people write."""
    if path.is_dir():
        raise CourseError(
            "this is a folder, not a file",
            path=path,
            remedy="Put a file of that name in its place.",
        )


def read_toml(path: Path, kind: str, *, missing: CourseError, hint: str = "") -> dict[str, Any]:
    """The table in the file `path`.

    Raises `missing` for a file that is not there, and CourseError for one that cannot be read, is
    larger than any `kind`, is not UTF-8 or not TOML: then with `hint`, what people often get wrong
    in such a file.
    """
    refuse_folder(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise CourseError(
                f"larger than any {kind}", path=path, remedy="Check that it is what its name says."
            )
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        raise missing from None
    except OSError as error:
        what = f"cannot be read: {error.strerror or error}"
        raise CourseError(what, path=path, remedy="Check the file and its rights.") from None
    except UnicodeDecodeError:
        raise CourseError(
            "cannot be read: it is not UTF-8", path=path, remedy="Save it as UTF-8."
        ) from None
    except (
        ValueError,
        RecursionError,
    ) as error:  # not TOML; a number of thousands of digits; brackets without end
        remedy = f"Correct the line (the format is TOML). {hint}".rstrip()
        raise CourseError(f"cannot be read: {error}", path=path, remedy=remedy) from None
