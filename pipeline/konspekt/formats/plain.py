"""Plain text: one utterance, all of it. `transcript.txt` is written so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple, get_args

from konspekt.data import Cause, Transcript
from konspekt.formats.cues import shown_sentences
from konspekt.formats.document import Document, Utterance
from konspekt.formats.format import Format
from konspekt.formats.source import Source
from konspekt.sanitize import sanitize
from konspekt.text.times import clock

_CAUSES = "|".join(get_args(Cause))
_GAP_LINE = re.compile(rf"^\[[\d:]+–[\d:]+: (?:{_CAUSES})\]$", re.MULTILINE)
_ENDED = re.compile(r"[.!?…][»\")\]]*$")


class _TextRow(NamedTuple):
    """A sentence, or a gap, which is a line of its own."""

    start: float
    is_gap: bool
    text: str


def read(source: Source) -> Document:
    """Return the text as it stands, without the lines that mark gaps in a `transcript.txt`."""
    text = _GAP_LINE.sub("", source.text)
    return Document(FORMAT.name, (Utterance("", text),))


def write(transcript: Transcript) -> bytes:
    """Return a `transcript.txt`: a line a sentence, gaps in their places with times.

    A sentence that was joined from two windows stands on one line again.
    """
    text = "".join(_pieces(_rows(transcript)))
    if not text:
        return b""
    return (text.rstrip("\n") + "\n").encode()


def _rows(transcript: Transcript) -> list[_TextRow]:
    """Return gaps and sentences by time; gaps first, then in the transcript's order."""
    rows: list[_TextRow] = []
    for gap in transcript.gaps:
        line = f"[{clock(gap.start)}–{clock(gap.end)}: {gap.cause}]\n"
        rows.append(_TextRow(gap.start, True, line))
    for sentence in shown_sentences(transcript):
        rows.append(_TextRow(sentence.start, False, sanitize(sentence.reading)))
    return sorted(rows, key=lambda row: (row.start, not row.is_gap))


def _pieces(rows: Iterable[_TextRow]) -> Iterator[str]:
    """Yield the rows with what divides each from the one before."""
    last = ""  # of the pieces that have any characters
    for row in rows:
        piece = _separator(last, row) + row.text
        yield piece
        last = piece or last


def _separator(last: str, row: _TextRow) -> str:
    if not last or last.endswith("\n"):
        return ""
    return "\n" if row.is_gap or _ENDED.search(last) else " "


FORMAT = Format(
    "plain", "plain text", (".txt",), read, scored_because="it has no times"
)
