"""Times that files name."""

from __future__ import annotations

import math
from pathlib import Path

from pipeline.errors import FormatError

MAX_SECONDS = 1000 * 3600.0  # no lecture lasts a thousand hours: a later time is in another unit, or damaged


def checked_seconds(path: Path, value: object, where: str) -> float:
    """A time as seconds, at least 0. `where` says in a message whose it is. Raises FormatError."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FormatError(f"{where}: {value!r} is not a time in seconds", path=path, remedy="Correct it.")
    if not math.isfinite(value) or not 0 <= value <= MAX_SECONDS:
        raise FormatError(f"{where}: {value!r} is not a time between 0 and 1000 hours", path=path, remedy="Correct it.")
    return float(value)
