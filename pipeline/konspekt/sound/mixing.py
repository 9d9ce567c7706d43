"""Mixing several channels into one: their mean, or the loudest while they cancel each other out.

A balanced output plugged into a stereo input gives two channels of opposite phase; their mean is
silence.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from konspekt.sound.messages import MAX_AMPLITUDE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from konspekt.sound.recording import Samples

    # `(1 + channels, n)`: the mean of the channels, then each of them
    Rows = NDArray[np.float32]

# The power of the channels' sum as a share of the sum of their powers. It is 1 for channels that
# have nothing in common, or of which only one is not silent; for channels that are alike it is
# their number. Below CANCELLED the mean of two channels lies 20 dB below them, and the loudest
# channel is taken. Above IN_PHASE (10 dB) the mean is taken again. Between the two nothing changes.
CANCELLED = 0.02
IN_PHASE = 0.2
LOUDER = 4.0  # in power, 6 dB: another channel must be louder by this much to take over


class Mixer:
    """Mixes channels second by second, whatever the size of the decoder's frames.

    It keeps no more than a second of the sound.
    """

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._waiting: list[Rows] = []  # less than a second, and maybe no sample
        self._count = 0  # samples that wait
        self._row = 0  # what is taken: 0 is the mean, 1 the first channel

    def add(self, rows: Rows) -> Iterator[Samples]:
        """Add samples; yield each second `(n,)` that is full with them."""
        if self._waiting and len(self._waiting[0]) != len(rows):
            # the number of channels changes
            yield from self.rest()
            self._row = 0
        self._waiting.append(rows)
        self._count += rows.shape[1]
        if self._count >= self._rate_hz:
            yield from self._mix_seconds()

    def _mix_seconds(self) -> Iterator[Samples]:
        """Yield the full seconds; what is left waits."""
        joined = np.concatenate(self._waiting, axis=1)
        ends = range(self._rate_hz, joined.shape[1] + 1, self._rate_hz)
        *seconds, rest = np.split(joined, ends, axis=1)
        for second in seconds:
            yield self._mix(second)
        self._waiting, self._count = [rest.copy()], rest.shape[1]

    def rest(self) -> Iterator[Samples]:
        """Yield what is left, to the last sample."""
        if self._count:
            yield self._mix(np.concatenate(self._waiting, axis=1))
        self._waiting, self._count = [], 0

    def _mix(self, rows: Rows) -> Samples:
        """Return a second of sound, or the last of it, as one channel."""
        if len(rows) > 2:
            self._row = self._choose_row(rows)
        mono: Samples = rows[self._row]
        # Amplitudes that no sound can have were sought in the mean alone.
        return mono if np.abs(mono).max() <= MAX_AMPLITUDE else rows[0]

    def _choose_row(self, rows: Rows) -> int:
        """Return the row to take for this second."""
        mean, *powers = _powers(rows)
        if not sum(powers):  # digital silence says nothing
            return self._row
        share = mean * len(powers) ** 2 / sum(powers)
        limit = IN_PHASE if self._row else CANCELLED
        if not share < limit:  # true for NaN, too
            return 0
        loudest = 1 + int(np.argmax(powers))
        if self._row and powers[loudest - 1] <= LOUDER * powers[self._row - 1]:
            return self._row
        return loudest


def _powers(rows: Rows) -> list[float]:
    """Return the power of each row about its mean: a sound card's constant offset is no sound."""
    with np.errstate(invalid="ignore", over="ignore"):
        centred = rows - rows.mean(axis=1, keepdims=True)
        return [float(power) for power in np.square(centred, out=centred).mean(axis=1)]
