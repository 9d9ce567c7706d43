"""The reference paragraph by paragraph, with what each system made of it: what a page shows,
without its marks.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from konspekt.data import Edit
from konspekt.score.analysis import Analysis
from konspekt.score.runs import TimeSpan
from konspekt.score.sides import ComparedSide

# Words. The lines of subtitles are no paragraphs, and a text without any is unreadable.
_SHORT = 30  # a shorter paragraph goes on in the next
_LONG = 120  # a longer one is cut
_PIECE = 80  # about
_NEAR = 20  # either side of a cut, where the end of a sentence is looked for


class AlignedWords(NamedTuple):
    """Words on end that are alike in kind; of substitutions one pair of words."""

    kind: str  # "": both have these; else s, d or i
    reference: str  # "" for an insertion
    hypothesis: str  # "" for what is equal and for a deletion
    time: float | None  # seconds
    term: bool  # an error in a term of the glossary


@dataclass(frozen=True, slots=True)
class Row:
    """A paragraph of the reference."""

    uid: str
    number: int
    time: float | None  # seconds
    cells: tuple[tuple[AlignedWords, ...], ...]  # one a system

    @property
    def kinds(self) -> str:
        """Return the kinds of errors in the row, and t where one is in a term."""
        found = {piece.kind for cell in self.cells for piece in cell}
        terms = any(piece.term for cell in self.cells for piece in cell)
        return "".join(kind for kind in "sdi" if kind in found) + "t" * terms


@dataclass(frozen=True, slots=True)
class AlignedText:
    """A lecture's reference, and the systems (by index) that were compared with just this one."""

    systems: tuple[int, ...]
    rows: tuple[Row, ...]  # one at least
    begins: tuple[int, ...]  # the first reference word of each

    def row(self, word: int) -> Row:
        """Return the row that a reference word stands in."""
        return self.rows[max(0, bisect_right(self.begins, word) - 1)]

    def at(self, second: float) -> Row:
        """Return the last row that has begun by a time; the first if none is known to have."""
        begun = [
            row for row in self.rows if row.time is not None and row.time <= second
        ]
        return begun[-1] if begun else self.rows[0]


def texts_of(systems: Sequence[Analysis], uid: str) -> tuple[AlignedText, ...]:
    """Return one text for all systems. Of a reference with alternates there is one for each
    choice among them.
    """
    alike: dict[tuple[str, ...], list[int]] = {}
    for index, found in enumerate(systems):
        alike.setdefault(found.reference.words, []).append(index)
    return tuple(
        _text(tuple(members), [systems[index] for index in members], f"{uid}t{number}")
        for number, members in enumerate(alike.values(), 1)
    )


def _text(
    members: tuple[int, ...], systems: Sequence[Analysis], uid: str
) -> AlignedText:
    reference = systems[0].reference
    begins = tuple(_begins(reference))
    columns = [_column(found, begins) for found in systems]
    rows = []
    for number, cells in enumerate(zip(*columns, strict=True), 1):
        end = begins[number] if number < len(begins) else len(reference.words)
        reference_times = (
            time[0]
            for time in reference.times[begins[number - 1] : end]
            if time is not None
        )
        hypothesis_times = (
            piece.time for cell in cells for piece in cell if piece.time is not None
        )
        rows.append(
            Row(
                f"{uid}p{number}",
                number,
                next(reference_times, next(hypothesis_times, None)),
                cells,
            )
        )
    return AlignedText(members, tuple(rows), begins)


# --------------------------------------------------------------------------------------------------


def _begins(side: ComparedSide) -> Iterator[int]:
    """Yield the first word of each paragraph, short ones joined and long ones cut."""
    joined = [0]
    for first in side.paragraphs:
        if first - joined[-1] >= _SHORT:
            joined.append(first)
    for first, end in pairwise((*joined, len(side.words))):
        pieces = max(1, round((end - first) / _PIECE)) if end - first > _LONG else 1
        cuts = (
            _cut(side, first + (end - first) * piece // pieces)
            for piece in range(1, pieces)
        )
        yield from (first, *cuts)


def _cut(side: ComparedSide, about: int) -> int:
    """Return the nearest end of a sentence, else of a word as it was written, else right there."""
    near = sorted(
        range(max(1, about - _NEAR), min(len(side.words), about + _NEAR)),
        key=lambda word: abs(word - about),
    )
    whole = [word for word in near if side.written[word]] or [about]
    return next(
        (
            word
            for word in whole
            if side.written[word - 1].endswith((".", "?", "!", "…"))
        ),
        whole[0],
    )


# --------------------------------------------------------------------------------------------------


def _column(found: Analysis, begins: tuple[int, ...]) -> list[tuple[AlignedWords, ...]]:
    """Return the pieces of each paragraph. An insertion stands with the word before it."""
    rows: list[list[AlignedWords]] = [[] for _ in begins]
    reference_terms, hypothesis_terms = _terms(found)
    for edit in found.readable:
        for part in _parts(edit, begins):
            word = (
                max(part.ref_start - 1, 0) if part.kind == "insert" else part.ref_start
            )
            term = part.kind != "equal" and (
                _touches(reference_terms, part.ref_start, part.ref_end)
                or _touches(hypothesis_terms, part.hyp_start, part.hyp_end)
            )
            piece = _piece(found, part, term)
            if piece.kind or piece.reference:
                rows[bisect_right(begins, word) - 1].append(piece)
    return [tuple(row) for row in rows]


def _terms(found: Analysis) -> tuple[Collection[int], Collection[int]]:
    """Return the words of missed mentions in the reference, and of false ones in the hypothesis."""
    if found.terms is None:
        return (), ()
    missed = (mention for mention in found.terms.mentions if mention.found == "missed")
    return (
        {
            word
            for mention in missed
            for word in range(mention.ref_start, mention.ref_end)
        },
        {
            word
            for mention in found.terms.false
            for word in range(mention.hyp_start, mention.hyp_end)
        },
    )


def _touches(words: Collection[int], start: int, end: int) -> bool:
    return bool(words) and any(word in words for word in range(start, end))


def _parts(edit: Edit, begins: tuple[int, ...]) -> Iterator[Edit]:
    """Yield an edit in pieces that end where a paragraph does; substitutions pair by pair."""
    if edit.kind == "insert":
        yield edit
        return
    first, last = edit.ref_start, edit.ref_end
    inner = begins[bisect_right(begins, first) : bisect_right(begins, last - 1)]
    cuts = (
        range(first, last + 1) if edit.kind == "substitute" else (first, *inner, last)
    )
    two_sided = edit.kind != "delete"
    for start, end in pairwise(cuts):
        before, after = (start - first, end - first) if two_sided else (0, 0)
        yield Edit(
            edit.kind, start, end, edit.hyp_start + before, edit.hyp_start + after
        )


def _piece(found: Analysis, part: Edit, term: bool) -> AlignedWords:
    ref, hyp = (part.ref_start, part.ref_end), (part.hyp_start, part.hyp_end)
    time = _first(
        found.hypothesis.times[slice(*hyp)], found.reference.times[slice(*ref)]
    )
    if part.kind == "equal":
        return AlignedWords("", found.reference.show(*ref), "", time, False)
    if part.kind == "substitute":
        return AlignedWords(
            "s",
            found.reference.show(*ref),
            found.hypothesis.show(*hyp),
            time,
            term,
        )
    if part.kind == "insert":
        return AlignedWords("i", "", found.hypothesis.show(*hyp), time, term)
    if (
        time is None and part.hyp_start
    ):  # left out just after the last word of the hypothesis
        before = found.hypothesis.times[part.hyp_start - 1]
        time = None if before is None else before[1]
    return AlignedWords("d", found.reference.show(*ref), "", time, term)


def _first(*times: Iterable[TimeSpan | None]) -> float | None:
    return next((time[0] for some in times for time in some if time is not None), None)
