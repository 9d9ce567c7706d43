"""SubRip subtitles (`konspekt.text.subtitles`) as windows."""

from __future__ import annotations

from konspekt.text.subtitles import srt_cues
from konspekt.transcribe.importers.cues import as_segments, grouped
from konspekt.transcribe.importers.source import Imported, Importer, Source


# its windows are made of cues
def read(source: Source, chunk_window: float) -> Imported:  # noqa: ARG001
    """Cues grouped into windows of at most 30 s, a segment each. Raises FormatError."""
    return Imported(
        grouped(as_segments(srt_cues(source.path, source.text)), IMPORTER.name), IMPORTER.name
    )


IMPORTER = Importer("srt", ".raw.srt", read)
