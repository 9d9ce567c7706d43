"""Plain text: one utterance, all of it. `transcript.txt` is written so."""

from __future__ import annotations

import re
from typing import get_args

from konspekt.data import Cause, Transcript
from konspekt.formats.document import Document, Utterance
from konspekt.formats.format import Format
from konspekt.formats.source import Source
from konspekt.sanitize import sanitize
from konspekt.text.times import clock

_CAUSES = "|".join(get_args(Cause))
_GAP_LINE = re.compile(rf"^\[[\d:]+–[\d:]+: (?:{_CAUSES})\]$", re.MULTILINE)
_ENDED = re.compile(r"(?:[.!?…][»\")\]]*|\n)$")


def read(source: Source) -> Document:
    """Return the text as it stands, without the lines that mark gaps in a `transcript.txt`."""
    return Document(FORMAT.name, (Utterance("", _GAP_LINE.sub("", source.text)),))


def write(transcript: Transcript) -> bytes:
    """Return a `transcript.txt`: a line a sentence, gaps in their places with times.

    A sentence that was joined from two windows stands on one line again.
    """
    pieces: list[str] = []
    # Of the pieces that have any characters: how the text ends, without joining it for every row.
    last = ""
    for is_gap, row in _rows(transcript):
        goes_on = not is_gap and last and not _ENDED.search(last)
        begins_line = not last or last.endswith("\n")
        before = " " if goes_on else "" if begins_line else "\n"
        pieces.append(before + row)
        last = before + row or last
    text = "".join(pieces)
    return (text.rstrip("\n") + "\n").encode() if text else b""


def _rows(transcript: Transcript) -> list[tuple[bool, str]]:
    """Return gaps (True) and sentences by time; gaps first, then in the transcript's order."""
    rows = [
        (gap.start, True, f"[{clock(gap.start)}–{clock(gap.end)}: {gap.cause}]\n")
        for gap in transcript.gaps
    ]
    for sentence in transcript.sentences:
        if sentence.reading.strip():
            rows.append((sentence.start, False, sanitize(sentence.reading)))
    rows.sort(key=lambda row: (row[0], not row[1]))
    return [(is_gap, text) for _, is_gap, text in rows]


FORMAT = Format(
    "plain", "plain text", (".txt",), read, scored_because="it has no times"
)
