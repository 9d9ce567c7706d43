"""Windows: stretches of sound that Whisper decodes, and the fixed grid of them.

In the grid each window shares its last seconds with the next one; cleaning compares the two texts
of a shared stretch. Where a window lies depends on its index alone. `packing` makes the windows
that follow the speech.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING

from konspekt.data import Region
from konspekt.errors import CourseError, name_setting
from konspekt.sound import SAMPLE_RATE, cut_pieces

if TYPE_CHECKING:
    from konspekt.sound.recording import Samples

# Samples of a pause that stay on each side of what is left out: 0.256 s, whole frames.
SIDE = 4096


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of the recording to decode, of which long pauses may be left out.

    Its id counts through the whole recording; its times are seconds of the recording.
    """

    id: int
    start: float
    end: float
    samples: Samples  # (n,) at SAMPLE_RATE, those that stay
    # until when somebody speaks in it, before the next window begins; None: unknown, or nobody does
    speech_end: float | None = None
    # of each pause: before which sample it is left out, and how many samples
    left_out: tuple[tuple[int, int], ...] = ()

    @property
    def sound_duration(self) -> float:
        """Return the seconds of sound that stay: what Whisper gets."""
        return len(self.samples) / SAMPLE_RATE

    @property
    def pauses(self) -> tuple[Region, ...]:
        """Return what is left out, in seconds of the recording."""
        return tuple(
            Region(
                self._in_recording(position, number),
                self._in_recording(position, number + 1),
            )
            for number, (position, _) in enumerate(self.left_out)
        )

    def times_of(self, start: float, end: float) -> tuple[float, float]:
        """Return when a stretch was spoken, in seconds of the recording.

        It is given in seconds of the samples. It neither begins nor ends in a pause: what reaches
        over one by less than the silence that stays beside it lies on one side.
        """
        first = self._count_pauses(start * SAMPLE_RATE + SIDE)
        last = self._count_pauses(end * SAMPLE_RATE - SIDE)
        if first > last:
            first = last = self._count_pauses((start + end) / 2 * SAMPLE_RATE)
        return self._place(start, first), self._place(end, last)

    def part(self, first: int, end: int) -> Window:
        """Return the window of some of its samples, with its id and no pause at its ends.

        It does not say where its speech ends.
        """
        skipped = self._count_pauses(first)
        inside = [one for one in self.left_out[skipped:] if one[0] < end]
        before_end = skipped + len(inside)
        is_last = end >= len(self.samples)
        return replace(
            self,
            start=self._in_recording(first, skipped),
            end=self.end if is_last else self._in_recording(end, before_end),
            samples=self.samples[first:end],
            speech_end=None,
            left_out=tuple((position - first, length) for position, length in inside),
        )

    def _count_pauses(self, sample: float) -> int:
        """Return how many pauses are left out before a sample."""
        return bisect_right(self.left_out, sample, key=lambda one: one[0])

    def _place(self, seconds: float, pauses: int) -> float:
        """Return a time of the recording, between the pause of that number and the next one."""
        edges = [0, *(position for position, _ in self.left_out), len(self.samples)]
        sample = max(edges[pauses], min(seconds * SAMPLE_RATE, edges[pauses + 1]))
        return min(self._in_recording(sample, pauses), self.end)

    def _in_recording(self, sample: float, pauses: int) -> float:
        """Return the second of the recording of a sample with so many pauses before it."""
        left_out = sum(length for _, length in self.left_out[:pauses])
        return self.start + (sample + left_out) / SAMPLE_RATE


def leave_out(window: Window, spans: Iterable[tuple[int, int]]) -> Window:
    """Return a window without some spans of its samples, which are sorted, apart and inside it."""
    import numpy as np

    kept: list[Samples] = []
    left_out: list[tuple[int, int]] = []
    position = reached = 0
    for first, end in spans:
        kept.append(window.samples[reached:first])
        position += first - reached
        left_out.append((position, end - first))
        reached = end
    if not left_out:
        return window
    samples = np.concatenate([*kept, window.samples[reached:]])
    return replace(window, samples=samples, left_out=tuple(left_out))


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
