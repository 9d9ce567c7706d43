"""A long recording takes no more memory than a short one: it is decoded, cut and transcribed in
pieces.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeAlias

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.small_whisper import speech
from tests.sounds import tiny_whisper

Sound: TypeAlias = NDArray[np.int16]  # (1, samples)

RATE_HZ = 16_000
MINUTE = 60 * RATE_HZ
# 20 minutes as float32 are 77 MB, their spectrogram 38 MB.
MORE_KB = 36_000
# measured: 0 to 4 MB; 15 to 23 when every block left small arrays behind
FINDING_MORE_KB = 10_000
SCRIPT = """
import json, resource, sys
from pathlib import Path
from konspekt.course.settings import TranscribeOptions
from konspekt.transcribe import transcribe
path, journal, speech = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
how = {"vad": speech, "beam_size": 1, "temperatures": (0.0,)}
options = TranscribeOptions(model="tiny.pt", language="ru", device="cpu", **how)
raw = transcribe("long", [path], [path.name], options, folder=path.parent, journal=journal)
status = Path("/proc/self/status").read_text().splitlines()
own = next(line.split()[1] for line in status if line[:6] == "VmHWM:")
child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps([raw.recording.duration, len(raw.windows), int(own), child]))
"""


def quiet(number: int) -> Sound:
    """A minute of digital silence, every tenth with a click: Whisper is asked about little."""
    minute = np.zeros((1, MINUTE), "<i2")
    minute[0, 0] = 1000 if number % 10 == 0 else 0
    return minute


@cache
def spoken(number: int) -> Sound:
    """A minute of which somebody speaks 25 s: a window in each, so batches are full in ten."""
    minute = np.zeros((1, MINUTE), "<i2")
    minute[0, : 25 * RATE_HZ] = np.rint(speech(25) * 32767)
    return minute


def write_minutes(path: Path, minutes: int, minute_of: Callable[[int], Sound]) -> Path:
    with av.open(str(path), "w") as output:
        stream = output.add_stream("flac", rate=RATE_HZ, layout="mono")
        for number in range(minutes):
            minute = minute_of(number)
            frame = av.AudioFrame.from_ndarray(minute, format="s16", layout="mono")
            frame.sample_rate, frame.pts = RATE_HZ, number * minute.shape[1]
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


@pytest.mark.slow
@pytest.mark.parametrize(
    ("speech", "minute_of", "least"), [("none", quiet, 2), ("silero", spoken, 1)]
)
def test_half_an_hour_takes_no_more_memory_than_ten_minutes(
    speech: str, minute_of: Callable[[int], Sound], least: int, tmp_path: Path
) -> None:
    """By the grid over everything, and with a detector that finds somebody in every minute."""
    tiny_whisper(tmp_path / "tiny.pt")
    peaks = []
    for minutes in (10, 30):
        path = write_minutes(tmp_path / f"{minutes}.flac", minutes, minute_of)
        command = [
            sys.executable,
            "-c",
            SCRIPT,
            str(path),
            str(tmp_path / f"{minutes}.journal"),
            speech,
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        duration, decoded_windows, own, child = json.loads(done.stdout)
        assert duration == minutes * 60
        assert decoded_windows >= least * minutes
        peaks.append(own + child)
    assert peaks[1] - peaks[0] < MORE_KB, peaks


FINDING = """
import sys
from pathlib import Path
import numpy as np
from konspekt.transcribe.speech.regions import trace_speech
from konspekt.transcribe.speech.silero import Silero

def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM:")))

def blocks(minutes):
    noise = (np.random.default_rng(0).standard_normal(16_384) * 1e-4).astype(np.float32)
    for number in range(minutes * 60 * 16_000 // 16_384):
        if number == 586:  # ten minutes
            print(peak())
        yield noise.copy()

trace_speech(blocks(60), Silero())
print(peak())
"""


@pytest.mark.slow
def test_finding_speech_takes_no_more_memory_for_an_hour_than_for_ten_minutes() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FINDING], capture_output=True, text=True, check=True
    )
    after_ten_minutes, after_an_hour = map(int, done.stdout.split())
    assert after_an_hour - after_ten_minutes < FINDING_MORE_KB, done.stdout
