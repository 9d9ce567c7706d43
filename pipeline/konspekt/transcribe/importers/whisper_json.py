"""JSON with `segments`: openai-whisper, faster-whisper and its kin, WhisperX; or a bare list of
segments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from konspekt.data import DecodedWindow, How, Segment
from konspekt.transcribe.importers.cues import grouped
from konspekt.transcribe.importers.json_segments import figure, language, objects, read_segment
from konspekt.transcribe.importers.source import Imported, Importer, Source

WINDOW = 30.0  # seconds: what the decoder saw from each seek on
_FRAME = 0.01  # seconds: openai-whisper's unit of seek (HOP_LENGTH / SAMPLE_RATE)


def matches(source: Source) -> bool:
    """Whether the document is, or holds, a list of segments."""
    document = source.document
    return isinstance(document, list) or (isinstance(document, dict) and "segments" in document)


# windows are known, or made of segments
def read(source: Source, chunk_window: float) -> Imported:  # noqa: ARG001
    """One window for every seek, up to the next one and at most 30 s long; without seeks, segments
    grouped by time.

    A seek is believed only where all segments lie in the window it names: some exports hold the
    window's end there. Texts are untouched, with their leading spaces. Raises FormatError.
    """
    document = source.document
    items = objects(
        source, document["segments"] if isinstance(document, dict) else document, "segments"
    )
    segments = [read_segment(source, item, number) for number, item in enumerate(items)]
    spoken = language(_language_of(document))
    seeks = _seeks(items, segments)
    kept = [(seek, segment) for seek, segment in zip(seeks, segments, strict=True) if segment.text]
    if any(seek is None for seek in seeks):
        return Imported(
            grouped([segment for _, segment in kept], IMPORTER.name, spoken), IMPORTER.name
        )
    return Imported(
        _by_seek([(seek or 0.0, segment) for seek, segment in kept], spoken), IMPORTER.name
    )


def _language_of(document: Any) -> object:
    if not isinstance(document, dict):
        return None
    info = document.get("info")
    return document.get("language") or (info.get("language") if isinstance(info, dict) else None)


def _seeks(items: Sequence[Mapping[str, Any]], segments: Sequence[Segment]) -> list[float | None]:
    """The window's start in seconds for each segment; None for all of them where one is missing or
    wrong.
    """
    seeks: list[float | None] = []
    for item, segment in zip(items, segments, strict=True):
        frames = figure(item.get("seek"))
        if frames is None:
            return [None] * len(items)
        seek = frames * _FRAME
        if not -_FRAME <= segment.start - seek <= WINDOW + _FRAME:
            return [None] * len(items)
        seeks.append(max(round(seek, 2), 0.0))
    return seeks


def _by_seek(
    kept: Sequence[tuple[float, Segment]], spoken: str | None
) -> tuple[DecodedWindow, ...]:
    by_seek = sorted(kept, key=lambda pair: pair[0])
    windows = [
        (seek, [segment for _, segment in pairs])
        for seek, pairs in groupby(by_seek, key=lambda pair: pair[0])
    ]
    following = [seek for seek, _ in windows[1:]] + [float("inf")]
    return tuple(
        DecodedWindow(
            id=number,
            start=seek,
            end=min(seek + WINDOW, next_seek),
            language=spoken,
            segments=tuple(replace(segment, seek=0.0) for segment in segments),
            how=How(IMPORTER.name),
        )
        for number, ((seek, segments), next_seek) in enumerate(
            zip(windows, following, strict=False)
        )
    )


IMPORTER = Importer("whisper-json", ".raw.json", read, matches)
