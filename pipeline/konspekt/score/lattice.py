"""A reference with alternatives and wildcards as a lattice of words, and the way through it with
the fewest errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from konspekt.data import Alignment
from konspekt.score.alignment import align

_CELLS = 4_000_000  # nodes times hypothesis words up to which a text is not cut
_MOST = 400_000_000  # the same up to which a piece is searched at all: a byte each is kept
ANCHOR = 12  # equal words outside slots at which a long text is cut, half of them left on each side
_BOTH, _DELETED, _INSERTED = 0, 1, 2


class Wildcard:
    """Any number of words, told from other wildcards by being itself."""


@dataclass(frozen=True, eq=False)
class LatticeSlot:
    alternatives: list[list[Item]]


Item = str | LatticeSlot | Wildcard


class LatticeNode(NamedTuple):
    """A place in the reference: what comes next there, and the nodes that follow it, which have
    smaller numbers.
    """

    item: Item  # a word, or what brings no word itself; node 0, the end, has none
    then: tuple[int, ...]
    fixed: bool = False  # a word outside slots


class LatticePiece(NamedTuple):
    """Nodes from `first` on, up to but without `last`, and the hypothesis' words `begin` to `end`
    that face them.
    """

    first: int
    last: int
    begin: int
    end: int


class LatticeChoice(NamedTuple):
    """A reading: which alternative of a slot, and which words of the hypothesis a wildcard takes
    (from, to).
    """

    alternative: dict[LatticeSlot, int]
    taken: dict[Wildcard, tuple[int, int]]  # none of a wildcard that was not searched for


def add_nodes(
    nodes: list[LatticeNode],
    items: list[Item],
    after: int,
    words_of: Callable[[str], list[str]],
    *,
    fixed: bool,
) -> int:
    """The node that `items` begin with; `after` is the node that follows them."""
    for item in reversed(items):
        for part in reversed(words_of(item)) if isinstance(item, str) else [item]:
            then = [after]
            if isinstance(part, LatticeSlot):
                then = [
                    add_nodes(nodes, some, after, words_of, fixed=False)
                    for some in part.alternatives
                ]
            nodes.append(LatticeNode(part, tuple(then), fixed and isinstance(part, str)))
            after = len(nodes) - 1
    return after


def choose_reading(nodes: list[LatticeNode], start: int, heard: Sequence[str]) -> LatticeChoice:
    """The reading with the fewest errors, or for a long text nearly that (see `resolve`)."""
    choice = LatticeChoice({}, {})
    whole = LatticePiece(start, 0, 0, len(heard))
    pieces: Iterable[LatticePiece] = [whole]
    if len(nodes) * (len(heard) + 1) > _CELLS:
        words = [at for at in path(nodes, whole, {}) if isinstance(nodes[at].item, str)]
        pieces = cut(nodes, whole, words, align([nodes[at].item for at in words], heard), ANCHOR)
    for piece in pieces:
        if (piece.first - piece.last) * (piece.end - piece.begin + 1) <= _MOST and has_choice(
            nodes, piece
        ):
            best_way(nodes, piece, heard, choice)
    return choice


def path(
    nodes: list[LatticeNode], piece: LatticePiece, alternative: Mapping[LatticeSlot, int]
) -> Iterator[int]:
    """The words and wildcards that a reading has in a piece; of slots not named the first
    alternative.
    """
    at = piece.first
    while at != piece.last:
        item, then, _ = nodes[at]
        if isinstance(item, LatticeSlot):
            at = then[alternative.get(item, 0)]
        else:
            yield at
            at = then[0]


def has_choice(nodes: list[LatticeNode], piece: LatticePiece) -> bool:
    """Whether there is a slot or a wildcard in it."""
    return not all(isinstance(node.item, str) for node in nodes[piece.last + 1 : piece.first + 1])


def cut(
    nodes: list[LatticeNode],
    piece: LatticePiece,
    words: list[int],
    alignment: Alignment,
    anchor: int,
) -> Iterator[LatticePiece]:
    """Smaller pieces, which meet where `anchor` words on end outside slots are equal.

    `words` are the nodes that `alignment` sets against the piece's words of the hypothesis.
    """
    first, from_ = piece.first, piece.begin
    for edit in alignment:
        begin = edit.ref_start
        for end in range(begin + 1, edit.ref_end + 1) if edit.kind == "equal" else ():
            # Numbers next to each other: neither a slot nor a wildcard is between.
            together = end < edit.ref_end and words[end - 1] == words[end] + 1
            if together and nodes[words[end]].fixed == nodes[words[end - 1]].fixed:
                continue
            if nodes[words[begin]].fixed and end - begin >= anchor:
                # Between the two cuts of a long run there is nothing to choose.
                for at in sorted({begin + anchor // 2, end - anchor // 2}):
                    heard = piece.begin + edit.hyp_start + at - edit.ref_start
                    yield LatticePiece(first, words[at], from_, heard)
                    first, from_ = words[at], heard
            begin = end
    yield LatticePiece(first, piece.last, from_, piece.end)


def best_way(
    nodes: list[LatticeNode], piece: LatticePiece, heard: Sequence[str], choice: LatticeChoice
) -> None:
    """Notes what the reading with the fewest errors chooses in a piece."""
    found = _ways(nodes, piece.first, piece.last, heard[piece.begin : piece.end])
    _trace(nodes, piece, found, choice)


def _ways(nodes: list[LatticeNode], first: int, last: int, heard: Sequence[str]) -> list[Any]:
    """How each node from `last` + 1 to `first` is best gone on from, at each of the hypothesis'
    words.

    Costs run from the end of the text to its beginning. In every row column `j` is raised by `j`
    insertions, so that inserting costs nothing and the best place to go on after it is a running
    minimum.
    """
    import numpy as np

    numbers = {word: number for number, word in enumerate(heard)}
    others = np.asarray([numbers[word] for word in heard], np.int64)
    substitution = 1 + sum(len(node.then) for node in nodes[last + 1 : first + 1])
    error = substitution * (min(first - last, len(heard)) + 1)
    slope = np.arange(len(heard) + 1) * error
    never = [np.iinfo(np.int64).max]
    rows = {last: np.full(len(heard) + 1, len(heard) * error)}
    needed = {then: number for number in range(last + 1, first + 1) for then in nodes[number].then}
    ways = []
    for number in range(last + 1, first + 1):
        item, then, _ = nodes[number]
        after = rows[then[0]]
        if isinstance(item, LatticeSlot):
            costs = np.stack([rows[other] + place for place, other in enumerate(then)])
            row, way = costs.min(0), costs.argmin(0).astype(np.min_scalar_type(len(then)))
        elif isinstance(item, Wildcard):
            plain = after - slope
            best = np.minimum.accumulate(plain[::-1])[::-1]
            row, way = best + slope, best < plain
        else:
            hit = others == numbers.get(item, -1)
            both, deleted = (
                np.concatenate([after[1:] + np.where(hit, -error, substitution), never]),
                after + error,
            )
            row = np.minimum.accumulate(np.minimum(both, deleted)[::-1])[::-1]
            way = np.where(
                row == both, _BOTH, np.where(row == deleted, _DELETED, _INSERTED)
            ).astype(np.uint8)
        rows[number] = row
        ways.append(way)
        for done in {other for other in then if needed[other] == number}:
            del rows[done]
    return ways


def _trace(
    nodes: list[LatticeNode], piece: LatticePiece, ways: list[Any], choice: LatticeChoice
) -> None:
    """Follows the best way through a piece."""
    at, column = piece.first, 0
    while at != piece.last:
        item, then, _ = nodes[at]
        way = int(ways[at - piece.last - 1][column])
        if isinstance(item, LatticeSlot):
            choice.alternative[item] = way
            at = then[way]
        elif isinstance(item, Wildcard):
            begin, _ = choice.taken.get(item, (piece.begin + column, 0))
            column, at = column + way, at if way else then[0]
            choice.taken[item] = begin, piece.begin + column
        else:
            column += way != _DELETED
            at = at if way == _INSERTED else then[0]
