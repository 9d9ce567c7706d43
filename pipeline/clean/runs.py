"""Runs: stretches of a text in which the same few words come again and again, with small variations."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MAX_LAG = 40  # words between a phrase and its return: a sentence of a loop is rarely longer
MAX_SKIP = 8  # words between two repeats of a run: a changed word breaks three trigrams, two apart break six
MIN_REPEATED_SHARE = 0.6  # of a run's words that are repeats

# A few characters again and again without a word's end between them: drawn-out letters, scripts without spaces.
MIN_CHARACTER_RUN = 60
_CHARACTERS = re.compile(r"(?=(\S{1,20}?)\1{7})(\1+)")
_HAS_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Run:
    """Words (or characters) `first` to `last`, `last` excluded, that say a unit `periods` times."""

    first: int
    last: int
    periods: int  # how often its most frequent three words come (of characters: the unit)
    unit: float  # mean length of what is repeated


def word_runs(words: Sequence[str]) -> Iterator[Run]:
    """The runs of a word sequence, in order, in time linear in its length."""
    lags = _lags(words)
    repeats = sorted(lags)
    at = 0
    while at < len(repeats):
        stop = at + 1
        while stop < len(repeats) and repeats[stop] - repeats[stop - 1] <= MAX_SKIP:
            stop += 1
        yield from _run(tuple(words), repeats[at:stop], lags)
        at = stop


def character_runs(text: str) -> Iterator[Run]:
    """Runs inside what has no spaces; numbers and rows of marks are none."""
    for match in _CHARACTERS.finditer(text):
        run, unit = match[2], match[1]
        if len(run) >= MIN_CHARACTER_RUN and _HAS_LETTER.search(unit):
            yield Run(match.start(2), match.end(2), len(run) // len(unit), len(unit))


def _lags(words: Sequence[str]) -> dict[int, int]:
    """For each word that ends a trigram said shortly before: how many words ago."""
    last: dict[tuple[str, str, str], int] = {}
    lags: dict[int, int] = {}
    for i in range(2, len(words)):
        trigram = (words[i - 2], words[i - 1], words[i])
        before = last.get(trigram)
        if before is not None and i - before <= MAX_LAG:
            lags[i] = i - before
        last[trigram] = i
    return lags


def _run(words: tuple[str, ...], repeats: Sequence[int], lags: dict[int, int]) -> Iterator[Run]:
    first = repeats[0] - 2 - lags[repeats[0]]
    last = repeats[-1] + 1
    said = Counter(words[i - 2 : i + 1] for i in range(first + 2, last))
    periods = max(said.values())
    if len(repeats) + 2 >= MIN_REPEATED_SHARE * (last - first - lags[repeats[0]]):
        yield Run(first, last, periods, (last - first) / periods)
