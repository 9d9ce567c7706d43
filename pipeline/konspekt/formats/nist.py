"""What the files of NIST's scorer share (formats described in SCTK, doc/infmts.htm)."""

from __future__ import annotations

import re

from konspekt.formats.source import Line, Source

_COMMENT = re.compile(r"\s*;;")
_OPTIONAL = re.compile(r"\(([^(){}/|]+)\)")  # words that a hypothesis may leave out


def rows_of(source: Source) -> list[Line]:
    """Return the lines that are neither blank nor a comment."""
    return [line for line in source.rows if not _COMMENT.match(line.text)]


def with_alternates(source: Source, text: str) -> str:
    """Return the text with a reference's optional words as alternates are written.

    They stand in round brackets: `(uh)` is `{uh / @}`.
    """
    return text if source.hypothesis else _OPTIONAL.sub(r"{\1 / @}", text)
