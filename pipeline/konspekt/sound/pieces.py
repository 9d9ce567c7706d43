"""Stretches cut from a stream of samples, with no more of it in memory than the stretch in hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from konspekt.sound.recording import Samples


def cut_pieces(
    blocks: Iterable[Samples], spans: Iterable[tuple[int, int]]
) -> Iterator[tuple[int, Samples]]:
    """For each span `(first, last)` of samples, by first: where it begins and its samples `(n,)`.

    Spans may overlap. One that the sound ends in is as short as the sound; one that begins at or
    after its end is left out, and ends the reading of `spans` (which may be endless).
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
            drop = min(
                max(first - held_from, 0), len(held)
            )  # what lies before this span is wanted by none
            held, held_from = held[drop:], held_from + drop
        drop = min(max(first - held_from, 0), len(held))
        held, held_from = held[drop:], held_from + drop
        if not len(held):
            return
        yield first, held[: last - held_from].copy()
