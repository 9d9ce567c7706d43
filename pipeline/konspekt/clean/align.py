"""Where the end of one word sequence and the beginning of another are the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from typing import NamedTuple

from konspekt.text.words import nearness

# of two words, one of four letters or more, that count as one word transcribed twice
MIN_NEARNESS = 0.7
MIN_FUZZY_LENGTH = 4
# letters: comparing takes the square of them, and what is longer is no word
MAX_FUZZY_LENGTH = 100
# of a match of short words, and of words common in the recording: they meet by chance more often
WEAK_WEIGHT = 0.6
MISMATCH = -0.7
GAP = -0.6
SKIP = -0.3  # a word of the second sequence before the meeting
MIN_TOUCHING = 3  # words of an end that is the other's beginning word for word
# a word of the first one after it: of what was said twice, the later saying meets
REST = -0.8
# a meeting ends where it is best, or nearly: its last word may follow one that only one side has
MAX_DROP = 0.3
_NEVER = float("-inf")


@dataclass(frozen=True, slots=True)
class Meeting:
    """Words of a first sequence's end that are words of a second one's beginning."""

    pairs: tuple[tuple[int, int], ...]  # indices into both, rising
    weight: float  # what the pairs are worth, less what does not match between them


@dataclass(frozen=True, slots=True)
class Reach:
    """How far from the edge a meeting may lie, and which words are weak evidence."""

    max_skip: int  # words of the second sequence before the meeting
    max_rest: int  # words of the first one after it
    common: Set[str] = frozenset()


def meetings(
    first: Sequence[str], second: Sequence[str], reach: Reach
) -> Iterator[Meeting]:
    """Yield local alignments (Smith and Waterman, 1981) of an end and a beginning, the likeliest
    first. Each word of `first` ends one at most.

    An end that is the other's beginning word for word comes before all others. A word after the
    meeting counts against it: of what was said twice, the later saying meets.
    """
    met = touching(first, second, reach)
    if met is not None:
        yield met
    steps, ends = _paths(first, second, reach)
    ends.sort(
        key=lambda end: (end.score + REST * (len(first) - end.i), end.i), reverse=True
    )
    for end in ends:
        pairs = _trace(first, second, steps, end)
        yield Meeting(pairs, end.score - SKIP * pairs[0][1])


def touching(
    first: Sequence[str],
    second: Sequence[str],
    reach: Reach,
    *,
    at_least: int = MIN_TOUCHING,
) -> Meeting | None:
    """Return the longest end of one that is the beginning of the other, word for word; None if
    there is none.
    """
    for count in range(min(len(first), len(second)), at_least - 1, -1):
        shift = len(first) - count
        if all(match_weight(first[shift + k], second[k]) for k in range(count)):
            weight = sum(
                match_weight(first[shift + k], second[k], reach.common)
                for k in range(count)
            )
            return Meeting(tuple((shift + k, k) for k in range(count)), weight)
    return None


class _End(NamedTuple):
    """A cell of the alignment in which a path may end: behind word `i` of the first, `j` of the
    second.
    """

    score: float
    i: int
    j: int


# What led to a cell: nothing, a pair, a word of the first alone, one of the second alone, a pair
# that begins a path.
_NOTHING, _PAIR, _FIRST, _SECOND, _BEGIN = range(5)


def _paths(
    first: Sequence[str], second: Sequence[str], reach: Reach
) -> tuple[list[bytearray], list[_End]]:
    """Return the steps to each cell, and the best end for each last word of `first` within reach
    that has one.
    """
    above = peaks_above = [_NEVER] * (len(second) + 1)
    steps = [bytearray(len(second) + 1)]
    ends: list[_End] = []
    for i, word in enumerate(first, 1):
        row, peaks = [_NEVER] * (len(second) + 1), [_NEVER] * (len(second) + 1)
        step_row = bytearray(len(second) + 1)
        best = _End(_NEVER, i, 0)
        for j, weight in enumerate(_weights(word, second, reach.common), 1):
            # Of two ways that are worth the same, the later one here.
            score, step, peak = (
                above[j - 1] + (weight or MISMATCH),
                _PAIR,
                peaks_above[j - 1],
            )
            if (skipped := above[j] + GAP) >= score:
                score, step, peak = skipped, _FIRST, peaks_above[j]
            if (skipped := row[j - 1] + GAP) >= score:
                score, step, peak = skipped, _SECOND, peaks[j - 1]
            if (
                weight
                and j - 1 <= reach.max_skip
                and (begun := SKIP * (j - 1) + weight) >= score
            ):
                score, step, peak = begun, _BEGIN, _NEVER
            if score <= SKIP * reach.max_skip:  # a path worth less than a new one
                continue
            row[j], step_row[j], peaks[j] = score, step, max(peak, score)
            if (
                weight
                and step in (_PAIR, _BEGIN)
                and score > max(peak - MAX_DROP, best.score)
            ):
                best = _End(score, i, j)
        if best.j and i >= len(first) - reach.max_rest:
            ends.append(best)
        above, peaks_above = row, peaks
        steps.append(step_row)
    return steps, ends


def _weights(word: str, others: Sequence[str], common: Set[str]) -> list[float]:
    """Return the weight of a match of a word with each of the others."""
    if len(word) >= MIN_FUZZY_LENGTH:
        return [match_weight(word, other, common) for other in others]
    return [  # most pairs are of a short word and another one: no call for those that cannot meet
        match_weight(word, other, common)
        if word == other or len(other) >= MIN_FUZZY_LENGTH
        else 0.0
        for other in others
    ]


def match_weight(a: str, b: str, common: Set[str] = frozenset()) -> float:
    """Return the weight of a match of two words; 0 if they are not the same word."""
    if a == b:
        return WEAK_WEIGHT if len(a) < MIN_FUZZY_LENGTH or a in common else 1.0
    short, long = sorted((len(a), len(b)))
    if (
        not MIN_FUZZY_LENGTH <= long <= MAX_FUZZY_LENGTH
        or short < 0.4 * long
        or (a.isascii() == b.isascii() and short < MIN_NEARNESS * long)
    ):
        return 0.0
    near = nearness(a, b)
    if near < MIN_NEARNESS:
        return 0.0
    return WEAK_WEIGHT * near if a in common or b in common else near


def _trace(
    first: Sequence[str], second: Sequence[str], steps: Sequence[bytearray], end: _End
) -> tuple[tuple[int, int], ...]:
    """Return the pairs on the path to a cell."""
    i, j = end.i, end.j
    pairs: list[tuple[int, int]] = []
    step = _NOTHING
    while step != _BEGIN:
        step = steps[i][j]
        if step in (_PAIR, _BEGIN) and match_weight(first[i - 1], second[j - 1]):
            pairs.append((i - 1, j - 1))
        i -= step != _SECOND
        j -= step != _FIRST
    return tuple(reversed(pairs))
