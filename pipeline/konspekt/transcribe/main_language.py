"""A recording's main language, and which answer is the likelier where a window may have left it.

Whisper detects the language window by window. It errs in noise and where two languages are spoken,
and what comes out is a translation. So such a window is decoded in two languages. It leaves the
main one only on strong evidence.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from konspekt.data import Alternative, DecodedWindow
from konspekt.text.words import count_letters
from konspekt.transcribe.decode.result import MAX_COMPRESSION_RATIO, MIN_NO_SPEECH_PROB

# The share of the speech by which another language than the first of the possible ones is the main
# one: a guest's lecture, and no noise.
MIN_MAIN_SHARE = 0.6
# How likely another language than the window's makes it doubtful; in speech of one it is 0.02.
MIN_DOUBT = 0.2

# An answer's score is its avg_logprob, and the log probability of its language as that of one token
# among some twenty. Measured with base: a translation has an avg_logprob 0.2 to 0.9 less than the
# text in the language that is spoken.
LANGUAGE_WEIGHT = 0.05
MIN_LANGUAGE_PROB = 0.005
MARGIN = 0.05  # in favour of the main language
# of the other answer's letters; with less, an answer leaves out what is spoken
MIN_LETTERS_SHARE = 0.6


def find_main_language(
    windows: Iterable[DecodedWindow], possible: Sequence[str] = ()
) -> str | None:
    """Return the language of most of the speech; None where no window has one.

    Each window counts by its length and by how likely each language is in it. Where no language has
    `MIN_MAIN_SHARE` of that, it is the first of `possible`, if these are named.
    """
    seconds = defaultdict[str, float](float)
    for window in windows:
        if not _is_speech(window):
            continue
        for code, prob in _language_probs(window).items():
            seconds[code] += prob * (window.end - window.start)
    if not seconds:
        return None
    main = max(sorted(seconds), key=lambda code: seconds[code])
    is_clear = seconds[main] >= MIN_MAIN_SHARE * sum(seconds.values())
    return main if is_clear or not possible else possible[0]


def find_other_language(window: DecodedWindow, main: str) -> str | None:
    """Return the language in which a window is decoded too; None where it is in no doubt.

    That is the main language where the window left it, else one that is nearly as likely.
    """
    if not window.text.strip():
        return None
    if window.language != main:
        return main
    probs = _language_probs(window)
    others = [code for code in probs if code != main and probs[code] >= MIN_DOUBT]
    return max(sorted(others), key=lambda code: probs[code], default=None)


def choose_answer(
    decoded: DecodedWindow, other: DecodedWindow, main: str
) -> DecodedWindow:
    """Return a window with the likelier of two answers; what is not chosen is its alternative.

    One that repeats itself or was cut is the less likely, then one that leaves much out: Whisper is
    surest where it skips what is spoken in the other language. Where an answer has no text or no
    figures, the first stays.
    """
    probs = _language_probs(decoded)
    enough = MIN_LETTERS_SHARE * max(map(_count_letters, (decoded, other)))
    first, second = (_score(answer, probs, main, enough) for answer in (decoded, other))
    if first is None or second is None or first >= second:
        return replace(decoded, alternatives=(_as_alternative(other),))
    return replace(
        decoded,
        language=other.language,
        segments=other.segments,
        how=other.how,
        alternatives=(_as_alternative(decoded),),
    )


def _score(
    answer: DecodedWindow, probs: Mapping[str, float], main: str, enough: float
) -> tuple[bool, bool, float] | None:
    """Return what two answers are compared by, the greater is the likelier; None: unknown.

    `enough` are the letters with which an answer leaves nothing out. All segments of an answer have
    its avg_logprob and compression ratio.
    """
    for segment in answer.segments:
        if segment.avg_logprob is None:
            continue
        ratio = segment.compression_ratio or 0.0
        is_good = ratio <= MAX_COMPRESSION_RATIO and not answer.how.is_cut
        prob = max(probs.get(answer.language or "", 0.0), MIN_LANGUAGE_PROB)
        margin = MARGIN if answer.language == main else 0.0
        score = segment.avg_logprob + LANGUAGE_WEIGHT * math.log(prob) + margin
        return is_good, _count_letters(answer) >= enough, score
    return None


def _count_letters(answer: DecodedWindow) -> int:
    return count_letters(answer.text.strip())


def _language_probs(window: DecodedWindow) -> Mapping[str, float]:
    """Return how likely each language is; an engine may name the language alone."""
    if window.how.language_probs or window.language is None:
        return window.how.language_probs
    return {window.language: 1.0}


def _is_speech(window: DecodedWindow) -> bool:
    """Return whether a window has text that Whisper did not doubt to be speech."""
    doubts = [segment.no_speech_prob or 0.0 for segment in window.segments]
    return bool(window.text.strip()) and max(doubts) <= MIN_NO_SPEECH_PROB


def _as_alternative(window: DecodedWindow) -> Alternative:
    return Alternative(window.language, window.segments, window.how)
