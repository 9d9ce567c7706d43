"""Readings of a reference tried as they are counted: what says the same in other words is no error
of theirs.

The lattice knows equal words only. Where the reading that it chose has errors, and numbers or
joined words of another reading might say what the hypothesis says, the readings of that stretch are
tried one by one, and all places of its wildcards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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
    """What the words of a stretch cost against words of the hypothesis, and how these face each
    other as they are.
    """

    cost: Cost
    alignment: Alignment


WordTuple = tuple[str, ...]
Judge = Callable[[WordTuple, WordTuple], Verdict]

_ANCHORS = (6, 3)  # equal words at which a text is cut, fewer of them where a piece stays large
_SMALL = 600  # nodes times hypothesis words up to which a piece of such a text is not cut again
_CELLS = 2_500  # the same up to which a whole text is not cut, and a piece is tried
# stretches judged up to which a piece has all its readings tried, and a reading all places
_TRIES = 1_000
_IN_ALL = 20_000  # stretches judged for one reference
_NEAR = (12, 6, 3, 1)  # else a wildcard's ends are moved by so many words
_RUNS = 5_000  # runs of words that are looked at before a piece is taken to have joined words
_LONGEST = 4  # words of a compound


class _PieceReading(NamedTuple):
    """What a choice of alternatives makes of a piece."""

    stretches: list[WordTuple]  # the words between its wildcards
    wildcards: list[Wildcard]
    alternative: dict[LatticeSlot, int]


class _Best(NamedTuple):
    cost: Cost  # the places of the alternatives, added up, at its end
    taken: tuple[tuple[int, int], ...]
    reading: _PieceReading


def retry_readings(
    nodes: list[LatticeNode], start: int, heard: Sequence[str], choice: LatticeChoice, judge: Judge
) -> LatticeChoice:
    """The reading with the lowest costs; of those with the same the one whose alternatives stand
    first.

    A short text (50 nodes against 50 words) has all its readings tried as long as there are no more
    than some hundreds. A longer one is cut at six equal words, where need be at three, and of many
    readings one slot after the other is tried; so there the costs may not be the lowest, but never
    are they higher than those of `choice`.
    """
    counted = _Counted(judge)
    whole = LatticePiece(start, 0, 0, len(heard))
    better = LatticeChoice(dict(choice.alternative), dict(choice.taken))
    changed = False
    for piece in _pieces(nodes, whole, heard, choice, judge):
        before = _reading(nodes, piece, choice.alternative)
        if not all(wildcard in choice.taken for wildcard in before.wildcards) or not _hopeful(
            nodes, piece, heard
        ):
            continue
        best = _best(nodes, piece, heard, choice, counted)
        if best is not None:
            for wildcard in before.wildcards:
                del better.taken[wildcard]
            better.alternative.update(best.reading.alternative)
            better.taken.update(zip(best.reading.wildcards, best.taken, strict=True))
            changed = True
    # Each piece is better by itself; that the whole is too is all but certain.
    if changed and _cost(nodes, whole, heard, better, counted) < _cost(
        nodes, whole, heard, choice, counted
    ):
        return better
    return choice


class _Counted:
    """A judge that knows how often it was asked something new."""

    def __init__(self, judge: Judge) -> None:
        self.asked = 0
        self._judge = judge
        self._known: dict[tuple[WordTuple, WordTuple], Cost] = {}

    def __call__(self, said: WordTuple, heard: WordTuple) -> Cost:
        if (said, heard) not in self._known:
            self.asked += 1
            self._known[said, heard] = self._judge(said, heard).cost
        return self._known[said, heard]


def _pieces(
    nodes: list[LatticeNode],
    piece: LatticePiece,
    heard: Sequence[str],
    choice: LatticeChoice,
    judge: Judge | None,
    anchors: Sequence[int] = _ANCHORS,
) -> Iterator[LatticePiece]:
    """Pieces with something to choose that are small enough to be tried; the judge is that of a
    whole text.
    """
    if not has_choice(nodes, piece):
        return
    size = (piece.first - piece.last) * (piece.end - piece.begin)
    if size <= (_CELLS if judge else _SMALL) or not anchors:
        if size <= _CELLS:
            yield piece
        return
    words: list[int] = []
    alignment: list[Edit] = []
    for stretch, (begin, end) in _stretches(nodes, piece, choice):
        said, found = tuple(str(nodes[at].item) for at in stretch), tuple(heard[begin:end])
        # Of a whole text the same will be counted anyway.
        edits = judge(said, found).alignment if judge else align(said, found)
        alignment += shift(edits, len(words), begin - piece.begin)
        words += stretch
    for smaller in cut(nodes, piece, words, tuple(alignment), anchors[0]):
        yield from _pieces(nodes, smaller, heard, choice, None, anchors[1:])


def _stretches(
    nodes: list[LatticeNode], piece: LatticePiece, choice: LatticeChoice
) -> Iterator[tuple[list[int], tuple[int, int]]]:
    """The nodes between two wildcards, and the words of the hypothesis that face them."""
    words: list[int] = []
    begin = piece.begin
    for at in path(nodes, piece, choice.alternative):
        item = nodes[at].item
        if isinstance(item, str):
            words.append(at)
        elif isinstance(item, Wildcard) and item in choice.taken:
            yield words, (begin, choice.taken[item][0])
            words, begin = [], choice.taken[item][1]
    yield words, (begin, piece.end)


def _cost(
    nodes: list[LatticeNode],
    piece: LatticePiece,
    heard: Sequence[str],
    choice: LatticeChoice,
    judge: _Counted,
) -> Cost:
    costs = []
    for stretch, (begin, end) in _stretches(nodes, piece, choice):
        costs.append(judge(tuple(str(nodes[at].item) for at in stretch), tuple(heard[begin:end])))
    return _sum(*costs)


def _sum(*costs: Cost) -> Cost:
    return tuple(map(sum, zip(*costs, strict=True)))


def _reading(
    nodes: list[LatticeNode], piece: LatticePiece, alternative: dict[LatticeSlot, int]
) -> _PieceReading:
    reading = _PieceReading([], [], alternative)
    words: list[str] = []
    for at in path(nodes, piece, alternative):
        item = nodes[at].item
        if isinstance(item, Wildcard):
            reading.stretches.append(tuple(words))
            reading.wildcards.append(item)
            words = []
        else:
            words.append(str(item))
    reading.stretches.append(tuple(words))
    return reading


def _hopeful(nodes: list[LatticeNode], piece: LatticePiece, heard: Sequence[str]) -> bool:
    """Whether numbers or joined words might make a difference; False only where they cannot."""
    found = heard[piece.begin : piece.end]
    said = [
        node.item for node in nodes[piece.last + 1 : piece.first + 1] if isinstance(node.item, str)
    ]
    if any(char == "%" or char.isdigit() for word in (*found, *said) for char in word):
        return True
    single = set(found)
    joined = {
        "".join(found[at : at + n])
        for n in range(2, _LONGEST + 1)
        for at in range(len(found) - n + 1)
    }
    runs = list(islice(_runs(nodes, piece), _RUNS + 1))
    return len(runs) > _RUNS or any(
        word in joined or (several and word in single) for word, several in runs
    )


def _runs(nodes: list[LatticeNode], piece: LatticePiece) -> Iterator[tuple[str, bool]]:
    """The letters of up to four words on end in any reading, and whether they are several
    words'.
    """
    for number in range(piece.last + 1, piece.first + 1):
        pending = [(number, "", 0)] if isinstance(nodes[number].item, str) else []
        while pending:
            at, letters, count = pending.pop()
            item, then, _ = nodes[at]
            if isinstance(item, str):
                letters, count = letters + item, count + 1
                yield letters, count > 1
            elif isinstance(item, Wildcard):
                continue
            if count < _LONGEST:
                pending += [(after, letters, count) for after in then if after != piece.last]
            elif isinstance(item, LatticeSlot):
                yield letters, True


def _best(
    nodes: list[LatticeNode],
    piece: LatticePiece,
    heard: Sequence[str],
    choice: LatticeChoice,
    judge: _Counted,
) -> _Best | None:
    """What is better than `choice` in a piece; None for nothing."""
    cost = _cost(nodes, piece, heard, choice, judge)
    if not cost[0]:
        return None
    found = tuple(heard[piece.begin : piece.end])
    own = {
        slot: choice.alternative.get(slot, 0) for slot in _slots(nodes, piece, choice.alternative)
    }
    before = _Best((*cost, sum(own.values())), (), _reading(nodes, piece, own))
    every = list(islice(_every(nodes, piece), _TRIES + 1))
    if len(every) <= _TRIES and _to_ask(every, len(found)) <= _TRIES:
        tried = (_placed(reading, found, judge) for reading in every)
        best = min((before, *tried), key=lambda one: one.cost)
    else:
        best = _climbed(nodes, piece, found, before, judge)
    if best is before:
        return None
    return best._replace(
        taken=tuple((piece.begin + begin, piece.begin + end) for begin, end in best.taken)
    )


def _climbed(
    nodes: list[LatticeNode], piece: LatticePiece, heard: WordTuple, best: _Best, judge: _Counted
) -> _Best:
    """The best that is found by changing one slot after the other."""
    last = min(judge.asked + _TRIES, _IN_ALL)
    start = None
    while start is not best and judge.asked < last:
        start = best
        trials: list[dict[LatticeSlot, int]] = [
            best.reading.alternative
        ]  # its wildcards may have better places
        for slot in _slots(nodes, piece, best.reading.alternative):
            trials += [
                {**best.reading.alternative, slot: place} for place in range(len(slot.alternatives))
            ]
        for trial in trials:
            if judge.asked < last:
                reading = _reading(
                    nodes, piece, {slot: trial.get(slot, 0) for slot in _slots(nodes, piece, trial)}
                )
                best = min(best, _placed(reading, heard, judge), key=lambda one: one.cost)
    return best


def _slots(
    nodes: list[LatticeNode], piece: LatticePiece, alternative: dict[LatticeSlot, int]
) -> Iterator[LatticeSlot]:
    """Those that a reading comes through."""
    at = piece.first
    while at != piece.last:
        item, then, _ = nodes[at]
        if isinstance(item, LatticeSlot):
            yield item
            at = then[alternative.get(item, 0)]
        else:
            at = then[0]


def _every(nodes: list[LatticeNode], piece: LatticePiece) -> Iterator[_PieceReading]:
    """All readings of a piece, the first alternatives first."""
    pending: list[tuple[int, dict[LatticeSlot, int]]] = [(piece.first, {})]
    while pending:
        at, alternative = pending.pop()
        while at != piece.last and not isinstance(nodes[at].item, LatticeSlot):
            at = nodes[at].then[0]
        item = nodes[at].item
        if at == piece.last or not isinstance(item, LatticeSlot):
            yield _reading(nodes, piece, alternative)
        else:
            ways = enumerate(nodes[at].then)
            pending += [(after, {**alternative, item: place}) for place, after in ways][::-1]


def _to_ask(readings: list[_PieceReading], length: int) -> int:
    """How many different stretches there are against `length` words, with every place of the
    wildcards.
    """
    plain: set[tuple[int | WordTuple, ...]] = set()
    ends: set[tuple[int, WordTuple]] = set()
    middles: set[WordTuple] = set()
    for number, (stretches, wildcards, _) in enumerate(readings):
        if wildcards:
            ends.update([(0, stretches[0]), (1, stretches[-1])])
            middles.update(stretches[1:-1])
        else:
            plain.add((number, *stretches))
    return len(plain) + len(ends) * (length + 1) + len(middles) * (length + 1) * (length + 2) // 2


def _placed(reading: _PieceReading, heard: WordTuple, judge: _Counted) -> _Best:
    """A reading with its wildcards where they cost least; of equals they stand first and take
    least.
    """
    stretches = reading.stretches
    places = _places(reading, heard)
    # Where the next stretch may begin, the lowest costs until there, and what the wildcards took.
    reached: list[tuple[int, Cost, tuple[tuple[int, int], ...]]] = [(0, judge((), ()), ())]
    for stretch, (begins, ends) in zip(stretches, places, strict=False):
        stops = []
        for begin in begins:
            ways = [
                (_sum(cost, judge(stretch, heard[at:begin])), taken)
                for at, cost, taken in reached
                if at <= begin
            ]
            stops += [(*min(ways), begin)] if ways else []
        reached = []
        for end in ends:
            cost, taken, begin = min(stop for stop in stops if stop[-1] <= end)
            reached.append((end, cost, (*taken, (begin, end))))
    cost, taken = min(
        (_sum(cost, judge(stretches[-1], heard[at:])), taken) for at, cost, taken in reached
    )
    return _Best((*cost, sum(reading.alternative.values())), taken, reading)


def _places(reading: _PieceReading, heard: WordTuple) -> list[tuple[range, range]]:
    """Where each wildcard may begin and end: anywhere, or near the best places for equal words."""
    if not reading.wildcards:
        return []
    length = len(heard)
    if _to_ask([reading], length) <= _TRIES:
        return [(range(length + 1), range(length + 1))] * len(reading.wildcards)
    nodes = [LatticeNode("", ())]
    parts: list[str | Wildcard] = []
    for stretch, wildcard in zip(reading.stretches, reading.wildcards, strict=False):
        parts += [*stretch, wildcard]
    for part in reversed([*parts, *reading.stretches[-1]]):
        nodes.append(LatticeNode(part, (len(nodes) - 1,)))
    plain = LatticeChoice({}, {})
    best_way(nodes, LatticePiece(len(nodes) - 1, 0, 0, length), heard, plain)

    def near(at: int, by: int) -> range:
        return range(max(0, at - by), min(length, at + by) + 1)

    for by in _NEAR:
        places = [(near(begin, by), near(end, by)) for begin, end in plain.taken.values()]
        between = sum(len(ends) * len(begins) for (_, ends), (begins, _) in pairwise(places))
        if len(places[0][0]) + between + len(places[-1][1]) <= _TRIES:
            break
    return places
