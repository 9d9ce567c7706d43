"""Lines `[Chunk start 25.00s]: text`, one a window: each is a window of the window's whole
length.
"""

from __future__ import annotations

import re

from konspekt.data import DecodedWindow, How, Segment
from konspekt.transcribe.importers.source import CHUNK_LINES, Imported, Importer, Source

# Files that were joined or edited carry marks of direction and byte order before a line's first
# sign.
_LINE = re.compile(
    r"[ \t\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]*\[Chunk start", re.IGNORECASE
)
_TIME = re.compile(r"[ \t]+([^\]\s]{1,40})\][ \t]*:?[ \t]?")


def read(source: Source, chunk_window: float) -> Imported:
    """Windows `[start, start + chunk_window]`, by start; one where nothing was heard has no
    segment.

    The text is untouched after the colon and one space. A line without a mark belongs to the window
    before it, after a line feed; blank lines at a window's end are the file's layout. Raises
    FormatError.
    """
    windows: list[tuple[float, list[str]]] = []
    for number, line in enumerate(source.lines, start=1):
        if mark := _LINE.match(line):
            windows.append(_window(source, line, mark.end(), number))
        elif windows:
            windows[-1][1].append(line)
        elif line.strip():
            raise source.error(
                f"line {number} comes before any window", f"The file should hold {CHUNK_LINES}."
            )
    if not windows:
        raise source.error("there is no window in it", f"The file should hold {CHUNK_LINES}.")
    windows.sort(key=lambda window: window[0])
    return Imported(
        tuple(_hearing(i, start, lines, chunk_window) for i, (start, lines) in enumerate(windows)),
        IMPORTER.name,
    )


def _window(source: Source, line: str, char: int, number: int) -> tuple[float, list[str]]:
    """A window's start and the first line of its text; its mark is read on from `char`."""
    time = _TIME.match(line, char)
    if time is None:
        raise source.error(
            f"line {number} begins like a window and is none",
            f"The file should hold {CHUNK_LINES}.",
        )
    return _start(source, time[1], number), [line[time.end() :]]


def _start(source: Source, written: str, number: int) -> float:
    where = f"line {number}"
    try:
        value = float(written.lower().removesuffix("s").replace(",", "."))
    except ValueError:
        raise source.error(
            f"{where}: {written!r} is not a time in seconds", "Correct it."
        ) from None
    return source.seconds(value, where)


def _hearing(number: int, start: float, lines: list[str], length: float) -> DecodedWindow:
    last = len(lines)
    while last > 1 and not lines[last - 1].strip():
        last -= 1
    text = "\n".join(lines[:last])
    segments = (Segment(start, start + length, text),) if text.strip() else ()
    return DecodedWindow(number, start, start + length, None, segments, How(IMPORTER.name))


IMPORTER = Importer("chunks", ".raw.txt", read)
