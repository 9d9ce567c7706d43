"""Windows that follow the speech: as long as Whisper decodes well, cut in pauses, none in silence.

Stretches with silence between them are packed each by itself. Inside a stretch the middle of long
pauses is left out, and window i runs from cut i to cut i+1. Where a cut is in no sure pause, window
i begins before it by the overlap, so that the sound around it is decoded twice. Everything follows
from the file's frames alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from konspekt.sound import SAMPLE_RATE
from konspekt.text.spans import union
from konspekt.transcribe.speech.regions import (
    MAY_BE,
    STILL_SPOKEN,
    FrameRun,
    SpeechRuns,
    Trace,
    find_runs,
)
from konspekt.transcribe.speech.vad import FRAME, FRAMES_PER_SECOND
from konspekt.transcribe.speech.windows import SIDE, Grid

if TYPE_CHECKING:
    from konspekt.transcribe.speech.regions import Figures

# Frames added on both sides of a stretch, because a detector's edges are not exact.
PADDING = round(1.0 * FRAMES_PER_SECOND)
# this many frames without speech part two stretches
LEFT_OUT = round(6.0 * FRAMES_PER_SECOND)
# Frames before a window's latest end in which its cut is sought; of short windows the second half.
REACH = round(8.0 * FRAMES_PER_SECOND)
MIN_PAUSE = 4  # frames, 0.13 s: less is the closure of a consonant
# Frames that stay on each side of what is left out of a pause.
KEPT_SIDE = SIDE // FRAME
# Frames, 3 s: leaving out the shorter pauses between sentences costs words (docs/transcribing.md).
LEAST_LEFT_OUT = round(3.0 * FRAMES_PER_SECOND)
# Frames of a pause in which nothing is decoded twice: no word is cut there.
SURE_PAUSE = round(0.5 * FRAMES_PER_SECOND)
AROUND = 3  # frames on each side by which a frame is judged where nobody pauses


@dataclass(frozen=True, slots=True)
class Lengths:
    """The greatest length of a window and what it shares with the next one, in frames that stay."""

    longest: int
    overlap: int

    @classmethod
    def of(cls, grid: Grid) -> Lengths:
        """Return the lengths that the settings name in seconds, rounded down."""
        longest = int(grid.window * SAMPLE_RATE) // FRAME
        overlap = int(grid.overlap * SAMPLE_RATE) // FRAME
        return cls(longest, overlap)


@dataclass(frozen=True, slots=True)
class Packing:
    """The windows of one file in order, and the pauses that are left out of them.

    No window lies within another, no frame lies in three, and no window begins or ends in a pause.
    """

    windows: tuple[FrameRun, ...]
    left_out: tuple[FrameRun, ...]


def pack_windows(trace: Trace, speech: SpeechRuns, lengths: Lengths) -> Packing:
    """Return the windows of one file."""
    windows: list[FrameRun] = []
    left_out: list[FrameRun] = []
    for stretch in padded_stretches(speech, len(trace.probabilities)):
        pauses = find_long_pauses(trace.probabilities, stretch)
        windows.extend(_pack_stretch(trace.probabilities, stretch, pauses, lengths))
        left_out.extend(pauses)
    return Packing(tuple(windows), tuple(left_out))


def padded_stretches(speech: SpeechRuns, frames: int) -> list[FrameRun]:
    """Return the stretches of a file of `frames` to decode, padded; none overlaps the next."""
    apart = union(speech.possible, LEFT_OUT - 1)
    return [
        (max(first - PADDING, 0), min(end + PADDING, frames)) for first, end in apart
    ]


def find_long_pauses(probabilities: Figures, stretch: FrameRun) -> list[FrameRun]:
    """Return what is left out of a padded stretch: of each long pause all but its two sides.

    In a pause the detector excludes speech, frame by frame. Padding stays.
    """
    begin, end = stretch[0] + PADDING, stretch[1] - PADDING
    runs = find_runs(probabilities[begin:end] < MAY_BE)
    middles = [
        (begin + first + KEPT_SIDE, begin + last - KEPT_SIDE) for first, last in runs
    ]
    return [(first, last) for first, last in middles if last - first >= LEAST_LEFT_OUT]


def _pack_stretch(
    probabilities: Figures,
    stretch: FrameRun,
    pauses: Sequence[FrameRun],
    lengths: Lengths,
) -> Iterator[FrameRun]:
    """Yield the windows of one stretch, which are cut as if the pauses were not there."""
    import numpy as np

    begin, end = stretch
    stays = np.ones(end - begin, bool)
    for first, last in pauses:
        stays[first - begin : last - begin] = False
    frames = begin + np.flatnonzero(stays)
    for first, end in _pack(probabilities[frames], lengths):
        yield int(frames[first]), int(frames[end - 1]) + 1


def _pack(probabilities: Figures, lengths: Lengths) -> Iterator[FrameRun]:
    """Yield the windows of the frames that stay of a stretch, counted from its start."""
    first, end = 0, len(probabilities)
    while end - first > lengths.longest:
        earliest, latest = _cut_range(first, end, lengths)
        cut, is_sure = _find_cut(probabilities, earliest, latest)
        yield first, cut
        first = cut if is_sure else cut - lengths.overlap
    yield first, end


def _cut_range(first: int, end: int, lengths: Lengths) -> tuple[int, int]:
    """Return where at the earliest and at the latest a window from `first` on may be cut.

    `end` is that of the stretch. Its last window is not left very short, because Whisper decodes
    short windows badly.
    """
    least = max(first + 2 * lengths.overlap, first + 1)
    latest = min(first + lengths.longest, end - lengths.longest // 3)
    latest = max(latest, least)
    earliest = latest - min(REACH, lengths.longest // 2)
    return max(earliest, least), latest


def _find_cut(probabilities: Figures, earliest: int, latest: int) -> tuple[int, bool]:
    """Return where to cut, and whether in a sure pause, which needs no overlap.

    The cut is the middle of the latest sure pause, else of the longest pause, or else the frame
    where speech is least likely; of equals the latest.
    """
    quiet = find_runs(probabilities[earliest : latest + 1] < STILL_SPOKEN)
    pauses = [(min(end - first, SURE_PAUSE), first, end) for first, end in quiet]
    length, first, end = max(pauses, default=(0, 0, 0))
    if length < MIN_PAUSE:
        return _least_likely(probabilities, earliest, latest), False
    return earliest + (first + end) // 2, length == SURE_PAUSE


def _least_likely(probabilities: Figures, earliest: int, latest: int) -> int:
    """Return the frame around which speech is least likely; of equals the latest."""
    import numpy as np

    lead = min(AROUND, earliest)
    near = probabilities[earliest - lead : latest + 1 + AROUND]
    sums = np.convolve(near, np.ones(2 * AROUND + 1), "same")
    around = sums[lead : lead + latest + 1 - earliest]
    return latest - int(np.argmin(around[::-1]))
