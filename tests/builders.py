"""Small values for tests: a raw transcript from (start, text) windows."""

from __future__ import annotations

from collections.abc import Sequence

from konspekt.data import DecodedWindow, How, Part, RawTranscript, Recording, Segment


def decoded_window(
    number: int,
    start: float,
    text: str,
    *,
    length: float = 30.0,
    language: str | None = "ru",
) -> DecodedWindow:
    segments = (Segment(start, start + length, text),) if text else ()
    return DecodedWindow(
        number, start, start + length, language, segments, How("chunks")
    )


def raw_transcript(
    windows: Sequence[tuple[float, str]],
    *,
    length: float = 30.0,
    recording: str = "lecture",
) -> RawTranscript:
    """Windows of `length` seconds at the given starts, text only, as the `[Chunk start …]` importer
    makes them.
    """
    decoded_windows = tuple(
        decoded_window(i, start, text, length=length)
        for i, (start, text) in enumerate(windows)
    )
    duration = max((h.end for h in decoded_windows), default=0.0)
    part = Part(f"recordings/{recording}.raw.txt", 0.0, duration, "0" * 64)
    return RawTranscript(Recording(recording, (part,)), "chunks", None, decoded_windows)
