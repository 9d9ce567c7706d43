"""Equivalent spans of words: numbers, and words joined or split."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from konspekt.score.rules.number_words import PERCENTS
from konspekt.score.rules.numerals import Numeral, numeral_readings

_LONGEST = 4  # words of a compound on either side
_TABLE = 250_000  # cells of the table of two texts up to which it is filled
_WORD = 10**9  # a covered word outweighs any number of spans


@dataclass(frozen=True, slots=True)
class Equal:
    """Words `ref_first` to `ref_last` of the reference, equivalent to `hyp_first` to `hyp_last` of
    the hypothesis.
    """

    ref_first: int
    ref_last: int
    hyp_first: int
    hyp_last: int
    rule: Literal["numbers", "compounds"]

    @property
    def words(self) -> int:
        """Return how many words it covers on both sides together."""
        return self.ref_last - self.ref_first + self.hyp_last - self.hyp_first + 2


def equivalences(
    reference: Sequence[str],
    hypothesis: Sequence[str],
    *,
    numbers: bool = True,
    compounds: bool = True,
) -> tuple[Equal, ...]:
    """Return equivalent spans that are written differently, in order and disjoint on both sides.

    `numbers`: the same value, at least one side in digits, so «двух» and «двум» stay different
    words, as do «пять» and «пятый». «16-й» is an ordinal and equals «шестнадцатый» and 16, not
    «шестнадцать»; "second" by itself equals 2nd, not 2. «минус пять» is -5. % and «процентов» are
    equal too. `compounds`: the same letters in at most four words on either side, digits never
    joined to digits. Of all that fits, the spans are chosen that leave the fewest errors. Between
    texts of more than some 500 words those are chosen that cover most words with the equal words
    between them. Both sides are words as the profile left them; an island should not begin or end
    within a number.
    """
    found: list[Equal] = []
    if numbers:
        found += _numbers(reference, hypothesis)
    if compounds:
        found += _compounds(reference, hypothesis)
    if not found:
        return ()
    if len(reference) * len(hypothesis) <= _TABLE:
        return _fewest_errors(found, reference, hypothesis)
    return _best_chain(found, reference, hypothesis)


def _numbers(reference: Sequence[str], hypothesis: Sequence[str]) -> Iterator[Equal]:
    letters = "".join((*reference, *hypothesis))
    if "%" not in letters and not any(
        map(str.isdigit, letters)
    ):  # one side is in digits
        return
    by_value = defaultdict(list)
    for numeral in numeral_readings(hypothesis):
        by_value[numeral.value].append(numeral)
    for one in numeral_readings(reference):
        for other in by_value.get(one.value, ()):
            if _same_number(one, reference, other, hypothesis):
                yield Equal(one.first, one.last, other.first, other.last, "numbers")
    hyp_percents = list(_percents(hypothesis))
    for first, last in _percents(reference):
        for hyp_first, hyp_last in hyp_percents:
            if (reference[first] == "%") != (hypothesis[hyp_first] == "%"):
                yield Equal(first, last, hyp_first, hyp_last, "numbers")


def _same_number(
    one: Numeral, reference: Sequence[str], other: Numeral, hypothesis: Sequence[str]
) -> bool:
    left, right = (
        reference[one.first : one.last + 1],
        hypothesis[other.first : other.last + 1],
    )
    kinds = {one.kind, other.kind}
    if list(left) == list(right) or kinds == {"cardinal", "ordinal"}:
        return False
    if (
        abs(one.value) == 2
        and "digits" in kinds
        and "second" in (left[-1].lower(), right[-1].lower())
    ):
        return False  # by itself it is mostly time: «wait a second»
    in_digits = [
        any(char.isdigit() for word in side for char in word) for side in (left, right)
    ]
    if all(in_digits) and len(left) == len(right) == 1 and one.value.denominator > 1:
        # 3.1, 3.10 are two versions
        return len(re.split("[.,]", left[0])[-1]) == len(re.split("[.,]", right[0])[-1])
    return any(in_digits)


def _percents(words: Sequence[str]) -> Iterator[tuple[int, int]]:
    for i, word in enumerate(words):
        if word == "%" or word.lower() in PERCENTS:
            yield i, i
        elif (
            word.lower() == "per"
            and i + 1 < len(words)
            and words[i + 1].lower() == "cent"
        ):
            yield i, i + 1


def _compounds(reference: Sequence[str], hypothesis: Sequence[str]) -> Iterator[Equal]:
    runs, hyp_runs = list(_joined_runs(reference)), list(_joined_runs(hypothesis))
    joined, hyp_joined = {run[0] for run in runs}, {run[0] for run in hyp_runs}
    words, hyp_words = set(reference), set(hypothesis)
    # Two single words with the same letters are equal already.
    left = [run for run in runs if run[0] in hyp_words or run[0] in hyp_joined]
    left += [(word, at, at) for at, word in enumerate(reference) if word in hyp_joined]
    by_letters = defaultdict(list)
    for letters, first, last in hyp_runs:
        if letters in words or letters in joined:
            by_letters[letters].append((first, last))
    for at, word in enumerate(hypothesis):
        if word in joined:
            by_letters[word].append((at, at))
    for letters, first, last in left:
        expected = reference[first : last + 1]
        for hyp_first, hyp_last in by_letters.get(letters, ()):
            found = hypothesis[hyp_first : hyp_last + 1]
            # A boundary in common: two smaller pairs, or an equal word beside one. None at all: one
            # equal word.
            if expected != found and not _inner_boundaries(
                expected
            ) & _inner_boundaries(found):
                yield Equal(first, last, hyp_first, hyp_last, "compounds")


def _joined_runs(words: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """Yield the letters of every run of two to four words, and where it lies.

    A run ends where digits would meet digits: «1 5» is not «15», nor «1 -5» «1-5».
    """
    ends = [word[-1:].isdigit() for word in words]
    begins = [word.removeprefix("-")[:1].isdigit() for word in words]
    for first, letters in enumerate(words):
        for last in range(first + 1, min(first + _LONGEST, len(words))):
            if ends[last - 1] and begins[last]:
                break
            letters += words[last]
            yield letters, first, last


def _inner_boundaries(words: Sequence[str]) -> frozenset[int]:
    """Return at which letters words meet."""
    return frozenset(list(accumulate(map(len, words)))[:-1])


def _fewest_errors(
    found: list[Equal], reference: Sequence[str], hypothesis: Sequence[str]
) -> tuple[Equal, ...]:
    """Return the spans of the alignment with the fewest errors, in which a span costs none; of
    equals with the most hits, then the fewest spans.

    Levenshtein's table, in which a span is one more way into the cell where it ends.
    """
    ending: defaultdict[tuple[int, int], list[Equal]] = defaultdict(list)
    for span in sorted(
        found, key=lambda span: (span.ref_first, span.hyp_first, span.rule)
    ):
        ending[span.ref_last + 1, span.hyp_last + 1].append(span)
    # worth more than any number of spans, as an error is than any number of hits
    hit = len(found) + 1
    error = hit * (len(reference) + 1)
    costs = [[error * column for column in range(len(hypothesis) + 1)]]
    taken: dict[tuple[int, int], Equal] = {}
    for row, ref_word in enumerate(reference, start=1):
        above, costs_here = costs[-1], [error * row]
        for column, hyp_word in enumerate(hypothesis, start=1):
            both = above[column - 1] + (-hit if ref_word == hyp_word else error)
            costs_here.append(min(both, above[column] + error, costs_here[-1] + error))
            for span in ending.get((row, column), ()):
                cost = (
                    costs[span.ref_first][span.hyp_first]
                    - hit * (row - span.ref_first)
                    + 1
                )
                if cost < costs_here[column]:
                    costs_here[column] = cost
                    taken[row, column] = span
        costs.append(costs_here)
    chosen = []
    row, column = len(reference), len(hypothesis)
    while row and column:
        cost = costs[row][column]
        if last := taken.get((row, column)):
            chosen.append(last)
            row, column = last.ref_first, last.hyp_first
        elif cost == costs[row - 1][column] + error:
            row -= 1
        elif cost == costs[row][column - 1] + error:
            column -= 1
        else:
            row, column = row - 1, column - 1
    return tuple(reversed(chosen))


@dataclass(frozen=True, slots=True)
class _Chain:
    """The best that ends with `piece`; None for two equal words."""

    score: int
    piece: Equal | None
    before: _Chain | None


def _best_chain(
    found: list[Equal], reference: Sequence[str], hypothesis: Sequence[str]
) -> tuple[Equal, ...]:
    """Return the spans of the chain (each after the one before, on both sides) that covers most
    words; of equals the shortest.

    Equal words count as covered, so that a span never takes a word that has its match. Heaviest
    increasing subsequence with a Fenwick tree of maxima over the hypothesis: n log n for n spans
    and pairs of equal words.
    """
    starting: defaultdict[int, list[tuple[int, int, int, Equal | None]]] = defaultdict(
        list
    )
    for piece in sorted(
        found,
        key=lambda span: (span.hyp_first, span.hyp_last, span.ref_last, span.rule),
    ):
        starting[piece.ref_first].append(
            (piece.hyp_first, piece.hyp_last, piece.ref_last, piece)
        )
    places = defaultdict(list)
    for j, word in enumerate(hypothesis):
        places[word].append(j)
    best: list[_Chain | None] = [None] * (len(hypothesis) + 1)
    ended: defaultdict[int, list[tuple[int, _Chain]]] = defaultdict(list)
    for i, word in enumerate(reference):
        for hyp_last, chain in ended.pop(i - 1, ()):
            _keep(best, hyp_last, chain)
        for hyp_first, hyp_last, ref_last, equal in [
            *((j, j, i, None) for j in places[word]),
            *starting[i],
        ]:
            before = _best_until(best, hyp_first)
            weight = 2 * _WORD if equal is None else equal.words * _WORD - 1
            ended[ref_last].append(
                (
                    hyp_last,
                    _Chain((before.score if before else 0) + weight, equal, before),
                )
            )
    for hyp_last, chain in ended[len(reference) - 1]:
        _keep(best, hyp_last, chain)
    return tuple(
        reversed(
            [
                link.piece
                for link in _links(_best_until(best, len(hypothesis)))
                if link.piece
            ]
        )
    )


def _keep(best: list[_Chain | None], hyp_last: int, chain: _Chain) -> None:
    at = hyp_last + 1
    while at < len(best):
        kept = best[at]
        if kept is None or chain.score > kept.score:
            best[at] = chain
        at += at & -at


def _best_until(best: list[_Chain | None], hyp_first: int) -> _Chain | None:
    """Return the best chain among those that end before `hyp_first`."""
    found, at = None, hyp_first
    while at:
        chain = best[at]
        if chain is not None and (found is None or chain.score > found.score):
            found = chain
        at -= at & -at
    return found


def _links(chain: _Chain | None) -> Iterator[_Chain]:
    while chain is not None:
        yield chain
        chain = chain.before
