"""A window that held more text than one result, as two windows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from konspekt.data import DecodedWindow
from konspekt.sound import SAMPLE_RATE
from konspekt.transcribe.speech.windows import Window

SHARED = 5.0  # seconds that both halves hold, as two windows of the grid do
# seconds: no shorter window is halved, for Whisper errs more in short ones
SHORTEST = 15.0


def can_be_halved(window: Window) -> bool:
    """Return whether both halves would be long enough to be decoded well."""
    return window.sound_duration >= SHORTEST


def halve(window: Window) -> tuple[Window, Window]:
    """Return two windows of equal length that cover it and share some seconds, with its id."""
    total, shared = len(window.samples), round(SHARED * SAMPLE_RATE)
    length = (total + shared + 1) // 2
    begin = total - length  # of the second half
    return window.part(0, length), window.part(begin, total)


def number_windows(
    decoded_windows: Iterable[DecodedWindow], first: int = 0
) -> tuple[DecodedWindow, ...]:
    """Return the windows with ids that count on from `first`: two halves have the same one."""
    return tuple(
        replace(decoded, id=number)
        for number, decoded in enumerate(decoded_windows, first)
    )
