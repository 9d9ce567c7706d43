"""The forms a Russian word takes, so that «спуска» is known for «спуск»."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

from konspekt.text.words import fold

CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)

_UNCHANGED = 2  # letters: «эл», «пи» and «на» have no other forms
# Endings of a masculine noun, hard or after ж ш ч щ г к х.
_ENDINGS = ("", "а", "у", "е", "ы", "и", "ом", "ем", "ов", "ей", "ам", "ами", "ах")
_CONSONANTS = frozenset("бвгджзклмнпрстфхцчшщ")
_NAMES = frozenset({"Name", "Surn", "Patr", "Geox", "Orgn", "Trad"})
_VERB = {"INFN": "VERB"}  # an infinitive has the forms of its verb
_CHANGING = ("NOUN", "ADJF", "PRTF", "VERB")
# Share of a form's readings that must be the word's: «стали» is from «сталь» once in fifty times.
_MIN_SHARE = 0.25


@cache
def analyzer() -> Any:
    """Return the dictionary, loaded when it is first asked (0.2 s, 15 MB)."""
    import pymorphy3

    return pymorphy3.MorphAnalyzer()


@lru_cache(maxsize=20_000)
def forms_of(word: str) -> frozenset[str]:
    """Return the folded forms of a word, itself included, as its likeliest part of speech.

    Nouns, adjectives, participles and verbs of three letters and more have other forms. A word in
    no dictionary that ends in a consonant takes the endings of a masculine noun, as borrowed terms
    do («промпт», «бэрт»). The dictionary's own guess would be «бэрта» for some. Other unknown words
    are inflected as the dictionary guesses. Some forms are rather another word's: see `is_form`.
    """
    folded = fold(word)
    is_russian = CYRILLIC.search(folded) is not None
    if not is_russian or len(folded) <= _UNCHANGED:
        return frozenset({folded})
    if folded[-1] in _CONSONANTS and not _is_known(folded):
        return frozenset(folded + ending for ending in _ENDINGS)
    return frozenset({folded, *_inflect(folded)})


def _inflect(folded: str) -> set[str]:
    """Return the dictionary's forms of a word; none where its part of speech has no others."""
    best = _likeliest(folded)
    kind = _kind(best)
    if kind[0] not in _CHANGING:
        return set()
    forms: list[Any] = []
    for parse in analyzer().parse(folded):
        if _lemma(parse) == _lemma(best) and _kind(parse) == kind:
            forms += parse.lexeme
    return {fold(form.word) for form in forms if _kind(form) == kind}


@lru_cache(maxsize=50_000)
def is_form(form: str, word: str) -> bool:
    """Return whether `form` is the word in one of its forms, and not rather another word."""
    form, word = fold(form), fold(word)
    if form == word:
        return True
    if form not in forms_of(word):
        return False
    return not _is_known(form) or _is_likely(form, word)


def _is_likely(form: str, word: str) -> bool:
    """Return whether enough of the form's readings have the word's lemma."""
    lemma = _lemma(_likeliest(word))
    parses = analyzer().parse(form)
    same = [parse for parse in parses if _lemma(parse) == lemma]
    return _score(same) >= _MIN_SHARE * _score(parses)


def _score(parses: Sequence[Any]) -> float:
    """Return how likely one of the readings is."""
    return float(sum(parse.score for parse in parses))


def _is_known(folded: str) -> bool:
    """Return whether the dictionary has the word as other than a name.

    It has «промптов» as a surname, and «бэрт» as several Bertas.
    """
    for parse in analyzer().parse(folded):
        if parse.is_known and _NAMES.isdisjoint(parse.tag.grammemes):
            return True
    return False


def _likeliest(folded: str) -> Any:
    """Return a word's likeliest reading, but the word itself where it can be a lemma.

    So «данные» is a noun rather than a form of «данный».
    """
    parses = analyzer().parse(folded)
    for parse in parses:
        if _lemma(parse) == folded:
            return parse
    return parses[0]


def _lemma(parse: Any) -> str:
    return fold(parse.normal_form)


def _kind(parse: Any) -> tuple[str, ...]:
    """Return the part of speech; of a participle also voice and tense, for a verb has four."""
    tag = parse.tag
    part = str(tag.POS)
    if part == "PRTF":
        return part, str(tag.voice), str(tag.tense)
    return (_VERB.get(part, part),)
