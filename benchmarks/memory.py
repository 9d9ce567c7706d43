"""What transcription holds in memory, above the loaded model: a recording of ten minutes, and one
of ten hours.

    .venv/bin/python benchmarks/memory.py [--hours 0.17 10] [--every 600] [--model base]

The recording is made on the spot, a FLAC of digital silence in which the demo lecture's beginning
is said every so many seconds. All of it is decoded, cut and looked at, and Whisper decodes what is
spoken. Whole processes are measured, the command and the decoder it starts: the sum of their
highest resident memory (VmHWM), and processor seconds.
"""

from __future__ import annotations

import argparse
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import av
import numpy as np

from konspekt.sound import SAMPLE_RATE, open_recording

ROOT = Path(__file__).resolve().parent.parent
KONSPEKT = str(Path(sys.executable).with_name("konspekt"))
SPOKEN = 25  # seconds
LOADED = """
import sys
from pathlib import Path
from konspekt.models.whisper import choose, load
model = load(choose(sys.argv[1], "cpu", Path()))
status = Path("/proc/self/status").read_text().splitlines()
print(next(line.split()[1] for line in status if line[:6] == "VmRSS:"))
"""


def write_recording(path: Path, hours: float, every: int) -> Path:
    """A FLAC in which somebody speaks for `SPOKEN` seconds every `every` seconds."""
    with open_recording(ROOT / "recordings" / "speech.opus", max_hours=1) as sound:
        spoken = np.concatenate(
            [block for block, _ in zip(sound.blocks(), range(SPOKEN + 5), strict=False)]
        )
    every = min(every, round(hours * 3600))
    lesson = np.zeros((1, every * SAMPLE_RATE), "<i2")
    lesson[0, : SPOKEN * SAMPLE_RATE] = np.rint(spoken[: SPOKEN * SAMPLE_RATE] * 32767)
    with av.open(str(path), "w") as output:
        stream = output.add_stream("flac", rate=SAMPLE_RATE, layout="mono")
        for number in range(round(hours * 3600 / every)):
            frame = av.AudioFrame.from_ndarray(lesson, format="s16", layout="mono")
            frame.sample_rate, frame.pts = SAMPLE_RATE, number * lesson.shape[1]
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def peak_megabytes(command: list[str]) -> float:
    """The sum of the highest resident memory of a command and of the largest process that it
    starts.
    """
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    peaks: dict[int, int] = {}
    while process.poll() is None:
        for number in (process.pid, *_children(process.pid)):
            peaks[number] = max(peaks.get(number, 0), _peak_kilobytes(number))
        time.sleep(0.05)
    if process.returncode:
        raise SystemExit(process.returncode)
    own = peaks.pop(process.pid)
    return (own + max(peaks.values(), default=0)) / 1024


def _children(process: int) -> list[int]:
    try:
        tasks = Path(f"/proc/{process}/task").iterdir()
        return [
            int(child)
            for task in tasks
            for child in (task / "children").read_text().split()
        ]
    except OSError:  # gone
        return []


def _peak_kilobytes(process: int) -> int:
    try:
        status = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return next(
        (int(line.split()[1]) for line in status if line.startswith("VmHWM:")), 0
    )


def main() -> None:
    """Measures and prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hours", type=float, nargs="+", default=[0.17, 10.0])
    parser.add_argument("--every", type=int, default=600)
    parser.add_argument("--model", default="base")
    options = parser.parse_args()
    loaded = (
        int(subprocess.check_output([sys.executable, "-c", LOADED, options.model]))
        / 1024
    )
    print(
        f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}"
    )
    print(f"{'Whisper ' + options.model + ', loaded':32} {loaded:7.0f} MB", flush=True)
    for hours in options.hours:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            path = write_recording(folder / "lecture.flac", hours, options.every)
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            began = time.monotonic()
            command = [
                KONSPEKT,
                "transcribe",
                str(path),
                "--output",
                str(folder / "out"),
                "--model",
                options.model,
            ]
            peak = peak_megabytes([*command, "--language", "ru", "--device", "cpu"])
            wall = time.monotonic() - began
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        print(
            f"{f'a recording of {hours:.2g} h':32} {peak:7.0f} MB, {peak - loaded:+.0f} MB above "
            f"the model, "
            f"{seconds:.0f} s of CPU, {wall:.0f} s",
            flush=True,
        )


if __name__ == "__main__":
    main()
