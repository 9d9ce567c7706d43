"""Kaldi's `text`: an id and the words a line."""

from __future__ import annotations

from konspekt.formats.document import Document, Utterance
from konspekt.formats.format import Format
from konspekt.formats.source import Line, Source, read_rows


def read(source: Source) -> Document:
    """Read lines `id words`; an id alone is an utterance without words. Raises FormatError."""
    return Document(FORMAT.name, read_rows(source.rows, _read_line))


def _read_line(line: Line) -> Utterance:
    identity, *text = line.fields(maxsplit=1)
    return Utterance(identity, "".join(text))


FORMAT = Format(
    "kaldi",
    "Kaldi text",
    (".kaldi", "text"),
    read,
    scored_because="it has no times",
)
