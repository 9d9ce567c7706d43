"""Spans: stretches from `start` up to, not including, `end`. Seconds and characters alike.

Several spans are sorted by start; "apart" says that none overlaps the next. A span without length
holds nothing.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Protocol, TypeAlias, TypeVar

Number = TypeVar("Number", int, float)
Span: TypeAlias = tuple[Number, Number]
Spans: TypeAlias = tuple[Span[Number], ...]


class Timed(Protocol):
    """What has a place in the recording: a window, a sentence, a gap, a speech region."""

    @property
    def start(self) -> float: ...

    @property
    def end(self) -> float: ...


def bounds(thing: Timed) -> Span[float]:
    """Return when a thing begins and ends, in seconds."""
    return thing.start, thing.end


def times_of(things: Iterable[Timed]) -> list[Span[float]]:
    """Return when each thing begins and ends, in seconds."""
    return [bounds(thing) for thing in things]


def union(spans: Iterable[Span[Number]], gap: Number = 0) -> Spans[Number]:
    """Return what the spans cover, sorted and apart.

    Spans become one where they overlap, touch, or lie at most `gap` apart. `spans` need no order.
    """
    covered: list[Span[Number]] = []
    for start, end in sorted(spans):
        if covered and start <= covered[-1][1] + gap:
            first, last = covered.pop()
            covered.append((first, max(last, end)))
        elif start < end:
            covered.append((start, end))
    return tuple(covered)


def intersection(
    some: Iterable[Span[Number]], others: Sequence[Span[Number]]
) -> Spans[Number]:
    """Return what both cover, sorted and apart; each of them is sorted and apart."""
    both: list[Span[Number]] = []
    for start, end in some:
        first = bisect_right(others, start, key=itemgetter(1))
        last = bisect_left(others, end, key=itemgetter(0))
        for other in others[first:last]:
            both.append(common((start, end), other))
    return tuple(span for span in both if span[0] < span[1])


def difference(
    some: Sequence[Span[Number]], others: Iterable[Span[Number]]
) -> Spans[Number]:
    """Return what `some` cover and `others` do not, sorted and apart.

    `some` are sorted and apart, `others` sorted. One of the others without length splits the span
    that it lies in.
    """
    if not some:
        return ()
    start, _ = some[0]
    _, end = some[-1]
    free: list[Span[Number]] = []
    for other_start, other_end in others:
        if start < other_start:
            free.append((start, other_start))
        start = max(start, other_end)
    if start < end:
        free.append((start, end))
    return intersection(some, free)


def total(spans: Iterable[Span[Number]]) -> Number:
    """Return the length of all spans together; what two of them cover counts twice."""
    return sum(end - start for start, end in spans)


def common(one: Span[Number], other: Span[Number]) -> Span[Number]:
    """Return what both cover. Where they do not meet, its end is not after its start."""
    return max(one[0], other[0]), min(one[1], other[1])


def overlap(one: Span[Number], other: Span[Number]) -> Number:
    """Return the length that both cover; 0 where they do not meet."""
    start, end = common(one, other)
    return max(0, end - start)


def meet(one: Span[Number], other: Span[Number]) -> bool:
    """Return whether both cover something; spans that only touch do not."""
    return overlap(one, other) > 0
