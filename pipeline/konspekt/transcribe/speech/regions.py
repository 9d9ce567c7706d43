"""Speech regions: where somebody speaks, and where somebody may, by VAD and the level of sound.

`spoken`: the voice activity detector says so; where no text is, there is a gap. `possible`: the
detector does not exclude it; Whisper decodes it. What is neither lies in no window, so the second
is drawn wide.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from konspekt.text.spans import union
from konspekt.transcribe.speech.vad import (
    FRAME,
    FRAMES_PER_SECOND,
    VoiceActivityDetector,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from konspekt.sound.recording import Samples

    Figures: TypeAlias = NDArray[np.float32]
    Flags: TypeAlias = NDArray[np.bool_]

FrameRun: TypeAlias = tuple[int, int]  # first frame and end

# Probabilities. Speech begins at SPOKEN and goes on while above STILL_SPOKEN, as the detector's own
# code has it (snakers4/silero-vad, get_speech_timestamps). MAY_BE is ours. On the demo recording
# under music at 5 to 20 dB, 98.5 to 99.6 % of what is speech without music stays above SPOKEN, and
# 99.6 to 99.99 % above MAY_BE. Of 20 minutes of music 0.2 % of the frames exceed it.
SPOKEN, STILL_SPOKEN, MAY_BE = 0.5, 0.35, 0.15
PAUSE = round(0.3 * FRAMES_PER_SECOND)  # frames: less is a breath within one stretch
MIN_SPEECH = round(0.25 * FRAMES_PER_SECOND)  # frames; the detector's own
# The energy gate removes a stretch if nine tenths of it are quieter than one of two limits.
# MIN_LEVEL_DBFS: nobody at a microphone is that quiet (16-bit sound holds such speech in 10 steps,
# and the detector misses half of it). MAX_BELOW_DB below the speech of the same file: that is what
# a switched-off microphone, a next room or a codec leaves over, though a detector calls it speech
# (SYSTRAN/faster-whisper#843). Speech 20 dB below the rest stays, with 20 dB to spare.
MIN_LEVEL_DBFS = -70.0
MAX_BELOW_DB = 40.0
# a stretch is as loud as the level below which this share of its frames stays
LOUD_SHARE = 0.9
# the file's speech is as loud as the level below which this share of it stays
OWN_SHARE = 0.75
FLOOR_DB = -120.0  # stands for digital silence


@dataclass(frozen=True)
class Trace:
    """One file, frame by frame: twelve hours of it take 11 MB."""

    probabilities: Figures  # (frames,), of speech
    levels: Figures  # (frames,), dBFS


@dataclass(frozen=True, slots=True)
class SpeechRuns:
    """Runs of frames of one file, in order and apart; `possible` cover `spoken`."""

    spoken: tuple[FrameRun, ...]
    possible: tuple[FrameRun, ...]


def trace_speech(blocks: Iterable[Samples], detector: VoiceActivityDetector) -> Trace:
    """Return the probability of speech and the level of every frame of one file's samples."""
    import numpy as np

    meter = _Meter()
    collected = array("f")
    for found in detector.probabilities(meter.measure(blocks)):
        collected.frombytes(found.tobytes())
    probabilities: Figures = np.array(collected, np.float32)
    levels: Figures = np.array(meter.levels(), np.float32)
    return Trace(np.round(probabilities, 3), np.round(levels, 1))


class _Meter:
    """The level of each frame of a stream; the last frame is filled up with silence.

    Levels stay in one buffer that grows. Thousands of small arrays, each allocated between two
    large ones, would keep the memory of the large ones from being used again (27 MB an hour of
    sound).
    """

    def __init__(self) -> None:
        import numpy as np

        self._levels = array("f")
        self._rest: Samples = np.zeros(0, np.float32)  # less than a frame

    def measure(self, blocks: Iterable[Samples]) -> Iterator[Samples]:
        """Yield the blocks unchanged, and measure them."""
        import numpy as np

        for block in blocks:
            samples = np.concatenate([self._rest, block])
            whole = len(samples) // FRAME * FRAME
            self._levels.frombytes(_levels(samples[:whole]).tobytes())
            self._rest = samples[whole:].copy()
            yield block

    def levels(self) -> array[float]:
        """Return the level of every frame so far."""
        import numpy as np

        filled = np.zeros(-(-len(self._rest) // FRAME) * FRAME, np.float32)
        filled[: len(self._rest)] = self._rest
        return self._levels + array("f", _levels(filled).tobytes())


def _levels(samples: Samples) -> Figures:
    """Return the level of each frame in dBFS, `(frames,)`."""
    import numpy as np

    power = np.mean(np.square(samples.reshape(-1, FRAME), dtype=np.float64), axis=1)
    levels: Figures = np.maximum(10 * np.log10(power + 1e-30), FLOOR_DB).astype(
        np.float32
    )
    return levels


def find_speech(trace: Trace) -> SpeechRuns:
    """Return where somebody speaks in a file, and where somebody may."""
    likely = find_runs(trace.probabilities >= STILL_SPOKEN)
    sure = [run for run in likely if _of(run, trace.probabilities).max() >= SPOKEN]
    speech = _join_long(sure)
    gate = _energy_gate(trace, speech)
    spoken = _audible(trace, speech, gate)
    possible = _join_long(find_runs(trace.probabilities >= MAY_BE))
    return SpeechRuns(spoken, union((*spoken, *_audible(trace, possible, gate))))


def _energy_gate(trace: Trace, speech: Iterable[FrameRun]) -> float:
    """Return the level in dBFS that a stretch of a file must reach, by the file's speech."""
    import numpy as np

    levels = np.concatenate([[FLOOR_DB], *(_of(run, trace.levels) for run in speech)])
    return max(MIN_LEVEL_DBFS, float(np.quantile(levels, OWN_SHARE)) - MAX_BELOW_DB)


def _audible(
    trace: Trace, runs: Iterable[FrameRun], gate: float
) -> tuple[FrameRun, ...]:
    """Return the runs that reach the gate."""
    import numpy as np

    levels = trace.levels
    return tuple(
        run for run in runs if np.quantile(_of(run, levels), LOUD_SHARE) >= gate
    )


def _of(run: FrameRun, figures: Figures) -> Figures:
    return figures[run[0] : run[1]]


def _join_long(runs: Iterable[FrameRun]) -> list[FrameRun]:
    """Return runs joined over breaths, without those too short for speech."""
    return [run for run in union(runs, PAUSE - 1) if run[1] - run[0] >= MIN_SPEECH]


def find_runs(flags: Flags) -> list[FrameRun]:
    """Return where flags `(frames,)` are set, as runs."""
    import numpy as np

    padded = np.concatenate([[False], flags, [False]]).astype(np.int8)
    edges = np.flatnonzero(np.diff(padded))
    return [(int(first), int(end)) for first, end in edges.reshape(-1, 2)]
