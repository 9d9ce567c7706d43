"""Times that files and people name."""

from __future__ import annotations

import re
from pathlib import Path

from konspekt.errors import FormatError

MAX_SECONDS = (
    1000 * 3600.0
)  # no lecture lasts a thousand hours: a later time is in another unit, or damaged

_WRITTEN = re.compile(
    r"(?:(?:(\d{1,3}):(?=\d\d?:))?(\d{1,4}):(?=\d\d?(?:\.|$)))?(\d{1,7}(?:\.\d{1,6})?)", re.ASCII
)


def seconds_of(written: str) -> float:
    """A time as a person writes it, 12:05, 1:12:05, 725 or 725.5, as seconds. Raises
    FormatError.
    """
    found = _WRITTEN.fullmatch(written.strip())
    hours, minutes, seconds = (
        (float(part or 0) for part in found.groups()) if found else (0.0, 0.0, 0.0)
    )
    if not found or (found[1] and minutes >= 60) or (found[2] and seconds >= 60):
        raise FormatError(
            f"{written[:40]!r} is not a time",
            remedy="Times are written 12:05, 1:12:05, 725 or 725.5.",
        )
    return hours * 3600 + minutes * 60 + seconds


def checked_seconds(path: Path, value: object, where: str) -> float:
    """A time as seconds, at least 0. `where` says in a message whose it is. Raises FormatError."""
    shown = repr(value)
    shown = shown if len(shown) <= 40 else f"{shown[:40]}…"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FormatError(
            f"{where}: {shown} is not a time in seconds", path=path, remedy="Correct it."
        )
    if not 0 <= value <= MAX_SECONDS:  # nor is nan, which no comparison holds for
        raise FormatError(
            f"{where}: {shown} is not a time between 0 and 1000 hours",
            path=path,
            remedy="Correct it.",
        )
    return float(value)


def clock(seconds: float) -> str:
    """A time as people say it: 2:05, 1:02:05."""
    whole = max(0, int(seconds))
    hours = whole // 3600
    return (
        f"{hours}:{whole // 60 % 60:02d}:{whole % 60:02d}"
        if hours
        else f"{whole // 60}:{whole % 60:02d}"
    )
