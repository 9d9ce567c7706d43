"""Words that a person wants to stand nowhere but in `raw.json`: not in the text, not in what is
removed, not in why.

Taken are the words wherever they are heard or read; whole replacements that touch them; and what a
neighbour has of them that was cut off in their midst: at its edge, and in what was removed.
Evidence that quotes them says so instead.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from konspekt.clean.context import Context, Place
from konspekt.clean.found import Finder, Run, is_then, occurrences, time_of
from konspekt.clean.reasons import PERSON, Code, Explanation
from konspekt.course.corrections import Entry
from konspekt.data import Removal, Replacement, Sentence
from konspekt.text.spans import meet
from konspekt.text.words import parts

AROUND = 10.0  # seconds: times within a window are often estimates
HIDDEN = "[…]"
_WORDS = "what was said of it is redacted"
_OPEN = ("file", "reason")  # figures that quote nobody

REDACTED = Code(
    "redacted",
    PERSON,
    {
        "en": "{file} wants these words shown nowhere",
        "ru": "{file} велит нигде не показывать эти слова",
    },
    redacts=True,
)
REDACTED_FOR = Code(
    "redacted-note",
    PERSON,
    {
        "en": "{file} wants these words shown nowhere: {note}",
        "ru": "{file} велит нигде не показывать эти слова: {note}",
    },
    redacts=True,
)

Phrases = Collection[tuple[str, ...]]
CODES = (REDACTED, REDACTED_FOR)


@dataclass(frozen=True, slots=True)
class Redacted:
    """A recording without the redacted words."""

    context: Context  # they are removed here, but still there
    groups: tuple[tuple[Replacement, ...], ...]  # the replacements that are left
    removals: tuple[Removal, ...]  # to be written
    phrases: Phrases  # the redacted words, folded
    near: frozenset[int]  # windows whose evidence may quote a part of them
    lost: frozenset[Entry]  # entries that found nothing


def redact(
    context: Context,
    finder: Finder,
    entries: Sequence[Entry],
    sentences: Sequence[Sentence],
    groups: Iterable[tuple[Replacement, ...]],
) -> Redacted:
    """Sets aside what the entries name, and takes its words out of all that is written."""
    left, lost = list(groups), set[Entry]()
    phrases, near = set[tuple[str, ...]](), set[int]()
    taken: list[Removal] = []
    places: list[Place] = []
    for entry in entries:
        own = list(_places(context, finder, entry, sentences))
        hit = [group for group in left if _touches(context, group, own)]
        own += [_whole(context, finder, replacement) for group in hit for replacement in group]
        left = [group for group in left if group not in hit]
        lost |= set() if own else {entry}
        phrases |= {finder.words_of(place) for place in own} | {entry.words}
        own += list(_fragments(context, finder, own))
        near |= {other for index, _ in own for other in finder.near(index)}
        why = _explain(entry)
        taken += [context.removal(index, span, why) for index, span in own]
        places += own
    phrases.discard(())
    context = context.with_again(context.removed_in(places, lambda _: True)).without(taken)
    told = Redacted(context, tuple(left), (), phrases, frozenset(near), frozenset(lost))
    return replace(told, removals=tuple(_written(removal, told) for removal in context.removals))


def _explain(entry: Entry) -> Explanation:
    if entry.note:
        words = f"{entry.file} redacts it: {entry.note}"
        return REDACTED_FOR.because(words, {"file": entry.file, "note": entry.note})
    return REDACTED.because(f"{entry.file} redacts it", {"file": entry.file})


def hide(sentence: Sentence, told: Redacted, finder: Finder) -> Sentence:
    """A sentence whose evidence does not quote what is redacted."""
    if not told.phrases or (sentence.kept is None and not sentence.replacements):
        return sentence
    edges = finder.facts.index_of[sentence.window] in told.near
    kept = None if sentence.kept is None else _without(sentence.kept, told.phrases, edges=edges)
    replacements = (
        replace(r, evidence=_without(r.evidence, told.phrases, edges=edges))
        for r in sentence.replacements
    )
    return replace(sentence, kept=kept, replacements=tuple(replacements))


def masked(text: str, phrases: Phrases, *, edges: bool = False) -> str:
    """A text without the phrases; with `edges` also without a part of one where the text begins or
    ends in it.
    """
    words = parts(text)
    folded = [word.folded for word in words]
    hidden: set[int] = set()
    for phrase in phrases:
        for first in occurrences(phrase, folded):
            hidden.update(range(first, first + len(phrase)))
        if edges:
            hidden.update(_cut_off(folded, phrase))
    out, at = "", 0
    for number in sorted(hidden):
        out += "" if number - 1 in hidden else text[at : words[number].char_start] + HIDDEN
        at = words[number].char_end
    return out + text[at:]


def _cut_off(folded: Sequence[str], phrase: tuple[str, ...]) -> Iterator[int]:
    """The words of a text that are a part of a phrase which goes on beyond it."""
    if folded and next(occurrences(folded, list(phrase)), None) is not None:
        yield from range(len(folded))
    for length in range(1, min(len(folded), len(phrase))):
        if tuple(folded[:length]) == phrase[-length:]:
            yield from range(length)
        if tuple(folded[-length:]) == phrase[:length]:
            yield from range(len(folded) - length, len(folded))


def _places(
    context: Context, finder: Finder, entry: Entry, sentences: Sequence[Sentence]
) -> Iterator[Place]:
    if entry.text is None:
        spans: tuple[Sentence | Removal, ...] = (*sentences, *context.removals)
        for span in spans:
            if is_then(entry, span.start, span.end):
                yield context.index_of[span.window], (span.char_start, span.char_end)
        return
    for match in (
        *finder.in_hearings(entry.words),
        *finder.in_reading(entry.words, finder.reading(sentences)),
    ):
        if not entry.is_timed or is_then(entry, *time_of(context, finder, match)):
            for run in match:
                yield finder.place(run)


def _touches(context: Context, group: Iterable[Replacement], places: Iterable[Place]) -> bool:
    return any(
        context.index_of[one.window] == index and meet((one.char_start, one.char_end), span)
        for one in group
        for index, span in places
    )


def _whole(context: Context, finder: Finder, replacement: Replacement) -> Place:
    index = context.index_of[replacement.window]
    words = finder.said[index].range_of((replacement.char_start, replacement.char_end))
    return finder.place(Run(index, words.start, words.stop))


def _fragments(context: Context, finder: Finder, places: Iterable[Place]) -> Iterator[Place]:
    """What is left of the words around them, at the neighbours' edges and in removals.

    Two in a row, or one that is not in many windows.
    """
    for index, span in places:
        phrase = finder.words_of((index, span))
        pairs, rare = set(pairwise(phrase)), set(phrase) - context.facts.common_words
        start, end = (
            context.start_of(index, span[0]) - AROUND,
            context.end_of(index, span[1]) + AROUND,
        )
        near = finder.near(index)
        yield from _edges(finder, index, near, phrase, rare)
        for removal in context.removals:
            other = context.index_of[removal.window]
            if other in near and removal.start <= end and removal.end >= start:
                yield from _runs(finder, other, removal, pairs, rare)


def _edges(
    finder: Finder, index: int, near: Iterable[int], phrase: tuple[str, ...], rare: Collection[str]
) -> Iterator[Place]:
    """The beginning of a phrase at the end of an earlier window, and its end at the beginning of a
    later one.
    """
    for other in near:
        folded = tuple(finder.said[other].folded)
        for length in range(1, min(len(folded), len(phrase))):
            if length == 1 and not {phrase[0], phrase[-1]} & set(rare):
                continue
            if other < index and folded[-length:] == phrase[:length]:
                yield finder.place(Run(other, len(folded) - length, len(folded)))
            if other > index and folded[:length] == phrase[-length:]:
                yield finder.place(Run(other, 0, length))


def _runs(
    finder: Finder,
    index: int,
    removal: Removal,
    pairs: Collection[tuple[str, str]],
    rare: Collection[str],
) -> Iterator[Place]:
    folded = finder.said[index].folded
    words = finder.said[index].range_of((removal.char_start, removal.char_end))
    hit = {word for word in words if folded[word] in rare}
    hit |= {
        w
        for word in words[:-1]
        if (folded[word], folded[word + 1]) in pairs
        for w in (word, word + 1)
    }
    for first in sorted(word for word in hit if word - 1 not in hit):
        last = next(word for word in words[first - words.start :] if word + 1 not in hit)
        start, end = finder.place(Run(index, first, last + 1))[1]
        yield index, (max(start, removal.char_start), min(end, removal.char_end))


def _written(removal: Removal, told: Redacted) -> Removal:
    """A removal as it may be written."""
    edges = told.context.index_of[removal.window] in told.near
    quoted = dict(removal.evidence)
    if removal.phrase is not None:
        quoted["phrase"] = removal.phrase
    evidence = dict(_without(quoted, told.phrases, edges=edges))
    phrase = evidence.pop("phrase", None)
    text = "" if removal.redacted else removal.text
    return replace(removal, text=text, evidence=evidence, phrase=phrase)


def _without(evidence: Mapping[str, Any], phrases: Phrases, *, edges: bool) -> Mapping[str, Any]:
    """Evidence that does not quote the phrases; where it did, its words say so."""
    if not phrases:
        return evidence
    hidden = {
        name: masked(value, phrases, edges=edges and name != "words")
        for name, value in evidence.items()
        if isinstance(value, str) and name not in _OPEN
    }
    if all(evidence[name] == value for name, value in hidden.items()):
        return evidence
    return {**evidence, **hidden, "words": _WORDS}
