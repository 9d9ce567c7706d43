"""The transcript as paragraphs: sentences with their anchors, gaps in their place, marks where
words were removed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from konspekt.data import Chapter, Gap, Removal, Sentence, Transcript
from konspekt.site.figure import kind_of
from konspekt.site.nodes import At, Mark, Node, SentenceAnchor, Text, nodes_of
from konspekt.site.slugs import anchor
from konspekt.text.times import clock

PARAGRAPH = 40.0  # seconds after which a paragraph ends with its sentence
LONGEST = 90.0  # seconds after which it ends anyway
PAUSE = 4.0  # seconds without a word that part two paragraphs

Marks: TypeAlias = Mapping[Sentence | Gap | None, tuple[int, ...]]
"""Numbers of what was removed, by where they stand: in a gap, after a sentence, or before
everything (None).
"""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A stretch of speech, or a gap with its cause as a class (`not-transcribed`)."""

    nodes: tuple[Node, ...]
    cause: str | None = None


def paragraphs_by_chapter(
    transcript: Transcript,
    removed: Sequence[Sequence[Removal]],
    chapters: Sequence[Chapter],
    say_gap: Callable[[Gap], str],
) -> tuple[tuple[Paragraph, ...], ...]:
    """Return the paragraphs of each chapter; of one, if there are none. Text before the first
    chapter belongs to it.
    """
    starts = [float("-inf"), *(chapter.start for chapter in chapters[1:]), float("inf")]
    marks = marks_of(transcript, removed)
    return tuple(
        tuple(
            _paragraphs(
                [
                    sentence
                    for sentence in transcript.sentences
                    if begin <= sentence.start < end
                ],
                [gap for gap in transcript.gaps if begin <= gap.start < end],
                marks,
                say_gap,
            )
        )
        for begin, end in pairwise(starts)
    )


def marks_of(transcript: Transcript, removed: Sequence[Sequence[Removal]]) -> Marks:
    """Return where each number stands: in the gap that a removal lies in, else after the last
    sentence before it.

    `removed` holds the removals by number, from 1.
    """
    found: dict[Sentence | Gap | None, tuple[int, ...]] = {}
    starts = [sentence.start for sentence in transcript.sentences]
    for number, group in enumerate(removed, 1):
        for removal in group:
            before = bisect_right(starts, removal.start)
            after = transcript.sentences[before - 1] if before else None
            place = next(
                (
                    gap
                    for gap in transcript.gaps
                    if gap.start <= removal.start < gap.end
                ),
                after,
            )
            if number not in found.get(place, ()):
                found[place] = (*found.get(place, ()), number)
    return found


def _paragraphs(
    sentences: Sequence[Sentence],
    gaps: Sequence[Gap],
    marks: Marks,
    say_gap: Callable[[Gap], str],
) -> Iterator[Paragraph]:
    waiting = list(gaps)
    group: list[Sentence] = []
    for sentence in sentences:
        before = [gap for gap in waiting if gap.start <= sentence.start]
        if group and (before or _is_full(group, sentence)):
            yield _speech(group, marks)
            group = []
        for gap in before:
            waiting.remove(gap)
            yield _gap(gap, marks, say_gap)
        group.append(sentence)
    if group:
        yield _speech(group, marks)
    for gap in waiting:
        yield _gap(gap, marks, say_gap)


def _is_full(group: Sequence[Sentence], following: Sentence) -> bool:
    long = following.start - group[0].start
    read = group[-1].reading.rstrip('»")] ')
    # else a window's edge has cut the sentence
    ended = read.endswith((".", "!", "?", "…"))
    return (
        following.start - group[-1].end >= PAUSE
        or (long >= PARAGRAPH and ended)
        or long >= LONGEST
    )


def _speech(group: Sequence[Sentence], marks: Marks) -> Paragraph:
    nodes: list[Node] = [At(group[0].start)]
    for sentence in group:
        nodes += [
            Text(" "),
            SentenceAnchor(anchor(sentence.id), sentence.start),
            Text(" "),
            *nodes_of(sentence.reading),
        ]
        nodes += _numbers(marks.get(sentence, ()))
    return Paragraph(tuple(nodes))


def _gap(gap: Gap, marks: Marks, say_gap: Callable[[Gap], str]) -> Paragraph:
    says = nodes_of(f"[{clock(gap.start)}–{clock(gap.end)}: {say_gap(gap)}]")
    return Paragraph((*says, *_numbers(marks.get(gap, ()))), kind_of(gap.cause))


def _numbers(numbers: Sequence[int]) -> list[Node]:
    return [node for number in numbers for node in (Text(" "), Mark(number))]
