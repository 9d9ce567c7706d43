"""The grid covers everything, neighbours share exactly the overlap, and no window is needless."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.errors import CourseError
from konspekt.transcribe import Grid
from konspekt.transcribe.speech.windows import cut

GRIDS = st.builds(
    lambda window, share: Grid(window, round(window * share, 2)),
    st.integers(500, 3000).map(lambda hundredths: hundredths / 100),
    st.floats(0, 0.49),
)
DURATIONS = st.integers(0, 16000 * 300).map(lambda samples: samples / 16000)


@given(grid=GRIDS, duration=DURATIONS)
def test_windows_cover_the_sound_and_share_the_overlap(
    grid: Grid, duration: float
) -> None:
    found = grid.windows(duration)
    assert bool(found) == (duration > 0)
    if found:
        assert (found[0][0], found[-1][1]) == (0.0, duration)
    for (start, end), (next_start, next_end) in pairwise(found):
        assert end - start == pytest.approx(grid.window)
        assert end - next_start == pytest.approx(grid.overlap, abs=1 / 16000)
        assert next_end > end


@given(grid=GRIDS, duration=DURATIONS)
def test_no_window_lies_within_another(grid: Grid, duration: float) -> None:
    for (start, end), (next_start, next_end) in pairwise(grid.windows(duration)):
        assert start < next_start
        assert end < next_end


@given(
    count=st.integers(0, 4000), block=st.integers(1, 700), start=st.integers(0, 1000)
)
def test_a_stream_is_cut_as_its_duration_says(
    count: int, block: int, start: int
) -> None:
    """With a length not known before its end; ids and times go on from an earlier file's."""
    grid = Grid(0.05, 0.01)
    whole = np.arange(count, dtype=np.float32)
    blocks: Iterator[np.ndarray] = (
        whole[at : at + block] for at in range(0, count, block)
    )
    found = list(cut(blocks, grid, start=float(start), first_id=7))
    expected = [
        (start + first, start + last) for first, last in grid.windows(count / 16000)
    ]
    assert [(w.start, w.end) for w in found] == expected
    assert [w.id for w in found] == list(range(7, 7 + len(found)))
    for window in found:
        first = round((window.start - start) * 16000)
        assert (
            window.samples.tolist()
            == whole[first : first + len(window.samples)].tolist()
        )
        assert len(window.samples) == round((window.end - window.start) * 16000)


def test_a_window_and_its_overlap_as_the_settings_have_them() -> None:
    assert Grid(29, 5).windows(60) == ((0, 29), (24, 53), (48, 60))
    assert Grid(29, 5).windows(53) == ((0, 29), (24, 53))
    assert Grid(29, 5).windows(3) == ((0, 3),)


def test_more_overlap_than_half_a_window_is_an_error_that_names_the_setting() -> None:
    with pytest.raises(CourseError, match="overlap in"):
        Grid(12, 7)
