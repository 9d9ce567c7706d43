"""Spoken sentences: each has its times, the same every run, and other speakers sound otherwise."""

from __future__ import annotations

import shutil
from itertools import pairwise

import numpy as np
import pytest

from tools.demo.make_recording import VOICES
from tools.demo.shifting import RATE_HZ, Samples, find_periods, shift
from tools.demo.voices import Voice, VoiceError, is_installed, speak

SENTENCE = "Сегодня мы говорим о том, как машина слышит речь."

festival = pytest.mark.skipif(
    not is_installed(), reason="needs festival and festvox-ru"
)


def vowel(pitch: float, formants: tuple[float, ...]) -> Samples:
    """A second of pulses at a pitch through resonances, all in Hz."""
    sound = np.zeros(RATE_HZ)
    sound[:: round(RATE_HZ / pitch)] = 1.0
    for formant in formants:
        times = np.arange(RATE_HZ // 20) / RATE_HZ
        ring = np.exp(-250 * times) * np.sin(2 * np.pi * formant * times)
        sound = np.convolve(sound, ring)[:RATE_HZ]
    samples: Samples = (0.5 * sound / np.abs(sound).max()).astype(np.float32)
    return samples


def pitch_of(samples: Samples) -> float:
    periods = find_periods(samples.astype(np.float64))
    return float(RATE_HZ / np.median(periods[periods > 0]))


def formant_of(samples: Samples, low: int, high: int) -> float:
    """The middle of the power between two frequencies, in Hz."""
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    frequencies = np.fft.rfftfreq(len(samples), 1 / RATE_HZ)
    inside = (low < frequencies) & (frequencies < high)
    return float(np.average(frequencies[inside], weights=power[inside]))


def test_pitch_moves_and_formants_stay() -> None:
    sound = vowel(125, (700,))
    higher = shift(sound, pitch=1.5, formants=1.0, speed=1.0)
    assert pitch_of(higher) == pytest.approx(187.5, rel=0.04)
    assert formant_of(higher, 300, 1500) == pytest.approx(
        formant_of(sound, 300, 1500), rel=0.05
    )


def test_formants_move_and_pitch_stays() -> None:
    sound = vowel(125, (700,))
    smaller = shift(sound, pitch=1.0, formants=1.2, speed=1.0)
    assert pitch_of(smaller) == pytest.approx(125, rel=0.04)
    assert formant_of(smaller, 300, 1500) == pytest.approx(
        1.2 * formant_of(sound, 300, 1500), rel=0.06
    )


def test_speed_shortens_and_pitch_stays() -> None:
    faster = shift(vowel(125, (700,)), pitch=1.0, formants=1.0, speed=1.25)
    assert len(faster) == RATE_HZ * 4 // 5
    assert pitch_of(faster) == pytest.approx(125, rel=0.04)


def test_noise_has_no_pitch_and_stays_as_loud() -> None:
    noise = 0.1 * np.random.default_rng(1).standard_normal(RATE_HZ)
    assert not find_periods(noise).any()
    shifted = shift(noise.astype(np.float32), pitch=1.5, formants=1.15, speed=1.0)
    assert shifted.std() == pytest.approx(0.1, rel=0.3)


@festival
def test_a_sentence_has_its_times_and_the_next_run_is_the_same() -> None:
    first, _, again = speak(
        [(SENTENCE, Voice()), ("Ещё одна фраза?", Voice()), (SENTENCE, Voice())]
    )
    assert again.samples.tobytes() == first.samples.tobytes()
    assert (again.start, again.end) == (first.start, first.end)
    assert 0 <= first.start <= 0.151
    assert 0 <= len(first.samples) / RATE_HZ - first.end <= 0.151
    inside = first.samples[int(first.start * RATE_HZ) : int(first.end * RATE_HZ)]
    assert np.sqrt((inside**2).mean()) > 0.01


@festival
def test_the_three_of_the_recording_have_pitches_that_people_tell_apart() -> None:
    clips = speak([(SENTENCE, voice) for voice in VOICES.values()])
    pitches = sorted(pitch_of(clip.samples) for clip in clips)
    semitones = [12 * np.log2(high / low) for low, high in pairwise(pitches)]
    assert min(semitones) > 2


@festival
def test_a_stress_mark_moves_the_stress() -> None:
    one, two = speak([("Это з+амок.", Voice()), ("Это зам+ок.", Voice())])
    assert one.samples.tobytes() != two.samples.tobytes()


@festival
def test_what_cannot_be_spoken_is_an_error() -> None:
    with pytest.raises(VoiceError, match="cannot say: GPU"):
        speak([("GPU", Voice())])


def test_a_missing_voice_is_an_error_with_its_packages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(VoiceError, match="festvox-ru"):
        speak([(SENTENCE, Voice())])
