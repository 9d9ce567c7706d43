"""Regions: where the detector is sure of speech, and where it does not exclude it; near-silence is
neither.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.transcribe.speech.regions import (
    MIN_SPEECH,
    PAUSE,
    FrameRun,
    Trace,
    find_runs,
    find_speech,
    trace_speech,
)
from konspekt.transcribe.speech.silero import Silero
from tests.sounds import murmur
from tests.transcribe.speech.traces import MAY, SECOND, SILENT, SPEAKS, TRACES, traced


def seconds(found: tuple[FrameRun, ...]) -> list[tuple[float, float]]:
    return [(first / SECOND, end / SECOND) for first, end in found]


def about(*expected: tuple[float, float]) -> list[object]:
    return [pytest.approx(run, abs=0.05) for run in expected]


def test_speech_between_pauses_is_found() -> None:
    found = find_speech(
        traced((5, SILENT), (10, SPEAKS), (4, SILENT), (3, SPEAKS), (2, SILENT))
    )
    assert seconds(found.spoken) == seconds(found.possible) == about((5, 15), (19, 22))


def test_a_breath_parts_no_speech_and_a_click_is_none() -> None:
    found = find_speech(
        traced(
            (2, SILENT),
            (3, SPEAKS),
            (0.2, SILENT),
            (3, SPEAKS),
            (9, SILENT),
            (0.1, SPEAKS),
            (1, SILENT),
        )
    )
    assert seconds(found.spoken) == about((2, 8.2))


def test_speech_goes_on_while_it_is_rather_likely_but_does_not_begin_so() -> None:
    found = find_speech(
        traced((2, 0.4), (3, SILENT), (2, 0.4), (1, SPEAKS), (2, 0.4), (3, SILENT))
    )
    assert seconds(found.spoken) == about((5, 10))


def test_what_may_be_speech_is_possible_and_not_called_speech() -> None:
    found = find_speech(
        traced((3, SILENT), (3, MAY), (3, SILENT), (3, SPEAKS), (2, MAY))
    )
    assert seconds(found.spoken) == about((9, 12))
    assert seconds(found.possible) == about((3, 6), (9, 14))


def test_near_silence_that_the_detector_calls_speech_is_none() -> None:
    loud = (10, SPEAKS, -20.0)
    assert seconds(
        find_speech(traced(loud, (3, SILENT), (10, SPEAKS, -65.0))).possible
    ) == about((0, 10))
    assert find_speech(traced((10, SPEAKS, -75.0))).possible == ()


def test_speech_twenty_decibels_below_the_rest_stays_also_where_the_whole_is_quiet() -> (
    None
):
    for level in (-15.0, -30.0, -45.0):
        found = find_speech(
            traced((60, SPEAKS, level), (3, SILENT), (10, SPEAKS, level - 20))
        )
        assert seconds(found.spoken) == about((0, 60), (63, 73))


def test_the_quiet_frames_of_loud_speech_stay() -> None:
    syllables = [
        stretch
        for _ in range(20)
        for stretch in ((0.3, SPEAKS, -20.0), (0.1, SPEAKS, -75.0))
    ]
    assert seconds(find_speech(traced(*syllables)).spoken) == about((0, 7.68))


@given(file=TRACES)
def test_regions_are_long_apart_in_order_and_what_is_spoken_is_possible(
    file: Trace,
) -> None:
    found = find_speech(file)
    for part in (found.spoken, found.possible):
        assert all(
            first >= 0 and end - first >= MIN_SPEECH and end <= len(file.probabilities)
            for first, end in part
        )
    assert all(b[0] - a[1] >= PAUSE for a, b in pairwise(found.spoken))
    assert all(b[0] > a[1] for a, b in pairwise(found.possible))
    assert all(
        any(a <= first and end <= b for a, b in found.possible)
        for first, end in found.spoken
    )


@given(flags=st.lists(st.booleans()))
def test_runs_are_where_the_flags_are_set(flags: list[bool]) -> None:
    found = np.zeros(len(flags), bool)
    for first, end in find_runs(np.array(flags, bool)):
        assert not found[first:end].any()
        found[first:end] = True
    assert found.tolist() == flags


@pytest.mark.parametrize("size", [100, 512, 16_000, 10**6])
def test_a_trace_does_not_depend_on_the_blocks(size: int) -> None:
    sound = murmur(5)[:-100]
    whole = trace_speech([sound], Silero())
    found = trace_speech(
        (sound[at : at + size] for at in range(0, len(sound), size)), Silero()
    )
    assert found.probabilities.tobytes() == whole.probabilities.tobytes()
    assert found.levels.tobytes() == whole.levels.tobytes()
    assert len(whole.levels) == len(whole.probabilities) == -(-len(sound) // 512)


def test_a_trace_of_nothing_is_empty() -> None:
    assert find_speech(trace_speech([], Silero())).possible == ()


def test_levels_are_in_decibels_below_full_scale() -> None:
    loud = np.ones(512, np.float32)
    found = trace_speech([np.concatenate([loud, loud / 10, loud * 0])], Silero())
    assert found.levels.tolist() == [0, -20, -120]
