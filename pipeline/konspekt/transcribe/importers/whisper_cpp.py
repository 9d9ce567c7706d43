"""whisper.cpp's JSON: `transcription`, a list with `offsets` in milliseconds."""

from __future__ import annotations

from typing import Any

from konspekt.transcribe.importers.cues import grouped
from konspekt.transcribe.importers.json_segments import figure, language, objects, read_segment
from konspekt.transcribe.importers.source import Imported, Importer, Source


def matches(source: Source) -> bool:
    """Whether the document holds a transcription."""
    return isinstance(source.document, dict) and "transcription" in source.document


# its windows are made of segments
def read(source: Source, chunk_window: float) -> Imported:  # noqa: ARG001
    """Segments grouped into windows of at most 30 s; texts are untouched. Its tokens, which may cut
    a Cyrillic letter in two, are left out. Raises FormatError.
    """
    document = source.document
    items = objects(source, document["transcription"], "transcription")
    segments = [
        read_segment(source, _in_seconds(item), number) for number, item in enumerate(items)
    ]
    result = document.get("result")
    spoken = language(result.get("language")) if isinstance(result, dict) else None
    return Imported(grouped([s for s in segments if s.text], IMPORTER.name, spoken), IMPORTER.name)


def _in_seconds(item: Any) -> dict[str, Any]:
    """The item as a segment in seconds; what is no number is left for the check to name."""
    offsets = item.get("offsets")
    offsets = offsets if isinstance(offsets, dict) else {}
    times = {"start": offsets.get("from"), "end": offsets.get("to")}
    milliseconds = {name: figure(value) for name, value in times.items()}
    seconds = {
        name: times[name] if value is None else value / 1000 for name, value in milliseconds.items()
    }
    return {"text": item.get("text"), **seconds}


IMPORTER = Importer("whisper.cpp", ".raw.json", read, matches)
