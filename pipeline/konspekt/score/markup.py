"""References as people write them: alternatives, optional words, and stretches that are not scored.

Notations: NIST's `{a / b c / @}` (SCTK, STM and TRN files), asr_eval's `{a|b c|}`, and the wildcard
`<*>`. The reading that fits the hypothesis best is found by dynamic programming over all of them
(`lattice`), and where not only equal words say the same by trying those that might (`readings`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby

from konspekt.score.lattice import (
    Item,
    LatticeNode,
    LatticeSlot,
    Wildcard,
    add_nodes,
    choose_reading,
)
from konspekt.score.readings import Judge, retry_readings

_DEPTH = 20  # slots within slots; a brace deeper than that stays as it is written
_READINGS = 256  # readings of one token up to which each is compared as a whole
# Marks that close what a wildcard stands for belong to it: of «<*>.» no full stop is left to be a
# word.
_MARK = re.compile(r"<\*>[.,:;!?…»”\"]*|[{|]\s*|\}|(?<=\s)/\s+")


@dataclass(frozen=True, slots=True)
class Resolved:
    """A reference read the way that fits a hypothesis best."""

    # with the chosen alternatives in place and the wildcards left out; all else, line breaks too,
    # as it was
    text: str
    words: tuple[str, ...]  # its words, normalised
    ignored: tuple[int, ...]  # places of the hypothesis' words that a wildcard took, ascending
    # Where the wildcards stood: words of the reference before, and words of the hypothesis before
    # but for ignored ones.
    joints: tuple[tuple[int, int], ...]


def has_markup(text: str) -> bool:
    """Whether `resolve` would find anything but plain words in `text`."""
    return ("<*>" in text or "{" in text) and any(
        not isinstance(item, str) for item in _parsed(text)
    )


def resolve(
    reference: str,
    hypothesis: Sequence[str],
    normalise: Callable[[str], list[str]],
    judge: Judge | None = None,
) -> Resolved:
    """The reading of `reference` with the fewest errors against the hypothesis' words, which are
    normalised already.

    Among those it is the one with the fewest substitutions, then the one whose alternatives stand
    first (their places added up). Words that a wildcard takes cost nothing. `normalise` gets the
    text between slots and every alternative by itself. What touches a slot is part of each
    alternative: `Facebook{е|}` is «Facebookе» or «Facebook», `{a|b},` is «a,» or «b,»; only a token
    of more than 256 readings is taken apart. `@` alone is nothing where ` / ` separates. Braces
    without ` / ` or `|` directly inside, or never closed, are text.

    Aligning `words` with the hypothesis less `ignored` gives exactly the errors found, unless a
    wildcard stands between words that could cross it: then `align` may find fewer, and the exact
    counts are those between the `joints`. A long text (nodes times hypothesis words beyond 4
    million) is first cut where 12 words outside slots are equal in an alignment of the first
    alternatives; a piece of more than 400 million takes the first alternatives, its wildcards
    nothing. So there the errors may not be the fewest, but never are they more than the first
    alternatives have.

    A `judge` says what words cost against words of the hypothesis where not only equal words say
    the same. Then the costs are the lowest (see `retry_readings`), and of readings that cost the same the
    one with the fewest errors is taken.
    """
    items = _glued(_parsed(reference))
    if all(isinstance(item, str) for item in items):
        return Resolved(reference, tuple(normalise(reference)), (), ())
    words_of = cache(normalise)
    nodes = [LatticeNode("", ())]
    start = add_nodes(nodes, items, 0, words_of, fixed=True)
    choice = choose_reading(nodes, start, hypothesis)
    if judge is not None:
        choice = retry_readings(nodes, start, hypothesis, choice, judge)
    text, apart = "", False
    words: list[str] = []
    joints: list[tuple[int, int]] = []
    ignored: list[int] = []
    items.reverse()
    while items:
        item = items.pop()
        if isinstance(item, LatticeSlot):
            items += item.alternatives[choice.alternative.get(item, 0)][::-1]
        elif isinstance(item, Wildcard):
            apart = bool(text) and not text[-1].isspace()
            if item in choice.taken:
                joints.append((len(words), choice.taken[item][0] - len(ignored)))
                ignored += range(*choice.taken[item])
        else:
            text += f" {item}" if apart and not item[0].isspace() else item
            words += words_of(item)
            apart = False
    return Resolved(text, tuple(words), tuple(ignored), tuple(joints))


def _parsed(text: str) -> list[Item]:
    """Text, slots and wildcards in order."""
    marks = list(_MARK.finditer(text))
    closings, separators = _pairs(marks)
    items: list[Item] = []
    unfinished: list[tuple[int, list[list[Item]]]] = [
        (-1, [items])
    ]  # a slot's opening mark, and its alternatives
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
            unfinished[-1][1][-1].append(
                LatticeSlot([[] if nist and some == ["@"] else some for some in alternatives])
            )
        else:
            alternatives[-1].append(Wildcard())
    items.append(text[end:])
    return items


def _pairs(marks: list[re.Match[str]]) -> tuple[dict[int, int], dict[int, set[int]]]:
    """Which mark opens a slot and which one closes it; the marks that separate the alternatives of
    an opening one.
    """
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


def _glued(items: list[Item]) -> list[Item]:
    """The same readings, every slot between white space, and text in one piece where nothing comes
    between.
    """
    found: list[Item] = []
    token: list[Item] = []
    for item in items:
        for part in re.split(r"(\s+)", item) if isinstance(item, str) else [item]:
            if isinstance(part, Wildcard) or (isinstance(part, str) and part.isspace()):
                found += [*_whole(token), part]
                token = []
            elif part:
                token.append(part)
    found += _whole(token)
    runs = [
        (is_text, [*run]) for is_text, run in groupby(found, key=lambda item: isinstance(item, str))
    ]
    return [
        item for is_text, run in runs for item in (["".join(map(str, run))] if is_text else run)
    ]


def _whole(token: list[Item]) -> list[Item]:
    """One slot that takes in what touches it; a token of too many readings stays in its parts."""
    if len(token) > 1 and _readings(token) > _READINGS:
        return [item for part in token for item in _whole([part])]
    for at, part in enumerate(token):
        if isinstance(part, LatticeSlot):
            return [
                LatticeSlot(
                    [_glued([*token[:at], *items, *token[at + 1 :]]) for items in part.alternatives]
                )
            ]
    return token


def _readings(items: Sequence[Item]) -> int:
    """How many there are, or that there are too many."""
    product = 1
    for item in items:
        if isinstance(item, LatticeSlot):
            product = min(product * sum(map(_readings, item.alternatives)), _READINGS + 1)
    return product
