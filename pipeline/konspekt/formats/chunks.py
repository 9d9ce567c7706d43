"""Lines `[Chunk start 25.00s]: text`, one a window.

Each is a window of the setting's whole length: neighbours share sound.
"""

from __future__ import annotations

import re
from dataclasses import replace

from konspekt.formats.document import Document, Utterance
from konspekt.formats.source import Format, Source
from konspekt.text.encoding import lines_of

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
    return any(_MARK.match(line) for line in lines_of(source.text))


def read(source: Source) -> Document:
    """Return one utterance a window, by start; its text is "" where nothing was transcribed.

    The text is untouched after the colon and one space. A line without a mark belongs to the window
    before it, after a line feed; blank lines at a window's end are the file's layout. Raises
    FormatError.
    """
    windows: list[tuple[Utterance, list[str]]] = []
    for number, line in enumerate(lines_of(source.text), start=1):
        if mark := _MARK.match(line):
            window, first_line = _window(source, line, mark.end(), number)
            windows.append((window, [first_line]))
        elif windows:
            windows[-1][1].append(line)
        elif line.strip():
            raise source.error(f"line {number} comes before any window", _EXPECTED)
    said = [replace(window, text=_text(lines)) for window, lines in windows]
    said.sort(key=lambda window: window.start or 0.0)
    return Document(FORMAT.name, tuple(said), are_windows=True)


def _window(source: Source, line: str, char: int, number: int) -> tuple[Utterance, str]:
    """Return a window without text, and its first line; the mark is read on from `char`."""
    time = _TIME.match(line, char)
    if time is None:
        raise source.error(f"line {number} begins like a window and is none", _EXPECTED)
    written = time[1].lower().removesuffix("s").replace(",", ".")
    start = source.written_seconds(written, number)
    return Utterance("", "", start), line[time.end() :]


def _text(lines: list[str]) -> str:
    last = len(lines)
    while last > 1 and not lines[last - 1].strip():
        last -= 1
    return "\n".join(lines[:last])


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
