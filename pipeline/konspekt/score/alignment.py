"""Two sequences of words beside each other: the fewest errors, and with those the fewest
substitutions.

So the split into substitutions, deletions and insertions is unique, as Kaldi and NIST count.
rapidfuzz finds the fewest errors of a whole lecture in no time. What it leaves open lies between
long runs of equal words, and those islands are aligned again.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from konspekt.data import Alignment, Edit, EditKind

if TYPE_CHECKING:
    import numpy as np

# An island of errors ends at so many equal words. At 8 the substitutions were the fewest there are
# for 36 random pairs of 1,500 words with 5 to 30 % of errors; at 5 there were 4 too many, at 3
# there were 28. Words over and over («да» twenty times) are no end: an alignment may shift
# along them.
_ANCHOR = 8
_WIDEN = 3  # equal words taken into an island on each side
_WHOLE = 4_000_000  # cells of the table up to which no island is cut: texts of some 2,000 words
_IN_PYTHON = 20_000  # cells up to which the table is filled without numpy
# cells up to which the table is kept; beyond, the reference is halved
_TABLE = 4_000_000
# What brought the best way to a cell.
_BOTH, _DELETED, _INSERTED = 0, 1, 2


def align(reference: Sequence[Hashable], hypothesis: Sequence[Hashable]) -> Alignment:
    """Return the runs of equal, substituted, deleted and inserted items, in order, covering both
    sides.

    Every error costs 1 (Levenshtein). Among alignments with the fewest errors the one with the
    fewest substitutions is taken, which is the one with the most hits. Up to some 2,000 words a
    side that is exact. Of longer texts the number of errors is exact. Their substitutions are the
    fewest between runs of 8 equal words that are not the same few over and over. Memory grows with
    the length, not with its square.
    """
    numbers: dict[Hashable, int] = {}
    left, right = (
        [numbers.setdefault(item, len(numbers)) for item in side]
        for side in (reference, hypothesis)
    )
    return _merge(_runs(left, right))


def count(alignment: Alignment, kind: EditKind) -> int:
    """Return how many items of a kind there are: of the hypothesis for insertions, else of the
    reference.
    """
    return sum(
        max(edit.ref_end - edit.ref_start, edit.hyp_end - edit.hyp_start)
        for edit in alignment
        if edit.kind == kind
    )


def shift(alignment: Alignment, ref_by: int, hyp_by: int) -> Iterator[Edit]:
    """Yield the same edits where both sides begin later."""
    for edit in alignment:
        yield Edit(
            edit.kind,
            edit.ref_start + ref_by,
            edit.ref_end + ref_by,
            edit.hyp_start + hyp_by,
            edit.hyp_end + hyp_by,
        )


# A run of one kind, and how many items of both sides it takes.
KindRun = tuple[EditKind, int, int]
_KINDS: dict[str, EditKind] = {
    "equal": "equal",
    "replace": "substitute",
    "delete": "delete",
    "insert": "insert",
}


def _runs(left: list[int], right: list[int]) -> Iterator[KindRun]:
    if len(left) * len(right) <= _WHOLE:
        yield from _best(left, right)
        return
    at = other = 0
    for runs in _islands(left, right):
        substituted, to, to_other = 0, at, other
        wrong: set[int] = set()
        wrong_other: set[int] = set()
        for kind, taken, other_taken in runs:
            if kind != "equal":
                wrong.update(left[to : to + taken])
                wrong_other.update(right[to_other : to_other + other_taken])
                substituted += taken if kind == "substitute" else 0
            to, to_other = to + taken, to_other + other_taken
        # With errors and lengths given, substitutions go down by twos; and a hit more needs a word
        # wrong on both sides.
        if substituted < 2 or wrong.isdisjoint(wrong_other):
            yield from runs
        else:
            yield from _best(left[at:to], right[other:to_other])
        at, other = to, to_other


def _islands(left: list[int], right: list[int]) -> Iterator[list[KindRun]]:
    """Yield the runs of an alignment with the fewest errors, cut in the middle of long equal
    runs.
    """
    from rapidfuzz.distance import Levenshtein

    hint = max(abs(len(left) - len(right)), len(left) // 4)
    runs: list[KindRun] = []
    for code in Levenshtein.opcodes(left, right, score_hint=hint):
        length = code.src_end - code.src_start
        if (
            code.tag != "equal"
            or length < _ANCHOR
            or 2 * _period(left[code.src_start : code.src_end]) <= length
        ):
            runs.append((_KINDS[code.tag], length, code.dest_end - code.dest_start))
            continue
        yield [*runs, ("equal", _WIDEN, _WIDEN)]
        yield [("equal", length - 2 * _WIDEN, length - 2 * _WIDEN)]
        runs = [("equal", _WIDEN, _WIDEN)]
    yield runs


def _period(items: list[int]) -> int:
    """Return after how many items they repeat themselves to the end; their number if they do not.

    By the borders of their beginnings (Knuth, Morris and Pratt 1977).
    """
    borders = [0] * len(items)
    border = 0
    for at in range(1, len(items)):
        while border and items[at] != items[border]:
            border = borders[border - 1]
        border += items[at] == items[border]
        borders[at] = border
    return len(items) - border


def _best(left: list[int], right: list[int]) -> list[KindRun]:
    """Return the runs of the fewest errors and of those the most hits."""
    from rapidfuzz.distance import Levenshtein

    if not left or not right:
        return [("delete", len(left), 0), ("insert", 0, len(right))]
    # A way with so many errors never leaves these diagonals (the column less the row).
    errors, shift = Levenshtein.distance(left, right), len(right) - len(left)
    lowest, highest = -((errors - shift) // 2), (errors + shift) // 2
    if len(left) * (highest - lowest + 1) <= _IN_PYTHON:
        return _trace_back(_moves(left, right, lowest, highest), lowest, left, right)
    if len(left) * len(right) > _TABLE and len(left) > 1:
        return _halve(left, right)
    return _trace_back(_moves_of_rows(left, right), None, left, right)


def _trace_back(
    moves: Any, lowest: int | None, left: list[int], right: list[int]
) -> list[KindRun]:
    """Return the runs that end in the table's last corner. Its rows begin at the diagonal
    `lowest`, or at column 0.
    """
    runs: list[KindRun] = []
    row, column = len(left), len(right)
    while row or column:
        at = column if lowest is None else column - row - lowest
        move = moves[row][at] if row and column else (_DELETED if row else _INSERTED)
        if move == _BOTH:
            row, column = row - 1, column - 1
            runs.append(("equal" if left[row] == right[column] else "substitute", 1, 1))
        elif move == _DELETED:
            row -= 1
            runs.append(("delete", 1, 0))
        else:
            column -= 1
            runs.append(("insert", 0, 1))
    runs.reverse()
    return runs


def _moves(
    left: list[int], right: list[int], lowest: int, highest: int
) -> list[list[int]]:
    """Return how each cell is best reached, from diagonal `lowest` to `highest`.

    A cost is errors times more than there can be hits, less hits.
    """
    error = len(left) + len(right) + 1
    never = error * error
    width = highest - lowest + 1
    above = [
        column * error if column >= 0 else never
        for column in range(lowest, highest + 1)
    ] + [never]
    moves: list[list[int]] = [[]]
    for number, item in enumerate(left, start=1):
        row, how = [never] * (width + 1), [_INSERTED] * width
        before = never
        first, last = (
            max(0, -number - lowest),
            min(width, len(right) - number - lowest + 1),
        )
        for at in range(first, last):
            column = number + lowest + at
            best, move = before + error, _INSERTED
            if above[at + 1] + error <= best:
                best, move = above[at + 1] + error, _DELETED
            if (
                column
                and (both := above[at] + (-1 if right[column - 1] == item else error))
                <= best
            ):
                best, move = both, _BOTH
            row[at], how[at] = best, move
            before = best
        moves.append(how)
        above = row
    return moves


def _moves_of_rows(left: list[int], right: list[int]) -> Any:
    """Return the same as `_moves`, computed a row at a time."""
    import numpy as np

    error = len(left) + len(right) + 1
    others = np.asarray(right)
    moves = np.zeros((len(left) + 1, len(right) + 1), np.uint8)
    above = np.arange(len(right) + 1) * error
    for number, item in enumerate(left, start=1):
        both, deleted, row = _row(above, item, others, number, error)
        how = np.where(deleted < both, _DELETED, _BOTH)
        how[row[1:] < np.minimum(both, deleted)] = _INSERTED
        moves[number, 1:] = how
        above = row
    return moves


def _row(
    above: np.ndarray[Any, Any],
    item: int,
    others: np.ndarray[Any, Any],
    number: int,
    error: int,
) -> tuple[Any, Any, Any]:
    """Return the costs of a row: after taking both items, after a deletion, and the best of all
    three ways.
    """
    import numpy as np

    both = above[:-1] + np.where(others == item, -1, error)
    deleted = above[1:] + error
    row = np.concatenate([[number * error], np.minimum(both, deleted)])
    # An insertion costs the same everywhere, so the best start of a run of them is a running
    # minimum.
    slope = np.arange(len(row)) * error
    return both, deleted, np.minimum.accumulate(row - slope) + slope


def _halve(left: list[int], right: list[int]) -> list[KindRun]:
    """Return the runs by Hirschberg's way: the left side is halved where the best alignment
    crosses its middle.
    """
    import numpy as np

    middle = len(left) // 2
    error = len(left) + len(right) + 1
    down = _last_row(left[:middle], right, error)
    up = _last_row(left[middle:][::-1], right[::-1], error)[::-1]
    cut = int(np.argmin(down + up))
    return _best(left[:middle], right[:cut]) + _best(left[middle:], right[cut:])


def _last_row(left: list[int], right: list[int], error: int) -> Any:
    import numpy as np

    others = np.asarray(right)
    row = np.arange(len(right) + 1) * error
    for number, item in enumerate(left, start=1):
        _, _, row = _row(row, item, others, number, error)
    return row


def _merge(runs: Iterator[KindRun]) -> Alignment:
    edits: list[Edit] = []
    start = other_start = end = other_end = 0
    last: EditKind = "equal"
    for kind, taken, other_taken in runs:
        if kind != last:
            if (start, other_start) != (end, other_end):
                edits.append(Edit(last, start, end, other_start, other_end))
            last, start, other_start = kind, end, other_end
        end, other_end = end + taken, other_end + other_taken
    if (start, other_start) != (end, other_end):
        edits.append(Edit(last, start, end, other_start, other_end))
    return tuple(edits)
