"""Word lists of our own, one text file each: words separated by white space, `#` begins a
comment.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from konspekt.text.words import fold


@cache
def words(name: str) -> frozenset[str]:
    """Return the folded words of `NAME.txt` beside this file."""
    text = (Path(__file__).parent / f"{name}.txt").read_text(encoding="utf-8")
    lines = (line.partition("#")[0] for line in text.splitlines())
    return frozenset(fold(word) for line in lines for word in line.split())
