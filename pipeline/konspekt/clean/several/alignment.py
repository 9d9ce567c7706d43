"""Which words of two strands are the same words, transcribed twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from konspekt.clean.align import match_weight
from konspekt.clean.several.strand import StrandWord

WordPair = tuple[int, int]  # indices into both strands

MAX_CELLS = 40_000  # of a fuzzy alignment between two exact ones: 200 words against 200
MAX_ISLAND = 3  # words that may have met by chance
# that an island must be worth for each word on its nearer side that did not meet
ISLAND_WEIGHT = 0.3


@dataclass(frozen=True, slots=True)
class StrandPair:
    """Two strands' words, and which of them many windows have."""

    first: Sequence[StrandWord]
    second: Sequence[StrandWord]
    common: Set[str]

    def weight(self, pair: WordPair) -> float:
        """Return the weight of a match of two words; 0 if they differ, or their times do."""
        a, b = self.first[pair[0]], self.second[pair[1]]
        if a.earliest > b.latest or b.earliest > a.latest:
            return 0.0
        return match_weight(a.folded, b.folded, self.common)


def pair_words(
    first: Sequence[StrandWord], second: Sequence[StrandWord], common: Set[str]
) -> list[WordPair]:
    """Return the pairs of words that meet, rising in both.

    Exact words come first, by the fewest edits, then near words between them. A word that stands
    alone among words that do not meet has met by chance and is left out.
    """
    two = StrandPair(first, second, common)
    pairs: list[WordPair] = []
    for a, b in _blocks(first, second):
        exact = _pair_exact(
            first[a.start : a.stop], second[b.start : b.stop], a.start, b.start
        )
        pairs += [pair for pair in exact if two.weight(pair)]
    return _drop_islands(two, list(_add_near(two, pairs)))


def _blocks(
    first: Sequence[StrandWord], second: Sequence[StrandWord]
) -> Iterator[tuple[range, range]]:
    """Yield the stretches of both between which no word of one can be a word of another."""
    i = j = 0
    while i < len(first) or j < len(second):
        a, b = i, j
        reach = min(
            [w.earliest for w in (first[i : i + 1] or ())]
            + [w.earliest for w in (second[j : j + 1] or ())]
        )
        grown = True
        while grown:
            grown = False
            while i < len(first) and first[i].earliest <= reach:
                reach, i, grown = max(reach, first[i].latest), i + 1, True
            while j < len(second) and second[j].earliest <= reach:
                reach, j, grown = max(reach, second[j].latest), j + 1, True
        yield range(a, i), range(b, j)


def _pair_exact(
    first: Sequence[StrandWord], second: Sequence[StrandWord], a: int, b: int
) -> Iterator[WordPair]:
    """Yield pairs of equal words on a path of the fewest edits."""
    from rapidfuzz.distance import Levenshtein

    steps = Levenshtein.opcodes(
        [word.folded for word in first], [word.folded for word in second]
    )
    for step in steps:
        if step.tag == "equal":
            yield from (
                (a + i, b + step.dest_start + i - step.src_start)
                for i in range(step.src_start, step.src_end)
            )


def _add_near(two: StrandPair, pairs: Sequence[WordPair]) -> Iterator[WordPair]:
    """Yield the pairs, and between them those of words that are near."""
    i = j = 0
    for next_i, next_j in (*pairs, (len(two.first), len(two.second))):
        yield from _pair_near(two, range(i, next_i), range(j, next_j))
        if next_i < len(two.first):
            yield next_i, next_j
        i, j = next_i + 1, next_j + 1


def _pair_near(two: StrandPair, first: range, second: range) -> Iterator[WordPair]:
    """Yield the pairs of the heaviest common subsequence."""
    if not first or not second or len(first) * len(second) > MAX_CELLS:
        return
    table = [[0.0] * (len(second) + 1) for _ in range(len(first) + 1)]
    for i in range(len(first) - 1, -1, -1):
        for j in range(len(second) - 1, -1, -1):
            weight = two.weight((first[i], second[j]))
            met = table[i + 1][j + 1] + weight if weight else 0.0
            table[i][j] = max(met, table[i + 1][j], table[i][j + 1])
    i = j = 0
    while i < len(first) and j < len(second) and table[i][j]:
        if table[i][j] == table[i + 1][j]:
            i += 1
        elif table[i][j] == table[i][j + 1]:
            j += 1
        else:
            yield first[i], second[j]
            i, j = i + 1, j + 1


def _drop_islands(two: StrandPair, pairs: list[WordPair]) -> list[WordPair]:
    """Return the pairs without those few between long stretches in which nothing meets: a
    hallucination has small words too.
    """
    while True:
        runs = list(_runs(pairs))
        left: list[WordPair] = []
        ends = (len(two.first), len(two.second))
        for number, run in enumerate(runs):
            before = left[-1] if left else (-1, -1)
            after = runs[number + 1][0] if number + 1 < len(runs) else ends
            around = min(
                max(run[0][0] - before[0], run[0][1] - before[1]) - 1,
                max(after[0] - run[-1][0], after[1] - run[-1][1]) - 1,
            )
            weight = sum(two.weight(pair) for pair in run)
            if len(run) > MAX_ISLAND or weight >= ISLAND_WEIGHT * around:
                left += run
        if len(left) == len(pairs):
            return left
        pairs = left


def _runs(pairs: Sequence[WordPair]) -> Iterator[list[WordPair]]:
    run: list[WordPair] = []
    for pair in pairs:
        if run and (pair[0] != run[-1][0] + 1 or pair[1] != run[-1][1] + 1):
            yield run
            run = []
        run.append(pair)
    if run:
        yield run
