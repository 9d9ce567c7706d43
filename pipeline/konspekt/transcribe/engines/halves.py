"""A window that held more text than one answer, as two windows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from konspekt.data import DecodedWindow
from konspekt.sound import SAMPLE_RATE
from konspekt.transcribe.speech.windows import Window

SHARED = 5.0  # seconds that both halves hear, as two windows of the grid do
SHORTEST = 15.0  # seconds: no shorter window is halved. Whisper errs more the less it hears at once


def can_be_halved(window: Window) -> bool:
    """Whether both halves would be long enough to be heard well."""
    return window.end - window.start >= SHORTEST


def halves(window: Window) -> tuple[Window, Window]:
    """Two windows of equal length that cover it and share some seconds, with its id."""
    total, shared = len(window.samples), round(SHARED * SAMPLE_RATE)
    length = (total + shared + 1) // 2
    second = total - length
    return (
        Window(
            window.id, window.start, window.start + length / SAMPLE_RATE, window.samples[:length]
        ),
        Window(window.id, window.start + second / SAMPLE_RATE, window.end, window.samples[second:]),
    )


def numbered(decoded_windows: Iterable[DecodedWindow], first: int = 0) -> tuple[DecodedWindow, ...]:
    """Windows with ids that count on from `first`, for those of two halves have one: the same in
    every run.
    """
    return tuple(
        replace(decoded, id=number) for number, decoded in enumerate(decoded_windows, first)
    )
