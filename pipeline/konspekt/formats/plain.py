"""Plain text: one utterance, all of it."""

from __future__ import annotations

from konspekt.artifacts.files import without_gaps
from konspekt.formats.document import Document, Utterance
from konspekt.formats.source import Format, Source


def read(source: Source) -> Document:
    """The text as it stands, but for the lines by which a `transcript.txt` marks its gaps."""
    return Document(FORMAT.name, (Utterance("", without_gaps(source.text)),))


FORMAT = Format("plain", "plain text", (".txt",), read, scored_because="it has no times")
