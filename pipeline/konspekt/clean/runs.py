"""Runs: stretches of a text in which the same few words come again and again, with small
variations.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

# words between a phrase and its return: a sentence of a loop is rarely longer
MAX_LAG = 40
# words between two repeats of a run: a changed word breaks three trigrams, two apart break six
MAX_SKIP = 8
# but where one or two words return, a whole clause between them is no change of a word
MIN_SKIP, SKIP_A_LAG = 2, 2
MIN_REPEATED_SHARE = 0.6  # of a run's words that are repeats
MAX_PERIODS_TRIED = 4  # the most frequent distances at which three words return
MIN_RETURNED_SHARE = 0.75  # of a run's words that return after its period
MAX_FIRST_LAG = 2  # periods: the first turn may be longer than the others

# A few characters again and again without a word's end between them: drawn-out letters, scripts
# without spaces.
MIN_CHARACTER_RUN = 60
_CHARACTERS = re.compile(r"(?=(\S{1,20}?)\1{7})(\1+)")
_HAS_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class RepeatedRun:
    """Words or characters `first` to `last` (excluded) that repeat a unit `periods` times."""

    first: int
    last: int
    periods: int  # how often the unit comes
    unit: int  # length of what is repeated
    steady: int = 0  # turns in a row in which not one word changes
    is_varied: bool = False  # some word changes in almost every turn


def word_runs(words: Sequence[str]) -> Iterator[RepeatedRun]:
    """Yield the repeated runs of a word sequence, in order, in time linear in its length."""
    lags = _lags(words)
    repeats = sorted(lags)
    at = 0
    while at < len(repeats):
        stop = at + 1
        while stop < len(repeats) and repeats[stop] - repeats[stop - 1] <= _max_skip(
            lags[repeats[stop - 1]]
        ):
            stop += 1
        yield from _run(words, repeats[at:stop], lags)
        at = stop


def character_runs(text: str) -> Iterator[RepeatedRun]:
    """Yield repeated runs inside text without spaces; numbers and rows of marks are none."""
    for match in _CHARACTERS.finditer(text):
        run, unit = match[2], match[1]
        if len(run) >= MIN_CHARACTER_RUN and _HAS_LETTER.search(unit):
            yield RepeatedRun(
                match.start(2), match.end(2), len(run) // len(unit), len(unit)
            )


def _lags(words: Sequence[str]) -> dict[int, int]:
    """Return how many words ago the trigram that ends at each word came; for those alone that
    came shortly before.
    """
    last: dict[tuple[str, str, str], int] = {}
    lags: dict[int, int] = {}
    for i in range(2, len(words)):
        trigram = (words[i - 2], words[i - 1], words[i])
        before = last.get(trigram)
        if before is not None and i - before <= MAX_LAG:
            lags[i] = i - before
        last[trigram] = i
    return lags


def _max_skip(lag: int) -> int:
    return min(MAX_SKIP, MIN_SKIP + SKIP_A_LAG * lag)


def _run(
    words: Sequence[str], repeats: Sequence[int], lags: Mapping[int, int]
) -> Iterator[RepeatedRun]:
    period = _period(words, repeats, lags)
    # Words may return from far before the run, as the heading of two lists does.
    begun = next(i for i in repeats if lags[i] <= MAX_FIRST_LAG * period)
    first, last = begun - 2 - lags[begun], repeats[-1] + 1
    inside = [i for i in repeats if i >= begun]
    new = last - first - lags[begun]  # words behind the first turn
    is_steady_enough = len(inside) + 2 >= MIN_REPEATED_SHARE * new
    if is_steady_enough or _count_covered(inside) >= MIN_REPEATED_SHARE * new:
        yield RepeatedRun(
            first,
            last,
            (last - first) // period,
            period,
            _count_steady_turns(inside, lags, period),
            not is_steady_enough,
        )


def _period(
    words: Sequence[str], repeats: Sequence[int], lags: Mapping[int, int]
) -> int:
    """Return the shortest distance after which nearly all words return, a word earlier or later;
    else that at which most do.

    A line of code has «от нуля до» twice, a verse its refrain: some words return within a turn, all
    only after one.
    """
    first, last = repeats[0] - 2, repeats[-1] + 1
    tried = Counter(lags[i] for i in repeats).most_common(MAX_PERIODS_TRIED)

    def share(lag: int) -> float:
        near = [shift for shift in (lag - 1, lag, lag + 1) if shift]
        returned = sum(
            any(words[i] == words[i - shift] for shift in near)
            for i in range(max(first, lag + 1), last)
        )
        return returned / (last - first)

    shares = {lag: share(lag) for lag, _ in tried}
    enough = min(MIN_RETURNED_SHARE, max(shares.values()))
    return min(lag for lag, returned in shares.items() if returned >= enough)


def _count_covered(repeats: Sequence[int]) -> int:
    """Return how many words stand in a trigram that came before."""
    return len({i - back for i in repeats for back in range(3)})


def _count_steady_turns(
    repeats: Sequence[int], lags: Mapping[int, int], period: int
) -> int:
    """Return the number of turns of the longest stretch in which every word returns after one
    period.
    """
    longest = length = 0
    before = -1
    for i in repeats:
        length = 0 if lags[i] != period else length + 1 if i == before + 1 else 1
        longest, before = max(longest, length), i
    return (longest + 2) // period + 1 if longest else 0
