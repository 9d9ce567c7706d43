"""The forms a Russian word takes, so that «спуска» is known for «спуск»."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

from konspekt.text.words import fold

CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)

_UNCHANGED = 2  # letters: «эл», «пи» and «на» are said as they stand
# Of a masculine noun, hard or after ж ш ч щ г к х.
_ENDINGS = ("", "а", "у", "е", "ы", "и", "ом", "ем", "ов", "ей", "ам", "ами", "ах")
_CONSONANTS = frozenset("бвгджзклмнпрстфхцчшщ")
_NAMES = frozenset({"Name", "Surn", "Patr", "Geox", "Orgn", "Trad"})
_VERB = {"INFN": "VERB", "VERB": "VERB"}
# A dictionary word is a form of another where it is read so this often: «стали» is from «сталь»
# once in fifty times.
_MIN_SHARE = 0.25


@cache
def analyzer() -> Any:
    """The dictionary, loaded when it is first asked (0.2 s, 15 MB)."""
    import pymorphy3

    return pymorphy3.MorphAnalyzer()


@lru_cache(maxsize=20_000)
def forms_of(word: str) -> frozenset[str]:
    """The folded forms of a word, itself included, as the part of speech it is likeliest; not yet
    judged by `is_form`.

    Nouns, adjectives, participles and verbs change, in words of three letters and more. A word in
    no dictionary that ends in a consonant takes the endings of a masculine noun, as borrowed terms
    do («промпт», «бэрт»): the dictionary's own guess would be «бэрта» for some. Other unknown words
    are inflected as the dictionary guesses.
    """
    folded = fold(word)
    if len(folded) <= _UNCHANGED or not CYRILLIC.search(folded):
        return frozenset({folded})
    if not _is_known(folded) and folded[-1] in _CONSONANTS:
        return frozenset(folded + ending for ending in _ENDINGS)
    lemma, kind = _lemma(folded)
    found = {folded}
    for parse in analyzer().parse(folded):
        if (fold(parse.normal_form), _kind(parse)) == (lemma, kind) and kind[0] in (
            "NOUN",
            "ADJF",
            "PRTF",
            "VERB",
        ):
            found.update(fold(form.word) for form in parse.lexeme if _kind(form) == kind)
    return frozenset(found)


@lru_cache(maxsize=50_000)
def is_form(form: str, word: str) -> bool:
    """Whether `form` is the word in another form: one of its forms, and no other word's before all
    else.
    """
    form, word = fold(form), fold(word)
    if form == word:
        return True
    if form not in forms_of(word):
        return False
    if not _is_known(form):
        return True
    lemma, _ = _lemma(word)
    parses = analyzer().parse(form)
    same = sum(parse.score for parse in parses if fold(parse.normal_form) == lemma)
    return bool(same >= _MIN_SHARE * sum(parse.score for parse in parses))


def _is_known(folded: str) -> bool:
    """Whether the dictionary has the word as other than a name: «промптов» is a surname, and «бэрт»
    some Bertas.
    """
    return any(
        parse.is_known and not _NAMES & parse.tag.grammemes for parse in analyzer().parse(folded)
    )


def _lemma(folded: str) -> tuple[str, tuple[str, ...]]:
    """A word's lemma and kind: itself where it is one («данные» rather than «данный»), else what is
    likeliest.
    """
    parses = analyzer().parse(folded)
    best = next((parse for parse in parses if fold(parse.normal_form) == folded), parses[0])
    return fold(best.normal_form), _kind(best)


def _kind(parse: Any) -> tuple[str, ...]:
    """Part of speech; of a participle also voice and tense, for a verb has four."""
    tag = parse.tag
    part = str(tag.POS)
    return (part, str(tag.voice), str(tag.tense)) if part == "PRTF" else (_VERB.get(part, part),)
