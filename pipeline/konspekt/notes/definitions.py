"""What the lecturer says a term is: «X — это Y», “X is a Y”, and the words an acronym stands
for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from konspekt.notes.lists import words
from konspekt.notes.phrases import Mention
from konspekt.notes.reading import ReadSentence
from konspekt.text.words import Token, fold, tokens

MAX_WORDS = 14  # of a definition; a longer one is an explanation
_IS_RU = re.compile(
    r"\s*(?:[—–-]\s*это|это)\s+(?:такой |такая |такое |просто |как раз |вот )*",
    re.IGNORECASE,
)
_DASH = re.compile(r"\s*[—–]\s*")
_IS_EN = re.compile(
    r"\s+(?:is|are)\s+(?:just |simply |basically )?(?:an?|the)\s+", re.IGNORECASE
)
# Where a definition stops being one noun phrase: a clause of its own begins.
_CLAUSE = re.compile(
    r",\s*(?:(?:в|на|из|с|для|по|к|о|за)\s+)?"
    r"(?:котор|где|когда|чтобы|чтоб|то есть|потому|поэтому|а |но |так |что|и |как |если)"
    r"|,\s*(?:which|where|that|when|so|and|but|because)\b|\s+(?:that|which|where|who)\s+|[:;.!?…]\s|[.!?…;:]+$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Definition:
    """What is said of a term."""

    sentence: int
    term: str  # as it stands there, in the nominative
    meaning: str  # after the colon; "" where it is no noun phrase
    expansion: str = ""  # in brackets: the words an acronym stands for

    @property
    def text(self) -> str:
        """Return the term, its expansion in brackets, and its meaning after a colon."""
        brackets = f" ({self.expansion})" if self.expansion else ""
        meaning = "" if fold(self.meaning) == fold(self.expansion) else self.meaning
        return self.term + brackets + (f": {meaning}" if meaning else "")


def find_definitions(
    sentences: Sequence[ReadSentence],
) -> Mapping[tuple[str, ...], Definition]:
    """Return the first definition of each term, by its key; of an acronym with the words it
    stands for.
    """
    found: dict[tuple[str, ...], Definition] = {}
    expansions: dict[tuple[str, ...], Definition] = {}
    for index, one in enumerate(sentences):
        for term, text in _find_expansions(one):
            expansions.setdefault(
                (term.folded,), Definition(index, term.text, "", text)
            )
        for mention, text in _find_explained(one):
            known = found.get(mention.key)
            if known is None or (text and not known.meaning):
                found[mention.key] = Definition(index, mention.text, text)
    for key, expansion in expansions.items():
        known = found.get(key)
        found[key] = (
            expansion
            if known is None
            else replace(known, expansion=expansion.expansion)
        )
    return found


def _find_explained(sentence: ReadSentence) -> Iterator[tuple[Mention, str]]:
    """Yield a term that begins its sentence and what follows «— это»; "" if that is no noun
    phrase.
    """
    text = sentence.sentence.reading
    for mention in sentence.mentions:
        if not mention.whole or count_before(text, mention) > 1:
            continue
        rest = text[mention.char_end :]
        latin = mention.text.isascii()
        match = (
            _IS_RU.match(rest)
            or _IS_EN.match(rest)
            or (_DASH.match(rest) if latin else None)
        )
        if match is None:
            continue
        meaning = _first_clause(rest[match.end() :])
        nominal = _is_nominal(
            sentence, mention.char_end + match.end(), len(meaning), 1 if latin else 2
        )
        yield mention, meaning if nominal else ""
        return


def count_before(text: str, mention: Mention) -> int:
    """Return how many words of the sentence stand before a mention."""
    return len(tokens(text[: mention.char_start]))


def _first_clause(text: str) -> str:
    clause = _CLAUSE.split(text, maxsplit=1)[0] if text else ""
    return " ".join(clause.split()).strip(" ,;:.!?…—–-")


def _is_nominal(sentence: ReadSentence, start: int, length: int, fewest: int) -> bool:
    """Return whether a definition is a noun phrase with its complements: short, without a verb,
    «я» or "you".
    """
    inside = [
        token for token in sentence.tokens if start <= token.char_start < start + length
    ]
    if not fewest <= len(inside) <= MAX_WORDS or not any(
        m.char_start - start in range(3 * 12) for m in sentence.mentions
    ):
        return False
    return not any(
        _is_verb(token.text) or token.folded in words("no_definition")
        for token in inside
    )


def _is_verb(word: str) -> bool:
    from konspekt.notes.russian import is_verb

    return is_verb(word) or fold(word) in {
        "is",
        "are",
        "was",
        "were",
        "has",
        "have",
        "can",
        "will",
        "do",
        "does",
    }


def _find_expansions(sentence: ReadSentence) -> Iterator[tuple[Token, str]]:
    """Yield an acronym and the Latin words beside it whose initials it is: HNSW, hierarchical
    navigable small world.
    """
    found = sentence.tokens
    for index, token in enumerate(found):
        letters = [c for c in token.folded if c.isalpha()]
        if not (
            token.text.isascii()
            and 2 <= len(letters) <= 6
            and sum(c.isupper() for c in token.text) >= 2
        ):
            continue
        for first in range(
            max(0, index - len(letters) - 3), min(len(found), index + 5)
        ):
            run = found[first : first + len(letters)]
            if (
                token in run
                or len(run) < len(letters)
                or not all(word.text.isascii() for word in run)
            ):
                continue
            if [word.folded[:1] for word in run] == letters and _is_one_run(
                sentence.sentence.reading, run
            ):
                yield token, " ".join(word.text for word in run)
                break
        else:
            yield from _find_hyphenated(sentence, index, letters)


def _find_hyphenated(
    sentence: ReadSentence, index: int, letters: Sequence[str]
) -> Iterator[tuple[Token, str]]:
    """Yield the same where a hyphen joins two of the words: RAG, retrieval-augmented generation."""
    token = sentence.tokens[index]
    for first in range(index + 1, min(len(sentence.tokens), index + 4)):
        for count in range(1, len(letters)):
            run = sentence.tokens[first : first + count]
            initials = [
                part[:1] for word in run for part in re.split(r"[-/]", word.folded)
            ]
            if initials == list(letters) and _is_one_run(
                sentence.sentence.reading, run
            ):
                yield token, " ".join(word.text for word in run)
                return


def _is_one_run(text: str, run: Sequence[Token]) -> bool:
    first, last = run[0], run[-1]
    between = text[first.char_start : last.char_end]
    return (
        "," not in between
        and ". " not in between
        and not words("en_stop") & set(fold(between).split()[:1])
    )
