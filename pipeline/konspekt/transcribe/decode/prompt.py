"""The course's terms as Whisper's prompt: what stands before a text makes its spelling likely.

A prompt may be echoed instead of the sound, or swallow what is said: such windows are heard again
without (see `is_echo`, `is_thin`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from konspekt.sound import SAMPLE_RATE
from konspekt.text.words import alphabetic_length

if TYPE_CHECKING:
    from whisper.tokenizer import Tokenizer

# Of the 448 positions; the text keeps over 340, more than 200 words a minute of Russian take in 30
# s.
MAX_PROMPT_TOKENS = 100
ECHOED_TERMS = 3  # so many in a row, in the prompt's order, say that it is read out
# characters of an alphabet a second; lectures have 12 to 16, and half of that is worth looking for
THIN_RATE = 6.0


def select_terms(tokenizer: Tokenizer, terms: Sequence[str]) -> tuple[str, ...]:
    """The first of the terms, in order, as many as fit into a prompt; one that does not fit is
    passed over.
    """
    found: list[str] = []
    for term in terms:
        if (
            len(tokenizer.encode(prompt_text([*found, term]))) < MAX_PROMPT_TOKENS
        ):  # one token marks the prompt
            found.append(term)
    return tuple(found)


def prompt_text(terms: Sequence[str]) -> str:
    """The prompt as text: the terms as a list, in no language's words. Whisper's tokens of words
    begin with a space.
    """
    return f" {', '.join(terms)}."


def prompt_tokens(tokenizer: Tokenizer, terms: Sequence[str]) -> tuple[int, ...]:
    """The tokens of a prompt of `select_terms` terms; empty for none."""
    return (tokenizer.sot_prev, *tokenizer.encode(prompt_text(terms))) if terms else ()


def is_echo(text: str, terms: Sequence[str]) -> bool:
    """Whether a text may be the prompt and not the sound: it has no other words, or reads several
    terms out in order.

    A lecturer may say just that; the text without a prompt then says so too.
    """
    said, prompted = _words(text), [_words(term) for term in terms]
    if not said:
        return False
    if set(said) <= {word for term in prompted for word in term}:
        return True
    spoken = f" {' '.join(said)} "
    runs = (prompted[at : at + ECHOED_TERMS] for at in range(len(prompted) - ECHOED_TERMS + 1))
    return any(f" {' '.join(word for term in run for word in term)} " in spoken for run in runs)


def is_thin(text: str, samples: int) -> bool:
    """Whether so few characters came of that many samples that the prompt may have swallowed what
    was said.

    With 20 terms in its prompt the demo Whisper wrote a third of what it wrote without, and was
    sure of it (docs/decoding.md). Where somebody speaks little the text without a prompt is as
    short.
    """
    return alphabetic_length(text) < THIN_RATE * samples / SAMPLE_RATE


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
