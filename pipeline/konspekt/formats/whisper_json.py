"""JSON with `segments`, or a bare list of segments.

openai-whisper, faster-whisper and its kin, WhisperX write it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from konspekt.formats.document import Document, Utterance
from konspekt.formats.json_segments import figure, language, objects, read_segment
from konspekt.formats.source import Format, Source, check_order, whole_characters

WINDOW = 30.0  # seconds: what the decoder saw from each seek on
_FRAME = 0.01  # seconds: openai-whisper's unit of seek (HOP_LENGTH / SAMPLE_RATE)


def matches(source: Source) -> bool:
    """Return whether the document is, or holds, a list of segments."""
    document = source.document
    return isinstance(document, list) or (
        isinstance(document, dict) and "segments" in document
    )


def read(source: Source) -> Document:
    """Return one utterance a segment, its text as it stands; without any, the whole text as one.

    A seek is believed only where all segments lie in the window it names: some exports hold the
    window's end there. Raises FormatError.
    """
    whole = (
        source.document
        if isinstance(source.document, dict)
        else {"segments": source.document}
    )
    items = objects(source, whole["segments"], "segments")
    spoken = _language(whole)
    if not items and isinstance(text := whole.get("text"), str) and text.strip():
        return Document(FORMAT.name, (Utterance("", whole_characters(text)),), spoken)
    segments = [
        read_segment(source, item, number) for number, item in enumerate(items, start=1)
    ]
    placed = tuple(
        replace(segment, seek=seek)
        for segment, seek in zip(segments, _seeks(items, segments), strict=True)
    )
    return Document(FORMAT.name, check_order(source, placed, "segment"), spoken)


def _language(document: Mapping[str, Any]) -> str | None:
    info = document.get("info")
    told = info.get("language") if isinstance(info, dict) else None
    return language(document.get("language") or told)


def _seeks(
    items: Sequence[Mapping[str, Any]], segments: Sequence[Utterance]
) -> Sequence[float | None]:
    """Return where each segment's window starts, in seconds; None for all where one is wrong."""
    seeks: list[float] = []
    for item, segment in zip(items, segments, strict=True):
        frames = figure(item.get("seek"))
        if frames is None:
            return [None] * len(items)
        seek = frames * _FRAME
        if not -_FRAME <= (segment.start or 0.0) - seek <= WINDOW + _FRAME:
            return [None] * len(items)
        seeks.append(max(round(seek, 2), 0.0))
    return seeks


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
