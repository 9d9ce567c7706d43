"""References as people write them: alternatives, optional words, and stretches that are not scored.

Notations: NIST's `{a / b c / @}` (SCTK, STM and TRN files), asr_eval's `{a|b c|}`, and the wildcard `<*>`. The
reading that fits the hypothesis best is found by dynamic programming over all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby, pairwise
from typing import Any, NamedTuple

from pipeline.score.alignment import align

_DEPTH = 20  # slots within slots; a brace deeper than that stays as it is written
_READINGS = 256  # readings of one token up to which each is compared as a whole
_CELLS = 4_000_000  # nodes times hypothesis words up to which a text is not cut
_MOST = 400_000_000  # the same up to which a piece is searched at all: a byte each is kept
_ANCHOR = 12  # equal words outside slots at which a long text is cut, half of them left on each side
# Marks that close what a wildcard stands for belong to it: of «<*>.» no full stop is left to be a word.
_MARK = re.compile(r"<\*>[.,:;!?…»”\"]*|[{|]\s*|\}|(?<=\s)/\s+")
_BOTH, _DELETED, _INSERTED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Resolved:
    """A reference read the way that fits a hypothesis best."""

    text: str  # with the chosen alternatives in place and the wildcards left out; all else, line breaks too, as it was
    words: tuple[str, ...]  # its words, normalised
    ignored: tuple[int, ...]  # places of the hypothesis' words that a wildcard took, ascending
    # Where the wildcards stood: words of the reference before, and words of the hypothesis before but for ignored ones.
    joints: tuple[tuple[int, int], ...]


class _Wildcard:
    """Any number of words, told from other wildcards by being itself."""


@dataclass(frozen=True, eq=False)
class _Slot:
    alternatives: list[list[_Item]]


_Item = str | _Slot | _Wildcard


class _Node(NamedTuple):
    """A place in the reference: what comes next there, and the nodes that follow it, which have smaller numbers."""

    item: _Item  # a word, or what brings no word itself; node 0, the end, has none
    then: tuple[int, ...]
    fixed: bool = False  # a word outside slots


class _Choice(NamedTuple):
    alternative: dict[_Slot, int]
    before: dict[_Wildcard, int]  # words of the hypothesis before a wildcard, but for ignored ones
    ignored: list[int]


def has_markup(text: str) -> bool:
    """Whether `resolve` would find anything but plain words in `text`."""
    return ("<*>" in text or "{" in text) and any(not isinstance(item, str) for item in _parsed(text))


def resolve(reference: str, hypothesis: Sequence[str], normalise: Callable[[str], list[str]]) -> Resolved:
    """The reading of `reference` with the fewest errors against the hypothesis' words, which are normalised already.

    Among those it is the one with the fewest substitutions, then the one whose alternatives stand first (their places
    added up). Words that a wildcard takes cost nothing. `normalise` gets the text between slots and every alternative
    by itself. What touches a slot is part of each alternative: `Facebook{е|}` is «Facebookе» or «Facebook», `{a|b},` is
    «a,» or «b,»; only a token of more than 256 readings is taken apart. `@` alone is nothing where ` / ` separates.
    Braces without ` / ` or `|` directly inside, or never closed, are text.

    Aligning `words` with the hypothesis less `ignored` gives exactly the errors found, unless a wildcard stands between
    words that could cross it: then `align` may find fewer, and the exact counts are those between the `joints`.
    A long text (nodes times hypothesis words beyond 4 million) is first cut where 12 words outside slots are equal in
    an alignment of the first alternatives; a piece of more than 400 million takes the first alternatives, its wildcards
    nothing. So there the errors may not be the fewest, but never are they more than the first alternatives have.
    """
    items = _glued(_parsed(reference))
    if all(isinstance(item, str) for item in items):
        return Resolved(reference, tuple(normalise(reference)), (), ())
    words_of = cache(normalise)
    nodes = [_Node("", ())]
    choice = _chosen(nodes, _add_nodes(nodes, items, 0, words_of, fixed=True), hypothesis)
    text, apart = "", False
    words: list[str] = []
    joints: list[tuple[int, int]] = []
    items.reverse()
    while items:
        item = items.pop()
        if isinstance(item, _Slot):
            items += item.alternatives[choice.alternative.get(item, 0)][::-1]
        elif isinstance(item, _Wildcard):
            apart = bool(text) and not text[-1].isspace()
            joints += [(len(words), choice.before[item])] if item in choice.before else []
        else:
            text += f" {item}" if apart and not item[0].isspace() else item
            words += words_of(item)
            apart = False
    return Resolved(text, tuple(words), tuple(choice.ignored), tuple(joints))


def _parsed(text: str) -> list[_Item]:
    """Text, slots and wildcards in order."""
    marks = list(_MARK.finditer(text))
    closings, separators = _pairs(marks)
    items: list[_Item] = []
    unfinished: list[tuple[int, list[list[_Item]]]] = [(-1, [items])]  # a slot's opening mark, and its alternatives
    end = 0
    for number, mark in enumerate(marks):
        around, alternatives = unfinished[-1]
        opens = number in closings and len(unfinished) <= _DEPTH
        closes = number == closings.get(around)
        separates = number in separators.get(around, ())
        if not (opens or closes or separates or mark[0][0] == "<"):
            continue
        before, end = text[end : mark.start()], mark.end()
        alternatives[-1].append(before.rstrip() if closes or separates else before)
        if opens:
            unfinished.append((number, [[]]))
        elif separates:
            alternatives.append([])
        elif closes:
            unfinished.pop()
            nist = any(marks[separator][0][0] == "/" for separator in separators[around])
            unfinished[-1][1][-1].append(_Slot([[] if nist and some == ["@"] else some for some in alternatives]))
        else:
            alternatives[-1].append(_Wildcard())
    items.append(text[end:])
    return items


def _pairs(marks: list[re.Match[str]]) -> tuple[dict[int, int], dict[int, set[int]]]:
    """Which mark opens a slot and which one closes it; the marks that separate the alternatives of an opening one."""
    closings: dict[int, int] = {}
    separators: dict[int, set[int]] = {}
    pending: list[int] = []
    for number, mark in enumerate(marks):
        if mark[0][0] == "{":
            pending.append(number)
        elif mark[0] == "}" and pending:
            opening = pending.pop()
            if opening in separators:
                closings[opening] = number
        elif mark[0][0] in "|/" and pending:
            separators.setdefault(pending[-1], set()).add(number)
    return closings, separators


def _glued(items: list[_Item]) -> list[_Item]:
    """The same readings, every slot between white space, and text in one piece where nothing comes between."""
    found: list[_Item] = []
    token: list[_Item] = []
    for item in items:
        for part in re.split(r"(\s+)", item) if isinstance(item, str) else [item]:
            if isinstance(part, _Wildcard) or (isinstance(part, str) and part.isspace()):
                found += [*_whole(token), part]
                token = []
            elif part:
                token.append(part)
    found += _whole(token)
    runs = [(is_text, [*run]) for is_text, run in groupby(found, key=lambda item: isinstance(item, str))]
    return [item for is_text, run in runs for item in (["".join(map(str, run))] if is_text else run)]


def _whole(token: list[_Item]) -> list[_Item]:
    """One slot that takes in what touches it; a token of too many readings stays in its parts."""
    if len(token) > 1 and _readings(token) > _READINGS:
        return [item for part in token for item in _whole([part])]
    for at, part in enumerate(token):
        if isinstance(part, _Slot):
            return [_Slot([_glued([*token[:at], *items, *token[at + 1 :]]) for items in part.alternatives])]
    return token


def _readings(items: Sequence[_Item]) -> int:
    """How many there are, or that there are too many."""
    product = 1
    for item in items:
        if isinstance(item, _Slot):
            product = min(product * sum(map(_readings, item.alternatives)), _READINGS + 1)
    return product


def _add_nodes(
    nodes: list[_Node], items: list[_Item], after: int, words_of: Callable[[str], list[str]], *, fixed: bool
) -> int:
    """The node that `items` begin with; `after` is the node that follows them."""
    for item in reversed(items):
        for part in reversed(words_of(item)) if isinstance(item, str) else [item]:
            then = [after]
            if isinstance(part, _Slot):
                then = [_add_nodes(nodes, some, after, words_of, fixed=False) for some in part.alternatives]
            nodes.append(_Node(part, tuple(then), fixed and isinstance(part, str)))
            after = len(nodes) - 1
    return after


def _chosen(nodes: list[_Node], start: int, heard: Sequence[str]) -> _Choice:
    choice = _Choice({}, {}, [])
    cuts = [(start, 0), (0, len(heard))]
    if len(nodes) * (len(heard) + 1) > _CELLS:
        cuts[1:1] = _cuts(nodes, start, heard)
    for (first, begin), (last, end) in pairwise(cuts):
        size = (first - last) * (end - begin + 1)
        if size <= _MOST and not all(isinstance(node.item, str) for node in nodes[last + 1 : first + 1]):
            _trace(nodes, first, last, _ways(nodes, first, last, heard[begin:end]), begin, choice)
    return choice


def _cuts(nodes: list[_Node], start: int, heard: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Nodes and the hypothesis' words where both go on alike, by an alignment of the first alternatives."""
    path, at = [], start
    while at:
        path += [at] if isinstance(nodes[at].item, str) else []
        at = nodes[at].then[0]
    for edit in align([nodes[at].item for at in path], heard):
        begin = edit.ref_start
        for end in range(begin + 1, edit.ref_end + 1) if edit.kind == "equal" else ():
            # Numbers next to each other: neither a slot nor a wildcard is between.
            together = end < edit.ref_end and path[end - 1] == path[end] + 1
            if together and nodes[path[end]].fixed == nodes[path[end - 1]].fixed:
                continue
            if nodes[path[begin]].fixed and end - begin >= _ANCHOR:
                # Between the two cuts of a long run there is nothing to choose.
                for cut in sorted({begin + _ANCHOR // 2, end - _ANCHOR // 2}):
                    yield path[cut], edit.hyp_start + cut - edit.ref_start
            begin = end


def _ways(nodes: list[_Node], first: int, last: int, heard: Sequence[str]) -> list[Any]:
    """How each node from `last` + 1 to `first` is best gone on from, at each of the hypothesis' words.

    Costs run from the end of the text to its beginning. In every row column `j` is raised by `j` insertions, so that
    inserting costs nothing and the best place to go on after it is a running minimum.
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
        if isinstance(item, _Slot):
            costs = np.stack([rows[other] + place for place, other in enumerate(then)])
            row, way = costs.min(0), costs.argmin(0).astype(np.min_scalar_type(len(then)))
        elif isinstance(item, _Wildcard):
            plain = after - slope
            best = np.minimum.accumulate(plain[::-1])[::-1]
            row, way = best + slope, best < plain
        else:
            hit = others == numbers.get(item, -1)
            both, deleted = np.concatenate([after[1:] + np.where(hit, -error, substitution), never]), after + error
            row = np.minimum.accumulate(np.minimum(both, deleted)[::-1])[::-1]
            way = np.where(row == both, _BOTH, np.where(row == deleted, _DELETED, _INSERTED)).astype(np.uint8)
        rows[number] = row
        ways.append(way)
        for done in {other for other in then if needed[other] == number}:
            del rows[done]
    return ways


def _trace(nodes: list[_Node], first: int, last: int, ways: list[Any], begin: int, choice: _Choice) -> None:
    """Follows the best way through a piece that begins at a word of the hypothesis, and notes what it chooses."""
    at, column = first, 0
    while at != last:
        item, then, _ = nodes[at]
        way = int(ways[at - last - 1][column])
        if isinstance(item, _Slot):
            choice.alternative[item] = way
            at = then[way]
        elif isinstance(item, _Wildcard):
            choice.before.setdefault(item, begin + column - len(choice.ignored))
            choice.ignored.extend([begin + column] * way)
            column, at = column + way, at if way else then[0]
        else:
            column += way != _DELETED
            at = at if way == _INSERTED else then[0]
