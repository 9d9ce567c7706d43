"""Words with their places, and when two words count as the same or as near.

Everything here is for comparison only: what is kept is always the original text, found by its
offsets.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

# A word: letters or digits, inner marks that belong to it (кое-что, GPT-4, 3.14, don't), accents
# that stand apart, trailing + and # (C++, C#).
_INNER = r"[-'’.,/_](?=[^\W_])[^\W_]+|[\u0300-\u036f]+[^\W_]*"
_WORD = re.compile(rf"[^\W_]+(?:{_INNER})*(?:\+\+|#)?")
_PART = re.compile(r"[^-'’.,/_]+")

LETTERS_OF_DIGIT = 4
LETTERS_OF_SYLLABLE = 3

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
    """A word of a text: where it stands, and what it is compared by (`fold`)."""

    text: str
    folded: str
    char_start: int
    char_end: int


def fold(text: str) -> str:
    """Return text as it is compared: in small letters, composed, without stress marks, ё as е."""
    decomposed = unicodedata.normalize("NFD", text.casefold())
    # Stress marks go first. NFC then puts back those of й and ї, which are letters of their own.
    unstressed = decomposed.replace("\u0301", "").replace("\u0300", "")
    return unicodedata.normalize("NFC", unstressed).replace("ё", "е")


def alphabetic_length(text: str) -> int:
    """Return the number of characters, as an alphabet would take them: a wide one is three.

    Chinese is read aloud at four to five characters a second, Russian and English at twelve to
    sixteen.
    """
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return len(text) + 2 * wide


def tokens(text: str) -> tuple[Token, ...]:
    """Return the words of `text` in order, with their offsets in it."""
    return tuple(_token(match) for match in _WORD.finditer(text))


def parts(text: str) -> tuple[Token, ...]:
    """Return the words of `text`, those joined by a mark (GPT-4, 3.14) one by one.

    So two texts are compared without their punctuation.
    """
    found: list[Token] = []
    for token in tokens(text):
        for match in _PART.finditer(token.text):
            found.append(_token(match, token.char_start))
    return tuple(found)


def _token(match: re.Match[str], offset: int = 0) -> Token:
    """Return what was found in a text that begins at `offset` of another one."""
    start, end = match.span()
    return Token(match[0], fold(match[0]), offset + start, offset + end)


def count_words(text: str) -> int:
    """Return how many words `tokens` would find."""
    return len(_WORD.findall(text))


def count_letters(text: str) -> int:
    """Return how many letters a text has about as it is spoken, white space and marks included.

    A digit counts as a short word, a wide character (Chinese, Japanese, Korean) as a syllable.
    """
    return sum(map(_spoken_letters, text))


def _spoken_letters(character: str) -> int:
    if character.isdecimal():
        return LETTERS_OF_DIGIT
    wide = unicodedata.east_asian_width(character) in "WF"
    return LETTERS_OF_SYLLABLE if wide else 1


@lru_cache(maxsize=100_000)
def sound_of(folded: str) -> str:
    """Return a folded word as it sounds, in Latin letters: `токен` and `token` are alike."""
    for group, sound in _GROUPS:
        if group in folded:
            folded = folded.replace(group, sound)
    sounds = "".join(_SOUNDS.get(letter, letter) for letter in folded)
    sounds = sounds.replace("c", "k").replace("kh", "ch")
    return re.sub(r"(.)\1+", r"\1", sounds)


@lru_cache(maxsize=200_000)
def nearness(a: str, b: str) -> float:
    """Return how alike two folded words are, 0 to 1; across scripts by their sound."""
    from rapidfuzz.distance import Levenshtein

    if a == b:
        return 1.0
    spelled = Levenshtein.normalized_similarity(a, b)
    if a.isascii() == b.isascii():
        return spelled
    sounding = Levenshtein.normalized_similarity(sound_of(a), sound_of(b))
    return max(spelled, sounding)
