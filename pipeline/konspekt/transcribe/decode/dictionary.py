"""A dictionary in the beam search: a word that no dictionary has makes a text less likely.

Whisper writes Russian two or three letters a token, and a small one writes words that nobody uses
(«веило», «оковедуки»). A real word is often among its beams. This is shallow fusion with a lexicon:
the dictionary's say is added to Whisper's log-probabilities.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from konspekt.text.lemmas import analyzer, forms_of
from konspekt.text.words import fold, parts

if TYPE_CHECKING:
    from whisper.tokenizer import Tokenizer

# Taken from a text's log-probability for each unknown word. With 2 and 4 base makes as many errors
# (docs/decoding.md); a term that Whisper is sure of outweighs the smaller one.
UNKNOWN_WORD = 2.0
DICTIONARIES = frozenset({"ru"})  # languages with a dictionary: pymorphy3's
_LETTER = re.compile(r"[а-яё-]", re.IGNORECASE)
_ROOT = 0  # where every word begins in the dictionary


@dataclass(frozen=True, slots=True)
class Spelling:
    """The last word of a text, as far as it is written."""

    letters: str = ""  # Cyrillic, with hyphens
    undecoded: bytes = b""  # the beginning of a character
    # counted as unknown before its end, or not to be judged: it has other letters
    is_settled: bool = False


class Dictionary:
    """The words of a language, and the lecture's terms in all their forms."""

    def __init__(self, terms: Iterable[str] = ()) -> None:
        forms = {
            form
            for term in terms
            for word in parts(term)
            for form in forms_of(word.folded)
        }
        self._terms = frozenset(forms)
        self._beginnings = frozenset(
            form[:end] for form in forms for end in range(1, len(form) + 1)
        )
        self.spell = lru_cache(maxsize=1 << 17)(self._spell)

    def _spell(self, spelling: Spelling, added: bytes) -> tuple[Spelling, int]:
        """Return the spelling after a token's bytes, and how many words it showed to be unknown.

        A word is unknown as soon as no word begins like it, or once it ends.
        """
        letters, is_settled = spelling.letters, spelling.is_settled
        text, undecoded = _decode(spelling.undecoded + added)
        unknown = 0
        for letter in text:
            if _LETTER.match(letter) and (letters or letter != "-"):
                letters += letter
                if not is_settled and not self._begins(letters):
                    unknown, is_settled = unknown + 1, True
            elif letter.isalnum():
                letters, is_settled = letters + letter, True
            else:
                unknown += self.is_unknown(Spelling(letters, b"", is_settled))
                letters, is_settled = "", False
        return Spelling(letters, undecoded, is_settled), unknown

    def is_unknown(self, spelling: Spelling) -> bool:
        """Return whether a word that ends here is unknown, and was not counted before."""
        return (
            bool(spelling.letters)
            and not spelling.is_settled
            and not self._has(spelling.letters)
        )

    def _begins(self, letters: str) -> bool:
        """Return whether a word begins so; an abbreviation in capitals may."""
        if letters.isupper() and len(letters) > 1:
            return True
        return bool(_nodes(letters.lower())) or fold(letters) in self._beginnings

    def _has(self, letters: str) -> bool:
        word = letters.rstrip("-")
        if word.isupper() and len(word) > 1:
            return True
        return _is_word(word.lower()) or fold(word) in self._terms


class TokenSpeller:
    """How tokens spell the words of a window, and which of them its dictionary has."""

    def __init__(self, tokenizer: Tokenizer, dictionary: Dictionary | None) -> None:
        """Take the dictionary of the window's language; None: every word is one."""
        self.eot = tokenizer.eot
        self._bytes = tokenizer.encoding.decode_single_token_bytes
        self._dictionary = dictionary

    def spell(self, before: Spelling, token: int) -> tuple[Spelling, int]:
        """Return the spelling with one more token, and how many words it shows to be unknown.

        A time stamp and the end of the text end a word.
        """
        if self._dictionary is None:
            return before, 0
        added = self._bytes(token) if token < self.eot else b" "
        return self._dictionary.spell(before, added)

    def count_unknown(self, tokens: Iterable[int]) -> int:
        """Return how many words of a whole text are unknown."""
        spelling, count = Spelling(), 0
        for token in (*tokens, self.eot):
            spelling, unknown = self.spell(spelling, token)
            count += unknown
        return count


def choose_spelling(
    texts: Iterable[tuple[tuple[int, ...], float]], speller: TokenSpeller
) -> tuple[tuple[int, ...], float]:
    """Return the best of the texts with which a search ended, and its log-probability by length.

    `texts` are tokens and the log-probability divided by their number.
    """

    def weight(text: tuple[tuple[int, ...], float]) -> float:
        tokens, by_length = text
        lost = UNKNOWN_WORD * speller.count_unknown(tokens)
        return by_length - lost / max(1, len(tokens))

    return max(texts, key=weight)


@cache
def dictionary_of(language: str, terms: tuple[str, ...]) -> Dictionary | None:
    """Return the dictionary of a language with the lecture's terms; None where there is none."""
    return Dictionary(terms) if language in DICTIONARIES else None


def _decode(data: bytes) -> tuple[str, bytes]:
    """Return the characters of UTF-8, and the bytes of one that is not complete."""
    decoder = codecs.getincrementaldecoder("utf-8")("ignore")
    return decoder.decode(data), decoder.getstate()[0]


@lru_cache(maxsize=1 << 17)
def _nodes(letters: str) -> tuple[int, ...]:
    """Return the nodes of the dictionary's automaton where these letters lead; none: no word.

    An е stands for ё, too. After a hyphen another word may begin.
    """
    if not letters:
        return (_ROOT,)
    before, last = _nodes(letters[:-1]), letters[-1]
    read = "её" if last == "е" else last
    follow = analyzer().dictionary.words.dct.follow_bytes
    found = [follow(one.encode(), node) for node in before for one in read]
    if last == "-" and _is_word(letters[:-1]):
        found.append(_ROOT)
    return tuple(node for node in found if node is not None)


def _is_word(letters: str) -> bool:
    """Return whether the dictionary has a word, or all parts of one with hyphens."""
    is_known = analyzer().word_is_known
    return is_known(letters) or all(map(is_known, letters.split("-")))
