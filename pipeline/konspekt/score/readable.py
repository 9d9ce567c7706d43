"""The alignment that people read: the same counts, but similar words face each other.

Which words face each other does not change WER, and the alignment that counts looks at nothing but
equality: it may set «спуск» against «по» and leave «спуска» over. Here an alignment is taken among
those with the fewest errors, and among these with the most hits; so substitutions, deletions and
insertions are as many. It is the one in which the fewest words face a word of another time, and
then the one with the fewest wrong characters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple, TypeAlias

from konspekt.data import Alignment, Edit, EditKind
from konspekt.score.alignment import count
from konspekt.score.runs import Times

_ANCHOR = 3  # equal words that end an island
# cells beyond which an island stays as it is: a lost page has no reading to speak of
_MAX_CELLS = 60_000
# seconds between two words of different times; times that were shared out are no better
_FAR = 5.0

# words of the reference and of the hypothesis before it
_TablePlace: TypeAlias = tuple[int, int]
# whether two words, by index, are far in time
_IsApart: TypeAlias = Callable[[int, int], bool]


def align_readably(
    reference: Sequence[str],
    hypothesis: Sequence[str],
    alignment: Alignment,
    ref_times: Times = (),
    hyp_times: Times = (),
) -> Alignment:
    """Return the counting `alignment` with its islands of errors aligned again by characters.

    The counts stay the same. Times are one a word, or none at all.
    """
    is_apart = _compare_times(ref_times, hyp_times)
    edits: list[Edit] = []
    for island in _islands(alignment):
        edits += _align_island(reference, hypothesis, island, is_apart)
    return tuple(_join_runs(edits))


def _compare_times(ref_times: Times, hyp_times: Times) -> _IsApart:
    if not any(ref_times) or not any(hyp_times):
        return lambda _row, _column: False

    def is_apart(row: int, column: int) -> bool:
        one, other = ref_times[row], hyp_times[column]
        if one is None or other is None:
            return False
        return max(one[0] - other[1], other[0] - one[1]) > _FAR

    return is_apart


def _islands(alignment: Alignment) -> Iterator[list[Edit]]:
    """Yield the edits, cut at long runs of equal words; such a run stands by itself."""
    island: list[Edit] = []
    for edit in alignment:
        if edit.kind == "equal" and edit.ref_end - edit.ref_start >= _ANCHOR:
            yield island
            yield [edit]
            island = []
        else:
            island.append(edit)
    yield island


class _Step(NamedTuple):
    """A step of a way through the table: its kind, and the place it comes from."""

    kind: EditKind
    row: int
    column: int


@dataclass(frozen=True, slots=True)
class _Island:
    """The words of both sides, and the diagonals (column less row) that a best way never leaves."""

    reference: Sequence[str]
    hypothesis: Sequence[str]
    first_diagonal: int
    last_diagonal: int
    is_apart: _IsApart

    @property
    def end(self) -> _TablePlace:
        return len(self.reference), len(self.hypothesis)

    @property
    def cells(self) -> int:
        return len(self.reference) * (self.last_diagonal - self.first_diagonal + 1)

    def columns(self, row: int) -> range:
        last = min(len(self.hypothesis), row + self.last_diagonal)
        return range(max(0, row + self.first_diagonal), last + 1)


def _align_island(
    reference: Sequence[str],
    hypothesis: Sequence[str],
    edits: list[Edit],
    is_apart: _IsApart,
) -> list[Edit]:
    """Return the edits by characters; the given ones where that is too much or counts otherwise.

    The counting alignment of a long text, or of one with wildcards, may not be the best; what is
    counted stays.
    """
    if len(edits) < 2:
        return edits
    row, column = edits[0].ref_start, edits[0].hyp_start
    ref_words = reference[row : edits[-1].ref_end]
    hyp_words = hypothesis[column : edits[-1].hyp_end]
    errors = _count_errors(edits)
    shift = len(hyp_words) - len(ref_words)
    island = _Island(
        ref_words,
        hyp_words,
        first_diagonal=-((errors - shift) // 2),
        last_diagonal=(errors + shift) // 2,
        is_apart=lambda ref, hyp: is_apart(row + ref, column + hyp),
    )
    if island.cells > _MAX_CELLS:
        return edits
    found = [_edit_of(step, row, column) for step in _best_way(island)]
    return found if _counts(found) == _counts(edits) else edits


def _count_errors(edits: list[Edit]) -> int:
    wrong = [edit for edit in edits if edit.kind != "equal"]
    return sum(max(e.ref_end - e.ref_start, e.hyp_end - e.hyp_start) for e in wrong)


def _edit_of(step: _Step, row: int, column: int) -> Edit:
    ref, hyp = row + step.row, column + step.column
    ref_end = ref + (step.kind != "insert")
    hyp_end = hyp + (step.kind != "delete")
    return Edit(step.kind, ref, ref_end, hyp, hyp_end)


def _counts(edits: list[Edit]) -> tuple[int, int]:
    alignment = tuple(edits)
    return count(alignment, "equal"), count(alignment, "substitute")


def _best_way(island: _Island) -> list[_Step]:
    """Return the steps of the best way; no way with as few errors leaves the island's diagonals."""
    weights = _weigh(island)
    costs: dict[_TablePlace, int] = {(0, 0): 0}
    steps: dict[_TablePlace, _Step] = {}
    for row in range(len(island.reference) + 1):
        for column in island.columns(row):
            ways = list(_ways_to((row, column), island, weights, costs))
            if ways:
                costs[row, column], steps[row, column] = min(
                    ways, key=lambda way: way[0]
                )
    return _trace(steps, island.end)


class _Weights(NamedTuple):
    """What errors, hits and words apart cost: each more than all that come after it together.

    A wrong character costs 1.
    """

    error: int
    hit: int
    apart: int


def _weigh(island: _Island) -> _Weights:
    rows = len(island.reference) + 1
    apart = sum(map(len, island.reference)) + sum(map(len, island.hypothesis)) + 1
    return _Weights(error=apart * rows * rows, hit=apart * rows, apart=apart)


def _ways_to(
    place: _TablePlace,
    island: _Island,
    weights: _Weights,
    costs: dict[_TablePlace, int],
) -> Iterator[tuple[int, _Step]]:
    """Yield the steps that lead to a place, each with the cost of the whole way."""
    row, column = place
    both = costs.get((row - 1, column - 1))
    if both is not None:
        wrong = _distance(island.reference[row - 1], island.hypothesis[column - 1])
        cost = both + (weights.error + wrong if wrong else -weights.hit)
        if island.is_apart(row - 1, column - 1):
            cost += weights.apart
        yield cost, _Step("substitute" if wrong else "equal", row - 1, column - 1)
    deleted = costs.get((row - 1, column))
    if deleted is not None:
        cost = deleted + weights.error + len(island.reference[row - 1])
        yield cost, _Step("delete", row - 1, column)
    inserted = costs.get((row, column - 1))
    if inserted is not None:
        cost = inserted + weights.error + len(island.hypothesis[column - 1])
        yield cost, _Step("insert", row, column - 1)


def _trace(steps: dict[_TablePlace, _Step], end: _TablePlace) -> list[_Step]:
    """Return the steps that lead to the end, the first one first."""
    way: list[_Step] = []
    place = end
    while place != (0, 0):
        step = steps[place]
        way.append(step)
        place = (step.row, step.column)
    way.reverse()
    return way


@lru_cache(maxsize=50_000)
def _distance(one: str, other: str) -> int:
    from rapidfuzz.distance import Levenshtein

    return Levenshtein.distance(one, other)


def _join_runs(edits: list[Edit]) -> Iterator[Edit]:
    """Yield the edits, those of one kind on end as one."""
    for kind, group in groupby(edits, key=lambda edit: edit.kind):
        run = list(group)
        yield Edit(
            kind, run[0].ref_start, run[-1].ref_end, run[0].hyp_start, run[-1].hyp_end
        )
