"""Tokens between time stamps are segments; not one token of text is lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from konspekt.transcribe.decode.segments import split_at_timestamps

STAMP = 1000  # the first time stamp


@given(
    tokens=st.lists(
        st.one_of(st.integers(0, 99), st.integers(STAMP, STAMP + 1500)), max_size=40
    )
)
def test_all_text_is_in_one_segment_each_in_order_of_time(tokens: list[int]) -> None:
    found = list(split_at_timestamps(tokens, STAMP))
    assert [token for _, _, text in found for token in text] == [
        token for token in tokens if token < STAMP
    ]
    now = 0
    for start, end, text in found:
        assert text
        assert start >= now
        assert end is None or end >= start
        now = start if end is None else end
    assert all(end is not None for _, end, _ in found[:-1])


def test_pairs_of_stamps_divide_segments() -> None:
    tokens = [STAMP, 1, 2, STAMP + 100, STAMP + 150, 3, STAMP + 200]
    assert list(split_at_timestamps(tokens, STAMP)) == [
        (0, 100, [1, 2]),
        (150, 200, [3]),
    ]


def test_a_text_that_breaks_off_reaches_to_the_windows_end() -> None:
    assert list(
        split_at_timestamps([STAMP + 5, 1, STAMP + 9, STAMP + 9, 2], STAMP)
    ) == [
        (5, 9, [1]),
        (9, None, [2]),
    ]


def test_a_text_without_stamps_is_one_segment() -> None:
    assert list(split_at_timestamps([1, 2, 3], STAMP)) == [(0, None, [1, 2, 3])]
    assert (
        list(split_at_timestamps([STAMP, STAMP], STAMP))
        == list(split_at_timestamps([], STAMP))
        == []
    )
