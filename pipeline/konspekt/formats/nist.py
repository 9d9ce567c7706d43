"""What the files of NIST's scorer share (formats described in SCTK, doc/infmts.htm)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from konspekt.formats.source import Source

_OPTIONAL = re.compile(r"\(([^(){}/|]+)\)")  # words that a hypothesis may leave out


def rows(source: Source) -> Iterator[tuple[int, str]]:
    """Return the lines that are neither blank nor a comment, with their numbers."""
    numbered = source.rows()
    return (
        (number, line)
        for number, line in numbered
        if not line.lstrip().startswith(";;")
    )


def with_alternates(source: Source, text: str) -> str:
    """Return the text with a reference's optional words as alternates are written.

    They stand in round brackets: `(uh)` is `{uh / @}`.
    """
    return text if source.hypothesis else _OPTIONAL.sub(r"{\1 / @}", text)
