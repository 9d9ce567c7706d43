"""The alignment that people read: the counts of the one that counts, but near words beside each
other.

Which words face each other does not change WER, and the alignment that counts looks at nothing but
equality: it may set «спуск» against «по» and leave «спуска» over. Here, of the alignments with the
fewest errors and of these with the most hits (so substitutions, deletions and insertions are as
many), the one is taken in which the fewest words face one that was said at another time, and of
these the one with the fewest wrong characters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby

from konspekt.data import Alignment, Edit, EditKind
from konspekt.score.alignment import count
from konspekt.score.runs import Times

_ANCHOR = 3  # equal words that end an island
_LARGEST = (
    60_000  # cells beyond which an island stays as it is: a lost page has no reading to speak of
)
# seconds between two words that were not said at one time; times that were shared out are no better
_FAR = 5.0


def align_readably(
    reference: Sequence[str],
    hypothesis: Sequence[str],
    alignment: Alignment,
    ref_times: Times = (),
    hyp_times: Times = (),
) -> Alignment:
    """The counting `alignment` of the two sides, its islands of errors aligned again by characters;
    the same counts.

    Times are one a word, or none at all.
    """

    def far(row: int, column: int) -> bool:
        one, other = ref_times[row], hyp_times[column]
        return (
            one is not None
            and other is not None
            and max(one[0] - other[1], other[0] - one[1]) > _FAR
        )

    timed = any(ref_times) and any(hyp_times)
    edits: list[Edit] = []
    for island in _islands(alignment):
        edits += (
            _aligned(reference, hypothesis, island, far if timed else None)
            if len(island) > 1
            else island
        )
    return tuple(_joined(edits))


def _islands(alignment: Alignment) -> Iterator[list[Edit]]:
    """The edits, cut at long runs of equal words; such a run stands by itself."""
    island: list[Edit] = []
    for edit in alignment:
        if edit.kind == "equal" and edit.ref_end - edit.ref_start >= _ANCHOR:
            yield island
            yield [edit]
            island = []
        else:
            island.append(edit)
    yield island


def _aligned(
    reference: Sequence[str],
    hypothesis: Sequence[str],
    island: list[Edit],
    far: Callable[[int, int], bool] | None,
) -> list[Edit]:
    first, from_ = island[0].ref_start, island[0].hyp_start
    said, heard = reference[first : island[-1].ref_end], hypothesis[from_ : island[-1].hyp_end]
    errors = sum(
        max(e.ref_end - e.ref_start, e.hyp_end - e.hyp_start) for e in island if e.kind != "equal"
    )
    shift = len(heard) - len(said)
    lowest, highest = -((errors - shift) // 2), (errors + shift) // 2
    if len(said) * (highest - lowest + 1) > _LARGEST:
        return island
    found: list[Edit] = []
    for kind, row, column in _way(said, heard, lowest, highest, far and _moved(far, first, from_)):
        at, other = first + row, from_ + column
        found.append(Edit(kind, at, at + (kind != "insert"), other, other + (kind != "delete")))
    # The counting alignment of a long text, or of one with wildcards, may not be the best; what is
    # counted stays.
    return found if _counts(found) == _counts(island) else island


def _moved(far: Callable[[int, int], bool], first: int, from_: int) -> Callable[[int, int], bool]:
    return lambda row, column: far(first + row, from_ + column)


def _counts(edits: list[Edit]) -> list[int]:
    return [count(tuple(edits), kind) for kind in ("equal", "substitute")]


def _way(
    said: Sequence[str],
    heard: Sequence[str],
    lowest: int,
    highest: int,
    apart: Callable[[int, int], bool] | None,
) -> list[tuple[EditKind, int, int]]:
    """Kind, row and column of each step of the best way; no way with as few errors leaves these
    diagonals.

    A cost is errors, less hits, words apart, wrong characters: each more than all that come after
    it together.
    """
    moved = sum(map(len, said)) + sum(map(len, heard)) + 1
    hit = moved * (len(said) + 1)
    error = hit * (len(said) + 1)
    best: dict[tuple[int, int], int] = {(0, 0): 0}
    came: dict[tuple[int, int], tuple[EditKind, int, int]] = {}
    for row in range(len(said) + 1):
        for column in range(max(0, row + lowest), min(len(heard), row + highest) + 1):
            if not row and not column:
                continue
            ways: list[tuple[int, EditKind, int, int]] = []
            if row and column and (before := best.get((row - 1, column - 1))) is not None:
                wrong = _distance(said[row - 1], heard[column - 1])
                cost = before + (error + wrong if wrong else -hit)
                if apart is not None and apart(row - 1, column - 1):
                    cost += moved
                ways.append((cost, "substitute" if wrong else "equal", row - 1, column - 1))
            if row and (before := best.get((row - 1, column))) is not None:
                ways.append((before + error + len(said[row - 1]), "delete", row - 1, column))
            if column and (before := best.get((row, column - 1))) is not None:
                ways.append((before + error + len(heard[column - 1]), "insert", row, column - 1))
            if ways:
                least, kind, *place = min(ways, key=lambda way: way[0])
                best[row, column], came[row, column] = least, (kind, place[0], place[1])
    way: list[tuple[EditKind, int, int]] = []
    at = (len(said), len(heard))
    while at != (0, 0):
        way.append(came[at])
        at = came[at][1:]
    way.reverse()
    return way


@lru_cache(maxsize=50_000)
def _distance(one: str, other: str) -> int:
    from rapidfuzz.distance import Levenshtein

    return Levenshtein.distance(one, other)


def _joined(edits: list[Edit]) -> Iterator[Edit]:
    for kind, group in groupby(edits, key=lambda edit: edit.kind):
        run = list(group)
        yield Edit(kind, run[0].ref_start, run[-1].ref_end, run[0].hyp_start, run[-1].hyp_end)
