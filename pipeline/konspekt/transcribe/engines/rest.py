"""The rest of a window whose text ends before the speech in it does, as a window of its own.

Whisper sometimes ends a text at a time stamp with seconds of speech behind it. `whisper.transcribe`
goes on from that stamp, too.
"""

from __future__ import annotations

from konspekt.sound import SAMPLE_RATE
from konspekt.transcribe.decode.result import (
    MIN_NO_SPEECH_PROB,
    DecodingResult,
    needs_fallback,
)
from konspekt.transcribe.decode.segments import SECONDS_PER_STAMP
from konspekt.transcribe.speech.windows import Window

# Seconds of speech behind a text: less is the edge of a time stamp, or of a detector.
MAX_UNWRITTEN = 1.0


def split_at_rest(
    window: Window, result: DecodingResult, timestamp_begin: int
) -> tuple[Window, Window] | None:
    """Return a window up to where its text ends, and the rest of it.

    None where the text holds the speech to its end, or nobody knows where that is.
    """
    if window.speech_end is None or not result.tokens or needs_fallback(result):
        return None
    stamp = result.tokens[-1] - timestamp_begin
    if stamp <= 0:
        return None
    written = round(stamp * SECONDS_PER_STAMP * SAMPLE_RATE)
    rest = window.part(written, len(window.samples))
    if window.speech_end - rest.start <= MAX_UNWRITTEN:
        return None
    return window.part(0, written), rest


def is_sure(result: DecodingResult) -> bool:
    """Return whether a rest has words of which Whisper is sure."""
    is_speech = result.no_speech_prob <= MIN_NO_SPEECH_PROB
    return bool(result.text) and is_speech and not needs_fallback(result)
