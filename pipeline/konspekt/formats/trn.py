"""TRN of NIST's scorer: the words of an utterance a line, and its id in brackets."""

from __future__ import annotations

import re

from konspekt.formats.document import Document, Utterance
from konspekt.formats.format import Format
from konspekt.formats.nist import rows_of, with_alternates
from konspekt.formats.source import Line, Source, read_rows

_LINE = re.compile(r"(?P<text>.*)\((?P<id>[^()\s]+)\)\s*")


def read(source: Source) -> Document:
    """Read lines `words (id)`; `(words)` before the id are optional ones, in a reference.

    Raises FormatError.
    """
    return Document(FORMAT.name, read_rows(rows_of(source), _read_line))


def _read_line(line: Line) -> Utterance:
    match = _LINE.fullmatch(line.text)
    if match is None:
        what = f"{line.where} ends without an id"
        raise line.source.error(what, "TRN has: words (id).")
    words = match["text"].strip(" \t")
    return Utterance(match["id"], with_alternates(line.source, words))


FORMAT = Format("trn", "TRN", (".trn",), read, scored_because="it has no times")
