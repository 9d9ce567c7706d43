"""SubRip: numbered cues, `00:00:01,000 --> 00:00:04,000`, text."""

from __future__ import annotations

import re

from pipeline.transcribe.importers.cues import grouped, read_cues
from pipeline.transcribe.importers.source import Imported, Importer, Source

# The marks players know; other angle brackets are text.
_MARKS = re.compile(r"</?(?:i|b|u|s|font)(?:[ \t][^<>\n]{0,200})?>|\{\\[^{}\n]{0,200}\}", re.IGNORECASE)


def read(source: Source, chunk_window: float) -> Imported:  # noqa: ARG001 - its hearings are made of cues
    """Cues grouped into hearings of at most 30 s. The text is the cue's, its line breaks too, without the marks for
    italics, bold, colour and place. Raises FormatError."""
    return Imported(grouped(read_cues(source, 0, lambda text: _MARKS.sub("", text)), IMPORTER.name), IMPORTER.name)


IMPORTER = Importer("srt", ".raw.srt", read)
