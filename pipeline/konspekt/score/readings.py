"""Readings of a reference tried as they are counted: equivalent words are no error of theirs.

The lattice knows equal words only. The reading that it chose may have errors where numbers or
joined words of another reading count as the same. The readings of such a stretch are tried one by
one, with all places of its wildcards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import NamedTuple

from konspekt.data import Alignment, Edit
from konspekt.score.alignment import align, shift
from konspekt.score.lattice import (
    LatticeChoice,
    LatticeNode,
    LatticePiece,
    LatticeSlot,
    Wildcard,
    best_way,
    cut,
    has_choice,
    path,
)

Cost = tuple[int, ...]  # the smallest is the best


class Verdict(NamedTuple):
    """What a stretch's words cost against the hypothesis', and how they face each other."""

    cost: Cost
    alignment: Alignment  # of the words as they are


WordTuple = tuple[str, ...]
Judge = Callable[[WordTuple, WordTuple], Verdict]

# equal words at which a text is cut, fewer of them where a piece stays large
_ANCHORS = (6, 3)
_SMALL = 600  # nodes times hypothesis words up to which a piece of such a text is not cut again
_CELLS = 2_500  # the same up to which a whole text is not cut, and a piece is tried
# stretches judged up to which a piece has all its readings tried, and a reading all places
_TRIES = 1_000
_IN_ALL = 20_000  # stretches judged for one reference
_NEAR = (12, 6, 3, 1)  # else a wildcard's ends are moved by so many words
_RUNS = 5_000  # runs of words that are looked at before a piece is taken to have joined words
_LONGEST = 4  # words of a compound

_Place = tuple[int, int]  # the hypothesis' words that a wildcard takes: from and to


class _PieceReading(NamedTuple):
    """What a choice of alternatives makes of a piece."""

    stretches: list[WordTuple]  # the words between its wildcards
    wildcards: list[Wildcard]
    alternative: dict[LatticeSlot, int]


class _Best(NamedTuple):
    cost: Cost  # the places of the alternatives, added up, at its end
    taken: tuple[_Place, ...]
    reading: _PieceReading


@dataclass(frozen=True, slots=True)
class _Lattice:
    """A reference's nodes, and the words of the hypothesis that they face."""

    nodes: list[LatticeNode]
    hypothesis: Sequence[str]

    def words_at(self, stretch: Sequence[int]) -> WordTuple:
        return tuple(str(self.nodes[node].item) for node in stretch)

    def facing(self, begin: int, end: int) -> WordTuple:
        return tuple(self.hypothesis[begin:end])


def retry_readings(
    nodes: list[LatticeNode],
    start: int,
    hypothesis: Sequence[str],
    choice: LatticeChoice,
    judge: Judge,
) -> LatticeChoice:
    """Return the reading with the lowest costs; of equals the one whose alternatives stand first.

    A short text (50 nodes against 50 words) has all its readings tried as long as there are no more
    than some hundreds. A longer one is cut at six equal words, where need be at three, and of many
    readings one slot after the other is tried. There the costs may not be the lowest, but never are
    they higher than those of `choice`.
    """
    lattice = _Lattice(nodes, hypothesis)
    counted = _CountingJudge(judge)
    whole = LatticePiece(start, 0, 0, len(hypothesis))
    better = LatticeChoice(dict(choice.alternative), dict(choice.taken))
    for piece in _pieces(lattice, whole, choice, judge):
        _improve(lattice, piece, choice, better, counted)
    if better == choice:
        return choice
    # Each piece is better by itself; that the whole is too is all but certain.
    is_better = _cost(lattice, whole, better, counted) < _cost(
        lattice, whole, choice, counted
    )
    return better if is_better else choice


def _improve(
    lattice: _Lattice,
    piece: LatticePiece,
    choice: LatticeChoice,
    better: LatticeChoice,
    judge: _CountingJudge,
) -> None:
    """Note in `better` what is better in a piece than `choice`."""
    before = _read(lattice.nodes, piece, choice.alternative)
    searched = all(wildcard in choice.taken for wildcard in before.wildcards)
    if not searched or not _is_hopeful(lattice, piece):
        return
    best = _find_better(lattice, piece, choice, judge)
    if best is None:
        return
    for wildcard in before.wildcards:
        del better.taken[wildcard]
    better.alternative.update(best.reading.alternative)
    better.taken.update(zip(best.reading.wildcards, best.taken, strict=True))


class _CountingJudge:
    """A judge that knows how many readings it has tried."""

    def __init__(self, judge: Judge) -> None:
        self.tried = 0
        self._judge = judge
        self._known: dict[tuple[WordTuple, WordTuple], Cost] = {}

    def __call__(self, reference: WordTuple, hypothesis: WordTuple) -> Cost:
        key = (reference, hypothesis)
        if key not in self._known:
            self.tried += 1
            self._known[key] = self._judge(reference, hypothesis).cost
        return self._known[key]


# --------------------------------------------------------------------------------------------------


def _pieces(
    lattice: _Lattice,
    piece: LatticePiece,
    choice: LatticeChoice,
    judge: Judge | None,
    anchors: Sequence[int] = _ANCHORS,
) -> Iterator[LatticePiece]:
    """Yield pieces with something to choose that are small enough to be tried.

    The judge is that of a whole text; None for a piece of one.
    """
    if not has_choice(lattice.nodes, piece):
        return
    size = (piece.first - piece.last) * (piece.end - piece.begin)
    if size <= (_CELLS if judge else _SMALL) or not anchors:
        if size <= _CELLS:
            yield piece
        return
    words, alignment = _align_reading(lattice, piece, choice, judge)
    for smaller in cut(lattice.nodes, piece, words, alignment, anchors[0]):
        yield from _pieces(lattice, smaller, choice, None, anchors[1:])


def _align_reading(
    lattice: _Lattice, piece: LatticePiece, choice: LatticeChoice, judge: Judge | None
) -> tuple[list[int], Alignment]:
    """Return the nodes of a reading's words, and how these face the hypothesis' words."""
    words: list[int] = []
    alignment: list[Edit] = []
    for stretch, (begin, end) in _stretches(lattice.nodes, piece, choice):
        reference, hypothesis = lattice.words_at(stretch), lattice.facing(begin, end)
        # Of a whole text the same will be counted anyway.
        edits = (
            judge(reference, hypothesis).alignment
            if judge
            else align(reference, hypothesis)
        )
        alignment += shift(edits, len(words), begin - piece.begin)
        words += stretch
    return words, tuple(alignment)


def _stretches(
    nodes: list[LatticeNode], piece: LatticePiece, choice: LatticeChoice
) -> Iterator[tuple[list[int], _Place]]:
    """Yield the nodes between two wildcards, and the words of the hypothesis that face them."""
    words: list[int] = []
    begin = piece.begin
    for node in path(nodes, piece, choice.alternative):
        item = nodes[node].item
        if isinstance(item, str):
            words.append(node)
        elif isinstance(item, Wildcard) and item in choice.taken:
            yield words, (begin, choice.taken[item][0])
            words, begin = [], choice.taken[item][1]
    yield words, (begin, piece.end)


def _cost(
    lattice: _Lattice, piece: LatticePiece, choice: LatticeChoice, judge: _CountingJudge
) -> Cost:
    costs = []
    for stretch, place in _stretches(lattice.nodes, piece, choice):
        costs.append(judge(lattice.words_at(stretch), lattice.facing(*place)))
    return _sum(*costs)


def _sum(*costs: Cost) -> Cost:
    return tuple(map(sum, zip(*costs, strict=True)))


def _read(
    nodes: list[LatticeNode], piece: LatticePiece, alternative: dict[LatticeSlot, int]
) -> _PieceReading:
    reading = _PieceReading([], [], alternative)
    words: list[str] = []
    for node in path(nodes, piece, alternative):
        item = nodes[node].item
        if isinstance(item, Wildcard):
            reading.stretches.append(tuple(words))
            reading.wildcards.append(item)
            words = []
        else:
            words.append(str(item))
    reading.stretches.append(tuple(words))
    return reading


# --------------------------------------------------------------------------------------------------


def _is_hopeful(lattice: _Lattice, piece: LatticePiece) -> bool:
    """Return whether numbers or joined words might make a difference; False only where they
    cannot.
    """
    hypothesis = lattice.facing(piece.begin, piece.end)
    items = [node.item for node in lattice.nodes[piece.last + 1 : piece.first + 1]]
    words = [*hypothesis, *(item for item in items if isinstance(item, str))]
    if any(map(_has_number, words)):
        return True
    runs = list(islice(_runs(lattice.nodes, piece), _RUNS + 1))
    if len(runs) > _RUNS:
        return True
    single, joined = set(hypothesis), _joined_words(hypothesis)
    return any(
        letters in joined or (many and letters in single) for letters, many in runs
    )


def _has_number(word: str) -> bool:
    return any(char == "%" or char.isdigit() for char in word)


def _joined_words(words: WordTuple) -> set[str]:
    """Return the letters of every two to four words on end."""
    joined = set()
    for length in range(2, _LONGEST + 1):
        for first in range(len(words) - length + 1):
            joined.add("".join(words[first : first + length]))
    return joined


def _runs(nodes: list[LatticeNode], piece: LatticePiece) -> Iterator[tuple[str, bool]]:
    """Yield the letters of up to four words on end in any reading, and whether words are many."""
    for number in range(piece.last + 1, piece.first + 1):
        if isinstance(nodes[number].item, str):
            yield from _runs_from(nodes, number, piece.last)


def _runs_from(
    nodes: list[LatticeNode], first: int, last: int
) -> Iterator[tuple[str, bool]]:
    """Yield the runs that begin with a node and end before `last`."""
    pending = [(first, "", 0)]
    while pending:
        node, letters, count = pending.pop()
        item, then, _ = nodes[node]
        if isinstance(item, Wildcard):
            continue
        if isinstance(item, str):
            letters, count = letters + item, count + 1
            yield letters, count > 1
        if count < _LONGEST:
            pending += [(after, letters, count) for after in then if after != last]
        elif isinstance(item, LatticeSlot):
            yield letters, True


# --------------------------------------------------------------------------------------------------


def _find_better(
    lattice: _Lattice, piece: LatticePiece, choice: LatticeChoice, judge: _CountingJudge
) -> _Best | None:
    """Return what is better than `choice` in a piece; None where nothing is."""
    cost = _cost(lattice, piece, choice, judge)
    if not cost[0]:
        return None
    own = _own_alternatives(lattice.nodes, piece, choice.alternative)
    before = _Best((*cost, sum(own.values())), (), _read(lattice.nodes, piece, own))
    best = _search(lattice, piece, before, judge)
    if best is before:
        return None
    taken = tuple((piece.begin + begin, piece.begin + end) for begin, end in best.taken)
    return best._replace(taken=taken)


def _search(
    lattice: _Lattice, piece: LatticePiece, before: _Best, judge: _CountingJudge
) -> _Best:
    """Return the best of all readings; of too many, the best that is found by climbing."""
    hypothesis = lattice.facing(piece.begin, piece.end)
    readings = list(islice(_all_readings(lattice.nodes, piece), _TRIES + 1))
    if len(readings) > _TRIES or _to_ask(readings, len(hypothesis)) > _TRIES:
        return _climb(lattice.nodes, piece, hypothesis, before, judge)
    tried = (_place_wildcards(reading, hypothesis, judge) for reading in readings)
    return min((before, *tried), key=lambda one: one.cost)


def _own_alternatives(
    nodes: list[LatticeNode], piece: LatticePiece, alternative: dict[LatticeSlot, int]
) -> dict[LatticeSlot, int]:
    """Return the alternatives of the slots that a reading comes through."""
    return {
        slot: alternative.get(slot, 0) for slot in _slots(nodes, piece, alternative)
    }


def _climb(
    nodes: list[LatticeNode],
    piece: LatticePiece,
    hypothesis: WordTuple,
    best: _Best,
    judge: _CountingJudge,
) -> _Best:
    """Return the best that is found by changing one slot after the other."""
    last = min(judge.tried + _TRIES, _IN_ALL)
    start = None
    while start is not best and judge.tried < last:
        start = best
        for trial in _neighbours(nodes, piece, start.reading.alternative):
            if judge.tried >= last:
                break
            reading = _read(nodes, piece, _own_alternatives(nodes, piece, trial))
            tried = _place_wildcards(reading, hypothesis, judge)
            best = min(best, tried, key=lambda one: one.cost)
    return best


def _neighbours(
    nodes: list[LatticeNode], piece: LatticePiece, alternative: dict[LatticeSlot, int]
) -> Iterator[dict[LatticeSlot, int]]:
    """Yield the reading itself, whose wildcards may have better places, and those one slot away."""
    yield alternative
    for slot in _slots(nodes, piece, alternative):
        for number in range(len(slot.alternatives)):
            yield {**alternative, slot: number}


def _slots(
    nodes: list[LatticeNode], piece: LatticePiece, alternative: dict[LatticeSlot, int]
) -> Iterator[LatticeSlot]:
    """Yield the slots that a reading comes through."""
    node = piece.first
    while node != piece.last:
        item, then, _ = nodes[node]
        if isinstance(item, LatticeSlot):
            yield item
            node = then[alternative.get(item, 0)]
        else:
            node = then[0]


def _all_readings(
    nodes: list[LatticeNode], piece: LatticePiece
) -> Iterator[_PieceReading]:
    """Yield all readings of a piece, the first alternatives first."""
    pending: list[tuple[int, dict[LatticeSlot, int]]] = [(piece.first, {})]
    while pending:
        node, alternative = pending.pop()
        while node != piece.last and not isinstance(nodes[node].item, LatticeSlot):
            node = nodes[node].then[0]
        item = nodes[node].item
        if node == piece.last or not isinstance(item, LatticeSlot):
            yield _read(nodes, piece, alternative)
            continue
        for number, after in reversed(list(enumerate(nodes[node].then))):
            pending.append((after, {**alternative, item: number}))


def _to_ask(readings: list[_PieceReading], length: int) -> int:
    """Return how many stretches differ against `length` words, with every place of wildcards."""
    plain: set[tuple[int | WordTuple, ...]] = set()
    ends: set[tuple[int, WordTuple]] = set()
    middles: set[WordTuple] = set()
    for number, (stretches, wildcards, _) in enumerate(readings):
        if wildcards:
            ends.update([(0, stretches[0]), (1, stretches[-1])])
            middles.update(stretches[1:-1])
        else:
            plain.add((number, *stretches))
    spans = (length + 1) * (length + 2) // 2
    return len(plain) + len(ends) * (length + 1) + len(middles) * spans


# --------------------------------------------------------------------------------------------------


class _Reached(NamedTuple):
    """Where the next stretch may begin, the lowest costs until there, and what wildcards took."""

    word: int
    cost: Cost
    taken: tuple[_Place, ...]


def _place_wildcards(
    reading: _PieceReading, hypothesis: WordTuple, judge: _CountingJudge
) -> _Best:
    """Return a reading with its wildcards where they cost least.

    Of equals they stand first and take least.
    """
    reached = [_Reached(0, judge((), ()), ())]
    ranges = _places(reading, hypothesis)
    for stretch, (begins, ends) in zip(reading.stretches, ranges, strict=False):
        stops = _stops(stretch, begins, reached, hypothesis, judge)
        reached = [_leave(stops, end) for end in ends]
    last = reading.stretches[-1]
    ways = (
        (_sum(one.cost, judge(last, hypothesis[one.word :])), one.taken)
        for one in reached
    )
    cost, taken = min(ways)
    return _Best((*cost, sum(reading.alternative.values())), taken, reading)


# what a way costs, what it took, where it stops
_Stop = tuple[Cost, tuple[_Place, ...], int]


def _stops(
    stretch: WordTuple,
    begins: range,
    reached: Sequence[_Reached],
    hypothesis: WordTuple,
    judge: _CountingJudge,
) -> list[_Stop]:
    """Return the best way to each place where the wildcard after a stretch may begin."""
    stops = []
    for begin in begins:
        ways = [
            (_sum(one.cost, judge(stretch, hypothesis[one.word : begin])), one.taken)
            for one in reached
            if one.word <= begin
        ]
        if ways:
            stops.append((*min(ways), begin))
    return stops


def _leave(stops: list[_Stop], end: int) -> _Reached:
    """Return the best way past a wildcard that ends there."""
    cost, taken, begin = min(stop for stop in stops if stop[-1] <= end)
    return _Reached(end, cost, (*taken, (begin, end)))


def _places(reading: _PieceReading, hypothesis: WordTuple) -> list[tuple[range, range]]:
    """Return where each wildcard may begin and end.

    That is anywhere, or where there are too many places, near the best ones for equal words.
    """
    if not reading.wildcards:
        return []
    length = len(hypothesis)
    if _to_ask([reading], length) <= _TRIES:
        return [(range(length + 1), range(length + 1))] * len(reading.wildcards)
    taken = _best_places(reading, hypothesis)
    places: list[tuple[range, range]] = []
    for by in _NEAR:
        places = [
            (_near(begin, by, length), _near(end, by, length)) for begin, end in taken
        ]
        if _combinations(places) <= _TRIES:
            break
    return places


def _near(word: int, by: int, length: int) -> range:
    return range(max(0, word - by), min(length, word + by) + 1)


def _combinations(places: Sequence[tuple[range, range]]) -> int:
    """Return how many stretches there are between wildcards in any of these places."""
    between = (len(ends) * len(begins) for (_, ends), (begins, _) in pairwise(places))
    return len(places[0][0]) + sum(between) + len(places[-1][1])


def _best_places(reading: _PieceReading, hypothesis: WordTuple) -> list[_Place]:
    """Return what each wildcard takes where only equal words count."""
    items: list[str | Wildcard] = []
    for stretch, wildcard in zip(reading.stretches, reading.wildcards, strict=False):
        items += [*stretch, wildcard]
    items += reading.stretches[-1]
    nodes = [LatticeNode("", ())]
    for item in reversed(items):
        nodes.append(LatticeNode(item, (len(nodes) - 1,)))
    choice = LatticeChoice({}, {})
    best_way(
        nodes, LatticePiece(len(nodes) - 1, 0, 0, len(hypothesis)), hypothesis, choice
    )
    return list(choice.taken.values())
