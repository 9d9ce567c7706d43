"""A long recording takes no more memory than a short one: it is decoded, cut and heard in pieces."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from tests.sounds import tiny_whisper

MORE_KB = 40_000  # an hour as float32 is 230 MB, its spectrogram 115 MB
SCRIPT = """
import json, resource, sys
from pathlib import Path
from pipeline.course import TranscribeOptions
from pipeline.transcribe import transcribe
path, journal = Path(sys.argv[1]), Path(sys.argv[2])
how = {"speech": "none", "beam_size": 1, "temperatures": (0.0,)}  # all of it is cut into windows
options = TranscribeOptions(model="tiny.pt", language="ru", device="cpu", **how)
raw = transcribe("long", [path], [path.name], options, folder=path.parent, journal=journal)
own = next(line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if line[:6] == "VmHWM:")
child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps([raw.recording.duration, len(raw.hearings), int(own), child]))
"""


def write_quiet(path: Path, minutes: int) -> Path:
    """Digital silence, and a click every ten minutes: Whisper is asked about little."""
    minute = np.zeros((1, 16_000 * 60), "<i2")
    with av.open(str(path), "w") as output:
        stream = output.add_stream("flac", rate=16_000, layout="mono")
        for number in range(minutes):
            minute[0, 0] = 1000 if number % 10 == 0 else 0
            frame = av.AudioFrame.from_ndarray(minute, format="s16", layout="mono")
            frame.sample_rate, frame.pts = 16_000, number * minute.shape[1]
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


@pytest.mark.slow
def test_an_hour_takes_no_more_memory_than_ten_minutes(tmp_path: Path) -> None:
    tiny_whisper(tmp_path / "tiny.pt")
    peaks = []
    for minutes in (10, 60):
        path = write_quiet(tmp_path / f"{minutes}.flac", minutes)
        command = [sys.executable, "-c", SCRIPT, str(path), str(tmp_path / f"{minutes}.journal")]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        duration, hearings, own, child = json.loads(done.stdout)
        assert duration == minutes * 60
        assert hearings > minutes * 2
        peaks.append(own + child)
    assert peaks[1] - peaks[0] < MORE_KB, peaks
