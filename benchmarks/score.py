"""What scoring costs in seconds and memory, lectures of 20,000 and 100,000 words, with jiwer in the
same run.

    .venv/bin/python benchmarks/score.py [--words 20000 100000] [--runs 3]

Each measurement is a process of its own: the two texts are made, the library is loaded by a small
score, then the call is timed. The texts come from a seed: words by Zipf's law, of a hundred 9
substituted and 3 deleted, and 3 inserted. Memory is what the process holds at most beyond
what it held before the library was loaded.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

KONSPEKT = str(Path(sys.executable).with_name("konspekt"))
MEBI = 1024  # of ru_maxrss' kibibytes


def texts(words: int) -> tuple[str, str]:
    """A reference of so many words and its hypothesis."""
    rng = random.Random(words)
    letters = "абвгдежзиклмнопрстуфхцчшщыэюя"
    forms = ["".join(rng.choices(letters, k=rng.randint(2, 11))) for _ in range(20_000)]
    reference = rng.choices(
        forms, weights=[1 / rank for rank in range(1, len(forms) + 1)], k=words
    )
    hypothesis = []
    for word in reference:
        chance = rng.random()
        if chance < 0.09:
            hypothesis.append(rng.choice(forms))
        elif chance >= 0.12:
            hypothesis.append(word)
        if rng.random() < 0.03:
            hypothesis.append(rng.choice(forms))
    return " ".join(reference), " ".join(hypothesis)


def scorer(which: str) -> Callable[[str, str], object]:
    """A call by its name; the library is imported here."""
    if which.startswith("jiwer"):
        import jiwer

        return (
            jiwer.process_words if which == "jiwer words" else jiwer.process_characters
        )
    from konspekt.score import score

    profile = "ru" if which == "konspekt words, ru" else "raw"
    return lambda reference, hypothesis: score(
        reference, hypothesis, profile, cer=which == "konspekt words and CER"
    )


def once(which: str, words: int) -> None:
    """The child: prints seconds and MB."""
    reference, hypothesis = texts(words)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    call = scorer(which)
    call("да нет", "да")
    began = time.process_time()
    call(reference, hypothesis)
    seconds = time.process_time() - began
    print(
        json.dumps(
            [
                seconds,
                (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / MEBI,
            ]
        )
    )


def measured(which: str, words: int, runs: int) -> tuple[float, float]:
    """The medians of several processes."""
    command = [sys.executable, __file__, "--once", which, "--words", str(words)]
    found = [
        json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        for _ in range(runs)
    ]
    return statistics.median(one[0] for one in found), statistics.median(
        one[1] for one in found
    )


def whole_command(arguments: list[str], runs: int) -> float:
    """Processor seconds of the command with its start-up."""
    seconds = []
    for _ in range(runs):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([KONSPEKT, *arguments], check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(
            after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        )
    return statistics.median(seconds)


def main() -> None:
    """Measures and prints the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--words", type=int, nargs="+", default=[20_000, 100_000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--once", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.once:
        once(options.once, options.words[0])
        return
    print(f"{platform.machine()}, Python {platform.python_version()}\n")
    for words in options.words:
        print(f"{words} words\n\n| | s of CPU | × jiwer | MB |\n|---|---|---|---|")
        for unit, calls in (
            ("words", ("jiwer words", "konspekt words", "konspekt words, ru")),
            ("characters", ("jiwer characters", "konspekt words and CER")),
        ):
            if unit == "characters" and words > 20_000:
                continue  # jiwer takes minutes
            found = {which: measured(which, words, options.runs) for which in calls}
            base = found[calls[0]][0]
            for which, (seconds, memory) in found.items():
                print(
                    f"| {which} | {seconds:.2f} | {seconds / base:.2f} | {memory:.0f} |"
                )
        print()
    with tempfile.TemporaryDirectory() as temporary:
        short, long = Path(temporary, "short.txt"), Path(temporary, "long.txt")
        path = Path(temporary, "hypothesis.txt")
        short.write_text("Всем привет.\n", encoding="utf-8")
        reference, hypothesis = texts(20_000)
        long.write_text(reference, encoding="utf-8")
        path.write_text(hypothesis, encoding="utf-8")
        print("| command | s of CPU |\n|---|---|")
        print(
            f"| `konspekt score`, two words | "
            f"{whole_command(['score', str(short), str(short)], 3):.2f} |"
        )
        print(
            f"| `konspekt score`, 20,000 words | "
            f"{whole_command(['score', str(long), str(path)], 1):.2f} |"
        )
        page = ["--html", str(Path(temporary, "report.html"))]
        print(
            f"| the same with `--html` | "
            f"{whole_command(['score', str(long), str(path), *page], 1):.2f} |"
        )


if __name__ == "__main__":
    main()
