"""Notes without a language model: chapters, and in each its terms as short nominal sentences.

Everything is extractive: every word was said, nouns and adjectives put into the nominative.
"""

from __future__ import annotations

from collections.abc import Sequence

from konspekt.data import Chapter, Notes, Transcript
from konspekt.notes.outline import Outline, chapter_times
from konspekt.notes.reading import TermPhrase
from konspekt.notes.statements import choose, statement
from konspekt.notes.terms import find_terms
from konspekt.notes.titles import find_titles


def outline_notes(
    transcript: Transcript, outline: Outline, per_chapter: int, max_terms: int
) -> Notes:
    """Return the outline as notes of method "outline"."""
    titles = find_titles(outline)
    chosen = choose(outline, titles, per_chapter)
    chapters = tuple(
        _chapter(outline, number, title.text, chosen[number])
        for number, title in enumerate(titles)
    )
    return Notes(
        recording=transcript.recording,
        language=transcript.language,
        method="outline",
        model=None,
        endpoint=None,
        problems=(),
        chapters=chapters,
        terms=find_terms(outline, max_terms),
    )


def _chapter(
    outline: Outline, number: int, title: str, chosen: Sequence[TermPhrase]
) -> Chapter:
    start, end = chapter_times(outline, number)
    statements = (statement(outline, number, phrase) for phrase in chosen)
    return Chapter(
        title, start, end, tuple(sorted(statements, key=lambda s: (s.start, s.text)))
    )
