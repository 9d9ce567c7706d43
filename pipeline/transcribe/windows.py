"""The fixed grid of windows in which a recording is heard: each shares its last seconds with the next one.

Places depend on the window's index alone, so that a resumed run cuts the same windows. Two readings of a shared stretch
are what cleaning compares.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from pipeline.errors import CourseError
from pipeline.sound import SAMPLE_RATE, pieces

if TYPE_CHECKING:
    from pipeline.sound.recording import Samples


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch to be heard: `id` counts through the whole recording, times are on its time line."""

    id: int
    start: float
    end: float
    samples: Samples  # (n,) at SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class Grid:
    """Windows of `window` seconds, `overlap` of them shared with the next. Raises CourseError beyond half a window:
    no stretch lies in three windows."""

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
        """Start and end of every window over `duration` seconds: they cover it, and none lies within another."""
        total = round(duration * SAMPLE_RATE)
        found: list[tuple[float, float]] = []
        reached = 0
        for first, last in self.spans():
            if reached >= total:
                break
            reached = min(last, total)
            found.append((first / SAMPLE_RATE, reached / SAMPLE_RATE))
        return tuple(found)


def cut(blocks: Iterable[Samples], grid: Grid, *, start: float = 0.0, first_id: int = 0) -> Iterator[Window]:
    """The windows of a stream of samples, one at a time; `start` is where its first sample lies in the recording."""
    reached = 0
    for number, (first, samples) in enumerate(pieces(blocks, grid.spans()), start=first_id):
        last = first + len(samples)
        if last <= reached:  # the sound ended exactly with the window before
            return
        reached = last
        yield Window(number, start + first / SAMPLE_RATE, start + last / SAMPLE_RATE, samples)
