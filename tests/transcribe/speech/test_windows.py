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
from konspekt.transcribe.speech.windows import SIDE, Window, cut, leave_out
from tests.sounds import RATE_HZ

GRIDS = st.builds(
    lambda window, share: Grid(window, round(window * share, 2)),
    st.integers(500, 3000).map(lambda hundredths: hundredths / 100),
    st.floats(0, 0.49),
)
# Sound of 10 s that stays, between pauses.
PAUSES = st.lists(
    st.tuples(st.integers(2 * SIDE, 40_000), st.integers(1, 90_000)), max_size=6
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


def make_window(stays_and_pauses: list[tuple[int, int]]) -> Window:
    """Return a window in which pauses follow sound that stays, and 2 s stay at its end."""
    spans, reached = [], 0
    for stays, pause in stays_and_pauses:
        spans.append((reached + stays, reached + stays + pause))
        reached += stays + pause
    length = reached + 2 * RATE_HZ
    samples = np.arange(length, dtype=np.float32)
    return leave_out(Window(0, 50.0, 50.0 + length / RATE_HZ, samples), spans)


@given(window=PAUSES.map(make_window))
def test_what_stays_and_what_is_left_out_make_up_the_window(window: Window) -> None:
    left_out = sum(pause.end - pause.start for pause in window.pauses)
    whole = window.end - window.start
    assert window.sound_duration + left_out == pytest.approx(whole)
    for pause in window.pauses:
        first, end = ((at - 50.0) * RATE_HZ for at in (pause.start, pause.end))
        kept = window.samples  # each sample is its own number
        assert not ((kept >= first + 0.5) & (kept < end - 0.5)).any()


@given(
    window=PAUSES.map(make_window),
    stamps=st.lists(st.floats(0, 18), min_size=2, max_size=12).map(sorted),
)
def test_times_go_on_as_those_of_the_samples_do_and_lie_in_no_pause(
    window: Window, stamps: list[float]
) -> None:
    times = [window.times_of(start, end) for start, end in pairwise(stamps)]
    flat = [time for stretch in times for time in stretch]
    assert flat == sorted(flat)
    assert all(window.start <= time <= window.end for time in flat)
    for pause in window.pauses:
        assert not any(pause.start + 1e-6 < time < pause.end - 1e-6 for time in flat)


def test_a_stretch_that_reaches_little_over_a_pause_lies_on_one_side_of_it() -> None:
    window = make_window([(4 * RATE_HZ, 3 * RATE_HZ)])
    near = pytest.approx
    assert window.times_of(1, 3) == (near(51), near(53))
    assert window.times_of(1, 4.2) == (near(51), near(54))
    assert window.times_of(3.8, 6) == (near(57), near(59))
    assert window.times_of(3.9, 4.2) == (near(57), near(57.2))
    assert window.times_of(3.7, 4.1) == (near(53.7), near(54))
    assert window.times_of(3, 5) == (near(53), near(58))
    assert window.times_of(5, float("inf")) == (near(58), near(59))


@given(window=PAUSES.map(make_window), share=st.floats(0.05, 0.95))
def test_two_parts_of_a_window_hold_its_samples_and_no_pause_at_their_ends(
    window: Window, share: float
) -> None:
    middle = round(share * len(window.samples))
    first, second = window.part(0, middle), window.part(middle, len(window.samples))
    both = np.concatenate([first.samples, second.samples])
    assert np.array_equal(both, window.samples)
    assert (first.start, second.end) == (window.start, window.end)
    assert first.end <= second.start
    inside = [*first.pauses, *second.pauses]
    assert len(window.pauses) - len(inside) == (second.start > first.end + 1e-6)
    for part in (first, second):
        seconds = sum(pause.end - pause.start for pause in part.pauses)
        assert part.end - part.start == pytest.approx(part.sound_duration + seconds)
        for pause in part.pauses:
            assert part.start < pause.start < pause.end < part.end


def test_more_overlap_than_half_a_window_is_an_error_that_names_the_setting() -> None:
    with pytest.raises(CourseError, match="overlap in"):
        Grid(12, 7)
