"""Whisper's tokens as segments. Only here do its time stamps become seconds of the recording."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from konspekt.data import Segment, Word
from konspekt.transcribe.decode.result import DecodingResult

if TYPE_CHECKING:
    from whisper.tokenizer import Tokenizer

    from konspekt.transcribe.decode.alignment import WordTiming

# Digits after the point. Further ones depend on the number of threads that summed a figure up
# (measured on a tiny Whisper: 1e-7 of its value).
FIGURE_DIGITS = 4
TIME_DIGITS = 3
SECONDS_PER_STAMP = 0.02  # CHUNK_LENGTH / n_audio_ctx = 30 / 1500


def build_segments(
    tokenizer: Tokenizer,
    result: DecodingResult,
    start: float,
    end: float,
    words: Sequence[WordTiming] = (),
) -> tuple[Segment, ...]:
    """Return the segments of the window from `start` to `end`, seconds of the recording.

    `whisper.transcribe` leaves out the text after the last pair of time stamps, because it decodes
    that sound again. Here that text is a segment that ends with the window. Text without any word
    is no segment. `words` are those of the whole result.
    """
    segments = []
    rest = iter(words)
    for first, last, text_tokens in split_at_timestamps(
        result.tokens, tokenizer.timestamp_begin
    ):
        tokens = [token for token in text_tokens if token < tokenizer.eot]
        segment_words = _take_words(rest, len(tokens), start, end) if words else ()
        text = tokenizer.decode(tokens)
        if text.strip():
            segment_start = _limit_time(start + first * SECONDS_PER_STAMP, end)
            segment_end = end if last is None else start + last * SECONDS_PER_STAMP
            times = (segment_start, _limit_time(segment_end, end))
            segments.append(_make_segment(times, text, segment_words, result))
    return tuple(segments)


def split_at_timestamps(
    tokens: Sequence[int], timestamp_begin: int
) -> Iterator[tuple[int, int | None, list[int]]]:
    """Yield the text tokens between time stamps, after the stamps before and behind them.

    Stamps are counted from the window's start. The first is 0 where text begins without a stamp,
    the second None where it ends without one; none is less than the one before it.
    """
    since = 0
    text: list[int] = []
    for token in tokens:
        if token < timestamp_begin:
            text.append(token)
            continue
        stamp = max(token - timestamp_begin, since)
        if text:
            yield since, stamp, text
        since, text = stamp, []
    if text:
        yield since, None, text


def _take_words(
    rest: Iterator[WordTiming], tokens: int, start: float, end: float
) -> tuple[Word, ...]:
    """Return the words of the next `tokens` tokens, in seconds of the recording."""
    words = []
    while tokens > 0 and (word := next(rest, None)) is not None:
        tokens -= word.tokens
        word_start = _limit_time(start + word.start, end)
        word_end = _limit_time(start + word.end, end)
        if word.text:
            words.append(
                Word(word_start, word_end, word.text, _round_figure(word.probability))
            )
    return tuple(words)


def _limit_time(time: float, end: float) -> float:
    """Return a time, `end` at most, in whole milliseconds."""
    return round(min(time, end), TIME_DIGITS)


def _make_segment(
    times: tuple[float, float],
    text: str,
    words: tuple[Word, ...],
    result: DecodingResult,
) -> Segment:
    start, end = times
    return Segment(
        start=start,
        end=end,
        text=text,
        words=words,
        seek=0.0,
        avg_logprob=_round_figure(result.avg_logprob),
        no_speech_prob=_round_figure(result.no_speech_prob),
        compression_ratio=_round_figure(result.compression_ratio),
        temperature=_round_figure(result.temperature),
    )


def _round_figure(value: float) -> float | None:
    """Return a rounded figure; None where it is no number or infinite."""
    if not math.isfinite(value):
        return None
    return round(float(value), FIGURE_DIGITS) + 0.0  # + 0.0: no -0.0
