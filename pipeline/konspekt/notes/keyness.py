"""How much a term belongs to the subject of a lecture, and of one chapter of it.

It is frequency with a bonus for length as in C-value (Frantzi, Ananiadou, Mima, 2000), times the
weight of its words. There is no list of general frequencies to divide by, so short lists of ours
name the weak words.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from konspekt.notes.english import english_stem
from konspekt.notes.lists import words
from konspekt.notes.phrases import PREPOSITIONS
from konspekt.notes.reading import TermPhrase
from konspekt.notes.russian import Lexicon, is_infinitive
from konspekt.text.lemmas import CYRILLIC

_WEAK, _LATIN, _PLAIN, _RARE_UNKNOWN = 0.35, 1.25, 1.0, 0.45
_LONG_ONCE = 0.6  # a run of three English words said once, which may well hold a verb
_NESTED = 0.3  # what a mention inside a longer phrase counts
_DEFINED, _TITLED = 2.0, 1.3  # a term that is defined, or announced by a cue


@dataclass(frozen=True, slots=True)
class TermCandidate:
    """A term in a chapter."""

    score: float
    chapter: int
    phrase: TermPhrase


def word_weight(lemma: str, count: int, foreign: float = _LATIN) -> float:
    """Return how much a word belongs to a subject.

    `count` is how often the lecture has its phrase. `foreign` is the weight of a word in Latin
    letters: a term by itself in a Russian lecture, a word like others in an English one.
    """
    if lemma in words("ru_junk") or lemma in words("en_stop"):
        return 0.0
    if lemma in words("ru_common") or lemma in _weak_english() or is_infinitive(lemma):
        return _WEAK  # the lemma of a participle is its verb: «найденный документ» is hardly a term
    if not CYRILLIC.search(lemma):
        return foreign
    return _PLAIN if count > 1 or Lexicon.is_known(lemma) else _RARE_UNKNOWN


@cache
def _weak_english() -> frozenset[str]:
    """Return the weak English words and their stems, by which terms of an English lecture are
    compared.
    """
    weak = words("en_common") | words("en_loose")
    return weak | {english_stem(word) for word in weak}


def phrase_weight(key: Sequence[str], count: int = 2, foreign: float = _LATIN) -> float:
    """Return the mean weight of a term's words; 0 if one of them is junk."""
    weights = [
        word_weight(lemma, count, foreign) for lemma in key if lemma not in PREPOSITIONS
    ]
    return 0.0 if not weights or not all(weights) else math.fsum(weights) / len(weights)


def _length_bonus(phrase: TermPhrase) -> float:
    """Return log2(1 + words), of at most three words; of two for what is said once, which may be
    no term.
    """
    if len(phrase.places) > 1:
        return math.log2(1 + min(len(phrase.key), 3))
    return math.log2(1 + min(len(phrase.key), 2)) * (
        _LONG_ONCE if len(phrase.key) > 2 and phrase.text.isascii() else 1
    )


def candidates(
    found: Sequence[TermPhrase],
    chapters: Sequence[range],
    defined: Mapping[tuple[str, ...], int],
    announced: Collection[int],
    *,
    russian: bool,
) -> list[TermCandidate]:
    """Return every term in every chapter it stands in, the best first.

    `defined` names the sentence of a term's definition, `announced` the sentences that hold a cue.
    """
    chapter_of = {
        index: number for number, chapter in enumerate(chapters) for index in chapter
    }
    scored = []
    for phrase in found:
        weight = phrase_weight(
            phrase.key,
            len(phrase.places),
            _LATIN if russian or not phrase.text.islower() else _PLAIN,
        )
        if not weight:
            continue
        if any(
            word.istitle() and len(word) > 2 and CYRILLIC.search(word)
            for word in phrase.text.split()[1:]
        ):
            # a name makes a term of weak words: расстояние Левенштейна
            weight = max(weight, _PLAIN)
        whole = Counter(chapter_of[index] for index in set(phrase.whole))
        places = Counter(chapter_of[index] for index in set(phrase.places))
        for chapter, count in sorted(places.items()):
            frequency = whole[chapter] + _NESTED * (count - whole[chapter])
            score = (
                weight
                * _length_bonus(phrase)
                * frequency**0.5
                * (count / places.total()) ** 0.4
            )
            if phrase.key in defined and chapter_of[defined[phrase.key]] == chapter:
                score *= _DEFINED
            if any(
                index in announced and chapter_of[index] == chapter
                for index in phrase.places
            ):
                score *= _TITLED
            scored.append(TermCandidate(score, chapter, phrase))
    return sorted(
        scored, key=lambda c: (-c.score, c.chapter, c.phrase.places[0], c.phrase.key)
    )
