"""Several channels as one: their mean, or the loudest of them for as long as they cancel each other
out.

A balanced output plugged into a stereo input gives two channels of opposite phase, whose mean is
silence.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from konspekt.sound.messages import MAX_AMPLITUDE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Rows = NDArray[np.float32]  # `(1 + channels, n)`: the mean of the channels, then each of them

# Power of the channels' sum as a share of the sum of their powers: 1 for channels that have nothing
# in common or of which one only is not silent, their number for channels that are alike. Of two
# channels the mean is by then 20 dB below them, and 10 dB where they are trusted to one another
# again; between the two all stays as it was.
CANCELLED = 0.02
IN_TUNE_AGAIN = 0.2
# in power, 6 dB: so much another channel must have to be preferred to the one that is heard
LOUDER = 4.0


class Mixer:
    """Decides for each second of the sound, of which it keeps no more, whatever the size of the
    decoder's frames.
    """

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._waiting: list[Rows] = []
        self._count = 0
        self._row = 0  # what is heard: 0 is the mean, 1 the first channel

    def add(self, rows: Rows) -> Iterator[NDArray[np.float32]]:
        """The seconds `(n,)` that are whole with these samples."""
        if self._waiting and len(self._waiting[0]) != len(rows):  # the number of channels changes
            yield from self.rest()
            self._row = 0
        self._waiting.append(rows)
        self._count += rows.shape[1]
        if self._count < self._rate_hz:
            return
        joined = np.concatenate(self._waiting, axis=1)
        whole = self._count // self._rate_hz * self._rate_hz
        for at in range(0, whole, self._rate_hz):
            yield self._mixed(joined[:, at : at + self._rate_hz])
        self._count -= whole
        self._waiting = [joined[:, whole:].copy()] if self._count else []

    def rest(self) -> Iterator[NDArray[np.float32]]:
        """What is left, to the last sample."""
        if self._count:
            yield self._mixed(np.concatenate(self._waiting, axis=1))
        self._waiting, self._count = [], 0

    def _mixed(self, rows: Rows) -> NDArray[np.float32]:
        if len(rows) > 2:
            self._row = self._decided(rows)
        heard: NDArray[np.float32] = rows[self._row]
        # What no sound can have was looked for in the mean alone.
        return heard if np.abs(heard).max() <= MAX_AMPLITUDE else rows[0]

    def _decided(self, rows: Rows) -> int:
        """The row that is heard in this second."""
        mean, *powers = _powers(rows)
        if not sum(powers):  # digital silence says nothing
            return self._row
        share = mean * len(powers) ** 2 / sum(powers)
        if not share < (IN_TUNE_AGAIN if self._row else CANCELLED):  # nor is NaN
            return 0
        loudest = 1 + int(np.argmax(powers))
        if self._row and powers[loudest - 1] <= LOUDER * powers[self._row - 1]:
            return self._row
        return loudest


def _powers(rows: Rows) -> list[float]:
    """Each row's power, seen from its own mean: the constant offset of a sound card is no sound."""
    with np.errstate(invalid="ignore", over="ignore"):
        centred = rows - rows.mean(axis=1, keepdims=True)
        return [float(power) for power in np.square(centred, out=centred).mean(axis=1)]
