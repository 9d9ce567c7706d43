"""Konspekt's own `transcript.json`: what is kept, as people read it."""

from __future__ import annotations

from konspekt.artifacts.files import parse_transcript
from konspekt.formats.document import Document, Utterance
from konspekt.formats.format import Format
from konspekt.formats.source import Source


def matches(source: Source) -> bool:
    """Return whether the document has the fields of a transcript."""
    return source.keys >= {"recording", "segments", "gaps"}


def read(source: Source) -> Document:
    """Return one utterance a sentence, as a person corrected it. Raises FormatError."""
    transcript = parse_transcript(source.path, source.text)
    said = tuple(
        Utterance("", sentence.reading, sentence.start, sentence.end)
        for sentence in transcript.sentences
    )
    return Document(FORMAT.name, said, transcript.language)


FORMAT = Format(
    "konspekt-transcript",
    "Konspekt transcript.json",
    (".json",),
    read,
    matches,
    scored_because="it is cleaned already",
)
