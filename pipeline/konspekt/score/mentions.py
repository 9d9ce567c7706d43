"""Mentions of terms: where a text has them, and which of a hypothesis stands for which of a
reference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from konspekt.course.glossary import Glossary
from konspekt.data import Alignment, EditKind
from konspekt.text.lemmas import CYRILLIC, forms_of, is_form
from konspekt.text.words import fold

NEAR = 2  # words either side of a mention's place in which its term is looked for


@dataclass(frozen=True, slots=True)
class Form:
    """A form of the glossary, in normalised words."""

    term: str
    words: tuple[str, ...]
    canonical: bool
    rank: int  # its place in the glossary
    may_be: tuple[
        frozenset[str], ...
    ]  # for each word: itself and the words of the texts that are forms of it


@dataclass(frozen=True, slots=True)
class Spot:
    """A form in a text: its words there."""

    form: Form
    start: int
    end: int
    words: tuple[str, ...]


Index: TypeAlias = Mapping[
    str, Sequence[Form]
]  # forms by every word of the texts that may be their first


def index_of(
    glossary: Glossary,
    normalise: Callable[[str], list[str]],
    vocabulary: Iterable[str],
    *,
    inflected: bool,
) -> Index:
    """The forms of a glossary for texts of these words; `inflected`: Russian words in all their
    forms.
    """
    spellings: dict[str, set[str]] = {}
    for word in vocabulary if inflected else ():
        if CYRILLIC.search(word):
            spellings.setdefault(fold(word), set()).add(word)
    index: dict[str, list[Form]] = {}
    seen: set[tuple[str, ...]] = set()
    written = (
        (term.name, number, form)
        for term in glossary.terms
        for number, form in enumerate(term.forms)
    )
    for rank, (name, number, text) in enumerate(written):
        words = tuple(normalise(text))
        if words and words not in seen:
            seen.add(words)
            may_be = tuple(
                _may_be(word, spellings) if inflected else frozenset({word}) for word in words
            )
            form = Form(name, words, not number, rank, may_be)
            for first in may_be[0]:
                index.setdefault(first, []).append(form)
    return index


def _may_be(word: str, spellings: Mapping[str, set[str]]) -> frozenset[str]:
    if not CYRILLIC.search(word):
        return frozenset({word})
    known = (form for form in forms_of(word) if form in spellings and is_form(form, word))
    return frozenset({word}.union(*(spellings[form] for form in known)))


def spots_in(index: Index, words: Sequence[str]) -> list[Spot]:
    """The mentions in a text, in order; none overlaps another."""
    spots = []
    for start, word in enumerate(words):
        for form in index.get(word, ()):
            here = tuple(words[start : start + len(form.words)])
            if len(here) == len(form.words) and all(map(frozenset.__contains__, form.may_be, here)):
                spots.append(Spot(form, start, start + len(here), here))
    spots.sort(
        key=lambda spot: (
            -len(spot.words),
            spot.start,
            spot.words != spot.form.words,
            spot.form.rank,
        )
    )
    found: dict[int, Spot] = {}
    for spot in spots:
        if not any(at in found for at in range(spot.start, spot.end)):
            found.update(dict.fromkeys(range(spot.start, spot.end), spot))
    return [
        spot for at, spot in sorted(found.items(), key=lambda item: item[0]) if at == spot.start
    ]


SidePlaces: TypeAlias = list[
    tuple[EditKind, int]
]  # of each word: the edit's kind, and the place on the other side


@dataclass(frozen=True, slots=True)
class WordPlaces:
    """An alignment, word by word."""

    ref: SidePlaces
    hyp: SidePlaces

    @classmethod
    def of(cls, alignment: Alignment) -> WordPlaces:
        ref: SidePlaces = []
        hyp: SidePlaces = []
        for kind, ref_start, ref_end, hyp_start, hyp_end in alignment:
            ref += (
                (kind, hyp_start + (0 if kind == "delete" else n))
                for n in range(ref_end - ref_start)
            )
            hyp += (
                (kind, ref_start + (0 if kind == "insert" else n))
                for n in range(hyp_end - hyp_start)
            )
        return cls(ref, hyp)

    def widened(
        self,
        start: int,
        end: int,
        most: int,
        kinds: tuple[EditKind, ...],
        whole: Mapping[int, Spot],
    ) -> tuple[int, int]:
        """The hypothesis' words `start` to `end` with at most so many of these kinds either side.

        A mention counts for one word; `whole` has those that do, by each of their words.
        """
        for _ in range(most):
            first = whole[start - 1].start if start - 1 in whole else start - 1
            if first < 0 or any(kind not in kinds for kind, _ in self.hyp[first:start]):
                break
            start = first
        for _ in range(most):
            last = whole[end].end if end in whole else end + 1
            if last > len(self.hyp) or any(kind not in kinds for kind, _ in self.hyp[end:last]):
                break
            end = last
        return start, end

    def is_free(self, heard: Spot, said: Spot) -> bool:
        """Whether no word of `heard` is equal to a reference word outside `said`."""
        return all(
            kind != "equal" or said.start <= at < said.end
            for kind, at in self.hyp[heard.start : heard.end]
        )


def against(side: SidePlaces, start: int, end: int) -> tuple[int, int]:
    """The words of the other side that these are set against; an empty span between two where there
    are none.
    """
    kind, last = side[end - 1]
    return side[start][1], last + (kind in ("equal", "substitute"))


def match_mentions(
    said: list[Spot], heard: list[Spot], places: WordPlaces
) -> tuple[dict[int, Spot], list[Spot]]:
    """What each mention of the reference, by number, was found as; and the hypothesis' false
    mentions.

    How, `score_terms` says. Equal words come first, then what lies in a mention's own place, then
    what lies near.
    """
    owner = {at: spot for spot in heard for at in range(spot.start, spot.end)}
    used: set[int] = set()  # where they start
    found: dict[int, Spot] = {}
    for number, spot in enumerate(said):
        start, end = against(places.ref, spot.start, spot.end)
        equal = all(kind == "equal" for kind, _ in places.ref[spot.start : spot.end])
        if equal and end - start == len(spot.words):
            found[number] = Spot(spot.form, start, end, spot.words)
            here = [owner[at] for at in range(start, end) if at in owner]
            used.update(other.start for other in here if other.form.term == spot.form.term)
    for near in (0, NEAR):
        for number, spot in enumerate(said):
            if number in found:
                continue
            place = against(places.ref, spot.start, spot.end)
            for at in range(*places.widened(*place, near, ("insert", "substitute"), owner)):
                other = owner.get(at)
                if other is None or other.start in used or other.form.term != spot.form.term:
                    continue
                if places.is_free(other, spot):
                    found[number] = other
                    used.add(other.start)
                    break
    wrong = [
        spot
        for spot in heard
        if any(kind != "equal" for kind, _ in places.hyp[spot.start : spot.end])
    ]
    return found, [spot for spot in wrong if spot.start not in used]
