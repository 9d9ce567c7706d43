"""Silence: what Whisper wrote down though it takes the stretch for one without speech."""

from __future__ import annotations

import math
from collections.abc import Iterator

from pipeline.clean.context import Context
from pipeline.clean.doubt import MAX_NO_SPEECH_LOGPROB, MIN_NO_SPEECH_PROB
from pipeline.clean.why import because
from pipeline.data import Removal, Segment


def silence(context: Context) -> Iterator[Removal]:
    """What is left of hearings that Whisper takes for silence in every segment; not those that came without figures.

    Whisper's own rule, by which it leaves out a whole window: sure of silence, and unsure of its own words.
    """
    for index, heard in enumerate(context.heard):
        said = [segment for segment in heard.hearing.segments if segment.text.strip()]
        figures = [pair for segment in said if (pair := _no_speech(segment)) is not None]
        if not said or len(figures) < len(said):
            continue
        no_speech_prob, avg_logprob = min(prob for prob, _ in figures), max(logprob for _, logprob in figures)
        words = (
            f"Whisper itself takes this for silence: no_speech_prob {no_speech_prob:.2f} is above {MIN_NO_SPEECH_PROB}"
            f", avg_logprob {avg_logprob:.2f} below {MAX_NO_SPEECH_LOGPROB}"
        )
        evidence = because("no-speech", words, no_speech_prob=no_speech_prob, avg_logprob=avg_logprob)
        for span in context.kept[index]:
            yield context.removal(index, span, "silence", evidence)


def _no_speech(segment: Segment) -> tuple[float, float] | None:
    """Its no_speech_prob and avg_logprob where both say that nobody speaks."""
    prob, logprob = segment.no_speech_prob, segment.avg_logprob
    if prob is None or logprob is None:
        return None
    is_silent = MIN_NO_SPEECH_PROB < prob <= 1 and -math.inf < logprob < MAX_NO_SPEECH_LOGPROB
    return (prob, logprob) if is_silent else None
