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
    written = source.document["transcription"]
    items = read_objects(source, written, "transcription", "segment")
    segments = tuple(read_segment(_in_seconds(item)) for item in items)
    check_order(source, segments, "segment")
    return Document(FORMAT.name, segments, _language(source.document.get("result")))


def _language(result: object) -> str | None:
    return read_language(result.get("language")) if isinstance(result, dict) else None


def _in_seconds(item: JsonObject) -> JsonObject:
    """Return the item as a segment in seconds; what is no number is left for the check to name."""
    offsets = item.value("offsets")
    offsets = offsets if isinstance(offsets, dict) else {}
    start, end = (_seconds(offsets.get(key)) for key in ("from", "to"))
    values = {"text": item.value("text"), "start": start, "end": end}
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
