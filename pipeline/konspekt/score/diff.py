"""Every error of a lecture in a line, with a few words around it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

from konspekt.data import Edit
from konspekt.sanitize import sanitize
from konspekt.score.analysis import Analysis
from konspekt.score.report import Scored
from konspekt.score.sides import ComparedSide
from konspekt.text.times import clock

_CONTEXT = 4  # equal words before and after an error

Marked: TypeAlias = tuple[Literal["equal", "delete", "insert", "place"], str]


def diff(scored: Scored) -> Iterator[list[Marked]]:
    """Yield the aligned texts, a line an error or several near one another; nothing if all agree.

    A line begins with the time, "" where it is unknown.
    """
    found = scored.analysis
    line: list[Marked] = []
    for edit in _with_whole_words(found):
        if edit.kind != "equal":
            line += _error(found, edit, begins=not line)
        elif edit.ref_end - edit.ref_start <= 2 * _CONTEXT and line:
            line.append(("equal", _reference(found, edit.ref_start, edit.ref_end)))
        elif line:
            after = _reference(found, edit.ref_start, edit.ref_start + _CONTEXT)
            yield [*line, ("equal", after)]
            line = []
    if line:
        yield line


def _error(found: Analysis, edit: Edit, *, begins: bool) -> Iterator[Marked]:
    """Yield an error; where it begins a line, its time and the words before it first."""
    if begins:
        yield "place", _time(found, edit)
        yield (
            "equal",
            _reference(found, max(0, edit.ref_start - _CONTEXT), edit.ref_start),
        )
    yield "delete", _reference(found, edit.ref_start, edit.ref_end)
    yield "insert", sanitize(found.hypothesis.show(edit.hyp_start, edit.hyp_end))


def _reference(found: Analysis, start: int, end: int) -> str:
    return sanitize(found.reference.show(start, end))


def _with_whole_words(found: Analysis) -> Iterator[Edit]:
    """Yield the readable alignment; errors that part a written word between them are one."""
    last: Edit | None = None
    for edit in found.readable:
        if last is not None and _go_together(found, last, edit):
            last = Edit(
                "substitute", last.ref_start, edit.ref_end, last.hyp_start, edit.hyp_end
            )
            continue
        if last is not None:
            yield last
        last = edit
    if last is not None:
        yield last


def _go_together(found: Analysis, one: Edit, following: Edit) -> bool:
    if one.kind == "equal" or following.kind == "equal":
        return False
    if _parts_a_word(found.reference, following.ref_start):
        return True
    return _parts_a_word(found.hypothesis, following.hyp_start)


def _parts_a_word(side: ComparedSide, place: int) -> bool:
    return place < len(side.written) and not side.written[place]


def _time(found: Analysis, edit: Edit) -> str:
    """Return when an error is, by the hypothesis' word before the reference's; "" for unknown."""
    hypothesis, reference = found.hypothesis.times, found.reference.times
    for times, word in ((hypothesis, edit.hyp_start), (reference, edit.ref_start)):
        time = times[word] if word < len(times) else None
        if time is not None:
            return clock(time[0])
    return ""
