"""Noun phrases of Russian speech: adjectives that agree with a noun, and what follows it in the
genitive.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from konspekt.notes.lists import words
from konspekt.notes.russian import LATIN, Lexicon, WordReading
from konspekt.text.lemmas import CYRILLIC
from konspekt.text.words import Token

MAX_ADJECTIVES = 2
MAX_GENITIVES = 2
# a noun is taken for a genitive only where that is not a far-fetched reading
MIN_GENITIVE_SCORE = 0.25

_CASES_AFTER = {
    "в": "accs loct",
    "во": "accs loct",
    "на": "accs loct",
    "о": "loct",
    "об": "loct",
    "при": "loct",
    "к": "datv",
    "ко": "datv",
    "по": "datv",
    "про": "accs",
    "через": "accs",
    "с": "ablt gent",
    "со": "ablt gent",
    "между": "ablt",
    "над": "ablt",
    "под": "ablt accs",
    "за": "ablt accs",
    "перед": "ablt",
    "из": "gent",
    "от": "gent",
    "до": "gent",
    "без": "gent",
    "у": "gent",
    "для": "gent",
    "после": "gent",
    "кроме": "gent",
    "вместо": "gent",
}
PREPOSITIONS = frozenset({"по"})  # that join two nouns to a term: поиск по тексту
# what a reading is worth in a case that the word before it does not govern
_UNLIKELY_CASE = 0.1


@dataclass(frozen=True, slots=True)
class Mention:
    """A noun phrase where it was said."""

    key: tuple[str, ...]  # folded lemmas: what makes two mentions one term
    text: str  # in the nominative
    char_start: int
    char_end: int
    whole: bool = True  # False: a part of a longer phrase said there


@dataclass(frozen=True, slots=True)
class _Noun:
    """A noun with its adjectives: tokens first..last, the noun last."""

    first: int
    last: int
    reading: WordReading
    adjectives: tuple[tuple[int, WordReading], ...]


def russian_mentions(
    text: str, tokens: Sequence[Token], lexicon: Lexicon
) -> tuple[Mention, ...]:
    """Return every noun phrase of a sentence and the phrases inside it, in order; Latin terms as
    they stand.
    """
    found: list[Mention] = []
    index = 0
    while index < len(tokens):
        if _is_latin(tokens[index]):
            end = _latin_run(text, tokens, index)
            joined = _joined_noun(text, tokens, end, lexicon)
            found += _latin_mentions(tokens, index, end) if joined is None else [joined]
            index = end
            continue
        noun = _noun_at(text, tokens, index, lexicon)
        if noun is None:
            index += 1
            continue
        phrase = _PhraseReader(text, tokens, lexicon, noun)
        found += phrase.mentions()
        index = max(noun.last + 1, phrase.end)
    return tuple(found)


def touches(text: str, left: Token, right: Token) -> bool:
    """Return whether nothing but a space stands between two words."""
    return text[left.char_end : right.char_start] in {" ", "\u00a0"}


def _is_latin(token: Token) -> bool:
    return bool(LATIN.search(token.text)) and not CYRILLIC.search(token.text)


def _joined_noun(
    text: str, tokens: Sequence[Token], end: int, lexicon: Lexicon
) -> Mention | None:
    """Return a Latin word of several parts with the noun it belongs to: A/B тесты."""
    name = tokens[end - 1]
    if (
        "/" not in name.text
        or end >= len(tokens)
        or not touches(text, name, tokens[end])
    ):
        return None
    noun = _noun_at(text, tokens, end, lexicon)
    if noun is None or noun.adjectives:
        return None
    head = tokens[noun.last]
    spoken = f"{name.text} {noun.reading.nominative(head.text)}"
    return Mention(
        (name.folded, noun.reading.lemma), spoken, name.char_start, head.char_end
    )


def _latin_run(text: str, tokens: Sequence[Token], first: int) -> int:
    """Return the index after the last Latin word in a row, numbers inside a name included (GPT 4
    stays GPT).
    """
    end = first + 1
    while (
        end < len(tokens)
        and _is_latin(tokens[end])
        and touches(text, tokens[end - 1], tokens[end])
    ):
        end += 1
    return end


def _latin_mentions(
    tokens: Sequence[Token], first: int, end: int, shortest: int = 2
) -> Iterator[Mention]:
    """Yield a run of Latin words as one term, English function words at its ends left off."""
    stop = words("en_stop")
    while first < end and tokens[first].folded in stop:
        first += 1
    while first < end and tokens[end - 1].folded in stop:
        end -= 1
    run = tokens[first:end]
    if not run or len(run) > 5 or any(token.folded in stop for token in run[1:-1]):
        return
    if len(run) == 1 and len(run[0].text) < shortest:
        return
    yield Mention(
        tuple(t.folded for t in run),
        " ".join(t.text for t in run),
        run[0].char_start,
        run[-1].char_end,
    )


def _noun_at(
    text: str,
    tokens: Sequence[Token],
    first: int,
    lexicon: Lexicon,
    case: str | None = None,
) -> _Noun | None:
    """Return the noun that begins at `first`, its adjectives before it; in `case` if one is
    given.
    """
    last = first
    while last < len(tokens) and last - first <= MAX_ADJECTIVES:
        readings = lexicon.readings(tokens[last].text)
        if (
            not readings
            or readings[0].lemma.endswith("-таки")
            or (last > first and not touches(text, tokens[last - 1], tokens[last]))
        ):
            return None
        if not readings[0].adjective:
            break
        last += 1
    else:
        return None
    before = (
        tokens[first - 1].folded
        if first and touches(text, tokens[first - 1], tokens[first])
        else ""
    )
    cases = case or _CASES_AFTER.get(
        before, "nomn accs datv ablt loct" if _governs_nothing(before) else ""
    )
    return _find_agreeing(tokens, (first, last), lexicon, cases)


def _governs_nothing(before: str) -> bool:
    """Return whether a word governs no genitive: it is neither a number nor a word of quantity
    or lack.
    """
    return not before.isdecimal() and before not in words("ru_quantities")


def _find_agreeing(
    tokens: Sequence[Token], span: tuple[int, int], lexicon: Lexicon, cases: str
) -> _Noun | None:
    """Return the reading of the noun that all its adjectives agree with, the likeliest first;
    None if none does.
    """
    first, last = span
    best: tuple[float, _Noun] | None = None
    for reading in lexicon.readings(tokens[last].text):
        score = reading.score * (
            1.0 if not cases or reading.case in cases else _UNLIKELY_CASE
        )
        adjectives = []
        for index in range(first, last):
            agreeing = [
                r for r in lexicon.readings(tokens[index].text) if _agree(r, reading)
            ]
            if not agreeing:
                break
            adjectives.append((index, max(agreeing, key=lambda r: r.score)))
            score *= adjectives[-1][1].score
        else:
            if best is None or score > best[0]:
                best = (score, _Noun(first, last, reading, tuple(adjectives)))
    return None if best is None else best[1]


def _agree(adjective: WordReading, noun: WordReading) -> bool:
    if noun.parse is None:
        return adjective.number == "sing"
    if (adjective.case, adjective.number) != (noun.case, noun.number):
        return False
    if noun.number == "sing" and adjective.gender not in {None, noun.gender}:
        return False
    return (
        noun.case != "accs"
        or adjective.animate is None
        or noun.animate is None
        or adjective.animate == noun.animate
    )


class _PhraseReader:
    """A noun phrase that begins with `head`, read to its end."""

    def __init__(
        self, text: str, tokens: Sequence[Token], lexicon: Lexicon, head: _Noun
    ) -> None:
        self.text, self.tokens, self.lexicon, self.head = text, tokens, lexicon, head
        self.genitives = tuple(self._read_genitives())
        last = (self.genitives[-1] if self.genitives else head).last
        # the index after a name in Latin letters that follows
        self.name = self._read_name(last + 1)
        self.along = None if self.name else self._read_along(last + 1)
        self.end = self.name or last + 1

    def _read_genitives(self) -> Iterator[_Noun]:
        last = self.head.last
        for _ in range(MAX_GENITIVES):
            if last + 1 >= len(self.tokens) or not touches(
                self.text, self.tokens[last], self.tokens[last + 1]
            ):
                return
            noun = _noun_at(self.text, self.tokens, last + 1, self.lexicon, "gent")
            if (
                noun is None
                or noun.reading.case != "gent"
                or noun.reading.score < MIN_GENITIVE_SCORE
            ):
                return
            yield noun
            last = noun.last

    def _read_name(self, index: int) -> int | None:
        tokens = self.tokens
        if (
            self.genitives
            or index >= len(tokens)
            or self.head.reading.lemma not in words("ru_classifiers")
        ):
            return None
        if not _is_latin(tokens[index]) or not touches(
            self.text, tokens[index - 1], tokens[index]
        ):
            return None
        return _latin_run(self.text, tokens, index)

    def _read_along(self, index: int) -> _Noun | None:
        """Return what follows «по»."""
        tokens = self.tokens
        if index + 1 >= len(tokens) or tokens[index].folded not in PREPOSITIONS:
            return None
        if not touches(self.text, *tokens[index - 1 : index + 1]) or not touches(
            self.text, *tokens[index : index + 2]
        ):
            return None
        noun = _noun_at(self.text, tokens, index + 1, self.lexicon, "datv")
        return noun if noun is not None and noun.reading.case == "datv" else None

    def mentions(self) -> Iterator[Mention]:
        """Yield the phrase whole, then each noun of it on its own."""
        nouns = (self.head, *self.genitives)
        if self.name:
            yield from self._add_names(self.name)
        if self.along:
            yield from self._chain(nouns, True, self.along)
        for length in range(len(nouns), 0, -1):
            for first in range(len(nouns) - length + 1):
                whole = length == len(nouns) and not self.name and not self.along
                yield from self._chain(nouns[first : first + length], whole)

    def _add_names(self, end: int) -> Iterator[Mention]:
        start = self.head.last + 1
        for name in _latin_mentions(self.tokens, start, end, shortest=1):
            head = self.head.reading.nominative(self._word(self.head.last), "sing")
            key = (self.head.reading.lemma, *name.key)
            yield Mention(
                key,
                f"{head} {name.text}",
                self.tokens[self.head.last].char_start,
                name.char_end,
            )
            if len(name.text) > 1:
                yield Mention(
                    name.key, name.text, name.char_start, name.char_end, whole=False
                )

    def _chain(
        self, nouns: Sequence[_Noun], whole: bool, along: _Noun | None = None
    ) -> Iterator[Mention]:
        """Yield a head with its genitives, and without its adjectives if it has some."""
        head, *rest = nouns
        if self._is_empty(head):
            return
        if (
            len(nouns) == 1
            and not head.adjectives
            and self.lexicon.is_proper(self.tokens[head.last].text, head.reading)
        ):
            return
        kept = [
            (i, r) for i, r in head.adjectives if r.lemma not in words("ru_adjectives")
        ]
        tails = [self._genitive_words(noun) for noun in rest]
        if along is not None:
            lemmas, spoken = self._genitive_words(along)
            tails.append((("по", *lemmas), f"по {spoken}"))
            rest.append(along)
        if any(noun.reading.lemma in words("ru_junk") for noun in rest):
            return
        for adjectives in (kept, ()) if kept else ((),):
            heading = [
                r.nominative(self._word(i), like=head.reading) for i, r in adjectives
            ]
            heading.append(head.reading.nominative(self._word(head.last)))
            key = (
                *(r.lemma for _, r in adjectives),
                head.reading.lemma,
                *(w for k, _ in tails for w in k),
            )
            start = self.tokens[
                adjectives[0][0] if adjectives else head.last
            ].char_start
            end = self.tokens[(rest[-1] if rest else head).last].char_end
            text = " ".join([*heading, *(spoken for _, spoken in tails)])
            yield Mention(key, text, start, end, whole and adjectives == (kept or ()))

    def _is_empty(self, noun: _Noun) -> bool:
        """Return whether a noun heads no term: a word of speech, half a preposition, a person,
        «основное».
        """
        lemma, before = (
            noun.reading.lemma,
            self.tokens[noun.first - 1].folded if noun.first else "",
        )
        if lemma in words("ru_junk") or self._is_full_name(noun.last):
            return True
        if lemma in words("ru_prepositional") and before in {
            "на",
            "в",
            "с",
            "за",
            "по",
        }:
            return noun.first == noun.last
        return not noun.adjectives and lemma.endswith(("ое", "ее"))

    def _is_full_name(self, index: int) -> bool:
        """Return whether a capitalised word stands beside another: a person, who is no term."""
        around = [i for i in (index - 1, index + 1) if 0 <= i < len(self.tokens)]
        return self.lexicon.is_name(self.tokens[index].text) and any(
            self.lexicon.is_name(self.tokens[i].text)
            and bool(CYRILLIC.search(self.tokens[i].text))
            for i in around
        )

    def _word(self, index: int) -> str:
        """Return a word as it is written inside a sentence."""
        word = self.tokens[index].text
        return word if self.lexicon.is_name(word) else word[:1].lower() + word[1:]

    def _genitive_words(self, noun: _Noun) -> tuple[tuple[str, ...], str]:
        """Return a genitive as it stands in the text, all its adjectives with it: (lemmas,
        words).
        """
        lemmas = (*(r.lemma for _, r in noun.adjectives), noun.reading.lemma)
        return lemmas, " ".join(
            self.tokens[i].text for i in range(noun.first, noun.last + 1)
        )
