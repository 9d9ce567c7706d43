"""What Whisper answered for one window, and whether the answer will do."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

# What fails is tried at the next temperature (openai/whisper, whisper/transcribe.py). Its ratio is
# of UTF-8, in which Cyrillic compresses better: 9 to 16 % of normal Russian windows are above 2.4.
# In one byte a letter none are.
MAX_COMPRESSION_RATIO = 2.4
MIN_LOGPROB = -1.0
MIN_NO_SPEECH_PROB = 0.6

# A text has lost itself where it ends in so many repeats of the same tokens, time stamps aside, and
# in so many tokens of them: no lecturer says one thing so often, and greedily Whisper does not find
# out of it.
MIN_REPEATS = 8
MIN_REPEATED_TOKENS = 64
MAX_PERIOD = 32  # tokens


@dataclass(frozen=True, slots=True)
class DecodingResult:
    """An answer, in Whisper's own terms."""

    language: str
    tokens: tuple[int, ...]  # text and time stamps, without the end of text
    text: str
    avg_logprob: float
    no_speech_prob: float
    temperature: float
    is_cut: bool = False  # it ends at the limit of tokens, not where Whisper ended it
    is_looping: bool = False  # it was stopped, for it only repeated itself
    is_prompted: bool = False

    @property
    def compression_ratio(self) -> float:
        return compression_ratio(self.text)


def compression_ratio(text: str) -> float:
    """How well a text compresses, in one byte a letter for Cyrillic as for Latin; 0.0 for none."""
    coded = text.encode("cp1251", errors="replace")
    return len(coded) / len(zlib.compress(coded)) if coded else 0.0


def ends_in_loop(tokens: Sequence[int]) -> bool:
    """Whether text tokens end in nothing but repeats."""
    for period in range(1, MAX_PERIOD + 1):
        length = max(MIN_REPEATS * period, MIN_REPEATED_TOKENS)
        tail = tokens[-length:]
        if len(tail) == length and tail[period:] == tail[:-period]:
            return True
    return False


def is_repetitive(answer: DecodingResult) -> bool:
    """Whether an answer is mostly repeats."""
    return answer.is_looping or answer.compression_ratio > MAX_COMPRESSION_RATIO


def needs_fallback(answer: DecodingResult) -> bool:
    """Whether an answer is to be tried for at a higher temperature; silence that Whisper is sure of
    is not.

    A text that only reached the limit of tokens is none that fails: its window is heard in two
    halves.
    """
    is_unsure = answer.avg_logprob < MIN_LOGPROB
    if is_unsure and answer.no_speech_prob > MIN_NO_SPEECH_PROB:
        return answer.is_looping
    return is_unsure or is_repetitive(answer)


def better_result(before: DecodingResult | None, answer: DecodingResult) -> DecodingResult:
    """Of two answers the one that does not fail, else the one that does not loop, else the surer
    one.
    """

    def worth(one: DecodingResult) -> tuple[bool, bool, float]:
        return not needs_fallback(one), not is_repetitive(one), one.avg_logprob

    return answer if before is None or worth(answer) > worth(before) else before
