"""Another person's voice from one: pitch and formants moved apart from each other.

Pitch-synchronous overlap-add (Moulines and Charpentier 1990): speech is cut into grains of two
periods. How far apart they are laid gives the pitch, how much each is squeezed the formants.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt

Samples = NDArray[np.float32]  # (samples,), 16 kHz mono, -1 to 1

RATE_HZ = 16_000
_HOP = RATE_HZ // 200
_FRAME = RATE_HZ * 2 // 25  # several periods of the lowest pitch
_LAGS = slice(RATE_HZ // 260, RATE_HZ // 75)  # periods of 75 to 260 Hz
_MIN_CORRELATION = 0.5  # of a voiced frame with itself a period later
_MIN_LEVEL = 0.05  # of a voiced frame, to that of the sentence
_UNVOICED = RATE_HZ // 100  # half a grain where there is no pitch


@dataclass(frozen=True, slots=True)
class _Mark:
    """Where a grain has its middle, in samples, and half its length."""

    at: int
    reach: int
    voiced: bool


def shift(samples: Samples, pitch: float, formants: float, speed: float) -> Samples:
    """Return speech with pitch, formants and speed multiplied by these."""
    marks = list(_marks(samples.astype(np.float64)))
    places = np.array([mark.at for mark in marks])
    count = round(len(samples) / speed)
    sound, weight = np.zeros(count), np.zeros(count)
    at = 0.0
    while at < count:
        mark = marks[int(np.argmin(np.abs(places - at * speed)))]
        grain, window = _cut_grain(samples, mark, formants)
        first = round(at) - len(grain) // 2
        inside = slice(max(0, -first), max(0, min(len(grain), count - first)))
        target = slice(first + inside.start, first + inside.stop)
        sound[target] += (grain * window)[inside]
        weight[target] += window[inside]
        at += mark.reach / (pitch if mark.voiced else formants)
    return (sound / np.maximum(weight, 0.3)).astype(np.float32)


def find_periods(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return `(frames,)`, every 5 ms: the length of a period in samples, 0 where unvoiced."""
    padded = np.pad(samples, _FRAME // 2)
    window = np.hanning(_FRAME)
    decay = _autocorrelate(window)
    min_level = _MIN_LEVEL * np.sqrt(np.mean(samples**2))
    periods = np.zeros(len(samples) // _HOP + 1)
    for index in range(len(periods)):
        frame = padded[index * _HOP : index * _HOP + _FRAME]
        if np.sqrt(np.mean(frame**2)) < min_level:
            continue
        correlation = _autocorrelate((frame - frame.mean()) * window) / decay
        # of a period and its multiples the shortest
        best = int(np.argmax(correlation - np.arange(len(decay)) * 5e-4))
        if correlation[best] > _MIN_CORRELATION:
            periods[index] = _LAGS.start + best
    around = np.lib.stride_tricks.sliding_window_view(np.pad(periods, 2, "edge"), 5)
    smooth: NDArray[np.float64] = np.median(around, axis=1)
    return smooth


def _autocorrelate(frame: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how like itself a frame is at each lag of `_LAGS`, 1 at most."""
    power = np.abs(np.fft.rfft(frame, 2 * len(frame))) ** 2
    correlation: NDArray[np.float64] = np.fft.irfft(power)
    correlation /= max(correlation[0], 1e-12)
    return correlation[_LAGS]


def _marks(samples: NDArray[np.float64]) -> Iterator[_Mark]:
    """Yield a mark a period, at its peak; where there is no pitch, one every 10 ms."""
    periods = find_periods(samples)
    smooth = sosfiltfilt(butter(4, 700, fs=RATE_HZ, output="sos"), samples)
    at = 0
    while at < len(samples):
        period = int(periods[at // _HOP])
        if period:
            before = max(0, at - period // 5)
            at = before + int(np.argmax(smooth[before : at + period // 5 + 1]))
        reach = period or _UNVOICED
        yield _Mark(at, reach, bool(period))
        at += reach


def _cut_grain(
    samples: Samples, mark: _Mark, formants: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the sound around a mark, squeezed, and its window."""
    half = int(mark.reach / formants)
    offsets = np.arange(-half, half + 1) * formants
    around = np.arange(-mark.reach, mark.reach + 1)
    sound = np.pad(samples, mark.reach + 1)[mark.at + 1 : mark.at + 2 * mark.reach + 2]
    return np.interp(offsets, around, sound), np.hanning(len(offsets) + 2)[1:-1]
