"""A format that Konspekt does not have, and the command with it.

Run as `python -m tests.formats.added`.
"""

from __future__ import annotations

import sys

import konspekt.formats as formats
from konspekt.formats import Document, Format, Source, Utterance


def read(source: Source) -> Document:
    """Lines `start end text`, times in seconds. Raises FormatError."""
    said = []
    for line in source.rows:
        start, end, text = line.fields(maxsplit=2)
        first, last = line.written_seconds(start), line.written_seconds(end)
        said.append(Utterance("", text, first, last))
    return Document(FORMAT.name, tuple(said))


FORMAT = Format(
    "cue-lines",
    "Cue lines",
    (".cues",),
    read,
    words={
        "en": "a ready transcript (cue lines)",
        "ru": "готовая расшифровка (строки с временем)",
    },
)


def main() -> None:
    """Run konspekt with one format more in its list, which is all that is done to it."""
    formats.FORMATS = (*formats.FORMATS, FORMAT)
    from konspekt.cli.main import main as konspekt

    konspekt(args=sys.argv[1:], prog_name="konspekt")


if __name__ == "__main__":
    main()
