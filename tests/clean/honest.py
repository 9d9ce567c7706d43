"""Clean human transcripts cut into overlapping windows: texts of our own with everything that looks
like a defect and is none.

`texts/LANGUAGE.txt`: a passage a paragraph, `{one|another}` a choice, `~12` a line by itself a
pause of so many seconds. A lecture is the first passage, the others in an order of its seed, and
the last one; its tempo goes up and down. A window holds the words that lie in it whole.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from pathlib import Path

TEXTS = Path(__file__).with_name("texts")
_CHOICE = re.compile(r"\{([^{}]*)\}")
_OPENING, _CLOSING = 1, 1  # blocks that keep their places


@dataclass(frozen=True)
class Lecture:
    """What was said, and windows of it as (start, text); `edges` are the places where a window errs
    at its edge.
    """

    text: str
    windows: tuple[tuple[float, str], ...]
    length: float
    # (a window's start, a word as it was misspelled)
    edges: frozenset[tuple[float, str]] = frozenset()


def honest_lecture(language: str, seed: int, *, errs: bool = False) -> Lecture:
    """A lecture of some 1,100 words in windows of 29 to 30 s that share 5 s; with `errs` misspelled
    at their edges.
    """
    rng = random.Random(f"{language}{seed}")
    words = _spoken(rng, _passages(rng, language))
    length = rng.choice([29.0, 29.5, 30.0])
    step = length - 5.0
    windows, edges = [], set()
    for number in range(int(words[-1][1] // step) + 1):
        start = number * step
        said = [
            word
            for word, begun, ended in words
            if start <= begun and ended <= start + length
        ]
        if errs and len(said) > 12:
            said, wrong = _respell(rng, said, is_first=number == 0)
            edges |= {(start, word) for word in wrong}
        windows.append((start, " ".join(said)))
    return Lecture(
        " ".join(word for word, _, _ in words), tuple(windows), length, frozenset(edges)
    )


def _passages(rng: random.Random, language: str) -> list[str]:
    blocks = (TEXTS / f"{language}.txt").read_text("utf-8").strip().split("\n\n")
    middle = blocks[_OPENING:-_CLOSING]
    rng.shuffle(middle)
    chosen = "\n".join([*blocks[:_OPENING], *middle, *blocks[-_CLOSING:]])
    return _CHOICE.sub(lambda choice: rng.choice(choice[1].split("|")), chosen).split(
        "\n"
    )


def _spoken(rng: random.Random, lines: list[str]) -> list[tuple[str, float, float]]:
    """Words with the times at which they begin and end."""
    words: list[tuple[str, float, float]] = []
    now = rng.uniform(0.0, 6.0)
    for line in lines:
        if line.startswith("~"):
            now += float(line[1:]) * rng.uniform(0.7, 1.6)
            continue
        rate = rng.uniform(11.0, 22.0)  # characters a second: slow to hurried
        for word in line.split():
            words.append((word, now, now + len(word) / rate))
            now += (len(word) + 1) / rate + (
                rng.uniform(0.1, 0.8) if word[-1] in ".?!:" else 0.0
            )
    return words


def _respell(
    rng: random.Random, said: list[str], *, is_first: bool
) -> tuple[list[str], set[str]]:
    """Return a window as a decoder writes it: a capital at its beginning, a stop at its end,
    sometimes half a word there.
    """
    said, wrong = list(said), set()
    if not is_first:
        said[0] = said[0][:1].upper() + said[0][1:]
        if rng.random() < 0.1 and len(said[0]) > 5:
            said[0] = said[0][2:].capitalize()
            wrong.add(said[0])
    if rng.random() < 0.1 and len(said[-1]) > 6:
        said[-1] = said[-1][: len(said[-1]) // 2]
        wrong.add(said[-1])
    if said[-1][-1].isalnum():
        said[-1] += rng.choice([".", "...", "", ","])
    return said, wrong
