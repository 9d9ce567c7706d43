"""Times as the pages' source writes them, and back: 12:05, 12:05.3, from one hour on 1:02:03."""

from __future__ import annotations

import re

from konspekt.text.times import clock

_CLOCK = re.compile(r"(?:([0-9]+):)?([0-9]{1,2}):([0-9]{2}(?:\.[0-9])?)")


def clock_tenths(seconds: float) -> str:
    """A time with one digit after the second, cut off: a time links to a sentence's beginning,
    never past it.
    """
    tenths = int(max(0.0, seconds) * 10 + 1e-6)  # 0.7 + 0.1 is 0.7999999999999999, and yet 0:00.8
    return f"{clock(tenths // 10)}.{tenths % 10}"


def seconds_of(text: str) -> float:
    """The seconds of a clock; ValueError for anything else."""
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"not a time: {text!r}")
    hours, minutes, seconds = match.groups()
    return int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds)
