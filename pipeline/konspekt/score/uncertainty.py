"""How far a word error rate can be trusted: intervals over blocks of a lecture, and whether two
systems differ.

A lecture is one speaker in one room, so its errors come in clusters. What is drawn again is
therefore a stretch of speech, not a word or a sentence (Liu and Peng, Statistical Testing on ASR
Performance via Blockwise Bootstrap, arXiv 1912.09508).
"""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TypeAlias, TypeVar

from konspekt.data import Alignment

Block: TypeAlias = tuple[int, int]  # errors, reference words

RESAMPLES, SEED, LEVEL = 1000, 42, 0.95  # of the bootstrap
BLOCK_WORDS = 150  # about a minute of a lecture
_BLOCK_SECONDS = 60.0
_PARAGRAPH_WORDS = 100
# below, the resamples repeat one another and the interval is too short
_FEWEST_BLOCKS = 10
_RIGHT_IN_BOTH = 2  # words right in both systems that end a segment of MAPSSWE

_Drawn = TypeVar("_Drawn", bound=tuple[int, ...])


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high`, in the unit of what is measured (a word error rate, or a difference
    of two).
    """

    low: float
    high: float
    level: float
    blocks: int


@dataclass(frozen=True, slots=True)
class NoInterval:
    """Why there is no interval, in words."""

    reason: str


@dataclass(frozen=True, slots=True)
class Difference:
    """The word error rate of A less that of B: positive where B is better."""

    difference: float | None  # None where the reference has no word
    interval: Interval | NoInterval
    # share of resamples in which B has fewer errors; None without an interval
    p_better: float | None
    # whether the interval leaves 0 out; None where that is unknown
    distinguishable: bool | None


@dataclass(frozen=True, slots=True)
class Mapsswe:
    """The matched pairs test. `z` is positive where A makes more errors; where it is None, `reason`
    says why.
    """

    z: float | None
    p: float | None  # two-sided
    segments: int
    reason: str | None = None


# --------------------------------------------------------------------------------------------------


def blocks_of(
    reference_words: int,
    *,
    starts: Sequence[float | None] | None = None,
    paragraphs: Sequence[int] | None = None,
) -> tuple[int, ...]:
    """Return the word indices at which the blocks of a reference begin (the first is 0) and, as the
    last number, its end.

    With `starts` (seconds, one a reference word) a block holds 60 s, the last 30 to 90. Where they
    are unknown, a block is whole paragraphs (`paragraphs`: indices of their first words) of 100
    words or more together. One of 300 words or more, as is a text without paragraphs, is cut evenly
    into pieces of 150 or a little more. There is at least one block, of no words if the reference
    has none. Raises ValueError if `starts` are not as many as the words.
    """
    if starts is not None and len(starts) != reference_words:
        raise ValueError(f"{len(starts)} times for {reference_words} words")
    times = known_times(starts)
    if times is not None:
        return (*_cut_by_time(times), reference_words)
    begins = [0]
    for first in sorted(paragraphs or ()):
        if (
            first - begins[-1] >= _PARAGRAPH_WORDS
            and reference_words - first >= _PARAGRAPH_WORDS
        ):
            begins.append(first)
    return (
        *(
            cut
            for first, end in pairwise((*begins, reference_words))
            for cut in _cut_evenly(first, end)
        ),
        reference_words,
    )


def known_times(starts: Sequence[float | None] | None) -> list[float] | None:
    """Return a start for every word, never falling; None if no start is known. A word without one
    starts with the word before it.

    None where there are no words or no times, or none for 150 words on end.
    """
    known = [index for index, start in enumerate(starts or ()) if start is not None]
    if (
        not starts
        or not known
        or max(b - a for a, b in pairwise((-1, *known, len(starts)))) > BLOCK_WORDS
    ):
        return None
    first = starts[known[0]]
    assert first is not None
    return list(
        accumulate((first if start is None else start for start in starts), max)
    )


def _cut_by_time(times: Sequence[float]) -> list[int]:
    begins = [0]
    for index, time in enumerate(times):
        if time - times[begins[-1]] >= _BLOCK_SECONDS:
            begins.append(index)
    if len(begins) > 1 and times[-1] - times[begins[-1]] < _BLOCK_SECONDS / 2:
        begins.pop()
    return begins


def _cut_evenly(first: int, end: int) -> Iterator[int]:
    pieces = max(1, (end - first) // BLOCK_WORDS)
    yield from (first + (end - first) * piece // pieces for piece in range(pieces))


def errors_per_block(
    alignment: Alignment, boundaries: Sequence[int]
) -> tuple[Block, ...]:
    """Return the errors and the reference words of each block; their sums are those of the whole.

    An inserted word belongs to the block of the reference word before it, to the first where there
    is none. Raises ValueError where the boundaries do not run from 0 to the end of the reference.
    """
    if len(boundaries) < 2 or (boundaries[0], boundaries[-1]) != (
        0,
        _reference_words(alignment),
    ):
        raise ValueError(
            f"blocks do not cover the {_reference_words(alignment)} words of the reference"
        )
    errors = [0] * (len(boundaries) - 1)

    def charge(word: int, count: int) -> None:
        errors[min(bisect_right(boundaries, word), len(errors)) - 1] += count

    for edit in alignment:
        if edit.kind == "insert":
            charge(max(edit.ref_start - 1, 0), edit.hyp_end - edit.hyp_start)
        elif edit.kind != "equal":
            for word in range(edit.ref_start, edit.ref_end):
                charge(word, 1)
    return tuple(
        (count, end - first)
        for count, (first, end) in zip(errors, pairwise(boundaries), strict=True)
    )


def _reference_words(alignment: Alignment) -> int:
    return alignment[-1].ref_end if alignment else 0


# --------------------------------------------------------------------------------------------------


def confidence_interval(
    blocks: Sequence[Block],
    *,
    seed: int = SEED,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
) -> Interval | NoInterval:
    """Return the confidence interval of the word error rate (errors over words, 0.1 for 10 %) by a
    percentile block bootstrap.

    Resampling the rate's own units: Bisani and Ney, Bootstrap Estimates for Confidence Intervals in
    ASR Performance Evaluation, ICASSP 2004; blocks as units: arXiv 1912.09508. The order of the
    blocks plays no part. There is no interval under 10 blocks with words, and none where all blocks
    have the same rate. Raises ValueError for a level outside 0 to 1 or for no resamples.
    """
    _check(resamples, level)
    values = _resample(sorted(blocks), _rate, seed, resamples)
    return (
        values
        if isinstance(values, NoInterval)
        else _percentiles(values, level, len(blocks))
    )


def paired_difference(
    blocks_a: Sequence[Block],
    blocks_b: Sequence[Block],
    *,
    seed: int = SEED,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
) -> Difference:
    """Return the difference of two systems' word error rates over the same blocks, which are drawn
    together.

    A block's words may differ where the reference has alternates. `p_better` is the probability of
    improvement of Bisani and Ney, 2004. Two systems with equal errors in every block are not
    distinguishable. Raises ValueError where the blocks are not as many, else as
    `confidence_interval` does.
    """
    if len(blocks_a) != len(blocks_b):
        raise ValueError("the two systems are not scored over the same blocks")
    _check(resamples, level)
    pairs = sorted((*a, *b) for a, b in zip(blocks_a, blocks_b, strict=True))
    values = _resample(pairs, _rate_difference, seed, resamples)
    interval = (
        values
        if isinstance(values, NoInterval)
        else _percentiles(values, level, len(pairs))
    )
    difference = _rate_difference(pairs)
    if isinstance(values, NoInterval) or isinstance(interval, NoInterval):
        alike = len(pairs) >= _FEWEST_BLOCKS and all(
            pair[:2] == pair[2:] for pair in pairs
        )
        return Difference(difference, interval, None, False if alike else None)
    better = sum(value > 0 for value in values) / len(values)
    return Difference(
        difference, interval, better, interval.low > 0 or interval.high < 0
    )


def _check(resamples: int, level: float) -> None:
    if resamples < 1:
        raise ValueError("no resamples")
    if not 0 < level < 1:
        raise ValueError(f"a level of {level} is not between 0 and 1")


def _rate(blocks: Sequence[tuple[int, int]]) -> float | None:
    words = sum(block[1] for block in blocks)
    return sum(block[0] for block in blocks) / words if words else None


def _rate_difference(pairs: Sequence[tuple[int, int, int, int]]) -> float | None:
    rates = _rate([pair[:2] for pair in pairs]), _rate([pair[2:] for pair in pairs])
    return None if rates[0] is None or rates[1] is None else rates[0] - rates[1]


def _resample(
    units: Sequence[_Drawn],
    measure: Callable[[Sequence[_Drawn]], float | None],
    seed: int,
    resamples: int,
) -> list[float] | NoInterval:
    """Return the measure of as many units, drawn again with replacement, sorted. A unit's last
    number is its words.
    """
    counted = sum(unit[-1] > 0 for unit in units)
    if counted < _FEWEST_BLOCKS:
        return NoInterval(
            f"blocks of speech: {counted}, and an interval needs {_FEWEST_BLOCKS}"
        )
    rng = random.Random(seed)  # noqa: S311 - the same figures every time, no secret
    values = (measure(rng.choices(units, k=len(units))) for _ in range(resamples))
    return sorted(value for value in values if value is not None)


def _percentiles(
    values: Sequence[float], level: float, blocks: int
) -> Interval | NoInterval:
    if values[0] == values[-1]:
        return NoInterval(
            "every block says the same, so drawing them again shows no spread"
        )
    beyond = min(round((1 - level) / 2 * len(values)), (len(values) - 1) // 2)
    return Interval(values[beyond], values[-1 - beyond], level, blocks)


# --------------------------------------------------------------------------------------------------


def mapsswe(alignment_a: Alignment, alignment_b: Alignment) -> Mapsswe:
    """Return whether two systems differ on the same reference, by the matched pairs
    sentence-segment word error test.

    A segment opens at an error of either system and closes after 2 words on end that both have
    right. `z` is the mean of its differences in errors over their standard error (n - 1), `p` by
    the normal distribution. Gillick and Cox, Some Statistical Issues in the Comparison of Speech
    Recognition Algorithms, ICASSP 1989; segments as NIST's sc_stats cuts them. Raises ValueError if
    the references differ in length.
    """
    return mapsswe_over([(alignment_a, alignment_b, None)])


def mapsswe_over(
    texts: Iterable[tuple[Alignment, Alignment, Alignment | None]],
) -> Mapsswe:
    """Return `mapsswe` over the segments of several texts (lectures or utterances). No segment
    reaches from one into the next.

    The third alignment is None if both are of the same reference. If they are of two readings of it
    (of its alternates), it is that of the first reading with the second. Errors in words read
    otherwise then count at the first of them.
    """
    differences = []
    for alignment_a, alignment_b, readings in texts:
        places = _errors_by_place(alignment_b)
        if readings is not None:
            places = _move_errors(places, readings)
        differences += [
            a - b for a, b in _segments(_errors_by_place(alignment_a), places)
        ]
    segments = len(differences)
    if segments < 2:
        return Mapsswe(
            None,
            None,
            segments,
            f"segments with an error: {segments}, and the test needs 2",
        )
    if len(set(differences)) == 1:
        what = (
            f"the difference is {differences[0]}"
            if differences[0]
            else "both make as many errors"
        )
        return Mapsswe(None, None, segments, f"{what} in every segment")
    mean = sum(differences) / segments
    variance = sum((difference - mean) ** 2 for difference in differences) / (
        segments - 1
    )
    z = mean / math.sqrt(variance / segments)
    return Mapsswe(z, math.erfc(abs(z) / math.sqrt(2)), segments)


def _move_errors(places: list[int], readings: Alignment) -> list[int]:
    """Return the errors by place of the second reading, moved to the places of the first."""
    moved = [0] * (2 * _reference_words(readings) + 1)
    for edit in readings:
        # the gap before each word, and the word
        theirs = places[2 * edit.hyp_start : 2 * edit.hyp_end]
        if edit.kind == "equal":
            for step, errors in enumerate(theirs):
                moved[2 * edit.ref_start + step] += errors
        else:
            moved[2 * edit.ref_start + (edit.ref_end > edit.ref_start)] += sum(theirs)
    moved[-1] += places[-1]
    return moved


def _errors_by_place(alignment: Alignment) -> list[int]:
    """Return insertions before the first word, errors at it, insertions before the second, …,
    insertions at the end.
    """
    places = [0] * (2 * _reference_words(alignment) + 1)
    for edit in alignment:
        if edit.kind == "insert":
            places[2 * edit.ref_start] += edit.hyp_end - edit.hyp_start
        elif edit.kind != "equal":
            for word in range(edit.ref_start, edit.ref_end):
                places[2 * word + 1] = 1
    return places


def _segments(places_a: Sequence[int], places_b: Sequence[int]) -> Iterator[Block]:
    """Yield the errors of A and of B in each segment that has one."""
    if len(places_a) != len(places_b):
        raise ValueError("the two systems are not scored against the same reference")
    errors_a = errors_b = right = 0
    for place, (a, b) in enumerate(zip(places_a, places_b, strict=True)):
        if a or b:
            errors_a, errors_b, right = errors_a + a, errors_b + b, 0
        elif place % 2:  # a word, not a gap between words
            right += 1
            if right == _RIGHT_IN_BOTH and (errors_a or errors_b):
                yield errors_a, errors_b
                errors_a = errors_b = 0
    if errors_a or errors_b:
        yield errors_a, errors_b
