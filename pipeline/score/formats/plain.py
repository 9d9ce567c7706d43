"""Plain text: one utterance, all of it."""

from __future__ import annotations

from pipeline.files import without_gaps
from pipeline.score.formats.source import Kind, Source
from pipeline.score.formats.utterance import Utterance


def read(source: Source) -> tuple[Utterance, ...]:
    """The text as it stands, but for the lines by which a `transcript.txt` of Konspekt's marks its gaps."""
    return (Utterance("", without_gaps(source.text)),)


KIND = Kind("plain text", (".txt",), read)
