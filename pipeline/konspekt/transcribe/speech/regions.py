"""Speech regions: where somebody speaks, and where somebody may, by VAD and the level of sound.

`spoken`: the voice activity detector says so; where no text is, there is a gap. `possible`: the
detector does not exclude it; Whisper decodes it. What is neither lies in no window, so the second
is drawn wide.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from konspekt.sound import cut_pieces
from konspekt.text.spans import union
from konspekt.transcribe.speech.vad import (
    FRAME,
    FRAMES_PER_SECOND,
    VoiceActivityDetector,
)
from konspekt.transcribe.speech.windows import even_spans

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from konspekt.sound.recording import Samples

    Figures: TypeAlias = NDArray[np.float32]
    Flags: TypeAlias = NDArray[np.bool_]

FrameRun: TypeAlias = tuple[int, int]  # first frame and end

# Probabilities. Speech begins at SPOKEN and goes on while above STILL_SPOKEN, as the detector's own
# code has it (snakers4/silero-vad, get_speech_timestamps). MAY_BE is ours. Of ten
# minutes of a reader under music at 5 to 20 dB, 98.6 to 99.5 % of what is speech without music
# stays above SPOKEN, and 99.5 to 99.9 % above MAY_BE (docs/transcribing.md).
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
PIECE = 512 * FRAME  # samples that are measured at once: 16 s


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
    # Each in one buffer that grows. Thousands of small arrays, each allocated between two large
    # ones, would keep the memory of the large ones from being used again (27 MB an hour of sound).
    probabilities, levels = array("f"), array("f")
    for found in detector.probabilities(_measure(blocks, levels)):
        probabilities.frombytes(found.tobytes())
    return Trace(_round(probabilities, 3), _round(levels, 1))


def _round(figures: array[float], digits: int) -> Figures:
    import numpy as np

    rounded: Figures = np.array(figures, np.float32).round(digits)
    return rounded


def _measure(blocks: Iterable[Samples], levels: array[float]) -> Iterator[Samples]:
    """Yield the sound in pieces of its own, and add the level of each frame to `levels`."""
    for _, samples in cut_pieces(blocks, even_spans(PIECE, PIECE)):
        levels.frombytes(_levels(samples).tobytes())
        yield samples


def _levels(samples: Samples) -> Figures:
    """Return the level of each frame in dBFS, `(frames,)`; silence fills up the last frame."""
    import numpy as np

    frames = np.pad(samples, (0, -len(samples) % FRAME)).reshape(-1, FRAME)
    power = np.mean(np.square(frames, dtype=np.float64), axis=1)
    levels: Figures = np.maximum(10 * np.log10(power + 1e-30), FLOOR_DB).astype(
        np.float32
    )
    return levels


def find_speech(trace: Trace) -> SpeechRuns:
    """Return where somebody speaks in a file, and where somebody may."""
    likely = find_runs(trace.probabilities >= STILL_SPOKEN)
    sure = [run for run in likely if trace.probabilities[slice(*run)].max() >= SPOKEN]
    speech = _join_long(sure)
    gate = _energy_gate(trace, speech)
    spoken = _audible(trace, speech, gate)
    possible = _join_long(find_runs(trace.probabilities >= MAY_BE))
    return SpeechRuns(spoken, union((*spoken, *_audible(trace, possible, gate))))


def _energy_gate(trace: Trace, speech: Iterable[FrameRun]) -> float:
    """Return the level in dBFS that a stretch of a file must reach, by the file's speech."""
    import numpy as np

    levels = [trace.levels[slice(*run)] for run in speech]
    loud = np.quantile(np.concatenate([[FLOOR_DB], *levels]), OWN_SHARE)
    return max(MIN_LEVEL_DBFS, float(loud) - MAX_BELOW_DB)


def _audible(
    trace: Trace, runs: Iterable[FrameRun], gate: float
) -> tuple[FrameRun, ...]:
    """Return the runs that reach the gate."""
    return tuple(run for run in runs if _loudness(trace.levels[slice(*run)]) >= gate)


def _loudness(levels: Figures) -> np.floating[Any]:
    """Return the level in dBFS of a stretch whose frames have these levels."""
    import numpy as np

    return np.quantile(levels, LOUD_SHARE)


def _join_long(runs: Iterable[FrameRun]) -> list[FrameRun]:
    """Return runs joined over breaths, without those too short for speech."""
    return [run for run in union(runs, PAUSE - 1) if run[1] - run[0] >= MIN_SPEECH]


def find_runs(flags: Flags) -> list[FrameRun]:
    """Return where flags `(frames,)` are set, as runs."""
    import numpy as np

    padded = np.concatenate([[False], flags, [False]]).astype(np.int8)
    edges = np.flatnonzero(np.diff(padded))
    return [(int(first), int(end)) for first, end in edges.reshape(-1, 2)]
