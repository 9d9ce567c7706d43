"""whisper.cpp's JSON: `transcription`, a list with `offsets` in milliseconds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from konspekt.formats.document import Document
from konspekt.formats.json_segments import figure, language, objects, read_segment
from konspekt.formats.source import Format, Source, check_order


def matches(source: Source) -> bool:
    """Return whether the document holds a transcription."""
    document = source.document
    return (
        isinstance(document, dict)
        and "transcription" in document
        and "segments" not in document
    )


def read(source: Source) -> Document:
    """Return one utterance a segment, its text untouched.

    Its tokens, which may cut a Cyrillic letter in two, are left out. Raises FormatError.
    """
    document = source.document
    items = objects(source, document["transcription"], "transcription")
    segments = tuple(
        read_segment(source, _in_seconds(item), number)
        for number, item in enumerate(items, start=1)
    )
    result = document.get("result")
    spoken = language(result.get("language")) if isinstance(result, dict) else None
    return Document(FORMAT.name, check_order(source, segments, "segment"), spoken)


def _in_seconds(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the item as a segment in seconds; what is no number is left for the check to name."""
    offsets = item.get("offsets")
    offsets = offsets if isinstance(offsets, dict) else {}
    start, end = (_seconds(offsets.get(name)) for name in ("from", "to"))
    return {"text": item.get("text"), "start": start, "end": end}


def _seconds(milliseconds: object) -> object:
    known = figure(milliseconds)
    return milliseconds if known is None else known / 1000


FORMAT = Format(
    "whisper.cpp",
    "whisper.cpp JSON",
    (".json",),
    read,
    matches,
    words={
        "en": "a ready transcript (whisper.cpp's JSON)",
        "ru": "готовая расшифровка (JSON от whisper.cpp)",
    },
)
