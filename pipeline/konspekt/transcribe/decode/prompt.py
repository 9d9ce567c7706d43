"""The course's terms as Whisper's prompt: text before a window makes its spelling likely.

Whisper may echo the prompt instead of the sound, or leave out what was spoken. Such windows are
decoded again without a prompt (see `is_echo`, `is_thin`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from konspekt.sound import SAMPLE_RATE
from konspekt.text.words import alphabetic_length

if TYPE_CHECKING:
    from whisper.tokenizer import Tokenizer

# Of the 448 positions. The text keeps over 340, more than 200 words a minute of Russian take in
# 30 s.
MAX_PROMPT_TOKENS = 100
ECHOED_TERMS = 3  # this many in a row, in the prompt's order, are an echo
# Letters a second. Lectures have 12 to 16; a window with half of that is decoded again.
THIN_RATE = 6.0


def select_terms(tokenizer: Tokenizer, terms: Sequence[str]) -> tuple[str, ...]:
    """Return as many of the terms, in order, as fit into a prompt; a longer one is passed over."""
    selected: list[str] = []
    for term in terms:
        tokens = tokenizer.encode(prompt_text([*selected, term]))
        if len(tokens) < MAX_PROMPT_TOKENS:  # one more token marks the prompt
            selected.append(term)
    return tuple(selected)


def prompt_text(terms: Sequence[str]) -> str:
    """Return the prompt as text: a list of the terms without words of any language.

    It begins with a space, as Whisper's tokens of words do.
    """
    return f" {', '.join(terms)}."


def prompt_tokens(tokenizer: Tokenizer, terms: Sequence[str]) -> tuple[int, ...]:
    """Return the tokens of a prompt of the terms that `select_terms` chose; empty without terms."""
    return (tokenizer.sot_prev, *tokenizer.encode(prompt_text(terms))) if terms else ()


def is_echo(text: str, terms: Sequence[str]) -> bool:
    """Return whether a text may be the prompt and not the sound.

    It has no words but the prompt's, or several terms in the prompt's order. A lecturer may speak
    just these words; then the text without a prompt has them too.
    """
    words = _words(text)
    if not words:
        return False
    if set(words) <= set(_words(" ".join(terms))):
        return True
    spaced = _spaced_words([text])
    runs = range(len(terms) - ECHOED_TERMS + 1)
    return any(_spaced_words(terms[at : at + ECHOED_TERMS]) in spaced for at in runs)


def _spaced_words(texts: Sequence[str]) -> str:
    """Return the words of several texts, with a space around each."""
    return f" {' '.join(_words(' '.join(texts)))} "


def is_thin(text: str, samples: int) -> bool:
    """Return whether a text has so few letters for `samples` that the prompt may have displaced it.

    Its figures do not tell it: a Whisper may be sure of the few words that it wrote. Where little
    is spoken the text without a prompt is as short.
    """
    return alphabetic_length(text) < THIN_RATE * samples / SAMPLE_RATE


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
