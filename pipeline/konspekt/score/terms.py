"""How the terms of a course fared in a hypothesis: found, missed, false, and what they became.

The glossary alone decides what a term is. Both sides are read the same way. Of forms that overlap
the longest is the mention; at one length the first, as written before inflected. A term of several
words counts once. Recall is as in slidespeech, tp / (tp + fn). Errors on the words of terms and on
the rest are as B-WER and U-WER of fbai-speech, whose B-WER counts inserted list words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from konspekt.course.glossary import Glossary, Proposal
from konspekt.data import Alignment
from konspekt.score.mentions import (
    Spot,
    WordPlaces,
    index_of,
    match_mentions,
    spots_in,
    words_against,
)
from konspekt.score.runs import Times
from konspekt.text.words import fold, nearness

Found: TypeAlias = Literal["exact", "variant", "lemma", "missed"]

# inserted words either side that a missed mention may have turned into: «си эс эр эф» against CSRF
_PUT_IN = 3


@dataclass(frozen=True, slots=True)
class TermMention:
    """A term in the reference, and what became of it.

    `exact`: the hypothesis has the reference's own words, or the canonical form. `variant`: another
    form of the glossary. `lemma`: a form inflected otherwise than in the reference («токену» for
    «токена»). Else `missed`.
    """

    term: str  # its canonical form
    reference: str  # its words there
    hypothesis: str  # the words in its place; "" where there are none
    found: Found
    ref_start: int
    ref_end: int
    start: float | None  # seconds; None: unknown


@dataclass(frozen=True, slots=True)
class FalseMention:
    """A term that only the hypothesis mentions there; one of its words at least is an error."""

    term: str
    hypothesis: str  # its words there
    hyp_start: int
    hyp_end: int
    start: float | None  # seconds; None: unknown


@dataclass(frozen=True, slots=True)
class TermRecord:
    """One term: how often it is mentioned, found each way, missed, and falsely found."""

    term: str
    mentions: int
    exact: int
    variant: int
    lemma: int
    missed: int
    false: int
    # The words in place of its mentions, most frequent first; "" for nothing.
    hypotheses: tuple[tuple[str, int], ...]
    times: tuple[float | None, ...]  # one a mention


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a text, and its errors: on words of mentioned terms, and on the rest."""

    mentions: tuple[TermMention, ...]  # in order
    false: tuple[FalseMention, ...]  # in order
    # terms of either side, in the order of the glossary
    records: tuple[TermRecord, ...]
    term_words: int
    term_errors: int
    rest_words: int
    rest_errors: int

    def count(self, *ways: Found) -> int:
        """Return how many mentions were found in one of these ways."""
        return sum(mention.found in ways for mention in self.mentions)

    @property
    def recall_exact(self) -> float | None:
        """Return the share of mentions found exactly; None if nothing is mentioned."""
        return _share(self.count("exact"), len(self.mentions))

    @property
    def recall_variant(self) -> float | None:
        """Return the share of mentions found exactly or as a variant; None if nothing is
        mentioned.
        """
        return _share(self.count("exact", "variant"), len(self.mentions))

    @property
    def recall(self) -> float | None:
        """Return the share of mentions found, inflected ones included; None if nothing is
        mentioned.
        """
        return _share(self.count("exact", "variant", "lemma"), len(self.mentions))

    @property
    def precision(self) -> float | None:
        """Return the share of found mentions in found and false ones; None if there are neither."""
        found = len(self.mentions) - self.count("missed")
        return _share(found, found + len(self.false))

    @property
    def term_wer(self) -> float | None:
        """Return the WER on words of terms; None if the reference has no such word."""
        return _share(self.term_errors, self.term_words)

    @property
    def rest_wer(self) -> float | None:
        """Return the WER on all other words; None if the reference has none."""
        return _share(self.rest_errors, self.rest_words)


# the terms, two sides and how they lie, how words are compared, and when they are
def score_terms(  # noqa: PLR0913
    glossary: Glossary,
    reference: Sequence[str],
    hypothesis: Sequence[str],
    alignment: Alignment,
    normalise: Callable[[str], list[str]],
    *,
    language: str = "ru",
    ref_times: Times | None = None,
    hyp_times: Times | None = None,
) -> Terms:
    """Return how the terms of `glossary` in the reference fared in the hypothesis.

    Words are those that `normalise` makes, and it makes those of the glossary. A form of which it
    leaves nothing is skipped; one that two terms then share belongs to the first. In Russian a
    form's Cyrillic words may be inflected, in other languages words are as written. `alignment`
    should be the readable one: it sets similar words beside each other.

    A mention's place is the hypothesis' words set against its own. A mention whose words are all
    equal and together is found. Else it takes a mention of its term that has a word in its place,
    or in two words either side of it. Another mention counts for one word; an equal word ends the
    search. No word of what it takes may be equal to a reference word outside it. Each mention of
    the hypothesis is taken once; one that is not taken is false, unless all its words are equal to
    reference words.

    An error on a reference word belongs to terms where the word does; an inserted word where it
    lies in a term of the hypothesis. Raises ValueError where alignment or times do not cover the
    words.
    """
    places = WordPlaces.of(alignment)
    _check(reference, ref_times, len(places.ref))
    _check(hypothesis, hyp_times, len(places.hyp))
    vocabulary = {*reference, *hypothesis}
    index = index_of(glossary, normalise, vocabulary, inflected=language == "ru")
    ref_spots, hyp_spots = spots_in(index, reference), spots_in(index, hypothesis)
    found, untaken = match_mentions(ref_spots, hyp_spots, places)
    text = _ScoredText(hypothesis, places, ref_times, hyp_times)
    mentions = [_mention(text, spot, found.get(n)) for n, spot in enumerate(ref_spots)]
    false = [_false_mention(text, spot) for spot in untaken]
    term_words, hyp_term_words = _words_of(ref_spots), _words_of(hyp_spots)
    wrong = {at for at, (kind, _) in enumerate(places.ref) if kind != "equal"}
    inserted = {at for at, (kind, _) in enumerate(places.hyp) if kind == "insert"}
    term_errors = len(wrong & term_words) + len(inserted & hyp_term_words)
    return Terms(
        mentions=tuple(mentions),
        false=tuple(false),
        records=_records(glossary, mentions, false),
        term_words=len(term_words),
        term_errors=term_errors,
        rest_words=len(reference) - len(term_words),
        rest_errors=len(wrong) + len(inserted) - term_errors,
    )


@dataclass(frozen=True, slots=True)
class _ScoredText:
    """The hypothesis' words, how they lie beside the reference's, and the times of both."""

    hypothesis: Sequence[str]
    places: WordPlaces
    ref_times: Times | None
    hyp_times: Times | None


def _mention(text: _ScoredText, spot: Spot, found: Spot | None) -> TermMention:
    """Return a mention of the reference and what became of it; `found` is None for nothing."""
    place = words_against(text.places.ref, spot.start, spot.end)
    return TermMention(
        term=spot.form.term,
        reference=" ".join(spot.words),
        hypothesis=" ".join(found.words if found else _words_in_place(text, place)),
        found=_way(spot, found) if found else "missed",
        ref_start=spot.start,
        ref_end=spot.end,
        start=_when(text.ref_times, (spot.start, spot.end), text.hyp_times, place),
    )


def _false_mention(text: _ScoredText, spot: Spot) -> FalseMention:
    place = words_against(text.places.hyp, spot.start, spot.end)
    time = _when(text.hyp_times, (spot.start, spot.end), text.ref_times, place)
    return FalseMention(
        spot.form.term, " ".join(spot.words), spot.start, spot.end, time
    )


def _words_of(spots: Sequence[Spot]) -> set[int]:
    """Return the words of a side, by index, that belong to a term."""
    return {word for spot in spots for word in range(spot.start, spot.end)}


def _check(words: Sequence[str], times: Times | None, covered: int) -> None:
    if len(words) != covered:
        raise ValueError(f"an alignment of {covered} words for {len(words)}")
    if times is not None and len(times) != len(words):
        raise ValueError(f"{len(times)} times for {len(words)} words")


def propose(
    terms: Terms,
    glossary: Glossary,
    normalise: Callable[[str], list[str]],
    at_least: float = 0.5,
) -> tuple[Proposal, ...]:
    """Return likely variants: what missed mentions turned into, most frequent first.

    Each is at least as similar to a form of its term as `at_least`, and no form of any term.
    Similarity is `nearness` of the two without spaces, the highest of all forms. A person decides:
    at any value it lets wrong words in and leaves true variants out, names of letters («эл эл эм»)
    first of all.
    """
    forms = {
        term.name: [normalise(form) for form in term.forms] for term in glossary.terms
    }
    known = {" ".join(form) for of_term in forms.values() for form in of_term}
    missed = (mention for mention in terms.mentions if mention.found == "missed")
    counts = Counter((mention.term, mention.hypothesis) for mention in missed)
    found = []
    for (term, words), count in counts.items():
        if not words or words in known:
            continue
        similarity = max(_similarity(form, words) for form in forms[term])
        if similarity >= at_least:
            found.append(Proposal(term, words, count, similarity))
    return tuple(
        sorted(found, key=lambda proposal: (-proposal.count, -proposal.similarity))
    )


def _similarity(form: Sequence[str], words: str) -> float:
    return nearness(fold("".join(form)), fold(words.replace(" ", "")))


def _way(mention: Spot, found: Spot) -> Found:
    """Return how near the words that were found are to those of the reference."""
    if found.words == mention.words:
        return "exact"
    if found.form is mention.form or found.words != found.form.words:
        return "lemma"
    return "exact" if found.form.canonical else "variant"


def _words_in_place(text: _ScoredText, place: tuple[int, int]) -> Sequence[str]:
    """Return the words in a missed mention's place, with those inserted beside it."""
    first, last = text.places.widen(*place, _PUT_IN, ("insert",), {})
    return text.hypothesis[first:last]


def _when(
    own: Times | None,
    span: tuple[int, int],
    other: Times | None,
    place: tuple[int, int],
) -> float | None:
    """Return the start of the first word whose time is known; None where none is.

    Words of the mention's own side come first, then those of the other side's `place`, then the end
    of the word before that place.
    """
    for times, (start, end) in ((own, span), (other, place)):
        for time in (times or ())[start:end]:
            if time is not None:
                return time[0]
    before = other[place[0] - 1] if other and place[0] else None
    return before[1] if before else None


def _records(
    glossary: Glossary, mentions: list[TermMention], false: list[FalseMention]
) -> tuple[TermRecord, ...]:
    made_up = Counter(mention.term for mention in false)
    by_term: dict[str, list[TermMention]] = {}
    for mention in mentions:
        by_term.setdefault(mention.term, []).append(mention)
    names = [term.name for term in glossary.terms]
    return tuple(
        _record(name, by_term.get(name, []), made_up[name])
        for name in names
        if name in by_term or name in made_up
    )


def _record(name: str, mentions: list[TermMention], false: int) -> TermRecord:
    ways = Counter(mention.found for mention in mentions)
    hypotheses = Counter(mention.hypothesis for mention in mentions)
    return TermRecord(
        term=name,
        mentions=len(mentions),
        exact=ways["exact"],
        variant=ways["variant"],
        lemma=ways["lemma"],
        missed=ways["missed"],
        false=false,
        hypotheses=tuple(hypotheses.most_common()),
        times=tuple(mention.start for mention in mentions),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
