"""Several channels become their mean, or as the loudest where they cancel each other out."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.sound import SAMPLE_RATE, open_recording
from konspekt.sound.mixing import Mixer
from tests.sounds import RATE_HZ, murmur, tone

RATE = 1_000  # samples in a second of the small sounds here


def rows_of(*channels: np.ndarray) -> np.ndarray:
    """What the mixer is given: the mean, then the channels."""
    return np.stack([np.mean(channels, axis=0), *channels]).astype(np.float32)


def mixed(
    rows: np.ndarray, sizes: tuple[int, ...] = (128,), rate_hz: int = RATE
) -> np.ndarray:
    """All of it, given in pieces of those sizes in turn."""
    mixer, mono, at, turn = Mixer(rate_hz), [], 0, 0
    while at < rows.shape[1]:
        size = sizes[turn % len(sizes)]
        mono += list(mixer.add(rows[:, at : at + size]))
        at, turn = at + size, turn + 1
    mono += list(mixer.rest())
    assert all(len(piece) == rate_hz for piece in mono[:-1])
    return np.concatenate(mono)


def noise(seconds: float, level: float = 0.1, seed: int = 0) -> np.ndarray:
    return (
        np.random.default_rng(seed)
        .normal(0, level, round(seconds * RATE))
        .astype(np.float32)
    )


@pytest.mark.parametrize("rate_hz", [RATE_HZ, 48_000])
def test_a_recording_in_opposite_phase_is_used(tmp_path: Path, rate_hz: int) -> None:
    samples = np.rint(tone(3, rate_hz=rate_hz) * 32767).astype("<i2")
    path = tmp_path / "a.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, rate_hz, 0, "NONE", ""))
        file.writeframes(np.stack([samples, -samples], axis=1).tobytes())
    with open_recording(path, max_hours=1) as sound:
        mono = np.concatenate(list(sound.blocks()))
    assert len(mono) == pytest.approx(3 * SAMPLE_RATE, abs=20)
    assert np.abs(mono[1000:-1000] - tone(3)[1000 : len(mono) - 1000]).max() < 0.01


@pytest.mark.parametrize("share", [0.98, 0.9])
def test_of_channels_that_cancel_the_loudest_is_taken_alone(share: float) -> None:
    sound = noise(5)
    assert (mixed(rows_of(-share * sound + noise(5, 1e-4, 1), sound)) == sound).all()


@pytest.mark.parametrize(
    "channels",
    [
        [noise(5)],
        [noise(5), noise(5)],
        [noise(5), 0.3 * noise(5)],
        [noise(5), noise(5, seed=1)],  # two microphones far apart
        [np.zeros(5 * RATE), noise(5)],
        [np.zeros(5 * RATE)] * 5 + [noise(5)] + [np.zeros(5 * RATE)] * 58,
        [noise(5) + 0.5, noise(5) - 0.5],  # sound cards with offsets
        [np.zeros(5 * RATE), np.zeros(5 * RATE)],
        [noise(5), -0.5 * noise(5)],  # half of it stays
    ],
    ids=[
        "one",
        "alike",
        "quieter",
        "apart",
        "one of 2",
        "one of 64",
        "offsets",
        "silence",
        "half cancelled",
    ],
)
def test_of_other_channels_the_mean_is_taken_to_the_bit(
    channels: list[np.ndarray],
) -> None:
    rows = rows_of(*channels)
    assert (mixed(rows) == rows[0]).all()


def test_the_channel_is_kept_while_the_mean_comes_and_goes_and_another_is_a_little_louder() -> (
    None
):
    """Speech from a telephone line whose halves fit one another now better, now worse."""
    sound = noise(8)
    other = -sound * np.repeat([1, 1.5, 0.9, 0.6, 1.2, 1, 0.7, 1], RATE)
    assert (mixed(rows_of(sound, other)) == sound).all()


def test_the_mean_is_taken_again_when_the_channels_agree_again() -> None:
    sound = noise(6)
    sign = np.repeat([-1, -1, -1, 1, 1, 1], RATE)
    rows = rows_of(sound, 0.97 * sign * sound)
    mono = mixed(rows)
    assert (mono[: 3 * RATE] == sound[: 3 * RATE]).all()
    assert (mono[3 * RATE :] == rows[0][3 * RATE :]).all()


@given(st.lists(st.integers(1, 3 * RATE), min_size=1, max_size=5))
def test_the_size_of_the_decoders_frames_changes_nothing(sizes: list[int]) -> None:
    sound = noise(5)
    other = sound * np.repeat([1, -1, -1, -0.5, 1], RATE) + noise(5, 0.002, 1)
    rows = rows_of(sound, other)[:, :-300]
    assert (mixed(rows, tuple(sizes)) == mixed(rows, (rows.shape[1],))).all()


@pytest.mark.parametrize("value", [1e30, np.inf])
def test_what_is_no_sound_is_not_taken_for_being_the_loudest(value: float) -> None:
    sound = noise(3)
    rows = rows_of(sound, -sound)
    rows[1:, 1500] = value, -value
    mono = mixed(rows)
    assert np.abs(mono).max() < 1
    assert (mono[:RATE] == sound[:RATE]).all()
    assert (mono[2 * RATE :] == sound[2 * RATE :]).all()


def test_a_stream_may_change_its_number_of_channels() -> None:
    mixer, sound = Mixer(RATE), murmur(0.1)[:1500]
    mono = [
        *mixer.add(rows_of(sound)),
        *mixer.add(rows_of(sound, -sound)),
        *mixer.rest(),
    ]
    assert (np.concatenate(mono) == np.tile(sound, 2)).all()


@pytest.mark.parametrize("channels", [1, 2])
def test_a_stream_may_lose_channels_where_a_second_ends(channels: int) -> None:
    """The third channel is taken of the first second; afterwards there is none."""
    mixer, sound = Mixer(RATE), noise(1)
    list(mixer.add(rows_of(0.1 * sound, 0.8 * sound, -0.9 * sound)))
    (mono,) = mixer.add(rows_of(*[sound] * channels))
    assert (mono == sound).all()
