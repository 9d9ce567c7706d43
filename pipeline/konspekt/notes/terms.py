"""The terms of a lecture."""

from __future__ import annotations

from konspekt.data import Term
from konspekt.notes.keyness import phrase_weight
from konspekt.notes.outline import Outline, is_near
from konspekt.notes.reading import TermPhrase

MIN_TERM_WEIGHT = 0.7


def find_terms(outline: Outline, most: int) -> tuple[Term, ...]:
    """Return the best `most` repeated or defined terms, in the order in which they come."""
    totals: dict[tuple[str, ...], float] = {}
    for candidate in outline.ranked:
        key = candidate.phrase.key
        totals[key] = totals.get(key, 0.0) + candidate.score
    known = {phrase.key: phrase for phrase in outline.phrases}
    chosen: list[TermPhrase] = []
    for key in sorted(totals, key=lambda k: (-totals[k], known[k].places[0], k)):
        phrase = known[key]
        if len(chosen) >= most:
            break
        plain = len(key) == 1 and not phrase.text.isascii()
        enough = key in outline.definitions or len(phrase.places) >= (3 if plain else 2)
        if phrase_weight(key, len(phrase.places)) < MIN_TERM_WEIGHT or not enough:
            continue
        if not any(is_near(key, other.key) for other in chosen):
            chosen.append(phrase)
    return tuple(
        _term(outline, phrase)
        for phrase in sorted(chosen, key=lambda p: (p.places[0], p.key))
    )


def _term(outline: Outline, phrase: TermPhrase) -> Term:
    sentences = [
        outline.sentences[index].sentence for index in dict.fromkeys(phrase.places)
    ]
    return Term(
        phrase.text,
        sentences[0].start,
        len(phrase.places),
        tuple(s.id for s in sentences),
    )
