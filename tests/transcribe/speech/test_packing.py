"""Windows that follow speech: all of it is decoded, none is too long, cuts lie in pauses where
there are some.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.text.spans import intersection, total
from konspekt.transcribe.speech.packing import (
    KEPT_SIDE,
    LEFT_OUT,
    MIN_PAUSE,
    PADDING,
    REACH,
    SURE_PAUSE,
    Lengths,
    Packing,
    pack_windows,
    padded_stretches,
)
from konspekt.transcribe.speech.regions import (
    MAY_BE,
    STILL_SPOKEN,
    FrameRun,
    Trace,
    find_runs,
    find_speech,
)
from konspekt.transcribe.speech.windows import Grid
from tests.transcribe.speech.traces import MAY, SECOND, SILENT, SPEAKS, TRACES, traced

USUAL = Lengths.of(Grid(29, 5))
LENGTHS = st.builds(
    lambda window, share: Lengths.of(Grid(window, min(window * share, 10.0))),
    st.floats(5, 30),
    st.floats(0, 0.5),
)


def pack(file: Trace, lengths: Lengths = USUAL) -> Packing:
    return pack_windows(file, find_speech(file), lengths)


def windows(file: Trace, lengths: Lengths = USUAL) -> list[FrameRun]:
    return list(pack(file, lengths).windows)


def count_kept(packing: Packing, first: int, end: int) -> int:
    """Return how many frames between two of a file stay."""
    return end - first - total(intersection(packing.left_out, [(first, end)]))


def seconds(file: Trace, lengths: Lengths = USUAL) -> list[tuple[float, float]]:
    return [
        (round(first / SECOND, 1), round(end / SECOND, 1))
        for first, end in windows(file, lengths)
    ]


@given(file=TRACES, lengths=LENGTHS)
def test_all_that_may_be_speech_is_in_a_window_with_its_padding(
    file: Trace, lengths: Lengths
) -> None:
    packing = pack(file, lengths)
    covered = np.zeros(len(file.probabilities), bool)
    for first, end in (*packing.windows, *packing.left_out):
        covered[first:end] = True
    for first, end in find_speech(file).possible:
        assert covered[max(0, first - PADDING) : end + PADDING].all()


@given(file=TRACES, lengths=LENGTHS)
def test_what_stays_of_a_window_is_no_longer_than_the_setting_and_none_is_empty(
    file: Trace, lengths: Lengths
) -> None:
    packing = pack(file, lengths)
    assert all(
        0 < count_kept(packing, first, end) <= lengths.longest
        for first, end in packing.windows
    )
    assert all(
        first >= 0 and end <= len(file.probabilities)
        for first, end in windows(file, lengths)
    )


@given(file=TRACES, lengths=LENGTHS)
def test_windows_are_in_order_none_within_another_and_no_three_share_sound(
    file: Trace, lengths: Lengths
) -> None:
    packing = pack(file, lengths)
    found = packing.windows
    for (first, end), (next_first, next_end) in pairwise(found):
        assert first < next_first
        assert end < next_end
        if next_first < end:
            assert count_kept(packing, next_first, end) <= lengths.overlap
    assert all(a[1] <= c[0] for a, c in zip(found, found[2:], strict=False))


@given(file=TRACES, lengths=LENGTHS)
def test_nothing_is_decoded_twice_but_around_a_cut_without_a_sure_pause(
    file: Trace, lengths: Lengths
) -> None:
    packing = pack(file, lengths)
    found = packing.windows
    inside = padded_stretches(find_speech(file), len(file.probabilities))
    for (_, end), (next_first, _) in pairwise(found):
        if next_first > end:
            continue
        if next_first == end and lengths.overlap:
            assert any(
                first <= end < until and until - first >= SURE_PAUSE
                for first, until in find_runs(file.probabilities < STILL_SPOKEN)
            )
        else:
            assert count_kept(packing, next_first, end) == lengths.overlap
        assert any(first <= next_first and end <= until for first, until in inside)


@given(file=TRACES, lengths=LENGTHS)
def test_a_cut_lies_in_speech_only_where_no_pause_is_in_reach(
    file: Trace, lengths: Lengths
) -> None:
    quiet = file.probabilities < STILL_SPOKEN
    packing = pack(file, lengths)
    for (first, end), (next_first, _) in pairwise(packing.windows):
        if next_first > end or quiet[end]:
            continue
        room = count_kept(packing, first, end) - 2 * lengths.overlap
        earliest = end - max(1, min(REACH - 1, room))
        pauses = [
            run for run in find_runs(quiet[earliest:end]) if run[1] - run[0] > MIN_PAUSE
        ]
        assert len(pauses) <= 1  # one may reach in from before the reach begins


@given(file=TRACES, lengths=LENGTHS)
def test_what_is_left_out_is_never_possible_speech_nor_the_sound_beside_it(
    file: Trace, lengths: Lengths
) -> None:
    packing = pack(file, lengths)
    for first, end in packing.left_out:
        beside = file.probabilities[first - KEPT_SIDE : end + KEPT_SIDE]
        assert (beside < MAY_BE).all()
    assert not intersection(packing.left_out, find_speech(file).possible)


@given(file=TRACES, lengths=LENGTHS)
def test_no_window_begins_or_ends_in_what_is_left_out(
    file: Trace, lengths: Lengths
) -> None:
    packing = pack(file, lengths)
    for first, end in packing.left_out:
        for begin, until in packing.windows:
            assert not first <= begin < end
            assert not first < until <= end


@given(file=TRACES, cut=st.integers(0, 3000))
def test_what_comes_after_a_long_pause_is_cut_the_same_whatever_was_before(
    file: Trace, cut: int
) -> None:
    before = traced((20, SPEAKS), (10, SILENT))
    both = Trace(
        np.concatenate([before.probabilities, file.probabilities]),
        np.concatenate([before.levels, file.levels]),
    )
    alone = [
        run
        for run in windows(Trace(both.probabilities, both.levels))
        if run[0] > 25 * SECOND
    ]
    assert windows(both)[: len(windows(both)) - len(alone)] == [
        (0, round(20 * SECOND) + PADDING)
    ]


def test_a_lecture_without_a_pause_has_overlapping_windows_up_to_its_end() -> None:
    found = seconds(traced((70, SPEAKS)))
    assert found[0] == (0, 29)
    assert found[-1][1] == 70
    assert all(a[1] - b[0] == pytest.approx(5, abs=0.1) for a, b in pairwise(found))


def test_the_cut_falls_into_the_latest_sure_pause_in_reach() -> None:
    file = traced(
        (22, SPEAKS),
        (0.7, SILENT),
        (2, SPEAKS),
        (0.6, SILENT),
        (2, SPEAKS),
        (0.4, SILENT),
        (12, SPEAKS),
    )
    assert seconds(file) == [(0, 25), (25, 39.7)]


def test_without_a_sure_pause_the_cut_falls_into_the_longest() -> None:
    file = traced((22, SPEAKS), (0.4, SILENT), (2, SPEAKS), (0.3, SILENT), (12, SPEAKS))
    assert seconds(file) == [(0, 22.2), (17.2, 36.7)]


def test_of_a_long_pause_a_quarter_of_a_second_stays_on_each_side() -> None:
    packing = pack(traced((10, SPEAKS), (4, SILENT), (10, SPEAKS)))
    ((first, end),) = packing.left_out
    assert (first / SECOND, end / SECOND) == (
        pytest.approx(10.25, abs=0.05),
        pytest.approx(13.75, abs=0.05),
    )
    assert len(packing.windows) == 1


def test_a_window_without_its_pauses_spans_more_than_the_setting() -> None:
    file = traced(*[(5, SPEAKS), (4, SILENT)] * 7, (5, SPEAKS))
    assert seconds(file) == [(0, 41.2), (44.7, 67.9)]


def test_a_pause_between_sentences_stays() -> None:
    assert pack(traced((5, SPEAKS), (3, SILENT), (5, SPEAKS))).left_out == ()


def test_a_short_pause_and_a_sound_in_it_that_may_be_a_word_stay() -> None:
    file = traced((5, SPEAKS), (0.7, SILENT), (0.1, MAY), (0.7, SILENT), (5, SPEAKS))
    assert pack(file).left_out == ()


def test_without_a_pause_the_cut_falls_where_speech_is_least_likely() -> None:
    file = traced((25, SPEAKS), (0.4, 0.6), (20, SPEAKS))
    ((_, end), _) = seconds(file)
    assert end == pytest.approx(25.2, abs=0.1)


def test_around_a_cut_in_a_sure_pause_nothing_is_decoded_twice() -> None:
    file = traced((22, SPEAKS), (0.6, SILENT), (20, SPEAKS))
    assert seconds(file) == [(0, 22.3), (22.3, 42.6)]


def test_around_a_cut_in_a_breath_the_overlap_is_decoded_twice() -> None:
    file = traced((22, SPEAKS), (0.4, SILENT), (20, SPEAKS))
    assert seconds(file) == [(0, 22.2), (17.2, 42.4)]


def test_a_long_silence_is_in_no_window_but_for_a_second_at_its_sides() -> None:
    file = traced(
        (600, SILENT),
        (10, SPEAKS),
        (600, SILENT),
        (10, SPEAKS),
        (5, SILENT),
        (5, SPEAKS),
        (60, SILENT),
    )
    assert seconds(file) == [(599, 611), (1209, 1230.9)]


def test_the_last_window_is_no_snippet() -> None:
    for length in np.arange(29.5, 100, 1.7):
        found = windows(traced((float(length), SPEAKS)))
        assert all(end - first >= USUAL.longest / 3 for first, end in found)


def test_short_windows_are_cut_in_their_second_half() -> None:
    """A pause right behind the beginning is no place to cut, though it is the longest in eight
    seconds.
    """
    file = traced(
        (4, SPEAKS),
        (0.4, SILENT),
        (0.5, SPEAKS),
        (0.6, SILENT),
        (3.5, SPEAKS),
        (0.2, SILENT),
        (3, SPEAKS),
    )
    found = seconds(file, Lengths.of(Grid(5, 0)))
    assert found == [(0, 4.2), (4.2, 9.1), (9.1, 12.2)]


def test_what_may_be_speech_is_decoded_too() -> None:
    assert seconds(traced((20, SILENT), (5, MAY), (20, SILENT))) == [(19, 26)]


def test_silence_has_no_window() -> None:
    assert windows(traced((600, SILENT))) == []
    assert windows(traced()) == []


def test_pauses_that_part_stretches_leave_room_for_the_padding() -> None:
    assert LEFT_OUT > 2 * PADDING
