"""The Russian words of a transcript: which may be a noun or an adjective, in which cases, and their
nominative.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from konspekt.notes.lists import words
from konspekt.text.lemmas import CYRILLIC, analyzer
from konspekt.text.words import fold

LATIN = re.compile(r"[a-z]", re.IGNORECASE)
# Cases that differ in few words are one with the case they stand for.
_CASES = {
    "gen1": "gent",
    "gen2": "gent",
    "acc1": "accs",
    "acc2": "accs",
    "loc1": "loct",
    "loc2": "loct",
}
_NAMES = frozenset({"Name", "Surn", "Patr", "Geox", "Orgn", "Trad"})
_VERBS = frozenset({"VERB", "INFN", "GRND", "PRTS"})
_NO_NOUN = frozenset({"Init", "Abbr", "Infr", "Erro", "Vpre"})
_NO_ADJECTIVE = frozenset({"Apro", "Anum", "Subx", "Supr", "Erro"})

# What pymorphy3 takes for another part of speech and a lecture means as a noun: form → tag it is
# read with.
_NOUNS_NOT_ADJECTIVES = frozenset({"данные", "данных", "данным", "данными"})


@dataclass(frozen=True, slots=True)
class WordReading:
    """One way to read a word: a noun or an adjective in a case and number."""

    lemma: str  # folded
    adjective: bool
    case: str
    number: str
    gender: str | None  # None in the plural, where genders agree
    animate: bool | None
    score: float
    parse: Any  # pymorphy3's Parse; None for a word that does not change

    def nominative(
        self, word: str, number: str | None = None, like: WordReading | None = None
    ) -> str:
        """Return the word in the nominative, in its own number unless one is given; an adjective
        in the gender of `like`.
        """
        if self.parse is None:
            return word
        wanted = {"nomn", number or self.number}
        if (
            self.adjective
            and like is not None
            and (number or self.number) == "sing"
            and like.gender
        ):
            wanted.add(like.gender)
        inflected = self.parse.inflect(wanted)
        return _restore_capitals(inflected.word if inflected else self.parse.word, word)


def _restore_capitals(form: str, word: str) -> str:
    """Return `form` in the capitals of `word`: Левенштейна → Левенштейн, ЭВМ stays."""
    if len(word) > 1 and word.isupper():
        return form.upper()
    return form[:1].upper() + form[1:] if word[:1].isupper() else form


class Lexicon:
    """The readings of a transcript's words.

    A word that is in no dictionary (a term, a name, a misspelling) has many guessed lemmas. The one
    that most of the transcript's other words share is taken, so that «эмбеддинга» and «эмбеддингам»
    meet.
    """

    def __init__(self, spoken: Iterable[str], names: Iterable[str] = ()) -> None:
        """`names`: words of the transcript that stand with a capital inside a sentence."""
        self._words = frozenset(fold(word) for word in spoken)
        self._names = frozenset(names)
        self._lemmas: dict[str, int] = {}
        self._cache: dict[str, tuple[WordReading, ...]] = {}
        for word in sorted(self._words):
            if CYRILLIC.search(word) and not self.is_known(word):
                for lemma in {fold(parse.normal_form) for parse in _guesses(word)}:
                    self._lemmas[lemma] = self._lemmas.get(lemma, 0) + 1

    @staticmethod
    def is_known(word: str) -> bool:
        """Return whether the dictionary has the word, or its last part after a hyphen."""
        return bool(analyzer().word_is_known(word)) or bool(
            analyzer().word_is_known(word.rpartition("-")[2])
        )

    def is_name(self, word: str) -> bool:
        """Return whether a word is a name by its capitals."""
        return word[:1].isupper() and (word in self._names or word.isupper())

    def is_proper(self, word: str, reading: WordReading) -> bool:
        """Return whether a capitalised word is a person or a place of the dictionary: hardly a
        term alone.
        """
        return (
            self.is_name(word)
            and reading.parse is not None
            and bool(_NAMES & reading.parse.tag.grammemes)
        )

    def readings(self, word: str) -> tuple[WordReading, ...]:
        """Return every reading as noun or adjective, likely ones first; none for another part of
        speech.
        """
        found = self._cache.get(word)
        if found is None:
            found = self._cache[word] = self._read(word)
        return found

    def lemma(self, word: str) -> str:
        """Return the folded lemma of any word, for comparing what passages speak of."""
        readings = self.readings(word)
        if readings:
            return readings[0].lemma
        return (
            fold(analyzer().parse(fold(word))[0].normal_form)
            if CYRILLIC.search(word)
            else fold(word)
        )

    def _read(self, word: str) -> tuple[WordReading, ...]:
        folded = fold(word)
        if not CYRILLIC.search(folded):
            return ()
        if word.isupper() and 1 < len(word) <= 6 and not self.is_known(folded):
            return (WordReading(folded, False, "nomn", "sing", None, None, 1.0, None),)
        parses = (
            analyzer().parse(word.casefold())
            if self.is_known(folded)
            else self._choose_guesses(_guesses(folded))
        )
        if folded in words("ru_no_nouns"):
            return ()
        nouns = [parse for parse in parses if _is_noun(parse)]
        adjectives = [parse for parse in parses if _is_adjective(parse)]
        if folded in _NOUNS_NOT_ADJECTIVES:
            adjectives = []
        total = sum(parse.score for parse in parses) or 1.0
        noun, adjective = (
            sum(p.score for p in some) / total for some in (nouns, adjectives)
        )
        if noun + adjective < 0.5 and folded not in _NOUNS_NOT_ADJECTIVES:
            return ()
        chosen = nouns if noun >= adjective else adjectives
        return tuple(_reading(parse, parse.score / total) for parse in chosen)

    def _choose_guesses(self, parses: list[Any]) -> list[Any]:
        """Return the guesses for an unknown word of the best lemma: shared by most words, in the
        text itself, not a name.
        """
        if not parses or parses[0].tag.POS in _VERBS:
            return parses

        def merit(parse: Any) -> tuple[bool, int, bool, int, str]:
            lemma = fold(parse.normal_form)
            return (
                _is_noun(parse),
                self._lemmas.get(lemma, 0),
                lemma in self._words,
                -len(lemma),
                lemma,
            )

        best = fold(max(parses, key=merit).normal_form)
        return [parse for parse in parses if fold(parse.normal_form) == best]


def _guesses(word: str) -> list[Any]:
    """Return the readings of an unknown word: things rather than people and names; a verb where
    that is likely.
    """
    parses = analyzer().parse(word)
    verbs = [parse for parse in parses if parse.tag.POS in _VERBS]
    if verbs and (parses[0] is verbs[0] or word.endswith(("ть", "ться"))):
        return verbs
    adjectives = [parse for parse in parses if _is_adjective(parse)]
    if sum(p.score for p in adjectives) > 0.5 * sum(p.score for p in parses):
        return adjectives
    things = [
        p
        for p in parses
        if not _NAMES & p.tag.grammemes and "anim" not in p.tag.grammemes
    ]
    return things if any(_is_noun(p) for p in things) else parses


def _is_noun(parse: Any) -> bool:
    return parse.tag.POS == "NOUN" and not _NO_NOUN & parse.tag.grammemes


def _is_adjective(parse: Any) -> bool:
    return parse.tag.POS in {"ADJF", "PRTF"} and not _NO_ADJECTIVE & parse.tag.grammemes


def _reading(parse: Any, score: float) -> WordReading:
    tag = parse.tag
    case = _CASES.get(str(tag.case), str(tag.case))
    number = str(tag.number or "sing")
    gender = None if number == "plur" or tag.gender is None else str(tag.gender)
    animate = None if tag.animacy is None else tag.animacy == "anim"
    return WordReading(
        fold(parse.normal_form),
        not _is_noun(parse),
        case,
        number,
        gender,
        animate,
        score,
        parse,
    )


@cache
def is_verb(word: str) -> bool:
    """Return whether a Russian word is most likely a verb in a finite form (a predicate), or a
    short participle.
    """
    if not CYRILLIC.search(word):
        return False
    parses = analyzer().parse(fold(word))
    verb = sum(
        parse.score
        for parse in parses
        if parse.tag.POS in {"VERB", "PRTS", "ADJS", "INFN", "PRED"}
    )
    return bool(verb > 0.5 * sum(parse.score for parse in parses))


def is_infinitive(lemma: str) -> bool:
    """Return whether a lemma is a verb's: that of a participle."""
    return lemma.endswith(("ть", "ться", "ти", "тись", "чь")) and any(
        parse.tag.POS == "INFN" for parse in analyzer().parse(lemma)[:1]
    )


def is_numeral(word: str) -> bool:
    """Return whether a Russian word is a number: двести, тремя, миллионов; «один» is not, being
    mostly an article.
    """
    if not CYRILLIC.search(word):
        return False
    best = analyzer().parse(fold(word))[0]
    return best.tag.POS == "NUMR" or best.normal_form in {
        "тысяча",
        "миллион",
        "миллиард",
        "половина",
        "треть",
        "процент",
    }


def is_name(word: str) -> bool:
    """Return whether a Russian word is above all the name of a person or a place."""
    if not CYRILLIC.search(word) or not analyzer().word_is_known(fold(word)):
        return False
    return bool(_NAMES & analyzer().parse(fold(word))[0].tag.grammemes)
