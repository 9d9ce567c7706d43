"""SubRip subtitles (`konspekt.text.subtitles`) as hearings."""

from __future__ import annotations

from konspekt.text.subtitles import srt_cues
from konspekt.transcribe.importers.cues import as_segments, grouped
from konspekt.transcribe.importers.source import Imported, Importer, Source


def read(source: Source, chunk_window: float) -> Imported:  # noqa: ARG001 - its hearings are made of cues
    """Cues grouped into hearings of at most 30 s, a segment each. Raises FormatError."""
    return Imported(grouped(as_segments(srt_cues(source.path, source.text)), IMPORTER.name), IMPORTER.name)


IMPORTER = Importer("srt", ".raw.srt", read)
