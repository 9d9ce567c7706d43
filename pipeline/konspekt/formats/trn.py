"""TRN of NIST's scorer: the words of an utterance a line, and its id in brackets."""

from __future__ import annotations

import re

from konspekt.formats.document import Document, Utterance
from konspekt.formats.nist import rows, with_alternates
from konspekt.formats.source import Format, Source, check_ids

_LINE = re.compile(r"(?P<text>.*)\((?P<id>[^()\s]+)\)\s*")


def read(source: Source) -> Document:
    """Read lines `words (id)`; `(words)` before the id are optional ones, in a reference.

    Raises FormatError.
    """
    utterances: list[tuple[int, Utterance]] = []
    for number, line in rows(source):
        match = _LINE.fullmatch(line)
        if match is None:
            raise source.error(
                f"line {number} ends without an id", "TRN has: words (id)."
            )
        text = with_alternates(source, match["text"].strip(" \t"))
        utterances.append((number, Utterance(match["id"], text)))
    return Document(FORMAT.name, check_ids(source, utterances))


FORMAT = Format("trn", "TRN", (".trn",), read, scored_because="it has no times")
