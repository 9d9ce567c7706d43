"""What cleaning costs in processor time and memory, and whether its time grows with the length
alone.

    .venv/bin/python benchmarks/clean.py [--runs 3] [--hours 1 2 5 10] [--lectures 80]
        [--svg docs/images/cleaning.svg]
    .venv/bin/python benchmarks/clean.py --hard 1000 2000 4000

Whole processes are measured, start-up included, without embeddings: user and system seconds of the
command and what it holds of memory at most; the median of several runs. The texts are made from
seeds (`benchmarks/lectures.py`). `--hard` measures damaged and strange inputs instead, each in
several sizes, and takes Konspekt's start-up off their time.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from lectures import HARD, lecture

KONSPEKT = str(Path(sys.executable).with_name("konspekt"))
MEBI = 1024  # of ru_maxrss' kibibytes
LECTURE_HOURS = 1.25


class Cost(NamedTuple):
    """What a process took."""

    seconds: float  # of processor time
    memory: float  # MiB at most


def cost(command: Sequence[str]) -> Cost:
    """What one run of a command takes, children that it waited for included in the time."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}: exit code {process.returncode}")
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / MEBI)


def cleaning(folder: Path, name: str, text: str, runs: int) -> Cost:
    """The median cost of `konspekt clean` of a raw transcript, each time anew."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    command = [
        KONSPEKT,
        "clean",
        str(folder / name),
        "--embeddings",
        "none",
        "--output",
    ]
    found = [cost([*command, str(folder / f"out{number}")]) for number in range(runs)]
    return Cost(*(statistics.median(values) for values in zip(*found, strict=True)))


def course(folder: Path, lectures: int) -> Cost:
    """The cost of cleaning a course of so many lectures, all different, in one run."""
    (folder / "recordings").mkdir(parents=True)
    (folder / "course.toml").write_text(
        'title = "Benchmark"\n[clean]\nembeddings = "none"\n', encoding="utf-8"
    )
    for number in range(lectures):
        text = lecture(LECTURE_HOURS, seed=number)
        (folder / "recordings" / f"week{number}.raw.txt").write_text(
            text, encoding="utf-8"
        )
    return cost([KONSPEKT, "build", str(folder), "--until", "clean"])


def picture(curve: Sequence[tuple[float, Cost]]) -> str:
    """The curve as SVG: hours and seconds, and the line through the longest and the start-up."""
    wide, high, left, low = 640, 320, 60, 40
    most = max(point.seconds for _, point in curve) * 1.1
    longest = curve[-1][0]

    def at(hours: float, seconds: float) -> str:
        x = left + hours / longest * (wide - left - 20)
        y = high - low - seconds / most * (high - low - 20)
        return f"{x:.1f},{y:.1f}"

    points = [at(hours, point.seconds) for hours, point in curve]
    slope = (curve[-1][1].seconds - curve[0][1].seconds) / (longest - curve[0][0])
    first = curve[0][1].seconds - slope * curve[0][0]
    ends = f'points="{at(0, first)} {points[-1]}"'
    dots = "".join(
        '<circle cx="{}" cy="{}" r="4"/>'.format(*point.split(",")) for point in points
    )
    names = ""
    for hours, point in curve:
        x, y = at(hours, point.seconds).split(",")
        names += (
            f'<text x="{x}" y="{high - 18}" text-anchor="middle">{hours:g} h</text>'
        )
        names += (
            f'<text x="{x}" y="{y}" text-anchor="end" dx="-8" dy="-6">{point.seconds:.1f} '
            f"s</text>"
        )
    axes = (
        f'<polyline points="{at(0, most)} {at(0, 0)} {at(longest, 0)}" fill="none" '
        f'stroke="#777"/>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" '
        f'font-family="sans-serif" font-size="13">'
        "<title>Processor seconds of konspekt clean by hours of recording</title>"
        f'<rect width="{wide}" height="{high}" fill="white"/>'
        f'{axes}<polyline {ends} fill="none" stroke="#aaa" stroke-dasharray="4"/>'
        f'<g fill="#0a6">{dots}</g><g fill="#222">{names}</g></svg>\n'
    )


def usual(options: argparse.Namespace, folder: Path) -> None:
    """One lecture, a course, and the curve."""
    print("| command | s of CPU | MiB |\n|---|---|---|")
    one = cleaning(
        folder / "one", "a.raw.txt", lecture(LECTURE_HOURS, seed=0), options.runs
    )
    print(
        f"| `konspekt clean`, a lecture of 75 min | {one.seconds:.2f} | {one.memory:.0f} |"
    )
    if options.lectures:
        many = course(folder / "course", options.lectures)
        name = f"`konspekt build --until clean`, {options.lectures} lectures of 75 min"
        print(f"| {name} | {many.seconds:.1f} | {many.memory:.0f} |")
    curve: list[tuple[float, Cost]] = []
    for hours in options.hours:
        point = cleaning(
            folder / f"{hours}", "a.raw.txt", lecture(hours, seed=1), options.runs
        )
        curve.append((hours, point))
        print(
            f"| `konspekt clean`, {hours:g} h | {point.seconds:.2f} | {point.memory:.0f} |",
            flush=True,
        )
    if options.svg and len(curve) > 1:
        options.svg.write_text(picture(curve), encoding="utf-8")


def hard(options: argparse.Namespace, folder: Path) -> None:
    """Strange inputs in several sizes."""
    nothing = cleaning(
        folder / "nothing", "a.raw.txt", "[Chunk start 0s]: Да.\n", options.runs
    ).seconds
    print(f"start-up: {nothing:.2f} s of CPU, taken off below\n")
    print(
        f"| input, in sizes {', '.join(map(str, options.hard))} | MB | s of CPU |\n|---|---|---|"
    )
    for name, (ending, make) in HARD.items():
        texts = [make(size) for size in options.hard]
        sizes = ", ".join(f"{len(text.encode()) / 10**6:.2f}" for text in texts)
        found = [
            cleaning(folder / f"{n}{name[:9]}", f"a{ending}", text, 1)
            for n, text in enumerate(texts)
        ]
        print(
            f"| {name} | {sizes} | {', '.join(f'{one.seconds - nothing:.2f}' for one in found)} |",
            flush=True,
        )


def main() -> None:
    """Measures and prints the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--hours", type=float, nargs="*", default=[1, 2, 5, 10])
    parser.add_argument("--lectures", type=int, default=80, help="0: no course")
    parser.add_argument("--svg", type=Path, help="where to draw the curve")
    parser.add_argument(
        "--hard",
        type=int,
        nargs="+",
        help="sizes of the strange inputs, instead of all else",
    )
    options = parser.parse_args()
    print(f"{platform.machine()}, Python {platform.python_version()}\n")
    with tempfile.TemporaryDirectory() as temporary:
        (hard if options.hard else usual)(options, Path(temporary))


if __name__ == "__main__":
    main()
