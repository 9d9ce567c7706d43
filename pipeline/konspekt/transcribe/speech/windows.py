"""Windows: stretches of sound that Whisper decodes, and the fixed grid of them.

In the grid each window shares its last seconds with the next one; cleaning compares the two texts
of a shared stretch. Where a window lies depends on its index alone. `packing` makes the windows
that follow the speech.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from konspekt.errors import CourseError, name_setting
from konspekt.sound import SAMPLE_RATE, cut_pieces

if TYPE_CHECKING:
    from konspekt.sound.recording import Samples


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of sound to decode.

    Its id counts through the whole recording; its times are seconds of the recording.
    """

    id: int
    start: float
    end: float
    samples: Samples  # (n,) at SAMPLE_RATE
    # until when somebody speaks in it, before the next window begins; None: unknown, or nobody does
    speech_end: float | None = None

    @property
    def duration(self) -> float:
        """Return the length in seconds."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Grid:
    """Windows of `window` seconds, of which each shares `overlap` seconds with the next.

    Raises CourseError where they share more than half: no sound lies in three windows.
    """

    window: float
    overlap: float

    def __post_init__(self) -> None:
        if not 0 <= 2 * self.overlap <= self.window:
            raise CourseError(
                f"windows of {self.window:g} s cannot share {self.overlap:g} s",
                remedy=f"Set {name_setting('transcribe.overlap', option=None)} "
                "to at most half of window.",
            )

    def spans(self) -> Iterator[tuple[int, int]]:
        """Return the first sample and the end of every window, without end."""
        length = round(self.window * SAMPLE_RATE)
        return even_spans(length, length - round(self.overlap * SAMPLE_RATE))

    def windows(self, duration: float) -> tuple[tuple[float, float], ...]:
        """Return start and end of every window over `duration` seconds.

        They cover all of it, and none lies within another.
        """
        total = round(duration * SAMPLE_RATE)
        windows: list[tuple[float, float]] = []
        reached = 0
        for first, last in self.spans():
            if reached >= total:
                break
            reached = min(last, total)
            windows.append((first / SAMPLE_RATE, reached / SAMPLE_RATE))
        return tuple(windows)


def even_spans(length: int, step: int) -> Iterator[tuple[int, int]]:
    """Return spans of `length` samples that begin `step` apart, without end."""
    return ((first, first + length) for first in count(0, step))


def cut(
    blocks: Iterable[Samples], grid: Grid, *, start: float = 0.0, first_id: int = 0
) -> Iterator[Window]:
    """Yield the grid's windows of a stream of samples.

    `start` is the second of the recording at which the stream begins.
    """
    return cut_at(blocks, grid.spans(), start=start, first_id=first_id)


def cut_at(
    blocks: Iterable[Samples],
    spans: Iterable[tuple[int, int]],
    *,
    start: float = 0.0,
    first_id: int = 0,
) -> Iterator[Window]:
    """Yield the windows at spans of samples, which are sorted and none within another.

    The last one ends with the sound. `start` is the second at which the stream begins.
    """
    reached = 0
    for number, (first, samples) in enumerate(
        cut_pieces(blocks, spans), start=first_id
    ):
        last = first + len(samples)
        if last <= reached:  # the sound ended exactly with the window before
            return
        reached = last
        yield Window(
            number, start + first / SAMPLE_RATE, start + last / SAMPLE_RATE, samples
        )
