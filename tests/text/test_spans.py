"""Spans behave as sets of points do."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.data import Region
from konspekt.text.spans import (
    Span,
    common,
    difference,
    intersection,
    meet,
    overlap,
    times_of,
    total,
    union,
)

Spans = list[Span[int]]


def points(spans: Spans | tuple[Span[int], ...]) -> set[int]:
    """The model: every whole number that a span covers."""
    return {point for start, end in spans for point in range(start, end)}


numbers = st.integers(-20, 20)
any_span = st.tuples(numbers, numbers).map(lambda ends: (min(ends), max(ends)))
any_spans = st.lists(any_span, max_size=8)
apart_spans = any_spans.map(lambda spans: list(union(spans)))


def is_apart(spans: tuple[Span[int], ...]) -> bool:
    return all(start < end for start, end in spans) and all(
        before[1] <= after[0] for before, after in pairwise(spans)
    )


@given(any_spans)
def test_a_union_covers_what_its_spans_cover(spans: Spans) -> None:
    assert points(union(spans)) == points(spans)


@given(any_spans, st.integers(0, 5))
def test_the_spans_of_a_union_are_further_apart_than_the_gap(
    spans: Spans, gap: int
) -> None:
    found = union(spans, gap)
    assert is_apart(found)
    assert all(after[0] - before[1] > gap for before, after in pairwise(found))


@given(
    st.lists(any_span.filter(lambda span: span[0] < span[1]), max_size=8),
    st.integers(0, 5),
)
def test_a_union_with_a_gap_closes_the_gaps_that_are_no_longer(
    spans: Spans, gap: int
) -> None:
    exact = union(spans)
    closed = {
        point
        for before, after in pairwise(exact)
        if after[0] - before[1] <= gap
        for point in range(before[1], after[0])
    }
    assert points(union(spans, gap)) == points(spans) | closed


@given(apart_spans, apart_spans)
def test_an_intersection_covers_what_both_cover(some: Spans, others: Spans) -> None:
    found = intersection(some, others)
    assert points(found) == points(some) & points(others)
    assert is_apart(found)
    assert found == intersection(others, some)


@given(apart_spans, any_spans)
def test_a_difference_covers_what_only_the_first_cover(
    some: Spans, others: Spans
) -> None:
    found = difference(some, sorted(others))
    assert points(found) == points(some) - points(others)
    assert is_apart(found)


@given(apart_spans, apart_spans)
def test_what_is_shared_and_what_is_left_add_up(some: Spans, others: Spans) -> None:
    assert total(intersection(some, others)) + total(difference(some, others)) == total(
        some
    )
    assert total(some) == len(points(some))


@given(any_span, any_span)
def test_two_spans_meet_where_they_share_a_point(
    one: Span[int], other: Span[int]
) -> None:
    shared = points([one]) & points([other])
    assert points([common(one, other)]) == shared
    assert overlap(one, other) == len(shared)
    assert meet(one, other) == bool(shared)


def test_spans_that_touch_are_one_in_a_union_and_do_not_meet() -> None:
    assert union([(3, 5), (0, 3)]) == ((0, 5),)
    assert not meet((0, 3), (3, 5))


def test_seconds_are_spans_too() -> None:
    assert union([(0.0, 1.5), (2.5, 3.0), (4.5, 5.0)], 1.0) == ((0.0, 3.0), (4.5, 5.0))
    assert intersection([(0.0, 2.5)], [(1.0, 2.0), (2.25, 9.0)]) == (
        (1.0, 2.0),
        (2.25, 2.5),
    )
    assert total([(0.0, 0.25), (1.0, 1.5)]) == pytest.approx(0.75)


def test_a_span_without_length_splits_the_one_that_it_lies_in() -> None:
    assert difference([(0, 9)], [(4, 4)]) == ((0, 4), (4, 9))


def test_the_times_of_things_are_spans() -> None:
    assert times_of([Region(0.5, 2.0), Region(3.0, 4.0)]) == [(0.5, 2.0), (3.0, 4.0)]
