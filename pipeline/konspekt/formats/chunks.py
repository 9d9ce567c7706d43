"""Lines `[Chunk start 25.00s]: text`, one a window.

Each is a window of the setting's whole length: neighbours share sound.
"""

from __future__ import annotations

import re

from konspekt.formats.document import Document, Utterance
from konspekt.formats.format import Format
from konspekt.formats.source import Section, Source, split_at

# Files that were joined or edited carry marks of direction and byte order before a line's first
# sign.
_MARK = re.compile(
    r"[ \t\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]*\[Chunk start",
    re.IGNORECASE,
)
_TIME = re.compile(r"[ \t]+([^\]\s]{1,40})\][ \t]*:?[ \t]?")
_EXPECTED = "The file should hold lines like [Chunk start 25.00s]: text."


def matches(source: Source) -> bool:
    """Return whether a line of it begins a window."""
    return any(_MARK.match(line.text) for line in source.lines)


def read(source: Source) -> Document:
    """Return one utterance a window, by start; its text is "" where nothing was transcribed.

    The text is untouched after the colon and one space. A line without a mark belongs to the window
    before it, after a line feed; blank lines at a window's end are the file's layout. Raises
    FormatError.
    """
    before, sections = split_at(_MARK, source.lines)
    for line in before:
        if not line.is_blank:
            raise source.error(f"{line.where} comes before any window", _EXPECTED)
    windows = [_read_window(section) for section in sections]
    windows.sort(key=lambda window: window.start or 0.0)
    return Document(FORMAT.name, tuple(windows), are_windows=True)


def _read_window(section: Section) -> Utterance:
    first = section.first
    time = _TIME.match(first.text, section.match.end())
    if time is None:
        what = f"{first.where} begins like a window and is none"
        raise first.source.error(what, _EXPECTED)
    written = time[1].lower().removesuffix("s")
    start = first.written_seconds(written.replace(",", "."))
    first_text = first.text[time.end() :]
    return Utterance("", _join([first_text, *section.rest]), start)


def _join(texts: list[str]) -> str:
    """Return the lines as one text, without the blank ones at its end."""
    end = len(texts)
    while end > 1 and not texts[end - 1].strip():
        end -= 1
    return "\n".join(texts[:end])


FORMAT = Format(
    "chunks",
    "[Chunk start …] lines",
    (".txt",),
    read,
    matches,
    words={
        "en": "a ready transcript (lines [Chunk start …])",
        "ru": "готовая расшифровка (строки [Chunk start …])",
    },
)
