"""Words that a person wants to stand nowhere but in `raw.json`: not in the text, not in what is
removed, not in why.

Taken are the words wherever a window or the text has them, and whole replacements that touch them.
What a neighbour has of them is taken too: at its edge, and in what was removed. Evidence that
quotes them says so instead.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from konspekt.clean.context import Context, WindowSpan
from konspekt.clean.found import Finder, WordRun, is_then, occurrences, time_of
from konspekt.clean.reasons import PERSON, Code, Explanation
from konspekt.course.corrections import Entry
from konspekt.data import Removal, Replacement, Sentence, names
from konspekt.text.spans import common, meet
from konspekt.text.words import parts

AROUND = 10.0  # seconds: times within a window are often estimates
HIDDEN = "[…]"
_WORDS = "what was said of it is redacted"
_OPEN = (names.FILE, names.REASON)  # figures that quote nobody

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
    """Remove what the entries name, and take its words out of all that is written."""
    left, lost = list(groups), set[Entry]()
    phrases, near = set[tuple[str, ...]](), set[int]()
    removals: list[Removal] = []
    places: list[WindowSpan] = []
    for entry in entries:
        own = list(_places(context, finder, entry, sentences))
        hit = [group for group in left if _touches(context, group, own)]
        left = [group for group in left if group not in hit]
        own += [_whole_place(context, finder, one) for group in hit for one in group]
        if not own:
            lost.add(entry)
        phrases |= {finder.words_of(place) for place in own} | {entry.words}
        own += list(_fragments(context, finder, own))
        near |= {other for index, _ in own for other in finder.near(index)}
        why = _explain(entry)
        removals += [context.removal(index, span, why) for index, span in own]
        places += own
    phrases.discard(())
    given_back = context.give_back(context.removed_in(places, lambda _: True))
    context = given_back.without(removals)
    redacted = Redacted(
        context, tuple(left), (), phrases, frozenset(near), frozenset(lost)
    )
    return replace(
        redacted,
        removals=tuple(
            _redact_removal(removal, redacted) for removal in context.removals
        ),
    )


def _explain(entry: Entry) -> Explanation:
    if entry.note:
        words = f"{entry.file} redacts it: {entry.note}"
        return REDACTED_FOR.because(words, {"file": entry.file, "note": entry.note})
    return REDACTED.because(f"{entry.file} redacts it", {"file": entry.file})


def hide(sentence: Sentence, redacted: Redacted, finder: Finder) -> Sentence:
    """Return a sentence whose evidence does not quote what is redacted."""
    if not redacted.phrases or (sentence.kept is None and not sentence.replacements):
        return sentence
    edges = finder.facts.index_of[sentence.window] in redacted.near
    kept = (
        None
        if sentence.kept is None
        else _redact_evidence(sentence.kept, redacted.phrases, edges=edges)
    )
    replacements = (
        replace(
            one, evidence=_redact_evidence(one.evidence, redacted.phrases, edges=edges)
        )
        for one in sentence.replacements
    )
    return replace(sentence, kept=kept, replacements=tuple(replacements))


def mask(text: str, phrases: Phrases, *, edges: bool = False) -> str:
    """Return a text without the phrases.

    With `edges` also without a part of one where the text begins or ends in it.
    """
    words = parts(text)
    hidden = _hidden_words([word.folded for word in words], phrases, edges=edges)
    shown, at = "", 0
    for number in sorted(hidden):
        if number - 1 not in hidden:
            shown += text[at : words[number].char_start] + HIDDEN
        at = words[number].char_end
    return shown + text[at:]


def _hidden_words(folded: list[str], phrases: Phrases, *, edges: bool) -> set[int]:
    """Return which words of a text are hidden."""
    hidden: set[int] = set()
    for phrase in phrases:
        for first in occurrences(phrase, folded):
            hidden.update(range(first, first + len(phrase)))
        if edges:
            hidden.update(_cut_off(folded, phrase))
    return hidden


def _cut_off(folded: Sequence[str], phrase: tuple[str, ...]) -> Iterator[int]:
    """Yield the words of a text that are a part of a phrase which goes on beyond it."""
    if folded and next(occurrences(folded, list(phrase)), None) is not None:
        yield from range(len(folded))
    for length in range(1, min(len(folded), len(phrase))):
        if tuple(folded[:length]) == phrase[-length:]:
            yield from range(length)
        if tuple(folded[-length:]) == phrase[:length]:
            yield from range(len(folded) - length, len(folded))


def _places(
    context: Context, finder: Finder, entry: Entry, sentences: Sequence[Sentence]
) -> Iterator[WindowSpan]:
    """Yield where an entry's words are, or what is said at its time."""
    if entry.text is None:
        spans: tuple[Sentence | Removal, ...] = (*sentences, *context.removals)
        for span in spans:
            if is_then(entry, span.start, span.end):
                yield context.index_of[span.window], (span.char_start, span.char_end)
        return
    read = finder.read(sentences)
    for match in (*finder.in_windows(entry.words), *finder.in_text(entry.words, read)):
        if not entry.is_timed or is_then(entry, *time_of(context, finder, match)):
            yield from map(finder.place, match)


def _touches(
    context: Context, group: Iterable[Replacement], places: Sequence[WindowSpan]
) -> bool:
    """Return whether a replacement of a group has a character of one of the places."""
    for one in group:
        own = (one.char_start, one.char_end)
        at = context.index_of[one.window]
        if any(at == index and meet(own, span) for index, span in places):
            return True
    return False


def _whole_place(
    context: Context, finder: Finder, replacement: Replacement
) -> WindowSpan:
    index = context.index_of[replacement.window]
    words = finder.searched[index].range_of(
        (replacement.char_start, replacement.char_end)
    )
    return finder.place(WordRun(index, words.start, words.stop))


def _fragments(
    context: Context, finder: Finder, places: Iterable[WindowSpan]
) -> Iterator[WindowSpan]:
    """Yield what is left of the words around them: at the neighbours' edges and in removals.

    Two in a row, or one that is not in many windows.
    """
    for index, span in places:
        phrase = finder.words_of((index, span))
        sought = _Sought.of(phrase, context.facts.common_words)
        start = context.start_of(index, span[0]) - AROUND
        end = context.end_of(index, span[1]) + AROUND
        near = finder.near(index)
        for other in near:
            yield from _at_edge(finder, index, other, phrase, sought)
        for removal in context.removals:
            other = context.index_of[removal.window]
            if other in near and removal.start <= end and removal.end >= start:
                yield from _in_removal(finder, other, removal, sought)


@dataclass(frozen=True, slots=True)
class _Sought:
    """By what a fragment of a phrase is known."""

    pairs: Collection[tuple[str, str]]  # words that follow one another in it
    rare: Collection[str]  # its words that are not in many windows

    @classmethod
    def of(cls, phrase: Sequence[str], common: Set[str]) -> _Sought:
        return cls(set(pairwise(phrase)), set(phrase) - common)


def _at_edge(
    finder: Finder, index: int, other: int, phrase: tuple[str, ...], sought: _Sought
) -> Iterator[WindowSpan]:
    """Yield the beginning of a phrase at the end of an earlier window, or its end at the beginning
    of a later one.
    """
    folded = tuple(finder.searched[other].folded)
    for length in range(1, min(len(folded), len(phrase))):
        if length == 1 and not {phrase[0], phrase[-1]} & set(sought.rare):
            continue
        if other < index and folded[-length:] == phrase[:length]:
            yield finder.place(WordRun(other, len(folded) - length, len(folded)))
        if other > index and folded[:length] == phrase[-length:]:
            yield finder.place(WordRun(other, 0, length))


def _in_removal(
    finder: Finder, index: int, removal: Removal, sought: _Sought
) -> Iterator[WindowSpan]:
    """Yield the stretches of a removal that are fragments of the phrase."""
    searched = finder.searched[index]
    removed = (removal.char_start, removal.char_end)
    words = searched.range_of(removed)
    for first, end in _runs_of(_telling_words(searched.folded, words, sought)):
        _, span = finder.place(WordRun(index, first, end))
        yield index, common(span, removed)


def _telling_words(folded: Sequence[str], words: range, sought: _Sought) -> set[int]:
    """Return which of some words are rare, or stand beside one another as in the phrase."""
    known = {word for word in words if folded[word] in sought.rare}
    for word in words[:-1]:
        if (folded[word], folded[word + 1]) in sought.pairs:
            known |= {word, word + 1}
    return known


def _runs_of(numbers: Set[int]) -> Iterator[tuple[int, int]]:
    """Yield the runs of numbers that follow one another, each with the number behind its last."""
    for first in sorted(number for number in numbers if number - 1 not in numbers):
        end = first + 1
        while end in numbers:
            end += 1
        yield first, end


def _redact_removal(removal: Removal, redacted: Redacted) -> Removal:
    """Return a removal as it may be written."""
    edges = redacted.context.index_of[removal.window] in redacted.near
    quoted = dict(removal.evidence)
    if removal.phrase is not None:
        quoted["phrase"] = removal.phrase
    evidence = dict(_redact_evidence(quoted, redacted.phrases, edges=edges))
    phrase = evidence.pop("phrase", None)
    text = "" if removal.redacted else removal.text
    return replace(removal, text=text, evidence=evidence, phrase=phrase)


def _redact_evidence(
    evidence: Mapping[str, Any], phrases: Phrases, *, edges: bool
) -> Mapping[str, Any]:
    """Return evidence that does not quote the phrases; where it did, its words say so."""
    if not phrases:
        return evidence
    hidden = {
        name: mask(value, phrases, edges=edges and name != names.WORDS)
        for name, value in evidence.items()
        if isinstance(value, str) and name not in _OPEN
    }
    if all(evidence[name] == value for name, value in hidden.items()):
        return evidence
    return {**evidence, **hidden, names.WORDS: _WORDS}
