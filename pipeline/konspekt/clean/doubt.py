"""Whisper's doubts of its own words: its two figures for a stretch without speech, and where its
attention goes.
"""

from __future__ import annotations

import math

from konspekt.data import DecodedWindow

# Whisper's own limits (openai/whisper, whisper/transcribe.py: no_speech_threshold,
# logprob_threshold). Both at once are its rule for leaving a window out; either alone in every
# segment is a doubt.
MIN_NO_SPEECH_PROB = 0.6
MAX_NO_SPEECH_LOGPROB = -1.0
# Share of the tokens at which the attention moves on. Of speech by Whisper base no window had less
# than 0.5, of inventions nine tenths had 0.33 and less (docs/cleaning.md).
MAX_STILL_MOVES = 0.35


def doubt(
    decoded: DecodedWindow, max_logprob: float = MAX_NO_SPEECH_LOGPROB
) -> str | None:
    """Return in words how Whisper's figures doubt every segment of a window; None if they do
    not, or are missing.
    """
    segments = [segment for segment in decoded.segments if segment.text.strip()]
    probs = [segment.no_speech_prob for segment in segments]
    known_probs = [
        prob for prob in probs if prob is not None and MIN_NO_SPEECH_PROB < prob <= 1
    ]
    if segments and len(known_probs) == len(segments):
        return f"no_speech_prob {min(known_probs):.2f}"
    if (logprob := low_logprob(decoded, max_logprob)) is not None:
        return f"avg_logprob {logprob:.2f}"
    if (moves := still_attention(decoded)) is not None:
        return f"attention_moves {moves:.2f}"
    return None


def low_logprob(
    decoded: DecodedWindow, max_logprob: float = MAX_NO_SPEECH_LOGPROB
) -> float | None:
    """Return the highest avg_logprob of a window's segments where all are below a limit; None
    elsewhere. Below the usual limit a text failed at every temperature.
    """
    segments = [segment for segment in decoded.segments if segment.text.strip()]
    known = [
        logprob
        for segment in segments
        if (logprob := segment.avg_logprob) is not None
        and -math.inf < logprob < max_logprob
    ]
    return max(known) if segments and len(known) == len(segments) else None


def still_attention(decoded: DecodedWindow) -> float | None:
    """Return the share of a window's tokens at which the attention moves on, where it stays in one
    place; None elsewhere, and where that was not measured.
    """
    moves = decoded.how.attention_moves
    return moves if moves is not None and 0 <= moves < MAX_STILL_MOVES else None
