"""How the terms of a course fared in a hypothesis: found, missed, made up, and what they turned
into.

The glossary alone decides what a term is. Both sides are read the same way: of forms that overlap
the longest is the mention (at one length the first, as written before inflected), and a term of
several words counts once. Recall as in slidespeech, tp / (tp + fn); errors on the words of terms
and on the rest as B-WER and U-WER of fbai-speech, whose B-WER counts inserted list words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from konspekt.course.glossary import Glossary, Proposal
from konspekt.data import Alignment
from konspekt.score.mentions import Spot, WordPlaces, against, index_of, match_mentions, spots_in
from konspekt.score.runs import Times
from konspekt.text.words import fold, nearness

Found: TypeAlias = Literal["exact", "variant", "lemma", "missed"]

# inserted words either side that a missed mention may have turned into: «си эс эр эф» against CSRF
_PUT_IN = 3


@dataclass(frozen=True, slots=True)
class TermMention:
    """A term said in the reference, and what became of it.

    `exact`: the hypothesis has the reference's own words, or the canonical form; `variant`: another
    form of the glossary; `lemma`: a form inflected otherwise than the reference has it («токену»
    for «токена»); else `missed`.
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
    """A term in the hypothesis that the reference does not mention there; one of its words at least
    is an error.
    """

    term: str
    hypothesis: str  # its words there
    hyp_start: int
    hyp_end: int
    start: float | None  # seconds; None: unknown


@dataclass(frozen=True, slots=True)
class TermRecord:
    """One term: how often the reference mentions it, how often it was found each way, missed, and
    made up.
    """

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
    """The terms of a text, and the errors of its alignment: on words of mentioned terms, and on the
    rest.
    """

    mentions: tuple[TermMention, ...]  # in order
    false: tuple[FalseMention, ...]  # in order
    records: tuple[
        TermRecord, ...
    ]  # the terms that occur on either side, in the order of the glossary
    term_words: int
    term_errors: int
    rest_words: int
    rest_errors: int

    def count(self, *ways: Found) -> int:
        """Mentions that were found in one of these ways."""
        return sum(mention.found in ways for mention in self.mentions)

    @property
    def recall_exact(self) -> float | None:
        """Share of the mentions found exactly; None where nothing is mentioned, as for the two
        below.
        """
        return _share(self.count("exact"), len(self.mentions))

    @property
    def recall_variant(self) -> float | None:
        """Share of the mentions found exactly or as a variant."""
        return _share(self.count("exact", "variant"), len(self.mentions))

    @property
    def recall(self) -> float | None:
        """Share of the mentions found, inflected ones included."""
        return _share(self.count("exact", "variant", "lemma"), len(self.mentions))

    @property
    def precision(self) -> float | None:
        """Share of found mentions in found and false ones; None where there are neither."""
        found = len(self.mentions) - self.count("missed")
        return _share(found, found + len(self.false))

    @property
    def term_wer(self) -> float | None:
        """Errors over words of terms; None where the reference has no such word."""
        return _share(self.term_errors, self.term_words)

    @property
    def rest_wer(self) -> float | None:
        """Errors over all other words; None where the reference has none."""
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
    """The terms of `glossary` in the reference, each looked for in the hypothesis where the
    alignment has its place.

    Words are those that `normalise` makes, and it makes those of the glossary; a form of which it
    leaves nothing is skipped, one that two terms then share belongs to the first. In Russian a
    form's Cyrillic words may be inflected, in other languages words are as written. The readable
    alignment is wanted: it sets like words beside each other.

    A mention's place is the hypothesis' words set against its own. A mention whose words are all
    equal and together is found. Else it takes a mention of its term that has a word in its place,
    or in two words either side of it (a mention counts for one) that are not beyond an equal word;
    no word of what it takes may be equal to a reference word outside it. Each mention of the
    hypothesis is taken once; one that is not taken is false, unless all its words are equal to
    reference words.

    An error on a reference word belongs to terms where the word does; an inserted word where it
    lies in a term of the hypothesis. Raises ValueError where alignment or times do not cover the
    words.
    """
    places = WordPlaces.of(alignment)
    _check(reference, ref_times, len(places.ref))
    _check(hypothesis, hyp_times, len(places.hyp))
    index = index_of(glossary, normalise, {*reference, *hypothesis}, inflected=language == "ru")
    said, heard = spots_in(index, reference), spots_in(index, hypothesis)
    found, left = match_mentions(said, heard, places)
    mentions = []
    for number, spot in enumerate(said):
        start, end = against(places.ref, spot.start, spot.end)
        time = _when(ref_times, (spot.start, spot.end), hyp_times, (start, end))
        other = found.get(number)
        words = other.words if other else _turned_into(hypothesis, places, start, end)
        way = _way(spot, other) if other else "missed"
        mentions.append(
            TermMention(
                spot.form.term,
                " ".join(spot.words),
                " ".join(words),
                way,
                spot.start,
                spot.end,
                time,
            )
        )
    false = []
    for spot in left:
        time = _when(
            hyp_times, (spot.start, spot.end), ref_times, against(places.hyp, spot.start, spot.end)
        )
        false.append(FalseMention(spot.form.term, " ".join(spot.words), spot.start, spot.end, time))
    term_words = {at for spot in said for at in range(spot.start, spot.end)}
    wrong_words = {at for at, (kind, _) in enumerate(places.ref) if kind != "equal"}
    put_in = {at for at, (kind, _) in enumerate(places.hyp) if kind == "insert"}
    heard_words = {at for spot in heard for at in range(spot.start, spot.end)}
    term_errors = len(wrong_words & term_words) + len(put_in & heard_words)
    return Terms(
        mentions=tuple(mentions),
        false=tuple(false),
        records=_records(glossary, mentions, false),
        term_words=len(term_words),
        term_errors=term_errors,
        rest_words=len(reference) - len(term_words),
        rest_errors=len(wrong_words) + len(put_in) - term_errors,
    )


def _check(words: Sequence[str], times: Times | None, covered: int) -> None:
    if len(words) != covered:
        raise ValueError(f"an alignment of {covered} words for {len(words)}")
    if times is not None and len(times) != len(words):
        raise ValueError(f"{len(times)} times for {len(words)} words")


def propose(
    terms: Terms, glossary: Glossary, normalise: Callable[[str], list[str]], at_least: float = 0.5
) -> tuple[Proposal, ...]:
    """What missed mentions turned into that is as like a form of their term, most frequent first;
    no form of any term.

    Similarity is `nearness` of the two without spaces, the highest of all forms. For a person to
    accept: at any value it lets wrong words in and leaves true variants out, names of letters («эл
    эл эм») first of all.
    """
    forms = {term.name: [normalise(form) for form in term.forms] for term in glossary.terms}
    known = {" ".join(form) for of_term in forms.values() for form in of_term}
    missed = Counter(
        (mention.term, mention.hypothesis)
        for mention in terms.mentions
        if mention.found == "missed"
    )
    found = []
    for (term, heard), count in missed.items():
        if heard and heard not in known:
            similarity = max(
                nearness(fold("".join(form)), fold(heard.replace(" ", ""))) for form in forms[term]
            )
            if similarity >= at_least:
                found.append(Proposal(term, heard, count, similarity))
    return tuple(sorted(found, key=lambda proposal: (-proposal.count, -proposal.similarity)))


def _way(said: Spot, heard: Spot) -> Found:
    if heard.words == said.words:
        return "exact"
    if heard.form is said.form or heard.words != heard.form.words:
        return "lemma"
    return "exact" if heard.form.canonical else "variant"


def _turned_into(
    hypothesis: Sequence[str], places: WordPlaces, start: int, end: int
) -> Sequence[str]:
    first, last = places.widened(start, end, _PUT_IN, ("insert",), {})
    return hypothesis[first:last]


def _when(
    own: Times | None, span: tuple[int, int], other: Times | None, place: tuple[int, int]
) -> float | None:
    """The start of the first word whose time is known, of its own side's before the other's; else
    the end before it.
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
    records = []
    for name in (term.name for term in glossary.terms):
        own = by_term.get(name, [])
        if own or made_up[name]:
            ways = Counter(mention.found for mention in own)
            heard = tuple(Counter(mention.hypothesis for mention in own).most_common())
            times = tuple(mention.start for mention in own)
            counts = (ways["exact"], ways["variant"], ways["lemma"], ways["missed"], made_up[name])
            records.append(TermRecord(name, len(own), *counts, heard, times))
    return tuple(records)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
