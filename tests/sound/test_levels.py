"""Levels and WAV files of decoded pieces."""

from __future__ import annotations

import io
import math
import wave

import numpy as np
import pytest

from konspekt.sound import SAMPLE_RATE, is_silent, onset, peak_dbfs, to_wav
from tests.sounds import tone


def samples_of(content: bytes) -> np.ndarray:
    with wave.open(io.BytesIO(content)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (
            16000,
            1,
            2,
        )
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768


def test_a_peak_is_in_db_below_full_scale() -> None:
    samples = tone(1, amplitude=0.5)
    assert peak_dbfs(samples) == pytest.approx(20 * math.log10(0.5), abs=0.01)


@pytest.mark.parametrize(
    "samples", [np.zeros(0, np.float32), np.zeros(16000, np.float32)]
)
def test_digital_silence_has_no_peak(samples: np.ndarray) -> None:
    assert peak_dbfs(samples) == -math.inf
    assert is_silent(samples)


def test_a_switched_off_microphone_is_silent_and_a_quiet_room_is_not() -> None:
    rng = np.random.default_rng(0)
    assert is_silent(rng.normal(0, 1e-5, 16000).astype(np.float32))
    assert not is_silent(rng.normal(0, 1e-3, 16000).astype(np.float32))


def test_one_click_is_sound() -> None:
    samples = np.zeros(480_000, np.float32)
    samples[400_000] = 0.01
    assert not is_silent(samples)


@pytest.mark.parametrize("seconds", [0, 3])
def test_a_wav_file_holds_the_samples(seconds: int) -> None:
    samples = tone(seconds)
    assert samples_of(to_wav(samples)) == pytest.approx(samples, abs=1 / 32768)


def test_samples_beyond_full_scale_are_clipped_and_do_not_turn_over() -> None:
    assert samples_of(to_wav(np.array([2.0, -2.0], np.float32))) == pytest.approx(
        [1, -1], abs=1e-3
    )


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
