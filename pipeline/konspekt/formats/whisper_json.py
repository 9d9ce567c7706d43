"""JSON with `segments`, or a bare list of segments.

openai-whisper, faster-whisper and its kin, WhisperX write it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from konspekt.formats.document import Document, Utterance
from konspekt.formats.format import Format
from konspekt.formats.json_object import JsonObject, read_objects
from konspekt.formats.json_segments import read_language, read_segment
from konspekt.formats.source import Source, check_order, whole_characters

WINDOW = 30.0  # seconds: what the decoder saw from each seek on
_FRAME = 0.01  # seconds: openai-whisper's unit of seek (HOP_LENGTH / SAMPLE_RATE)


def matches(source: Source) -> bool:
    """Return whether the document is, or holds, a list of segments."""
    return isinstance(source.document, list) or "segments" in source.keys


def read(source: Source) -> Document:
    """Return one utterance a segment, its text as it stands; without any, the whole text as one.

    Raises FormatError.
    """
    is_list = isinstance(source.document, list)
    whole = {"segments": source.document} if is_list else source.document
    items = read_objects(source, whole["segments"], "segments", "segment")
    segments = [read_segment(item) for item in items]
    check_order(source, segments, "segment")
    said = _with_seeks(items, segments) if segments else _whole_text(whole)
    return Document(FORMAT.name, said, _language(whole))


def _whole_text(document: Mapping[str, Any]) -> tuple[Utterance, ...]:
    text = document.get("text")
    if not isinstance(text, str) or not text.strip():
        return ()
    return (Utterance("", whole_characters(text)),)


def _language(document: Mapping[str, Any]) -> str | None:
    info = document.get("info")
    told = info.get("language") if isinstance(info, dict) else None
    return read_language(document.get("language") or told)


def _with_seeks(
    items: Sequence[JsonObject], segments: Sequence[Utterance]
) -> tuple[Utterance, ...]:
    """Return the segments with their seeks; as they are where a seek is wrong.

    It is believed only where all segments lie in the window it names: some exports hold the
    window's end there.
    """
    seeks = [
        _seek(item, segment) for item, segment in zip(items, segments, strict=True)
    ]
    if None in seeks:
        return tuple(segments)
    placed = zip(segments, seeks, strict=True)
    return tuple(replace(segment, seek=seek) for segment, seek in placed)


def _seek(item: JsonObject, segment: Utterance) -> float | None:
    """Return where the segment's window starts, in seconds; None where it is not in it."""
    frames = item.figure("seek")
    if frames is None:
        return None
    seek = frames * _FRAME
    after = (segment.start or 0.0) - seek
    is_inside = -_FRAME <= after <= WINDOW + _FRAME
    return max(round(seek, 2), 0.0) if is_inside else None


FORMAT = Format(
    "whisper-json",
    "Whisper JSON",
    (".json",),
    read,
    matches,
    words={
        "en": "a ready transcript (Whisper's JSON)",
        "ru": "готовая расшифровка (JSON от Whisper)",
    },
)
