"""What of a model's statement is believed: deterministic checks against the sentences it cites, and
their neighbours.

Each check returns None or the reason why a statement leaves the notes. No check needs a model.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from konspekt.notes.english import english_stem
from konspekt.notes.lists import words
from konspekt.notes.russian import is_name, is_numeral
from konspekt.text.words import Token, fold, nearness, tokens

MAX_CHARACTERS = 300
# of the statement's content words that were said there, by their beginnings
MIN_SHARED = 1 / 3
NEAR_TERM = 0.8  # «LoRA» may stand for what was written «лора»
NEAR_NAME = 0.7  # a name in another case
PREFIX = 4  # letters that two forms or two derivations of a word share

_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_QUOTE = re.compile(r"«([^»]+)»|“([^”]+)”|„([^“]+)“|\"([^\"]+)\"")
_MARKUP = re.compile(
    r"<\s*[a-z/!?]|```|\]\(|://|\bwww\.|javascript:|\{\{|\{%|\.\. \w+::", re.IGNORECASE
)
_LATIN = re.compile(r"[a-z]", re.IGNORECASE)
_CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement and what it has to rest on."""

    text: str
    evidence: str  # the cited sentences and one on either side
    language: str


Check = Callable[[Claim], str | None]


def refuse(claim: Claim) -> str | None:
    """Return why a statement is not believed; None if it is."""
    for check in CHECKS:
        reason = check(claim)
        if reason is not None:
            return reason
    return None


def check_form(claim: Claim) -> str | None:
    """Return what is wrong with its length or form (a statement is text with words and no
    markup); None if nothing is.
    """
    if len(claim.text) > MAX_CHARACTERS:
        return f"longer than {MAX_CHARACTERS} characters"
    if _MARKUP.search(claim.text):
        return "holds markup or an address"
    return None if tokens(claim.text) else "holds no words"


def check_language(claim: Claim) -> str | None:
    """Return why it is in another language: letters that nobody used, English sentences in a
    Russian lecture; None if it is not.
    """
    for letter in claim.text:
        if (
            letter.isalpha()
            and letter not in claim.evidence
            and not _is_expected(letter, claim.language)
        ):
            return (
                f"in another language "
                f"({unicodedata.name(letter, 'unknown').split()[0].capitalize()} letters)"
            )
    found = tokens(claim.text)
    cited = {token.folded for token in tokens(claim.evidence)}
    other = [
        t for t in found if _is_foreign(t, claim.language) and t.folded not in cited
    ]
    return "in another language" if len(other) > max(2, len(found) / 2) else None


def _is_expected(letter: str, language: str) -> bool:
    if language in {"ru", "en"}:
        return bool(_LATIN.match(fold(letter)) or _CYRILLIC.match(letter))
    return "LATIN" in unicodedata.name(letter, "")


def _is_foreign(token: Token, language: str) -> bool:
    if language == "ru":
        return not _CYRILLIC.search(token.text) and bool(_LATIN.search(token.text))
    return language == "en" and bool(_CYRILLIC.search(token.text))


def check_numbers(claim: Claim) -> str | None:
    """Return why a number is not believed; None if all stand in the evidence, in digits or in
    words.
    """
    cited = {number.replace(",", ".") for number in _NUMBER.findall(claim.evidence)}
    for number in _NUMBER.findall(claim.text):
        if number.replace(",", ".") not in cited:
            return f"number {number} is not in the cited sentences"
    spoken = [token.folded for token in tokens(claim.evidence)]
    for token in tokens(claim.text):
        if (
            is_numeral(token.text) or token.folded in words("en_numbers")
        ) and not _is_among(token, spoken, NEAR_NAME):
            return f"number {token.text} is not in the cited sentences"
    return None


def check_terms(claim: Claim) -> str | None:
    """Return why a Latin term or a name is not believed; None if the evidence has all, spelled
    or sounding so.
    """
    cited = [token.folded for token in tokens(claim.evidence)]
    for index, token in enumerate(tokens(claim.text)):
        bar = _bar(token, index, claim.language)
        if bar is not None and not _is_among(token, cited, bar):
            return f"{token.text} is not in the cited sentences"
    return None


def _is_among(token: Token, cited: Sequence[str], bar: float) -> bool:
    return any(
        word == token.folded or nearness(word, token.folded) >= bar for word in cited
    )


def _bar(token: Token, index: int, language: str) -> float | None:
    """Return how near a word of the evidence must be; None for a plain word, which is not looked
    for by itself.
    """
    word = token.text
    if not any(c.isalpha() for c in word):
        return None  # a number, which has a check of its own
    if _LATIN.search(word) and language != "en":
        return NEAR_TERM if not any(c.isdigit() for c in word) else 1.0
    if any(c.isupper() for c in word[1:]) or any(c.isdigit() for c in word):
        return 1.0 if len(word) < 5 else NEAR_TERM
    return NEAR_NAME if word[:1].isupper() and (index > 0 or is_name(word)) else None


def check_quotes(claim: Claim) -> str | None:
    """Return why a quotation is not believed; None if all are in the evidence word for word."""
    cited = " ".join(token.folded for token in tokens(claim.evidence))
    for match in _QUOTE.finditer(claim.text):
        quoted = " ".join(
            token.folded
            for token in tokens(next(part for part in match.groups() if part))
        )
        if f" {quoted} " not in f" {cited} ":
            return "a quotation is not in the cited sentences word for word"
    return None


def check_words(claim: Claim) -> str | None:
    """Return why it speaks of other things than the evidence; None if it does not."""
    content = [
        t.folded
        for t in tokens(claim.text)
        if len(t.folded) > 3 and t.folded not in words("en_stop")
    ]
    cited = {token.folded for token in tokens(claim.evidence)}
    beginnings = {
        word[: max(PREFIX, len(word) * 2 // 3)] for word in cited if len(word) >= PREFIX
    }
    shared = [
        w
        for w in content
        if w in cited
        or any(w.startswith(b) for b in beginnings)
        or _same_stem(w, cited)
    ]
    return (
        None
        if len(shared) >= MIN_SHARED * len(content)
        else "rests on other words than the cited sentences"
    )


def _same_stem(word: str, cited: Collection[str]) -> bool:
    return word.isascii() and english_stem(word) in {
        english_stem(other) for other in cited if other.isascii()
    }


CHECKS: tuple[Check, ...] = (
    check_form,
    check_language,
    check_numbers,
    check_terms,
    check_quotes,
    check_words,
)
