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
    import numpy as np

    source = iter(blocks)
    held = np.zeros(0, np.float32)
    held_from = 0
    for first, last in spans:
        while held_from + len(held) < last:
            block = next(source, None)
            if block is None:
                break
            held = np.concatenate([held, block])
            # No span needs what lies before this one.
            drop = min(max(first - held_from, 0), len(held))
            held, held_from = held[drop:], held_from + drop
        drop = min(max(first - held_from, 0), len(held))
        held, held_from = held[drop:], held_from + drop
        if not len(held):
            return
        yield first, held[: last - held_from].copy()
