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
    segments = [_read_with_seek(item) for item in items]
    check_order(source, segments, "segment")
    said = _keep_seeks(segments) if segments else _whole_text(whole)
    return Document(FORMAT.name, said, _language(whole))


def _whole_text(document: Mapping[str, Any]) -> tuple[Utterance, ...]:
    text = document.get("text")
    if not isinstance(text, str) or not text.strip():
        return ()
    return (Utterance("", whole_characters(text)),)


def _language(document: Mapping[str, Any]) -> str | None:
    info = document.get("info")
    named = info.get("language") if isinstance(info, dict) else None
    return read_language(document.get("language") or named)


def _read_with_seek(item: JsonObject) -> Utterance:
    """Return a segment with its seek in seconds, None where it is not in the window it names."""
    segment = read_segment(item)
    frames = item.figure("seek")
    if frames is None:
        return segment
    seek = frames * _FRAME
    after = (segment.start or 0.0) - seek
    if not -_FRAME <= after <= WINDOW + _FRAME:
        return segment
    return replace(segment, seek=max(round(seek, 2), 0.0))


def _keep_seeks(segments: Sequence[Utterance]) -> tuple[Utterance, ...]:
    """Return the segments, with their seeks only if each has one.

    Some exports hold the window's end there.
    """
    if any(segment.seek is None for segment in segments):
        return tuple(replace(segment, seek=None) for segment in segments)
    return tuple(segments)


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
