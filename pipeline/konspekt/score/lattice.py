"""A reference with alternatives and wildcards as a lattice of words, and the best way through
it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from konspekt.data import Alignment
from konspekt.score.alignment import align

_CELLS = 4_000_000  # nodes times hypothesis words up to which a text is not cut
# the same up to which a piece is searched at all: a byte each is kept
_MOST = 400_000_000
ANCHOR = 12  # equal words outside slots at which a long text is cut, half of them left on each side
_BOTH, _DELETED, _INSERTED = 0, 1, 2


class Wildcard:
    """Any number of words; each wildcard is equal to itself alone."""


@dataclass(frozen=True, eq=False)
class LatticeSlot:
    """A place of the reference with alternatives."""

    alternatives: list[list[Item]]


Item = str | LatticeSlot | Wildcard


class LatticeNode(NamedTuple):
    """A place in the reference: what comes next there, and which nodes follow it.

    Those that follow have smaller numbers.
    """

    item: Item  # a word, or what brings no word itself; node 0, the end, has none
    then: tuple[int, ...]
    fixed: bool = False  # a word outside slots


class LatticePiece(NamedTuple):
    """Nodes from `first` up to but without `last`, and the words `begin` to `end` that face them.

    The words are the hypothesis'.
    """

    first: int
    last: int
    begin: int
    end: int


class LatticeChoice(NamedTuple):
    """A reading: an alternative for each slot, and the words that each wildcard takes.

    The words are the hypothesis', from and to; there are none for a wildcard not searched for.
    """

    alternative: dict[LatticeSlot, int]
    taken: dict[Wildcard, tuple[int, int]]


def add_nodes(
    nodes: list[LatticeNode],
    items: list[Item],
    after: int,
    words_of: Callable[[str], list[str]],
    *,
    fixed: bool,
) -> int:
    """Add the nodes of `items` and return the one they begin with; node `after` follows them."""
    for item in reversed(items):
        for part in reversed(_parts_of(item, words_of)):
            then = [after]
            if isinstance(part, LatticeSlot):
                ways = part.alternatives
                then = [
                    add_nodes(nodes, way, after, words_of, fixed=False) for way in ways
                ]
            nodes.append(
                LatticeNode(part, tuple(then), fixed and isinstance(part, str))
            )
            after = len(nodes) - 1
    return after


def _parts_of(item: Item, words_of: Callable[[str], list[str]]) -> Sequence[Item]:
    return words_of(item) if isinstance(item, str) else [item]


def choose_reading(
    nodes: list[LatticeNode], start: int, hypothesis: Sequence[str]
) -> LatticeChoice:
    """Return the reading with the fewest errors, or for a long text nearly that (see `resolve`)."""
    choice = LatticeChoice({}, {})
    for piece in _pieces(nodes, LatticePiece(start, 0, 0, len(hypothesis)), hypothesis):
        cells = (piece.first - piece.last) * (piece.end - piece.begin + 1)
        if cells <= _MOST and has_choice(nodes, piece):
            best_way(nodes, piece, hypothesis, choice)
    return choice


def _pieces(
    nodes: list[LatticeNode], whole: LatticePiece, hypothesis: Sequence[str]
) -> Iterable[LatticePiece]:
    """Return the whole text, or the pieces that a long one is cut into."""
    if len(nodes) * (len(hypothesis) + 1) <= _CELLS:
        return [whole]
    words = [
        node for node in path(nodes, whole, {}) if isinstance(nodes[node].item, str)
    ]
    alignment = align([nodes[node].item for node in words], hypothesis)
    return cut(nodes, whole, words, alignment, ANCHOR)


def path(
    nodes: list[LatticeNode],
    piece: LatticePiece,
    alternative: Mapping[LatticeSlot, int],
) -> Iterator[int]:
    """Yield the words and wildcards of a reading in a piece.

    A slot that `alternative` does not name has its first one.
    """
    node = piece.first
    while node != piece.last:
        item, then, _ = nodes[node]
        if isinstance(item, LatticeSlot):
            node = then[alternative.get(item, 0)]
        else:
            yield node
            node = then[0]


def has_choice(nodes: list[LatticeNode], piece: LatticePiece) -> bool:
    """Return whether the piece has a slot or a wildcard."""
    return not all(
        isinstance(node.item, str) for node in nodes[piece.last + 1 : piece.first + 1]
    )


def cut(
    nodes: list[LatticeNode],
    piece: LatticePiece,
    words: list[int],
    alignment: Alignment,
    anchor: int,
) -> Iterator[LatticePiece]:
    """Yield smaller pieces, which meet where `anchor` words on end outside slots are equal.

    `words` are the nodes that `alignment` sets against the piece's words of the hypothesis.
    """
    first, first_word = piece.first, piece.begin
    for edit in alignment:
        if edit.kind != "equal":
            continue
        for begin, end in _runs_together(nodes, words, edit.ref_start, edit.ref_end):
            if not nodes[words[begin]].fixed or end - begin < anchor:
                continue
            # Between the two cuts of a long run there is nothing to choose.
            for place in sorted({begin + anchor // 2, end - anchor // 2}):
                word = piece.begin + edit.hyp_start + place - edit.ref_start
                yield LatticePiece(first, words[place], first_word, word)
                first, first_word = words[place], word
    yield LatticePiece(first, piece.last, first_word, piece.end)


def _runs_together(
    nodes: list[LatticeNode], words: list[int], start: int, stop: int
) -> Iterator[tuple[int, int]]:
    """Yield the runs of words between which neither a slot nor a wildcard stands.

    Their nodes have numbers next to each other.
    """
    begin = start
    for end in range(start + 1, stop + 1):
        if end == stop or not _go_on(nodes, words[end - 1], words[end]):
            yield begin, end
            begin = end


def _go_on(nodes: list[LatticeNode], one: int, following: int) -> bool:
    """Return whether two words are next to each other, both outside slots or both in one."""
    return one == following + 1 and nodes[following].fixed == nodes[one].fixed


def best_way(
    nodes: list[LatticeNode],
    piece: LatticePiece,
    hypothesis: Sequence[str],
    choice: LatticeChoice,
) -> None:
    """Note in `choice` what the reading with the fewest errors chooses in a piece."""
    ways = _find_ways(
        nodes, piece.first, piece.last, hypothesis[piece.begin : piece.end]
    )
    _trace(nodes, piece, ways, choice)


def _find_ways(
    nodes: list[LatticeNode], first: int, last: int, hypothesis: Sequence[str]
) -> list[Any]:
    """Return how each node from `last` + 1 to `first` is best gone on from, at each word.

    Costs run from the end of the text to its beginning. In every row column `j` is raised by `j`
    insertions, so that inserting costs nothing and the best place to go on after it is a running
    minimum.
    """
    import numpy as np

    table = _Table.of(nodes[last + 1 : first + 1], hypothesis)
    rows = {last: np.full(len(hypothesis) + 1, len(hypothesis) * table.error)}
    needed = {
        then: number
        for number in range(last + 1, first + 1)
        for then in nodes[number].then
    }
    ways = []
    for number in range(last + 1, first + 1):
        item, then, _ = nodes[number]
        if isinstance(item, LatticeSlot):
            row, way = _row_of_slot([rows[other] for other in then])
        elif isinstance(item, Wildcard):
            row, way = table.row_of_wildcard(rows[then[0]])
        else:
            row, way = table.row_of_word(item, rows[then[0]])
        rows[number] = row
        ways.append(way)
        for done in {other for other in then if needed[other] == number}:
            del rows[done]
    return ways


@dataclass(frozen=True)
class _Table:
    """What errors cost, and the hypothesis' words as numbers."""

    substitution: (
        int  # beyond a hit's saving: more than all places of alternatives together
    )
    error: int  # more than all substitutions together
    numbers: dict[str, int]
    words: Any  # (words,)
    slope: Any  # (words + 1,): `j` insertions in column `j`

    @classmethod
    def of(cls, nodes: Sequence[LatticeNode], hypothesis: Sequence[str]) -> _Table:
        import numpy as np

        numbers = {word: number for number, word in enumerate(hypothesis)}
        words = np.asarray([numbers[word] for word in hypothesis], np.int64)
        substitution = 1 + sum(len(node.then) for node in nodes)
        error = substitution * (min(len(nodes), len(hypothesis)) + 1)
        slope = np.arange(len(hypothesis) + 1) * error
        return cls(substitution, error, numbers, words, slope)

    def row_of_wildcard(self, after: Any) -> tuple[Any, Any]:
        import numpy as np

        plain = after - self.slope
        best = np.minimum.accumulate(plain[::-1])[::-1]
        return best + self.slope, best < plain

    def row_of_word(self, word: str, after: Any) -> tuple[Any, Any]:
        import numpy as np

        hit = self.words == self.numbers.get(word, -1)
        both = after[1:] + np.where(hit, -self.error, self.substitution)
        both = np.concatenate([both, [np.iinfo(np.int64).max]])
        deleted = after + self.error
        row = np.minimum.accumulate(np.minimum(both, deleted)[::-1])[::-1]
        other = np.where(row == deleted, _DELETED, _INSERTED)
        return row, np.where(row == both, _BOTH, other).astype(np.uint8)


def _row_of_slot(rows: list[Any]) -> tuple[Any, Any]:
    """Return the costs of a slot, and which alternative is best; the first costs least of
    equals.
    """
    import numpy as np

    costs = np.stack([row + place for place, row in enumerate(rows)])
    return costs.min(0), costs.argmin(0).astype(np.min_scalar_type(len(rows)))


def _trace(
    nodes: list[LatticeNode],
    piece: LatticePiece,
    ways: list[Any],
    choice: LatticeChoice,
) -> None:
    """Follow the best way through a piece and note what it chooses."""
    node, column = piece.first, 0
    while node != piece.last:
        item, then, _ = nodes[node]
        way = int(ways[node - piece.last - 1][column])
        if isinstance(item, LatticeSlot):
            choice.alternative[item] = way
            node = then[way]
        elif isinstance(item, Wildcard):
            begin, _ = choice.taken.get(item, (piece.begin + column, 0))
            column, node = column + way, node if way else then[0]
            choice.taken[item] = begin, piece.begin + column
        else:
            column += way != _DELETED
            node = node if way == _INSERTED else then[0]
