"""A lecture read and divided: what notes without a language model are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from konspekt.data import Transcript
from konspekt.notes.chapters import divide
from konspekt.notes.cues import TopicCue, find_cues
from konspekt.notes.definitions import Definition, find_definitions
from konspekt.notes.keyness import TermCandidate, candidates
from konspekt.notes.reading import ReadSentence, TermPhrase, is_russian, phrases, read
from konspekt.text.words import fold, nearness

# of a statement: a plain word said once is worth 1, twice 1.4; a term of two words 1.6
MIN_SCORE = 1.05
NEAR = 0.86  # two terms written this alike are one


@dataclass(frozen=True, slots=True)
class Outline:
    """A lecture read and divided: what the notes are made from."""

    sentences: tuple[ReadSentence, ...]
    chapters: tuple[range, ...]
    phrases: tuple[TermPhrase, ...]
    cues: Mapping[int, TopicCue]
    definitions: Mapping[tuple[str, ...], Definition]
    ranked: tuple[TermCandidate, ...]
    russian: bool


def read_outline(transcript: Transcript) -> Outline:
    """Return a transcript as an outline: its sentences, its chapters, and the terms ranked for
    every chapter.
    """
    sentences = read(transcript)
    cues = find_cues(sentences)
    chapters = divide(sentences, cues)
    definitions = find_definitions(sentences)
    spelled_out = " | ".join(
        fold(definition.expansion) for definition in definitions.values()
    )
    found = tuple(
        p
        for p in phrases(sentences)
        if len(p.key) < 2 or fold(p.text) not in spelled_out
    )
    russian = is_russian(transcript)
    defined = {key: definition.sentence for key, definition in definitions.items()}
    ranked = candidates(found, chapters, defined, frozenset(cues), russian=russian)
    return Outline(
        sentences, chapters, found, cues, definitions, tuple(ranked), russian
    )


def chapter_times(outline: Outline, number: int) -> tuple[float, float]:
    """Return when a chapter begins and ends: with the next one's first sentence, or with the
    last word.
    """
    sentences, chapters = outline.sentences, outline.chapters
    start = sentences[chapters[number].start].sentence.start
    if number + 1 < len(chapters):
        return start, sentences[chapters[number + 1].start].sentence.start
    return start, max(sentences[index].sentence.end for index in chapters[number])


def sentence_case(text: str) -> str:
    """Return a text with a capital, unless its first word is a name that has its own (nDCG, k1)."""
    first = text.split(" ", 1)[0]
    own = any(c.isupper() for c in first[1:]) or any(c.isdigit() for c in first)
    return text if own else text[:1].upper() + text[1:]


def is_near(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    """Return whether two terms are one: the same words, or nearly alike in writing (in another
    script too).
    """
    first, second = " ".join(a), " ".join(b)
    return set(a) == set(b) or (
        min(len(first), len(second)) > 4 and nearness(first, second) >= NEAR
    )
