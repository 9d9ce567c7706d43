"""Spans: stretches from `start` up to, not including, `end`. Seconds and characters alike.

Several spans are sorted by start; "apart" says that none overlaps the next. A span without length
holds nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeAlias, TypeVar

Number = TypeVar("Number", int, float)
Span: TypeAlias = tuple[Number, Number]


class Timed(Protocol):
    """What has a place in the recording: a window, a sentence, a gap, a speech region."""

    @property
    def start(self) -> float: ...

    @property
    def end(self) -> float: ...


def times_of(things: Iterable[Timed]) -> list[Span[float]]:
    """Return when each thing begins and ends, in seconds."""
    return [(thing.start, thing.end) for thing in things]


def union(spans: Iterable[Span[Number]], gap: Number = 0) -> tuple[Span[Number], ...]:
    """Return what the spans cover, sorted and apart.

    Spans become one where they overlap, touch, or lie at most `gap` apart. `spans` need no order.
    """
    covered: list[Span[Number]] = []
    for start, end in sorted(spans):
        if covered and start <= covered[-1][1] + gap:
            covered[-1] = (covered[-1][0], max(covered[-1][1], end))
        elif start < end:
            covered.append((start, end))
    return tuple(covered)


def intersection(
    some: Sequence[Span[Number]], others: Sequence[Span[Number]]
) -> tuple[Span[Number], ...]:
    """Return what both cover, sorted and apart; each of them is sorted and apart."""
    both: list[Span[Number]] = []
    i = j = 0
    while i < len(some) and j < len(others):
        start = max(some[i][0], others[j][0])
        end = min(some[i][1], others[j][1])
        if start < end:
            both.append((start, end))
        if some[i][1] <= others[j][1]:
            i += 1
        else:
            j += 1
    return tuple(both)


def difference(
    some: Iterable[Span[Number]], others: Sequence[Span[Number]]
) -> tuple[Span[Number], ...]:
    """Return what `some` cover and `others` do not, sorted and apart.

    `some` are sorted and apart, `others` sorted. One of the others without length splits the span
    that it lies in.
    """
    left: list[Span[Number]] = []
    first = 0  # of the others, the first that does not end before the span in hand
    for begin, end in some:
        while first < len(others) and others[first][1] <= begin:
            first += 1
        start = begin
        for at in range(first, len(others)):
            other_start, other_end = others[at]
            if other_start >= end:
                break
            if other_start > start:
                left.append((start, other_start))
            start = max(start, other_end)
        if start < end:
            left.append((start, end))
    return tuple(left)


def total(spans: Iterable[Span[Number]]) -> Number:
    """Return the length of all spans together; what two of them cover counts twice."""
    return sum(end - start for start, end in spans)


def overlap(one: Span[Number], other: Span[Number]) -> Number:
    """Return the length that both cover; 0 where they do not meet."""
    return max(0, min(one[1], other[1]) - max(one[0], other[0]))


def meet(one: Span[Number], other: Span[Number]) -> bool:
    """Return whether both cover something; spans that only touch do not."""
    return max(one[0], other[0]) < min(one[1], other[1])
