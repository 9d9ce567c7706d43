"""Raw transcripts to measure with: made from a seed, of words that no language has, with the
defects of real ones.

Lines `[Chunk start 25.00s]: text`, windows of 30 s at a step of 25 s: words by Zipf's law at the
rate of lecture speech. One window in five is empty, one in twelve has a recurring hallucination.
One in fifty is a loop, and one in eight has an ending that the next one has otherwise.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import accumulate

STEP, WINDOW = 25.0, 30.0
WORDS_A_SECOND = 2.4
_CONSONANTS, _VOWELS = "бвгдзклмнпрстх", "аеиоуя"


def lecture(hours: float, seed: int) -> str:
    """A raw transcript of so many hours as the lines of its file."""
    rng = random.Random(seed)
    forms = _forms(rng)
    words = _speech(rng, forms, round(hours * 3600 * WORDS_A_SECOND))
    stock = _sentence(rng.sample(forms[100:], 12))
    return "".join(
        f"[Chunk start {number * STEP:.2f}s]: {_window(rng, forms, words, number, stock)}\n"
        for number in range(round(hours * 3600 / STEP))
    )


def _forms(rng: random.Random) -> list[str]:
    syllables = [consonant + vowel for consonant in _CONSONANTS for vowel in _VOWELS]
    return [
        "".join(rng.choices(syllables, k=1 + min(rank // 40, rng.randint(1, 4))))
        for rank in range(8000)
    ]


def _speech(rng: random.Random, forms: list[str], count: int) -> list[str]:
    weights = list(accumulate(1 / rank for rank in range(1, len(forms) + 1)))
    words = rng.choices(forms, cum_weights=weights, k=count)
    at = 0
    while at < count:
        words[at] = words[at].capitalize()
        at += rng.randint(5, 22)
        if at <= count:
            words[at - 1] += rng.choice("....?!")
    return words


def _sentence(words: list[str]) -> str:
    return " ".join(words).capitalize() + "."


def _window(
    rng: random.Random, forms: list[str], words: list[str], number: int, stock: str
) -> str:
    first = round(number * STEP * WORDS_A_SECOND)
    said = words[first : first + round(WINDOW * WORDS_A_SECOND)]
    chance = rng.random()
    if chance < 0.2:
        return ""
    if chance < 0.28:
        return stock
    if chance < 0.3:
        return " ".join([*said[:30], *["и", rng.choice(forms) + ","] * 80])
    if chance < 0.42:
        said = said[: -rng.randint(3, 9)] + rng.choices(forms, k=6)
    return " ".join(said)


# --------------------------------------------------------------------------------------------------


def _chunks(texts: Iterator[str], step: float) -> str:
    return "".join(
        f"[Chunk start {number * step:.3f}s]: {text}\n"
        for number, text in enumerate(texts)
    )


def _sentences(seed: int, count: int) -> Iterator[str]:
    rng = random.Random(seed)
    forms = _forms(rng)
    return (_sentence(rng.choices(forms, k=9)) for _ in range(count))


def _one_sentence(size: int) -> str:
    return _chunks(iter([" ".join(["Эту фразу говорят снова и снова."] * size)]), STEP)


def _one_window(size: int) -> str:
    return _chunks(iter([" ".join(_sentences(1, size))]), STEP)


def _one_window_of_loops(size: int) -> str:
    return _chunks(
        iter(
            [
                " ".join(
                    f"{sentence} {'да, ' * 90}"
                    for sentence in _sentences(2, size // 10)
                )
            ]
        ),
        STEP,
    )


def _tiny_cues(size: int) -> str:
    cues = (
        f"{number}\n{_stamp(number * 0.4)} --> {_stamp(number * 0.4 + 0.3)}\n{sentence}\n\n"
        for number, sentence in enumerate(_sentences(3, size), start=1)
    )
    return "".join(cues)


def _stamp(seconds: float) -> str:
    whole, milliseconds = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02},{milliseconds:03}"


def _tiny_windows(size: int) -> str:
    return _chunks(_sentences(4, size), STEP)


def _all_overlapping(size: int) -> str:
    return _chunks(_sentences(5, size), 0.001)


def _all_at_once(size: int) -> str:
    return _chunks(_sentences(6, size), 0.0)


def _commas(size: int) -> str:
    return _chunks(iter(["Да, Нет" * 10 * size]), STEP)


def _no_spaces(size: int) -> str:
    return _chunks(iter(["аб" * 40 * size]), STEP)


HARD: dict[str, tuple[str, Callable[[int], str]]] = {
    "one sentence repeated in one window": (".raw.txt", _one_sentence),
    "one window of different sentences": (".raw.txt", _one_window),
    "one window with a loop after every sentence": (".raw.txt", _one_window_of_loops),
    "tiny cues": (".raw.srt", _tiny_cues),
    "a sentence a window, all different": (".raw.txt", _tiny_windows),
    "windows that all overlap": (".raw.txt", _all_overlapping),
    "windows that are all at one time": (".raw.txt", _all_at_once),
    "capitals after commas": (".raw.txt", _commas),
    "letters without a space": (".raw.txt", _no_spaces),
}
"""Inputs that a careless rule takes the square of its time for, by name: the ending, and the file
of a size.
"""
