"""Words with their places, and when two words count as the same or as near.

Everything here is for comparison only: what is kept is always the original text, found by its
offsets.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

# A word: letters or digits, inner marks that belong to it (кое-что, GPT-4, 3.14, don't), trailing +
# and # (C++, C#).
_WORD = re.compile(r"[^\W_]+(?:[-'’.,/_](?=[^\W_])[^\W_]+|[\u0300-\u036f]+[^\W_]*)*(?:\+\+|#)?")
_PART = re.compile(r"[^-'’.,/_]+")

# The sounds of Russian in Latin letters, near enough to compare spellings of one term; not a
# transcription standard.
_SOUNDS = {
    **dict(zip("абвгдезийклмнопрстуфхцыэ", "abvgdeziiklmnoprstufhcie", strict=True)),
    "ё": "e",
    "ж": "j",
    "ч": "ch",
    "ш": "sh",
    "щ": "sh",
    "ъ": "",
    "ь": "",
    "ю": "iu",
    "я": "ia",
    "w": "v",
    "y": "i",
    "q": "k",
    "x": "ks",
}
# Latin letter groups with one sound each; longer ones first.
_GROUPS = (
    ("tch", "ch"),
    ("sch", "sh"),
    ("ph", "f"),
    ("ck", "k"),
    ("th", "t"),
    ("oo", "u"),
    ("ee", "i"),
    ("ou", "u"),
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text: where it stands, and what it is compared by."""

    text: str
    folded: str
    char_start: int
    char_end: int


def fold(text: str) -> str:
    """Text without what is not compared: case, composed form, stress marks, ё as е."""
    decomposed = unicodedata.normalize("NFD", text.casefold())
    # й and ї are letters of their own: NFC puts their marks back; a stress mark is dropped before
    # that.
    unstressed = decomposed.replace("\u0301", "").replace("\u0300", "")
    return unicodedata.normalize("NFC", unstressed).replace("ё", "е")


def alphabetic_length(text: str) -> int:
    """The characters of a text, as many as an alphabet would take: a wide one counts as three.

    Chinese is read aloud at four to five characters a second, Russian and English at twelve to
    sixteen.
    """
    return sum(3 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def tokens(text: str) -> tuple[Token, ...]:
    """The words of `text` in order, with their offsets in it."""
    return tuple(Token(m[0], fold(m[0]), m.start(), m.end()) for m in _WORD.finditer(text))


def parts(text: str) -> tuple[Token, ...]:
    """The words of `text`, those joined by a mark (GPT-4, 3.14) one by one: for comparing without
    punctuation.
    """
    return tuple(
        Token(m[0], fold(m[0]), token.char_start + m.start(), token.char_start + m.end())
        for token in tokens(text)
        for m in _PART.finditer(token.text)
    )


def count_words(text: str) -> int:
    """How many words `tokens` would find."""
    return sum(1 for _ in _WORD.finditer(text))


@lru_cache(maxsize=100_000)
def sound_of(folded: str) -> str:
    """A folded word as it sounds, in Latin letters, so that `токен` and `token` meet."""
    for group, sound in _GROUPS:
        if group in folded:
            folded = folded.replace(group, sound)
    sounds = "".join(_SOUNDS.get(c, c) for c in folded).replace("c", "k").replace("kh", "ch")
    return re.sub(r"(.)\1+", r"\1", sounds)


@lru_cache(maxsize=200_000)
def nearness(a: str, b: str) -> float:
    """How alike two folded words are, 0 to 1; across scripts by their sound."""
    from rapidfuzz.distance import Levenshtein

    if a == b:
        return 1.0
    plain = Levenshtein.normalized_similarity(a, b)
    if a.isascii() == b.isascii():
        return plain
    return max(plain, Levenshtein.normalized_similarity(sound_of(a), sound_of(b)))
