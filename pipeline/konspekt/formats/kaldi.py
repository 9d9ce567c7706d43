"""Kaldi's `text`: an id and the words a line."""

from __future__ import annotations

from konspekt.formats.document import Document, Utterance
from konspekt.formats.source import Format, Source, check_ids, fields


def read(source: Source) -> Document:
    """Read lines `id words`; an id alone is an utterance without words. Raises FormatError."""
    utterances: list[tuple[int, Utterance]] = []
    for number, line in source.rows():
        identity, *text = fields(line, most=2)
        utterances.append((number, Utterance(identity, text[0] if text else "")))
    return Document(FORMAT.name, check_ids(source, utterances))


FORMAT = Format(
    "kaldi", "Kaldi text", (".kaldi", "text"), read, scored_because="it has no times"
)
