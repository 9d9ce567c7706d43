"""Times as people read them: 12:05, from one hour on 1:02:03."""

from __future__ import annotations

import re

_CLOCK = re.compile(r"(?:([0-9]+):)?([0-9]{1,2}):([0-9]{2}(?:\.[0-9])?)")


def clock(seconds: float, *, tenths: bool = False) -> str:
    """Whole seconds passed (a time links to a sentence's beginning, never past it); with `tenths`, one digit more."""
    units = int(max(0.0, seconds) * 10 + 1e-6) if tenths else int(max(0.0, seconds) + 1e-7) * 10
    minutes, rest = divmod(units, 600)
    hours, minutes = divmod(minutes, 60)
    tail = f"{rest // 10:02d}" + (f".{rest % 10}" if tenths else "")
    return f"{hours}:{minutes:02d}:{tail}" if hours else f"{minutes}:{tail}"


def seconds_of(text: str) -> float:
    """The seconds of a clock; ValueError for anything else."""
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"not a time: {text!r}")
    hours, minutes, seconds = match.groups()
    return int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds)
