"""Titles of chapters: noun phrases of the lecturer's own words."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

from konspekt.notes.keyness import TermCandidate, phrase_weight
from konspekt.notes.outline import MIN_SCORE, Outline, sentence_case

WEAK_TITLE = 0.5  # a word that weighs less is no title alone
MAX_TITLE_WORDS = 6  # of a title that is a quotation, for want of a term


@dataclass(frozen=True, slots=True)
class Title:
    """A title, and the terms it is made of."""

    text: str
    keys: tuple[tuple[str, ...], ...]


def find_titles(outline: Outline) -> list[Title]:
    """Return a title for every chapter; a term names one chapter only."""
    titles: list[Title] = []
    used: set[tuple[str, ...]] = set()
    for number in range(len(outline.chapters)):
        titles.append(_title(outline, number, used))
        used |= set(titles[-1].keys)
    return titles


def _title(outline: Outline, number: int, used: Set[tuple[str, ...]]) -> Title:
    """Return the subject that the lecturer announced; else the chapter's two best terms; else
    its first words.
    """
    chapter = outline.chapters[number]
    parts = [
        part for part in _announced_subjects(outline, chapter) if part[0] not in used
    ][:2]
    terms = [part for part in _best_terms(outline, number) if part[0] not in used]
    if not parts:
        parts = sorted(
            _drop_overlapping(terms)[:2],
            key=lambda term: _first_place(outline, term[0], chapter),
        )
    elif (
        len(parts) == 1
        and len(parts[0][0]) == 1
        and phrase_weight(parts[0][0]) < WEAK_TITLE
    ):
        parts += _drop_overlapping([*parts, *terms])[1:2]
    if not parts:
        return Title(_quotation(outline, chapter), ())
    joint = " и " if outline.russian else " and "
    return Title(
        sentence_case(joint.join(text for _, text in parts)),
        tuple(key for key, _ in parts),
    )


def _announced_subjects(
    outline: Outline, chapter: range
) -> list[tuple[tuple[str, ...], str]]:
    """Return the announced subjects in order, those of the plainest cue at the chapter's head
    first; none twice.
    """
    found: list[tuple[tuple[str, ...], str]] = []
    for index in chapter:
        cue = outline.cues.get(index)
        if cue is None or cue.title is None or cue.strength < 0.5:
            continue
        key = cue.title.key
        if not any(set(key) & set(other) for other, _ in found):
            found.append((key, cue.title.text))
    return found


def _best_terms(outline: Outline, number: int) -> list[tuple[tuple[str, ...], str]]:
    """Return a chapter's terms, those that come more than once before the others."""
    mine = [c for c in outline.ranked if c.chapter == number]
    chapter = outline.chapters[number]

    def is_repeated(candidate: TermCandidate) -> bool:
        return sum(1 for index in candidate.phrase.places if index in chapter) > 1

    ordered = sorted(mine, key=lambda c: not (is_repeated(c) and c.score >= MIN_SCORE))
    best = ordered[
        : max(1, sum(1 for c in mine if is_repeated(c) and c.score >= MIN_SCORE))
    ]
    return [(c.phrase.key, c.phrase.text) for c in best]


def _drop_overlapping(
    terms: Sequence[tuple[tuple[str, ...], str]],
) -> list[tuple[tuple[str, ...], str]]:
    """Return the terms that share no word with a better one."""
    kept: list[tuple[tuple[str, ...], str]] = []
    for key, text in terms:
        if not any(set(key) & set(other) for other, _ in kept):
            kept.append((key, text))
    return kept


def _first_place(outline: Outline, key: tuple[str, ...], chapter: range) -> int:
    phrase = next(p for p in outline.phrases if p.key == key)
    return next(index for index in phrase.places if index in chapter)


def _quotation(outline: Outline, chapter: range) -> str:
    """Return the chapter's first words, where it has no term."""
    spoken = [
        token.text
        for index in chapter
        for token in outline.sentences[index].tokens[: MAX_TITLE_WORDS + 1]
    ]
    if not spoken:
        return "…"
    return sentence_case(" ".join(spoken[:MAX_TITLE_WORDS])) + (
        "…" if len(spoken) > MAX_TITLE_WORDS else ""
    )
