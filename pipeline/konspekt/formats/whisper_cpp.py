"""whisper.cpp's JSON: `transcription`, a list with `offsets` in milliseconds."""

from __future__ import annotations

from dataclasses import replace

from konspekt.formats.document import Document
from konspekt.formats.format import Format
from konspekt.formats.json_object import JsonObject, finite_number, read_objects
from konspekt.formats.json_segments import read_language, read_segment
from konspekt.formats.source import Source, check_order


def matches(source: Source) -> bool:
    """Return whether the document holds a transcription."""
    return "transcription" in source.keys and "segments" not in source.keys


def read(source: Source) -> Document:
    """Return one utterance a segment, its text untouched.

    Its tokens, which may cut a Cyrillic letter in two, are left out. Raises FormatError.
    """
    document = source.document
    written = document["transcription"]
    items = read_objects(source, written, "transcription", "segment")
    segments = tuple(read_segment(_in_seconds(item)) for item in items)
    check_order(source, segments, "segment")
    result = document.get("result")
    language = result.get("language") if isinstance(result, dict) else None
    return Document(FORMAT.name, segments, read_language(language))


def _in_seconds(item: JsonObject) -> JsonObject:
    """Return the item as a segment in seconds; what is no number is left for the check to name."""
    offsets = item.value("offsets")
    times = offsets if isinstance(offsets, dict) else {}
    values = {
        "text": item.value("text"),
        "start": _seconds(times.get("from")),
        "end": _seconds(times.get("to")),
    }
    return replace(item, values=values)


def _seconds(milliseconds: object) -> object:
    known = finite_number(milliseconds)
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
