"""Plain text: one utterance, all of it."""

from __future__ import annotations

import re

from konspekt.artifacts.files import without_gaps
from konspekt.score.formats.source import Kind, Source
from konspekt.score.formats.utterance import Utterance

_CHUNK = re.compile(r"^\s*\[Chunk start [^\]\s]{1,40}\]", re.MULTILINE)


def read(source: Source) -> tuple[Utterance, ...]:
    """The text as it stands, but for the lines by which a `transcript.txt` of Konspekt's marks its
    gaps.

    Raises FormatError for the raw transcript of windows that share sound.
    """
    if _CHUNK.search(source.text):
        raise source.error(
            "its windows share sound: their words would count twice",
            "Clean it first (konspekt clean) and score the transcript.json.",
        )
    return (Utterance("", without_gaps(source.text)),)


KIND = Kind("plain text", (".txt",), read)
