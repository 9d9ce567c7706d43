"""Terms of English speech: runs of words between function words, common verbs and punctuation.

The candidates of RAKE (Rose et al., 2010), without its scores; there is no tagger, so a list of
ours ends a run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from konspekt.notes.lists import words
from konspekt.notes.phrases import Mention, touches
from konspekt.text.words import Token

MAX_WORDS = 4


@cache
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")


@cache
def english_stem(folded: str) -> str:
    """Return what the forms of an English word share (Snowball)."""
    return str(_stemmer().stemWord(folded))


def is_content(token: Token) -> bool:
    """Return whether a Latin word may name a subject: no function word, no common verb or
    adverb, no number.
    """
    folded = token.folded.replace("’", "'")
    if (
        folded in words("en_stop")
        or folded in words("en_loose")
        or not any(c.isalpha() for c in folded)
    ):
        return False
    return not (folded.endswith("ly") and len(folded) > 5) and "'" not in folded


def english_mentions(text: str, tokens: Sequence[Token]) -> tuple[Mention, ...]:
    """Return every term of a sentence and its endings (`inverted index` and `index`), in order."""
    found: list[Mention] = []
    first = 0
    while first < len(tokens):
        end = first
        while (
            end < len(tokens)
            and is_content(tokens[end])
            and (end == first or touches(text, *tokens[end - 1 : end + 1]))
        ):
            end += 1
        found += _endings(tokens[first:end])
        first = max(end, first + 1)
    return tuple(found)


def _endings(run: Sequence[Token]) -> Iterator[Mention]:
    run = run[-MAX_WORDS:]
    for first in range(len(run)):
        part = run[first:]
        if len(part) == 1 and (
            len(part[0].text) < 3 or part[0].folded in words("en_common")
        ):
            continue
        spoken = " ".join(_drop_capital(token) for token in part)
        key = tuple(english_stem(token.folded) for token in part)
        yield Mention(
            key, spoken, part[0].char_start, part[-1].char_end, whole=first == 0
        )


def _drop_capital(token: Token) -> str:
    """Return a word as it stands inside a sentence, without a capital that only begins one."""
    rest = token.text[1:]
    plain = token.char_start == 0 and rest == rest.lower() and rest.isalpha()
    return token.text.lower() if plain else token.text
