"""Levels and excerpts of decoded pieces."""

from __future__ import annotations

import io
import math
import wave

import numpy as np
import pytest

from konspekt.sound import SAMPLE_RATE, excerpt, is_silent, level_dbfs, onset, peak_dbfs
from tests.sounds import tone


def samples_of(content: bytes) -> np.ndarray:
    with wave.open(io.BytesIO(content)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (
            16000,
            1,
            2,
        )
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768


def test_levels_are_in_db_below_full_scale() -> None:
    samples = tone(1, amplitude=0.5)
    assert peak_dbfs(samples) == pytest.approx(20 * math.log10(0.5), abs=0.01)
    assert level_dbfs(samples) == pytest.approx(
        20 * math.log10(0.5 / math.sqrt(2)), abs=0.01
    )


@pytest.mark.parametrize(
    "samples", [np.zeros(0, np.float32), np.zeros(16000, np.float32)]
)
def test_digital_silence_has_no_level(samples: np.ndarray) -> None:
    assert level_dbfs(samples) == peak_dbfs(samples) == -math.inf
    assert is_silent(samples)


def test_a_switched_off_microphone_is_silent_and_a_quiet_room_is_not() -> None:
    rng = np.random.default_rng(0)
    assert is_silent(rng.normal(0, 1e-5, 16000).astype(np.float32))
    assert not is_silent(rng.normal(0, 1e-3, 16000).astype(np.float32))


def test_one_click_is_sound() -> None:
    samples = np.zeros(480_000, np.float32)
    samples[400_000] = 0.01
    assert not is_silent(samples)


def test_an_excerpt_holds_the_samples_between_its_times() -> None:
    samples = tone(3)
    assert samples_of(excerpt(samples, 1.0, 2.5)) == pytest.approx(
        samples[16000:40000], abs=1 / 32768
    )


@pytest.mark.parametrize(
    ("start", "end", "seconds"), [(2.0, 9.0, 1.0), (5.0, 6.0, 0.0), (-1.0, 1.0, 1.0)]
)
def test_an_excerpt_ends_where_the_sound_ends(
    start: float, end: float, seconds: float
) -> None:
    assert len(samples_of(excerpt(tone(3), start, end))) == seconds * 16000


def test_an_excerpt_is_made_as_loud_as_asked() -> None:
    quiet = tone(1, amplitude=0.01)
    assert np.abs(
        samples_of(excerpt(quiet, 0, 1, to_peak_dbfs=-1.0))
    ).max() == pytest.approx(10 ** (-1 / 20), rel=0.02)
    assert not samples_of(
        excerpt(np.zeros(16000, np.float32), 0, 1, to_peak_dbfs=-1.0)
    ).any()


def test_samples_beyond_full_scale_are_clipped_and_do_not_turn_over() -> None:
    assert samples_of(
        excerpt(np.array([2.0, -2.0], np.float32), 0, 1)
    ) == pytest.approx([1, -1], abs=1e-3)


def test_the_onset_is_where_sound_stands_out_of_the_quiet_before_it() -> None:
    rng = np.random.default_rng(0)
    hiss = rng.normal(0, 0.003, 20 * SAMPLE_RATE)
    speech = np.where(
        np.arange(20 * SAMPLE_RATE) % SAMPLE_RATE < SAMPLE_RATE / 2, 1, 0
    ) * rng.normal(0, 0.1, 20 * SAMPLE_RATE)
    late = np.concatenate([hiss, hiss + speech]).astype(np.float32)
    assert onset(late) == pytest.approx(20, abs=0.05)
    assert onset(late[20 * SAMPLE_RATE :]) == 0
    hum = (
        0.02 * np.sin(np.arange(40 * SAMPLE_RATE) * 2 * np.pi * 50 / SAMPLE_RATE)
    ).astype(np.float32)
    assert onset(late + hum) == pytest.approx(20, abs=0.05)


@pytest.mark.parametrize(
    "samples",
    [np.zeros(0), np.zeros(100), np.zeros(SAMPLE_RATE), np.full(SAMPLE_RATE, 0.1)],
)
def test_where_nothing_stands_out_there_is_no_onset_to_wait_for(
    samples: np.ndarray,
) -> None:
    assert onset(samples.astype(np.float32)) == 0
