"""Times that people and files name: 12:05 for people, 00:12:05,000 for subtitles."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import TypeGuard

from konspekt.errors import FormatError

# No lecture lasts a thousand hours: a later time is in another unit, or damaged.
MAX_SECONDS = 1000 * 3600.0
MAX_QUOTED = 40  # characters of a wrong time that a message quotes

_WRITTEN = re.compile(
    r"(?:(?:(\d{1,3}):(?=\d\d?:))?(\d{1,4}):(?=\d\d?(?:\.|$)))?(\d{1,7}(?:\.\d{1,6})?)",
    re.ASCII,
)


def seconds_of(written: str) -> float:
    """Return a time as a person writes it, 12:05, 1:12:05, 725 or 725.5, in seconds.

    Raises FormatError.
    """
    found = _WRITTEN.fullmatch(written.strip())
    if found is None:
        raise _no_time(written)
    hours, minutes, seconds = (float(part or 0) for part in found.groups())
    if (found[1] and minutes >= 60) or (found[2] and seconds >= 60):
        raise _no_time(written)
    return hours * 3600 + minutes * 60 + seconds


def _no_time(written: str) -> FormatError:
    return FormatError(
        f"{written[:MAX_QUOTED]!r} is not a time",
        remedy="Times are written 12:05, 1:12:05, 725 or 725.5.",
    )


def check_seconds(path: Path, value: object, where: str) -> float:
    """Return a number of a file as seconds from 0 to 1000 hours.

    `where` says in a message whose time it is. Raises FormatError.
    """
    kind = "in seconds"
    if is_number(value):
        if 0 <= value <= MAX_SECONDS:  # not nan, which no comparison holds for
            return float(value)
        kind = "between 0 and 1000 hours"
    quoted = repr(value)
    if len(quoted) > MAX_QUOTED:
        quoted = f"{quoted[:MAX_QUOTED]}…"
    what = f"{where}: {quoted} is not a time {kind}"
    raise FormatError(what, path=path, remedy="Correct it.")


def is_number(value: object) -> TypeGuard[int | float]:
    """Return whether a value of a JSON file is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def clock(seconds: float) -> str:
    """Return a time as people write it, its fraction cut off: 2:05, from one hour on 1:02:05."""
    hours, minute, second = _split(max(0, int(seconds)))
    return f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"


def _split(seconds: int) -> tuple[int, int, int]:
    """Return hours, minutes and seconds."""
    minutes, second = divmod(seconds, 60)
    return *divmod(minutes, 60), second


def clock_tenths(seconds: float) -> str:
    """Return a time with one digit after the second, cut off: 2:05.3.

    Cut off, not rounded: a link leads to a sentence's beginning, never past it.
    """
    # 0.7 + 0.1 is 0.7999999999999999, and yet 0:00.8
    tenths = int(max(0.0, seconds) * 10 + 1e-6)
    return f"{clock(tenths // 10)}.{tenths % 10}"


def stamp(seconds: float, point: str) -> str:
    """Return a time as subtitles write it, rounded to the millisecond: 00:02:05,300.

    `point` is the comma of SubRip or the full stop of WebVTT.
    """
    rounded = max(0, math.floor(seconds * 1000 + 0.5))
    whole, milliseconds = divmod(rounded, 1000)
    hours, minute, second = _split(whole)
    return f"{hours:02d}:{minute:02d}:{second:02d}{point}{milliseconds:03d}"
