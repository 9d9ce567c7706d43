"""Cutting a stream of samples into pieces, with one piece in memory at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from konspekt.sound.recording import Samples


def cut_pieces(
    blocks: Iterable[Samples], spans: Iterable[tuple[int, int]]
) -> Iterator[tuple[int, Samples]]:
    """Yield for each span `(first, last)` its first sample's index and its samples `(n,)`.

    Spans are sorted by `first` and may overlap. A span in which the sound ends gives the samples
    that are there. One that begins at the end or after it ends the iteration, so `spans` may be
    endless.
    """
    stream = _Stream(blocks)
    for first, last in spans:
        samples = stream.read(first, last)
        if not len(samples):
            return
        yield first, samples


class _Stream:
    """A stream of samples; only the stretch that was read last is held."""

    def __init__(self, blocks: Iterable[Samples]) -> None:
        import numpy as np

        self._blocks = iter(blocks)
        self._held = np.zeros(0, np.float32)
        self._start = 0  # of what is held

    def read(self, first: int, last: int) -> Samples:
        """Return samples `first` to `last`, or those that are there; `first` never falls."""
        import numpy as np

        self._drop_before(first)
        while self._start + len(self._held) < last:
            block = next(self._blocks, None)
            if block is None:
                break
            self._held = np.concatenate([self._held, block])
            self._drop_before(first)
        return self._held[: last - self._start].copy()

    def _drop_before(self, first: int) -> None:
        count = min(max(first - self._start, 0), len(self._held))
        self._held = self._held[count:]
        self._start += count
