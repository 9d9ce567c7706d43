"""The statements of an outline: a chapter's best terms, with what the lecturer says they are."""

from __future__ import annotations

from collections.abc import Sequence

from konspekt.data import Statement
from konspekt.notes.keyness import TermCandidate
from konspekt.notes.outline import MIN_SCORE, Outline, is_near, sentence_case
from konspekt.notes.reading import TermPhrase
from konspekt.notes.titles import Title
from konspekt.text.words import fold

MAX_EVIDENCE = 6  # sentences a statement leads to


def choose(
    outline: Outline, titles: Sequence[Title], per_chapter: int
) -> list[list[TermPhrase]]:
    """Return the best terms of each chapter; none twice, nor nearly so, in the whole lecture."""
    chosen: list[list[TermPhrase]] = [[] for _ in outline.chapters]
    taken: list[tuple[int, tuple[str, ...]]] = []
    meanings: list[str] = []
    for candidate in outline.ranked:
        mine = chosen[candidate.chapter]
        if candidate.score < MIN_SCORE or len(mine) >= per_chapter:
            continue
        if any(_repeats(candidate, chapter, key) for chapter, key in taken):
            continue
        defined = _is_defined(outline, candidate)
        if not defined and (
            _is_titled(candidate, titles)
            or fold(candidate.phrase.text) in " | ".join(meanings)
        ):
            continue
        taken.append((candidate.chapter, candidate.phrase.key))
        mine.append(candidate.phrase)
        if defined:
            meanings.append(fold(outline.definitions[candidate.phrase.key].meaning))
    return chosen


def _is_titled(candidate: TermCandidate, titles: Sequence[Title]) -> bool:
    """Return whether the title of the chapter has the term already, or another chapter is named
    after it.
    """
    mine = candidate.phrase.key
    return any(is_near(mine, key) for title in titles for key in title.keys) or any(
        set(mine) <= set(key) for key in titles[candidate.chapter].keys
    )


def _is_defined(outline: Outline, candidate: TermCandidate) -> bool:
    """Return whether the lecture defines a term in this chapter."""
    definition = outline.definitions.get(candidate.phrase.key)
    return (
        definition is not None
        and definition.sentence in outline.chapters[candidate.chapter]
        and bool(definition.meaning or definition.expansion)
    )


def _repeats(candidate: TermCandidate, chapter: int, key: tuple[str, ...]) -> bool:
    """Return whether a term says no more than one that is taken; in one chapter it may neither
    add words to it nor leave some out.
    """
    mine = set(candidate.phrase.key)
    if mine <= set(key) or (candidate.chapter == chapter and mine >= set(key)):
        return True
    return is_near(candidate.phrase.key, key)


def statement(outline: Outline, number: int, phrase: TermPhrase) -> Statement:
    """Return a term of a chapter as a nominal sentence, with the sentences that bear it out."""
    inside = [
        index
        for index in dict.fromkeys(phrase.places)
        if index in outline.chapters[number]
    ]
    definition = outline.definitions.get(phrase.key)
    text = phrase.text
    if definition is not None and definition.sentence in outline.chapters[number]:
        text = definition.text
        inside = [definition.sentence, *(i for i in inside if i != definition.sentence)]
    evidence = sorted(inside[:MAX_EVIDENCE])
    sentences = [outline.sentences[index].sentence for index in evidence]
    return Statement(
        sentence_case(text) + ".",
        sentences[0].start,
        max(sentence.end for sentence in sentences),
        tuple(sentence.id for sentence in sentences),
    )
