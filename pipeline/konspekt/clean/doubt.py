"""Whisper's doubts of its own words: its two figures for a stretch without speech."""

from __future__ import annotations

import math

from konspekt.data import DecodedWindow

# Whisper's own limits (openai/whisper, whisper/transcribe.py: no_speech_threshold,
# logprob_threshold). Both at once are its rule for leaving a window out; either alone in every
# segment is a doubt.
MIN_NO_SPEECH_PROB = 0.6
MAX_NO_SPEECH_LOGPROB = -1.0


def doubt(decoded: DecodedWindow) -> str | None:
    """Return in words how Whisper's figures doubt every segment of a window; None if they do
    not, or are missing.
    """
    segments = [segment for segment in decoded.segments if segment.text.strip()]
    probs = [segment.no_speech_prob for segment in segments]
    logprobs = [segment.avg_logprob for segment in segments]
    known_probs = [
        prob for prob in probs if prob is not None and MIN_NO_SPEECH_PROB < prob <= 1
    ]
    if segments and len(known_probs) == len(segments):
        return f"no_speech_prob {min(known_probs):.2f}"
    known = [
        logprob
        for logprob in logprobs
        if logprob is not None and -math.inf < logprob < MAX_NO_SPEECH_LOGPROB
    ]
    return (
        f"avg_logprob {max(known):.2f}"
        if segments and len(known) == len(segments)
        else None
    )
