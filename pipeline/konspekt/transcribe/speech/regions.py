"""Where somebody speaks, and where somebody may: from the detector's probabilities and the levels
of one file.

Two answers, for two questions. `spoken`: the detector says so; here text must be, or it is a gap.
`heard`: the detector does not exclude it; here Whisper listens. What is in neither is in no window,
so the second one is drawn wide.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from konspekt.text.spans import union
from konspekt.transcribe.speech.vad import FRAME, FRAMES_PER_SECOND, VoiceActivityDetector

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from konspekt.sound.recording import Samples

    Figures: TypeAlias = NDArray[np.float32]
    Flags: TypeAlias = NDArray[np.bool_]

Run: TypeAlias = tuple[int, int]  # first frame and end

# Probabilities. Speech begins at the first and goes on while above the second: the detector's own
# two (snakers4/silero-vad, get_speech_timestamps). The third is ours. On the demo recording under
# music at 5 to 20 dB
# 98.5 to 99.6 % of what is speech without it stays above the first, 99.6 to 99.99 % above the third; of 20 minutes of
# music 0.2 % of the frames are.
SPOKEN, STILL_SPOKEN, MAY_BE = 0.5, 0.35, 0.15
PAUSE = round(0.3 * FRAMES_PER_SECOND)  # frames: less is a breath within one stretch
MIN_SPEECH = round(0.25 * FRAMES_PER_SECOND)  # frames; the detector's own
# The energy gate. A stretch goes if nine tenths of it are quieter than both a person at a
# microphone ever is (16-bit sound holds such speech in 10 steps, and the detector itself misses
# half of it), or quieter by so much than what is spoken in the same file. Speech 20 dB below the
# rest stays with 20 dB to spare; what a switched-off microphone, a next room or a codec leaves over
# goes, though a detector calls it speech (SYSTRAN/faster-whisper#843).
MIN_LEVEL_DBFS = -70.0
MAX_BELOW_DB = 40.0
LOUD_SHARE = 0.9  # a stretch is as loud as the level that this share of its frames stays below
OWN_SHARE = (
    0.75  # the file's level of speech: the one that this share of its spoken frames stays below
)
FLOOR_DB = -120.0  # stands for digital silence


@dataclass(frozen=True)
class Trace:
    """One file, frame by frame: twelve hours of it take 11 MB."""

    probabilities: Figures  # (frames,)
    levels: Figures  # (frames,), dBFS


@dataclass(frozen=True, slots=True)
class Speech:
    """Runs of frames in order, none touching another; `heard` holds `spoken`."""

    spoken: tuple[Run, ...]
    heard: tuple[Run, ...]


def trace_speech(blocks: Iterable[Samples], detector: VoiceActivityDetector) -> Trace:
    """What the detector and the ear say of every frame of one file's samples; the blocks are passed
    through once.
    """
    import numpy as np

    meter = _Meter()
    likely = array("f")
    for found in detector.probabilities(meter.passing(blocks)):
        likely.frombytes(found.tobytes())
    probabilities: Figures = np.array(likely, np.float32)
    levels: Figures = np.array(meter.levels(), np.float32)
    return Trace(np.round(probabilities, 3), np.round(levels, 1))


class _Meter:
    """The level of each frame of what passes; the last frame is filled up with silence.

    What stays is one buffer that grows: thousands of small arrays, each taken between two large
    ones, would keep the memory of the large ones from being used again (measured: 27 MB an hour of
    sound).
    """

    def __init__(self) -> None:
        import numpy as np

        self._levels = array("f")
        self._rest: Samples = np.zeros(0, np.float32)  # less than a frame

    def passing(self, blocks: Iterable[Samples]) -> Iterator[Samples]:
        import numpy as np

        for block in blocks:
            samples = np.concatenate([self._rest, block])
            whole = len(samples) // FRAME * FRAME
            self._levels.frombytes(_level(samples[:whole]).tobytes())
            self._rest = samples[whole:].copy()
            yield block

    def levels(self) -> array[float]:
        """Of every frame, once everything has passed."""
        import numpy as np

        filled = np.zeros(-(-len(self._rest) // FRAME) * FRAME, np.float32)
        filled[: len(self._rest)] = self._rest
        return self._levels + array("f", _level(filled).tobytes())


def _level(samples: Samples) -> Figures:
    import numpy as np

    power = np.mean(np.square(samples.reshape(-1, FRAME), dtype=np.float64), axis=1)
    levels: Figures = np.maximum(10 * np.log10(power + 1e-30), FLOOR_DB).astype(np.float32)
    return levels


def find_speech(traced: Trace) -> Speech:
    """Where somebody speaks in a file, and where somebody may."""
    import numpy as np

    likely = traced.probabilities
    spoken = [
        run for run in find_runs(likely >= STILL_SPOKEN) if likely[run[0] : run[1]].max() >= SPOKEN
    ]
    spoken = _long(spoken)
    own = np.concatenate([[FLOOR_DB], *(traced.levels[a:b] for a, b in spoken)])
    gate = max(MIN_LEVEL_DBFS, float(np.quantile(own, OWN_SHARE)) - MAX_BELOW_DB)

    def audible(found: Iterable[Run]) -> tuple[Run, ...]:
        return tuple(
            run for run in found if np.quantile(traced.levels[run[0] : run[1]], LOUD_SHARE) >= gate
        )

    spoken_runs = audible(spoken)
    possible = audible(_long(find_runs(likely >= MAY_BE)))
    return Speech(spoken_runs, union((*spoken_runs, *possible)))


def _long(found: Iterable[Run]) -> list[Run]:
    return [run for run in union(found, PAUSE - 1) if run[1] - run[0] >= MIN_SPEECH]


def find_runs(flags: Flags) -> list[Run]:
    """Where flags `(frames,)` are set, as runs."""
    import numpy as np

    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]
