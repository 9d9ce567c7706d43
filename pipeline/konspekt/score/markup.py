"""References as people write them: alternatives, optional words, and stretches that are not scored.

Notations: NIST's `{a / b c / @}` (SCTK, STM and TRN files), asr_eval's `{a|b c|}`, and the wildcard
`<*>`. The reading that fits the hypothesis best is found by dynamic programming over all of them
(`lattice`). Where more than equal words count as the same, those that might are tried (`readings`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby

from konspekt.score.lattice import (
    Item,
    LatticeChoice,
    LatticeNode,
    LatticeSlot,
    Wildcard,
    add_nodes,
    choose_reading,
)
from konspekt.score.readings import Judge, retry_readings

_DEPTH = 20  # slots within slots; a brace deeper than that stays as it is written
_READINGS = 256  # readings of one token up to which each is compared as a whole
# Marks after a wildcard belong to it: of «<*>.» no full stop is left to be a word.
_MARK = re.compile(r"<\*>[.,:;!?…»”\"]*|[{|]\s*|\}|(?<=\s)/\s+")


@dataclass(frozen=True, slots=True)
class Resolved:
    """A reference read the way that fits a hypothesis best."""

    # with the chosen alternatives in place and the wildcards left out; all else, line breaks too,
    # as it was
    text: str
    words: tuple[str, ...]  # its words, normalised
    # places of the hypothesis' words that a wildcard took, ascending
    ignored: tuple[int, ...]
    # Where the wildcards stood: words of the reference before, and words of the hypothesis before
    # but for ignored ones.
    joints: tuple[tuple[int, int], ...]


def has_markup(text: str) -> bool:
    """Return whether a text has slots or wildcards for `resolve`."""
    if "<*>" not in text and "{" not in text:
        return False
    return not _is_plain(_parse(text))


def _is_plain(items: Sequence[Item]) -> bool:
    return all(isinstance(item, str) for item in items)


def resolve(
    reference: str,
    hypothesis: Sequence[str],
    normalise: Callable[[str], list[str]],
    judge: Judge | None = None,
) -> Resolved:
    """Return the reading of `reference` with the fewest errors against the hypothesis' words, which
    are normalised already.

    Among those it is the one with the fewest substitutions, then the one whose alternatives stand
    first (their places added up). Words that a wildcard takes cost nothing. `normalise` gets the
    text between slots and every alternative by itself. What touches a slot is part of each
    alternative: `Facebook{е|}` is «Facebookе» or «Facebook», `{a|b},` is «a,» or «b,»; only a token
    of more than 256 readings is taken apart. `@` alone is nothing where ` / ` separates. Braces
    without ` / ` or `|` directly inside, or never closed, are text.

    Aligning `words` with the hypothesis less `ignored` gives exactly the errors found, unless a
    wildcard stands between words that could cross it. Then `align` may find fewer, and the exact
    counts are those between the `joints`. A long text (nodes times hypothesis words beyond 4
    million) is first cut where 12 words outside slots are equal in an alignment of the first
    alternatives. A piece of more than 400 million takes the first alternatives, its wildcards
    nothing. So there the errors may not be the fewest, but never are they more than the first
    alternatives have.

    A `judge` gives the costs of words against words of the hypothesis, if not only equal words
    count as the same. Then the costs are the lowest (see `retry_readings`), and of readings that
    cost the same the one with the fewest errors is taken.
    """
    items = _glue(_parse(reference))
    if _is_plain(items):
        return Resolved(reference, tuple(normalise(reference)), (), ())
    words_of = cache(normalise)
    nodes = [LatticeNode("", ())]
    start = add_nodes(nodes, items, 0, words_of, fixed=True)
    choice = choose_reading(nodes, start, hypothesis)
    if judge is not None:
        choice = retry_readings(nodes, start, hypothesis, choice, judge)
    return _read(items, choice, words_of)


def _read(
    items: list[Item], choice: LatticeChoice, words_of: Callable[[str], list[str]]
) -> Resolved:
    """Return the items as a reading has them."""
    text, apart = "", False
    words: list[str] = []
    joints: list[tuple[int, int]] = []
    ignored: list[int] = []
    for item in _chosen_items(items, choice):
        if isinstance(item, Wildcard):
            apart = bool(text) and not text[-1].isspace()
            if item in choice.taken:
                begin, end = choice.taken[item]
                joints.append((len(words), begin - len(ignored)))
                ignored += range(begin, end)
        else:
            text += f" {item}" if apart and not item[0].isspace() else item
            words += words_of(item)
            apart = False
    return Resolved(text, tuple(words), tuple(ignored), tuple(joints))


def _chosen_items(
    items: Sequence[Item], choice: LatticeChoice
) -> Iterator[str | Wildcard]:
    """Yield text and wildcards, each slot replaced by its chosen alternative."""
    for item in items:
        if isinstance(item, LatticeSlot):
            yield from _chosen_items(
                item.alternatives[choice.alternative.get(item, 0)], choice
            )
        else:
            yield item


def _parse(text: str) -> list[Item]:
    """Return text, slots and wildcards in order."""
    marks = list(_MARK.finditer(text))
    closings, separators = _pairs(marks)
    items: list[Item] = []
    # each slot that is open: the number of its mark, and its alternatives; the text itself first
    unfinished: list[tuple[int, list[list[Item]]]] = [(-1, [items])]
    end = 0
    for number, mark in enumerate(marks):
        opening, alternatives = unfinished[-1]
        opens = number in closings and len(unfinished) <= _DEPTH
        closes = number == closings.get(opening)
        separates = number in separators.get(opening, ())
        if not (opens or closes or separates or _is_wildcard(mark)):
            continue
        before, end = text[end : mark.start()], mark.end()
        alternatives[-1].append(before.rstrip() if closes or separates else before)
        if opens:
            unfinished.append((number, [[]]))
        elif separates:
            alternatives.append([])
        elif closes:
            unfinished.pop()
            nist = any(_is_slash(marks[separator]) for separator in separators[opening])
            unfinished[-1][1][-1].append(_slot(alternatives, nist=nist))
        else:
            alternatives[-1].append(Wildcard())
    items.append(text[end:])
    return items


def _is_wildcard(mark: re.Match[str]) -> bool:
    return mark[0].startswith("<")


def _is_slash(mark: re.Match[str]) -> bool:
    return mark[0].startswith("/")


def _slot(alternatives: list[list[Item]], *, nist: bool) -> LatticeSlot:
    """Return a slot; in NIST's notation `@` alone is nothing."""
    return LatticeSlot(
        [[] if nist and items == ["@"] else items for items in alternatives]
    )


def _pairs(marks: list[re.Match[str]]) -> tuple[dict[int, int], dict[int, set[int]]]:
    """Return which mark closes each that opens a slot, and which separate its alternatives."""
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


def _glue(items: list[Item]) -> list[Item]:
    """Return the same readings with every slot between white space, and text in one piece."""
    found: list[Item] = []
    token: list[Item] = []
    for part in _split_at_spaces(items):
        if isinstance(part, Wildcard) or (isinstance(part, str) and part.isspace()):
            found += [*_absorb(token), part]
            token = []
        else:
            token.append(part)
    found += _absorb(token)
    return list(_join_text(found))


def _split_at_spaces(items: list[Item]) -> Iterator[Item]:
    for item in items:
        if isinstance(item, str):
            yield from filter(None, re.split(r"(\s+)", item))
        else:
            yield item


def _join_text(items: list[Item]) -> Iterator[Item]:
    """Yield the items, texts next to each other as one."""
    for is_text, run in groupby(items, key=lambda item: isinstance(item, str)):
        if is_text:
            yield "".join(map(str, run))
        else:
            yield from run


def _absorb(token: list[Item]) -> list[Item]:
    """Return one slot that takes in what touches it.

    A token of too many readings stays in its parts.
    """
    if len(token) > 1 and _count_readings(token) > _READINGS:
        return [item for part in token for item in _absorb([part])]
    for at, part in enumerate(token):
        if isinstance(part, LatticeSlot):
            before, after = token[:at], token[at + 1 :]
            return [
                LatticeSlot(
                    [_glue([*before, *way, *after]) for way in part.alternatives]
                )
            ]
    return token


def _count_readings(items: Sequence[Item]) -> int:
    """Return how many there are, or that there are too many."""
    product = 1
    for item in items:
        if isinstance(item, LatticeSlot):
            product *= sum(map(_count_readings, item.alternatives))
            product = min(product, _READINGS + 1)
    return product
