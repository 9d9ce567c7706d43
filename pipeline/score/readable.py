"""The alignment that people read: as few errors as the one that counts, but near words beside each other.

Which words face each other does not change WER, and the alignment that counts looks at nothing but equality: it may set
«спуск» against «по» and leave «спуска» over. Here the alignment with the fewest wrong characters is taken of those with
the fewest errors, as asr_eval does (errors, then characters).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby

from pipeline.data import Alignment, Edit, EditKind

_ANCHOR = 3  # equal words that end an island
_LARGEST = 60_000  # cells beyond which an island stays as it is: a lost page has no reading to speak of


def readable(reference: Sequence[str], hypothesis: Sequence[str], alignment: Alignment) -> Alignment:
    """The counting `alignment` of the two sides, its islands of errors aligned again by characters; same errors."""
    edits: list[Edit] = []
    for island in _islands(alignment):
        edits += _aligned(reference, hypothesis, island) if len(island) > 1 else island
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


def _aligned(reference: Sequence[str], hypothesis: Sequence[str], island: list[Edit]) -> list[Edit]:
    first, from_ = island[0].ref_start, island[0].hyp_start
    said, heard = reference[first : island[-1].ref_end], hypothesis[from_ : island[-1].hyp_end]
    errors = sum(max(e.ref_end - e.ref_start, e.hyp_end - e.hyp_start) for e in island if e.kind != "equal")
    shift = len(heard) - len(said)
    lowest, highest = -((errors - shift) // 2), (errors + shift) // 2
    if len(said) * (highest - lowest + 1) > _LARGEST:
        return island
    found: list[Edit] = []
    for kind, row, column in _way(said, heard, lowest, highest):
        at, other = first + row, from_ + column
        found.append(Edit(kind, at, at + (kind != "insert"), other, other + (kind != "delete")))
    return found


def _way(said: Sequence[str], heard: Sequence[str], lowest: int, highest: int) -> list[tuple[EditKind, int, int]]:
    """Kind, row and column of each step of the best way; no way with as few errors leaves these diagonals."""
    best: dict[tuple[int, int], tuple[int, int, int]] = {(0, 0): (0, 0, 0)}  # errors, wrong characters, hits less
    came: dict[tuple[int, int], tuple[EditKind, int, int]] = {}
    for row in range(len(said) + 1):
        for column in range(max(0, row + lowest), min(len(heard), row + highest) + 1):
            if not row and not column:
                continue
            ways: list[tuple[tuple[int, int, int], EditKind, int, int]] = []
            if row and column and (before := best.get((row - 1, column - 1))) is not None:
                wrong = _distance(said[row - 1], heard[column - 1])
                step = (int(wrong > 0), wrong, -int(not wrong))
                ways.append((_sum(before, step), "substitute" if wrong else "equal", row - 1, column - 1))
            if row and (before := best.get((row - 1, column))) is not None:
                ways.append((_sum(before, (1, len(said[row - 1]), 0)), "delete", row - 1, column))
            if column and (before := best.get((row, column - 1))) is not None:
                ways.append((_sum(before, (1, len(heard[column - 1]), 0)), "insert", row, column - 1))
            if ways:
                cost, kind, *place = min(ways, key=lambda way: way[0])
                best[row, column], came[row, column] = cost, (kind, place[0], place[1])
    way: list[tuple[EditKind, int, int]] = []
    at = (len(said), len(heard))
    while at != (0, 0):
        way.append(came[at])
        at = came[at][1:]
    way.reverse()
    return way


def _sum(before: tuple[int, int, int], step: tuple[int, int, int]) -> tuple[int, int, int]:
    return before[0] + step[0], before[1] + step[1], before[2] + step[2]


@lru_cache(maxsize=50_000)
def _distance(one: str, other: str) -> int:
    from rapidfuzz.distance import Levenshtein

    return Levenshtein.distance(one, other)


def _joined(edits: list[Edit]) -> Iterator[Edit]:
    for kind, group in groupby(edits, key=lambda edit: edit.kind):
        run = list(group)
        yield Edit(kind, run[0].ref_start, run[-1].ref_end, run[0].hyp_start, run[-1].hyp_end)
