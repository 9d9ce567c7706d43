"""Every reason, code and shortfall of cleaning, and the words of the pages for them."""

from __future__ import annotations

from collections.abc import Iterator

from konspekt.clean import corrections, redaction, second_pass
from konspekt.clean.reasons import ByLanguage, Code, Shortfall
from konspekt.clean.rules import RULES
from konspekt.clean.several import rulings
from konspekt.data import Wording, names

NO_SIMILARITY = Shortfall(
    "similarity",
    {
        "en": "the similarity of sentences: almost empty windows and translated ones were not "
        "compared by meaning",
        "ru": "сравнения предложений по смыслу: почти пустые и переведённые окна не сравнивались",
    },
)
FOREIGN_SIMILARITY = Shortfall(  # the model does not know the lecture's language
    "similarity-language",
    {
        "en": "the similarity of sentences: the model does not know the lecture's language",
        "ru": "сравнения предложений по смыслу: модель не знает языка лекции",
    },
)
NO_SOUND = Shortfall(
    "no-sound",
    {
        "en": "a second pass: the lecture came as text, without sound",
        "ru": "второго прохода: лекция пришла текстом, без звука",
    },
)
NO_SECOND_PASS = Shortfall(
    names.SECOND_PASS,
    {
        "en": "a second pass: what was missed was not transcribed again",
        "ru": "второго прохода: пропущенное не распознавалось ещё раз",
    },
)


def codes() -> tuple[Code, ...]:
    """Return every code that a removal may have, each once."""
    of_rules = (code for rule in RULES.values() for code in rule.codes)
    return (
        *of_rules,
        *corrections.CODES,
        *redaction.CODES,
        *rulings.CODES,
        *second_pass.CODES,
    )


def shortfalls() -> tuple[Shortfall, ...]:
    """Return everything that cleaning may do without."""
    of_rules = (rule.shortfall for rule in RULES.values())
    return (*of_rules, NO_SIMILARITY, FOREIGN_SIMILARITY, NO_SOUND, NO_SECOND_PASS)


def wording() -> Wording:
    """Return the words of the pages for what cleaning does, as `words.toml` orders them."""
    languages = {name for _, _, words in _entries() for name in words}
    found: dict[str, dict[str, dict[str, str]]] = {
        name: {} for name in sorted(languages)
    }
    for table, name, words in _entries():
        for language, sentence in words.items():
            found[language].setdefault(table, {})[name] = sentence
    return found


def _entries() -> Iterator[tuple[str, str, ByLanguage]]:
    """Yield each table's name, an entry's name and its words."""
    for code in codes():
        yield "reasons", code.reason.name, code.reason.words
        yield "removed_because", code.name, code.sentences
    for shortfall in shortfalls():
        yield "done_without", shortfall.name, shortfall.sentences
