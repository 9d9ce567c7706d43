"""What Whisper's decoder gives for one window, and whether it will do."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

# A result that fails these limits falls back to the next temperature (openai/whisper,
# whisper/transcribe.py). Whisper computes the ratio of UTF-8, in which Cyrillic compresses better:
# 9 to 16 % of normal Russian windows exceed 2.4. In an encoding of one byte a letter none does.
MAX_COMPRESSION_RATIO = 2.4
MIN_LOGPROB = -1.0
MIN_NO_SPEECH_PROB = 0.6

# A text is in a repetition loop when it ends in this many repeats of the same tokens, time stamps
# aside, which are this many tokens in all. No lecturer says one thing so often, and greedy decoding
# does not leave a loop.
MIN_REPEATS = 8
MIN_REPEATED_TOKENS = 64
MAX_PERIOD = 32  # tokens
R = TypeVar("R", bound="DecodingResult")


@dataclass(frozen=True, slots=True)
class DecodedText:
    """The tokens of one text without the end of text, and the sum of their log-probabilities.

    The sum holds that of the end of text where the text came to its end.
    """

    tokens: tuple[int, ...]
    sum_logprob: float
    is_cut: bool = False
    is_looping: bool = False


@dataclass(frozen=True, slots=True)
class DecodingResult:
    """The result for one window, in Whisper's terms (`whisper.DecodingResult`)."""

    language: str
    tokens: tuple[int, ...]  # text and time stamps, without the end of text
    text: str
    avg_logprob: float
    no_speech_prob: float
    temperature: float
    is_cut: bool = False  # ends at the limit of tokens, not where Whisper ended it
    is_looping: bool = False  # stopped in a repetition loop
    is_prompted: bool = False

    @property
    def compression_ratio(self) -> float:
        """Return the compression ratio of the text; 0.0 without text."""
        return compression_ratio(self.text)


def compression_ratio(text: str) -> float:
    """Return the length of `text` divided by its compressed length; 0.0 for no text.

    A letter counts one byte, in Cyrillic (CP1251) as in Latin.
    """
    coded = text.encode("cp1251", errors="replace")
    return len(coded) / len(zlib.compress(coded)) if coded else 0.0


def text_tokens(tokens: Iterable[int], eot: int) -> list[int]:
    """Return the tokens of text, without time stamps and the end of text."""
    return [token for token in tokens if token < eot]


def ends_in_loop(tokens: Sequence[int]) -> bool:
    """Return whether text tokens end in a repetition loop."""
    for period in range(1, MAX_PERIOD + 1):
        length = max(MIN_REPEATS * period, MIN_REPEATED_TOKENS)
        tail = tokens[-length:]
        if len(tail) == length and tail[period:] == tail[:-period]:
            return True
    return False


def is_repetitive(result: DecodingResult) -> bool:
    """Return whether the text mostly repeats itself."""
    return result.is_looping or result.compression_ratio > MAX_COMPRESSION_RATIO


def needs_fallback(result: DecodingResult) -> bool:
    """Return whether to decode the window again at the next temperature.

    Silence of which Whisper is sure needs no fallback. Nor does a text that only reached the limit
    of tokens: its window is decoded in two halves.
    """
    is_unsure = result.avg_logprob < MIN_LOGPROB
    if is_unsure and result.no_speech_prob > MIN_NO_SPEECH_PROB:
        return result.is_looping
    return is_unsure or is_repetitive(result)


def better_result(before: R | None, result: R) -> R:
    """Return the better of two results of one window; `before` where they are equally good.

    One that needs no fallback comes first, then one that does not repeat itself, then the higher
    avg_logprob.
    """
    if before is None or _rank(result) > _rank(before):
        return result
    return before


def _rank(result: DecodingResult) -> tuple[bool, bool, float]:
    """Return what results are compared by; the greater is the better."""
    return not needs_fallback(result), not is_repetitive(result), result.avg_logprob
