"""Mentions of terms: where a text has them, and which of a hypothesis stands for which of a
reference.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
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
    # for each word: itself and the words of the texts that are forms of it
    may_be: tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """A form in a text: its words there."""

    form: Form
    start: int
    end: int
    words: tuple[str, ...]


# forms by every word of the texts that may be their first
Index: TypeAlias = Mapping[str, Sequence[Form]]


def index_of(
    glossary: Glossary,
    normalise: Callable[[str], list[str]],
    vocabulary: Iterable[str],
    *,
    inflected: bool,
) -> Index:
    """Return the forms of a glossary for texts of these words.

    `inflected`: Russian words match in all their forms.
    """
    spellings = _spellings(vocabulary) if inflected else {}
    index: dict[str, list[Form]] = {}
    seen: set[tuple[str, ...]] = set()
    for rank, (term, text, canonical) in enumerate(_written_forms(glossary)):
        words = tuple(normalise(text))
        if not words or words in seen:
            continue
        seen.add(words)
        may_be = tuple(_may_be(word, spellings) for word in words)
        form = Form(term, words, canonical, rank, may_be)
        for first in may_be[0]:
            index.setdefault(first, []).append(form)
    return index


def _written_forms(glossary: Glossary) -> Iterator[tuple[str, str, bool]]:
    """Yield each term with each of its forms, and whether that is the canonical one."""
    for term in glossary.terms:
        for number, form in enumerate(term.forms):
            yield term.name, form, number == 0


def _spellings(vocabulary: Iterable[str]) -> dict[str, set[str]]:
    """Return the Cyrillic words of the texts by their folded spelling."""
    spellings: dict[str, set[str]] = {}
    for word in vocabulary:
        if CYRILLIC.search(word):
            spellings.setdefault(fold(word), set()).add(word)
    return spellings


def _may_be(word: str, spellings: Mapping[str, set[str]]) -> frozenset[str]:
    """Return the word and those words of the texts that are forms of it."""
    if not spellings or not CYRILLIC.search(word):
        return frozenset({word})
    known = (
        form for form in forms_of(word) if form in spellings and is_form(form, word)
    )
    return frozenset({word}.union(*(spellings[form] for form in known)))


def spots_in(index: Index, words: Sequence[str]) -> list[Spot]:
    """Return the mentions in a text, in order; none overlaps another.

    Of forms that overlap the longest is taken; at one length the first, then the one as written.
    """
    taken: set[int] = set()
    spots: list[Spot] = []
    for spot in sorted(_all_spots(index, words), key=_preference):
        place = range(spot.start, spot.end)
        if taken.isdisjoint(place):
            taken.update(place)
            spots.append(spot)
    return sorted(spots, key=lambda spot: spot.start)


def _all_spots(index: Index, words: Sequence[str]) -> Iterator[Spot]:
    """Yield every form that stands somewhere in the text."""
    for start, word in enumerate(words):
        for form in index.get(word, ()):
            end = start + len(form.words)
            here = tuple(words[start:end])
            if len(here) == len(form.words) and _fits(form, here):
                yield Spot(form, start, end, here)


def _fits(form: Form, words: tuple[str, ...]) -> bool:
    return all(word in may_be for word, may_be in zip(words, form.may_be, strict=True))


def _preference(spot: Spot) -> tuple[int, int, bool, int]:
    inflected = spot.words != spot.form.words
    return -len(spot.words), spot.start, inflected, spot.form.rank


# of each word: the edit's kind, and the place on the other side
SidePlaces: TypeAlias = list[tuple[EditKind, int]]


@dataclass(frozen=True, slots=True)
class WordPlaces:
    """An alignment, word by word."""

    ref: SidePlaces
    hyp: SidePlaces

    @classmethod
    def of(cls, alignment: Alignment) -> WordPlaces:
        """Return the places of both sides' words in an alignment."""
        ref: SidePlaces = []
        hyp: SidePlaces = []
        for kind, ref_start, ref_end, hyp_start, hyp_end in alignment:
            for word in range(ref_end - ref_start):
                ref.append((kind, hyp_start if kind == "delete" else hyp_start + word))
            for word in range(hyp_end - hyp_start):
                hyp.append((kind, ref_start if kind == "insert" else ref_start + word))
        return cls(ref, hyp)

    def widen(
        self,
        start: int,
        end: int,
        most: int,
        kinds: tuple[EditKind, ...],
        whole: Mapping[int, Spot],
    ) -> tuple[int, int]:
        """Return the hypothesis' words with at most so many of these kinds either side.

        A mention counts for one word; `whole` has those that do, by each of their words.
        """
        for _ in range(most):
            first = whole[start - 1].start if start - 1 in whole else start - 1
            if first < 0 or not self._is_of(kinds, first, start):
                break
            start = first
        for _ in range(most):
            last = whole[end].end if end in whole else end + 1
            if last > len(self.hyp) or not self._is_of(kinds, end, last):
                break
            end = last
        return start, end

    def _is_of(self, kinds: tuple[EditKind, ...], start: int, end: int) -> bool:
        return all(kind in kinds for kind, _ in self.hyp[start:end])

    def is_free(self, found: Spot, mention: Spot) -> bool:
        """Return whether no word of `found` is equal to a reference word outside `mention`."""
        return all(
            kind != "equal" or mention.start <= place < mention.end
            for kind, place in self.hyp[found.start : found.end]
        )

    def is_right(self, mention: Spot) -> bool:
        """Return whether all words of the reference's mention are equal and together."""
        if any(kind != "equal" for kind, _ in self.ref[mention.start : mention.end]):
            return False
        start, end = words_against(self.ref, mention.start, mention.end)
        return end - start == len(mention.words)

    def is_wrong(self, found: Spot) -> bool:
        """Return whether a word of the hypothesis' mention is an error."""
        return any(kind != "equal" for kind, _ in self.hyp[found.start : found.end])


def words_against(side: SidePlaces, start: int, end: int) -> tuple[int, int]:
    """Return the words of the other side that these are set against.

    An empty span between two words where there are none.
    """
    kind, last = side[end - 1]
    return side[start][1], last + (kind in ("equal", "substitute"))


def match_mentions(
    ref_spots: list[Spot], hyp_spots: list[Spot], places: WordPlaces
) -> tuple[dict[int, Spot], list[Spot]]:
    """Return what each mention of the reference, by number, was found as; and the false mentions.

    `score_terms` describes how. Equal words come first, then what lies in a mention's own place,
    then what lies near.
    """
    owners = {word: spot for spot in hyp_spots for word in range(spot.start, spot.end)}
    found, used = _match_equal(ref_spots, owners, places)
    for near in (0, NEAR):
        for number, mention in enumerate(ref_spots):
            if number in found:
                continue
            other = _find_near(mention, near, owners, used, places)
            if other is not None:
                found[number] = other
                used.add(other.start)
    return found, [
        spot for spot in hyp_spots if places.is_wrong(spot) and spot.start not in used
    ]


def _match_equal(
    ref_spots: list[Spot], owners: Mapping[int, Spot], places: WordPlaces
) -> tuple[dict[int, Spot], set[int]]:
    """Return the mentions that stand word for word, and where those that they use up start."""
    found: dict[int, Spot] = {}
    used: set[int] = set()
    for number, mention in enumerate(ref_spots):
        if not places.is_right(mention):
            continue
        start, end = words_against(places.ref, mention.start, mention.end)
        found[number] = Spot(mention.form, start, end, mention.words)
        here = [owners[word] for word in range(start, end) if word in owners]
        used.update(
            other.start for other in here if other.form.term == mention.form.term
        )
    return found, used


def _find_near(
    mention: Spot,
    near: int,
    owners: Mapping[int, Spot],
    used: Collection[int],
    places: WordPlaces,
) -> Spot | None:
    """Return the first free mention of the same term in a mention's place or so near to it."""
    place = words_against(places.ref, mention.start, mention.end)
    first, end = places.widen(*place, near, ("insert", "substitute"), owners)
    for word in range(first, end):
        other = owners.get(word)
        if other is None or other.start in used or other.form.term != mention.form.term:
            continue
        if places.is_free(other, mention):
            return other
    return None
