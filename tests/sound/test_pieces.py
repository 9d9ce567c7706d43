"""Stretches cut from a stream are those cut from the whole, with little of it in memory."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from konspekt.sound import cut_pieces

SPANS = st.lists(st.tuples(st.integers(0, 120), st.integers(1, 50)), max_size=8).map(
    lambda pairs: sorted((first, first + length) for first, length in pairs)
)


@given(
    total=st.integers(0, 100),
    sizes=st.lists(st.integers(1, 17), min_size=1, max_size=10),
    spans=SPANS,
)
def test_pieces_are_the_stretches_of_the_whole(
    total: int, sizes: list[int], spans: list[tuple[int, int]]
) -> None:
    whole = np.arange(total, dtype=np.float32)

    def blocks() -> Iterator[np.ndarray]:
        at = 0
        while at < total:
            for size in sizes:
                yield whole[at : at + size]
                at += size

    found = [
        (first, samples.tolist()) for first, samples in cut_pieces(blocks(), spans)
    ]
    expected = [
        (first, whole[first:last].tolist()) for first, last in spans if first < total
    ]
    assert found == expected


def test_no_more_is_read_than_a_piece_needs() -> None:
    read = []

    def blocks() -> Iterator[np.ndarray]:
        for number in range(100):
            read.append(number)
            yield np.zeros(10, np.float32)

    next(cut_pieces(blocks(), [(20, 40), (500, 510)]))
    assert read == [0, 1, 2, 3]
