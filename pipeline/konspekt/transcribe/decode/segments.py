"""Whisper's tokens as segments. Only here do its time stamps become seconds of the recording."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from konspekt.data import Segment, Word
from konspekt.transcribe.decode.result import DecodingResult, text_tokens
from konspekt.transcribe.speech.windows import Window

if TYPE_CHECKING:
    from whisper.tokenizer import Tokenizer

    from konspekt.formats.document import SpokenWord
    from konspekt.transcribe.decode.alignment import WordTiming

# Digits after the point. Further ones depend on the number of threads that summed a figure up
# (measured on a tiny Whisper: 1e-7 of its value).
FIGURE_DIGITS = 4
TIME_DIGITS = 3
SECONDS_PER_STAMP = 0.02  # CHUNK_LENGTH / n_audio_ctx = 30 / 1500


def build_segments(
    tokenizer: Tokenizer,
    window: Window,
    result: DecodingResult,
    words: Sequence[WordTiming] = (),
) -> tuple[Segment, ...]:
    """Return the segments of a window, in seconds of the recording.

    `whisper.transcribe` leaves out the text after the last pair of time stamps, because it decodes
    that sound again. Here that text is a segment that ends with the window. Text without any word
    is no segment. `words` are those of the whole result.
    """
    rest = iter(words)
    segments: list[Segment] = []
    for piece in split_at_timestamps(result.tokens, tokenizer.timestamp_begin):
        tokens = text_tokens(piece.tokens, tokenizer.eot)
        segment_words = _take_words(rest, len(tokens), window)
        text = tokenizer.decode(tokens)
        if text.strip():
            segment = _make_segment(window, piece, text, segment_words, result)
            segments.append(segment)
    return tuple(segments)


class StampedTokens(NamedTuple):
    """Text tokens between two time stamps, which are counted from the window's start."""

    first: int  # 0 where the text begins without a stamp
    last: int | None  # None where it ends without one
    tokens: list[int]


def split_at_timestamps(
    tokens: Sequence[int], timestamp_begin: int
) -> Iterator[StampedTokens]:
    """Yield the text tokens between time stamps; no stamp is less than the one before it."""
    since = 0
    text: list[int] = []
    for token in tokens:
        if token < timestamp_begin:
            text.append(token)
            continue
        stamp = max(token - timestamp_begin, since)
        if text:
            yield StampedTokens(since, stamp, text)
        since, text = stamp, []
    if text:
        yield StampedTokens(since, None, text)


def _take_words(
    rest: Iterator[WordTiming], tokens: int, window: Window
) -> tuple[Word, ...]:
    """Return the words of the next `tokens` tokens; none where no words are known."""
    words: list[Word] = []
    while tokens > 0 and (word := next(rest, None)) is not None:
        tokens -= word.tokens
        if word.text:
            words.append(place_word(word, window))
    return tuple(words)


def place_word(word: WordTiming | SpokenWord, window: Window) -> Word:
    """Return a word in seconds of the recording."""
    start, end = times_in(window, word.start, word.end)
    return Word(start, end, word.text, round_figure(word.probability))


def times_in(window: Window, start: float, end: float) -> tuple[float, float]:
    """Return times of the recording from those of a window's samples, in whole milliseconds.

    They are the window's end at most.
    """
    begun, ended = window.times_of(start, end)
    return round(begun, TIME_DIGITS), round(ended, TIME_DIGITS)


def _make_segment(
    window: Window,
    piece: StampedTokens,
    text: str,
    words: tuple[Word, ...],
    result: DecodingResult,
) -> Segment:
    last = math.inf if piece.last is None else piece.last
    begin = piece.first * SECONDS_PER_STAMP
    start, end = times_in(window, begin, last * SECONDS_PER_STAMP)
    return Segment(
        start=start,
        end=end,
        text=text,
        words=words,
        seek=0.0,
        avg_logprob=round_figure(result.avg_logprob),
        no_speech_prob=round_figure(result.no_speech_prob),
        compression_ratio=round_figure(result.compression_ratio),
        temperature=round_figure(result.temperature),
    )


def round_figure(value: float | None) -> float | None:
    """Return a rounded figure; None where it is unknown, no number or infinite."""
    if value is None or not math.isfinite(value):
        return None
    return round(float(value), FIGURE_DIGITS) + 0.0  # + 0.0: no -0.0
