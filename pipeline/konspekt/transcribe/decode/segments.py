"""Whisper's tokens as segments: its time stamps become seconds of the recording here, and nowhere
else.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from konspekt.data import Segment, Word
from konspekt.transcribe.decode.result import DecodingResult

if TYPE_CHECKING:
    from whisper.tokenizer import Tokenizer

    from konspekt.transcribe.decode.alignment import WordTiming

# Digits after the point. The rest of a figure depends on how many threads summed it up (measured on
# a tiny Whisper: 1e-7 of its value).
FIGURE_DIGITS = 4
TIME_DIGITS = 3
SECONDS_PER_STAMP = 0.02  # CHUNK_LENGTH / n_audio_ctx = 30 / 1500


def build_segments(
    tokenizer: Tokenizer,
    answer: DecodingResult,
    start: float,
    end: float,
    words: Sequence[WordTiming] = (),
) -> tuple[Segment, ...]:
    """What was said in the window from `start` to `end`, with its times on the recording's time
    line.

    All of it: `whisper.transcribe` leaves out what follows the last pair of stamps and hears it
    again in the next window; here it is a segment up to the window's end. Text without any word is
    no segment. `words` are those of the whole answer, timed from the window's start.
    """
    found = []
    rest = iter(words)
    for from_stamp, to_stamp, tokens in split_at_timestamps(
        answer.tokens, tokenizer.timestamp_begin
    ):
        said = [token for token in tokens if token < tokenizer.eot]
        spoken = _words(rest, len(said), start, end) if words else ()
        text = tokenizer.decode(said)
        if not text.strip():
            continue
        began = min(start + from_stamp * SECONDS_PER_STAMP, end)
        ended = end if to_stamp is None else min(start + to_stamp * SECONDS_PER_STAMP, end)
        found.append(
            _segment(round(began, TIME_DIGITS), round(ended, TIME_DIGITS), text, spoken, answer)
        )
    return tuple(found)


def split_at_timestamps(
    tokens: Sequence[int], timestamp_begin: int
) -> Iterator[tuple[int, int | None, list[int]]]:
    """The text tokens between stamps, with the stamps around them counted from the window's start.

    The first is 0 where text begins without a stamp, the second None where it ends without one.
    """
    since = 0
    text: list[int] = []
    for token in tokens:
        if token < timestamp_begin:
            text.append(token)
            continue
        stamp = token - timestamp_begin
        if text:
            yield since, max(stamp, since), text
        since, text = max(stamp, since), []
    if text:
        yield since, None, text


def _words(rest: Iterator[WordTiming], tokens: int, start: float, end: float) -> tuple[Word, ...]:
    """The words of the next `tokens` tokens, on the recording's time line."""
    found = []
    while tokens > 0 and (word := next(rest, None)) is not None:
        tokens -= word.tokens
        began, ended = (
            round(min(start + time, end), TIME_DIGITS) for time in (word.start, word.end)
        )
        if word.text:
            found.append(Word(began, ended, word.text, _figure(word.probability)))
    return tuple(found)


def _segment(
    start: float, end: float, text: str, words: tuple[Word, ...], answer: DecodingResult
) -> Segment:
    return Segment(
        start=start,
        end=end,
        text=text,
        words=words,
        seek=0.0,
        avg_logprob=_figure(answer.avg_logprob),
        no_speech_prob=_figure(answer.no_speech_prob),
        compression_ratio=_figure(answer.compression_ratio),
        temperature=_figure(answer.temperature),
    )


def _figure(value: float) -> float | None:
    return (
        round(float(value), FIGURE_DIGITS) + 0.0 if math.isfinite(value) else None
    )  # + 0.0: no -0.0
