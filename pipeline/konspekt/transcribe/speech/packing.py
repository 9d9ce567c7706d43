"""Windows that follow the speech: as long as Whisper hears well, cut where nobody speaks, none
where nobody does.

Stretches with long pauses between them are packed each for itself. Inside one, window i runs from
cut i less the overlap to cut i+1, so that what lies around a cut is heard twice. All follows from
the file's frames alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from konspekt.sound import SAMPLE_RATE
from konspekt.text.spans import union
from konspekt.transcribe.speech.regions import STILL_SPOKEN, Run, Speech, Trace, find_runs
from konspekt.transcribe.speech.vad import FRAME, FRAMES_PER_SECOND

if TYPE_CHECKING:
    from konspekt.transcribe.speech.regions import Figures
    from konspekt.transcribe.speech.windows import Grid

PADDING = round(
    1.0 * FRAMES_PER_SECOND
)  # frames heard on both sides of a stretch: a detector's edges are not exact
LEFT_OUT = round(6.0 * FRAMES_PER_SECOND)  # frames without speech, or more, that part two stretches
# Frames before a window's latest end in which its cut is looked for; of short windows the second
# half.
REACH = round(8.0 * FRAMES_PER_SECOND)
MIN_PAUSE = 4  # frames, 0.13 s: less is the closure of a consonant
AROUND = 3  # frames on each side that a frame is judged with where nobody pauses


@dataclass(frozen=True, slots=True)
class Lengths:
    """A window's greatest length and what it shares with the next one, in frames."""

    longest: int
    overlap: int

    @classmethod
    def of(cls, grid: Grid) -> Lengths:
        """Those of the settings, rounded down."""
        return cls(
            int(grid.window * SAMPLE_RATE) // FRAME, int(grid.overlap * SAMPLE_RATE) // FRAME
        )


def pack_windows(traced: Trace, speech: Speech, lengths: Lengths) -> list[Run]:
    """The windows of one file as runs of frames, in order, none within another, no frame in three
    of them.
    """
    return [
        window
        for stretch in padded_stretches(speech, len(traced.probabilities))
        for window in _windows(traced, stretch, lengths)
    ]


def padded_stretches(speech: Speech, frames: int) -> list[Run]:
    """What is to be heard, with padding, as runs apart from one another."""
    apart = union(speech.heard, LEFT_OUT - 1)
    return [(max(first - PADDING, 0), min(end + PADDING, frames)) for first, end in apart]


def _windows(traced: Trace, stretch: Run, lengths: Lengths) -> Iterator[Run]:
    first, end = stretch
    while end - first > lengths.longest:
        latest = first + lengths.longest
        # What is left for the last window is no snippet: a short window is heard badly.
        latest = max(
            min(latest, end - lengths.longest // 3), first + 2 * lengths.overlap, first + 1
        )
        earliest = max(
            latest - min(REACH, lengths.longest // 2), first + 2 * lengths.overlap, first + 1
        )
        cut, is_long = _cut(traced.probabilities, earliest, latest, lengths.overlap)
        yield first, cut
        first = cut if is_long else cut - lengths.overlap
    yield first, end


def _cut(likely: Figures, earliest: int, latest: int, overlap: int) -> tuple[int, bool]:
    """Where to cut from `earliest` to `latest`, and whether in a pause so long that nothing needs
    to be heard twice.

    In the middle of the longest pause that lies there, else where speech is least likely; the
    latest of equals.
    """
    import numpy as np

    quiet = likely[earliest : latest + 1] < STILL_SPOKEN
    pauses = [
        (end - first, first, end) for first, end in find_runs(quiet) if end - first >= MIN_PAUSE
    ]
    if not pauses:
        lead = min(AROUND, earliest)
        near = np.convolve(
            likely[earliest - lead : latest + 1 + AROUND], np.ones(2 * AROUND + 1), "same"
        )
        around = near[lead : lead + latest + 1 - earliest]
        return latest - int(np.argmin(around[::-1])), False
    length, first, end = max(pauses)
    return earliest + (first + end) // 2, length >= max(overlap, 1)
