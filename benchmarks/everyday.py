"""What everyday commands cost in processor time, as ratios to starting Python, in one run.

    .venv/bin/python benchmarks/everyday.py [--runs 5] [--lectures 40]

Whole processes are measured, start-up included: user and system seconds of the command and its
children, the median of several runs.
"""

from __future__ import annotations

import argparse
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KONSPEKT = str(Path(sys.executable).with_name("konspekt"))


def cpu_seconds(command: list[str], runs: int) -> float:
    """The median of the processor seconds of `runs` runs."""
    seconds = []
    for _ in range(runs):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(
            after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        )
    return statistics.median(seconds)


def course_of(lectures: int, folder: Path) -> Path:
    """A course that holds the demo lecture so many times."""
    (folder / "recordings").mkdir(parents=True)
    (folder / "course.toml").write_text(
        'title = "Benchmark"\n[clean]\nembeddings = "none"\n'
    )
    for number in range(lectures):
        shutil.copy(
            ROOT / "recordings" / "search.raw.txt",
            folder / "recordings" / f"week{number}.raw.txt",
        )
    return folder


def main() -> None:
    """Measures and prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--lectures", type=int, default=40)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        course = str(course_of(options.lectures, folder / "course"))
        raw = str(ROOT / "recordings" / "search.raw.txt")
        clean = [KONSPEKT, "clean", raw, "--embeddings", "none", "--output"]
        python = cpu_seconds([sys.executable, "-c", "pass"], options.runs)
        rows = [
            ("python -c pass", python),
            ("konspekt --help", cpu_seconds([KONSPEKT, "--help"], options.runs)),
            (
                "konspekt clean, a lecture of 22 min",
                cpu_seconds([*clean, str(folder / "once")], 1),
            ),
            (
                f"konspekt build, {options.lectures} lectures, all to do",
                cpu_seconds([KONSPEKT, "build", course], 1),
            ),
            (
                f"konspekt build, {options.lectures} lectures, none to do",
                cpu_seconds([KONSPEKT, "build", course], options.runs),
            ),
        ]
    print(
        f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}"
    )
    for name, seconds in rows:
        print(f"{name:52} {seconds:8.2f} s of CPU {seconds / python:8.1f} ×")


if __name__ == "__main__":
    main()
