"""Windows: stretches of sound that are put to Whisper, and the fixed grid of them.

In the grid each shares its last seconds with the next one; places depend on the window's index
alone. Two readings of a shared stretch are what cleaning compares. Windows that follow the speech
are made in `packing`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from konspekt.errors import CourseError
from konspekt.sound import SAMPLE_RATE, cut_pieces

if TYPE_CHECKING:
    from konspekt.sound.recording import Samples


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch to be heard: `id` counts through the whole recording, times are on its time
    line.
    """

    id: int
    start: float
    end: float
    samples: Samples  # (n,) at SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class Grid:
    """Windows of `window` seconds, `overlap` of them shared with the next. Raises CourseError
    beyond half a window: no stretch lies in three windows.
    """

    window: float
    overlap: float

    def __post_init__(self) -> None:
        if not 0 <= 2 * self.overlap <= self.window:
            raise CourseError(
                f"windows of {self.window:g} s cannot share {self.overlap:g} s",
                remedy="Set overlap in [transcribe] to at most half of window.",
            )

    def spans(self) -> Iterator[tuple[int, int]]:
        """First sample and end of every window, without end."""
        length, shared = round(self.window * SAMPLE_RATE), round(self.overlap * SAMPLE_RATE)
        return ((first, first + length) for first in count(0, length - shared))

    def windows(self, duration: float) -> tuple[tuple[float, float], ...]:
        """Start and end of every window over `duration` seconds: they cover it, and none lies
        within another.
        """
        total = round(duration * SAMPLE_RATE)
        found: list[tuple[float, float]] = []
        reached = 0
        for first, last in self.spans():
            if reached >= total:
                break
            reached = min(last, total)
            found.append((first / SAMPLE_RATE, reached / SAMPLE_RATE))
        return tuple(found)


def cut(
    blocks: Iterable[Samples], grid: Grid, *, start: float = 0.0, first_id: int = 0
) -> Iterator[Window]:
    """The grid's windows of a stream of samples, one at a time; `start` is where it begins in the
    recording.
    """
    return cut_at(blocks, grid.spans(), start=start, first_id=first_id)


def cut_at(
    blocks: Iterable[Samples],
    spans: Iterable[tuple[int, int]],
    *,
    start: float = 0.0,
    first_id: int = 0,
) -> Iterator[Window]:
    """The windows at spans of samples, by first sample and none within another, as `cut` gives
    those of a grid.
    """
    reached = 0
    for number, (first, samples) in enumerate(cut_pieces(blocks, spans), start=first_id):
        last = first + len(samples)
        if last <= reached:  # the sound ended exactly with the window before
            return
        reached = last
        yield Window(number, start + first / SAMPLE_RATE, start + last / SAMPLE_RATE, samples)
