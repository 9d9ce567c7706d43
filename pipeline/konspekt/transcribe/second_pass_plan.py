"""Which windows the second pass decodes, and at which temperatures.

Each candidate lies in windows of its own with some sound on both sides, so that they begin
elsewhere than in the first pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count, product
from operator import attrgetter

from konspekt.data import DecodedWindow, Part, SecondPassCandidate, names
from konspekt.sound import SAMPLE_RATE
from konspekt.text.spans import bounds, common
from konspekt.transcribe.engines.engine import Ladder

ROOM = 3.0  # seconds of known words on each side: they show where the new words belong
# seconds of a window, as in the first pass
LONGEST = 29.0
SHARED = 5.0  # seconds that two windows of one candidate share
# seconds by which a window begins later if one of the first pass begins there
SHIFT = 1.5
SHORTEST = 1.0  # seconds

# Where nothing was transcribed, greedy decoding comes first. A repetition loop comes again in the
# same words, so there the first temperature samples.
GREEDY_FIRST: Ladder = (0.0, 0.2, 0.4, 0.6)
SAMPLED: Ladder = (0.4, 0.6, 0.8)


@dataclass(frozen=True, slots=True)
class SecondPassWindow:
    """A window of the second pass: where it lies, and its temperatures in order."""

    id: int
    part: Part  # that it lies in
    start: float
    end: float
    ladder: Ladder

    @property
    def span(self) -> tuple[int, int]:
        """Return its first sample and its end in its part."""
        start, end = self.start - self.part.start, self.end - self.part.start
        return round(start * SAMPLE_RATE), round(end * SAMPLE_RATE)


def plan_second_pass(
    candidates: Iterable[SecondPassCandidate],
    parts: Sequence[Part],
    first_pass: Sequence[DecodedWindow] = (),
) -> tuple[SecondPassWindow, ...]:
    """Return the windows of the candidates by start, with ids that go on from the first pass.

    None lies in two parts, and none begins where a window of the first pass does.
    """
    taken = [decoded.start for decoded in first_pass]
    planned: list[SecondPassWindow] = []
    for candidate, part in product(candidates, parts):
        planned.extend(_plan_in_part(candidate, part, taken))
    planned.sort(key=attrgetter("start", "end"))
    ids = count(_first_free_id(first_pass))
    return tuple(replace(window, id=next(ids)) for window in planned)


def _first_free_id(first_pass: Iterable[DecodedWindow]) -> int:
    return max((decoded.id for decoded in first_pass), default=-1) + 1


def _plan_in_part(
    candidate: SecondPassCandidate, part: Part, taken: Iterable[float]
) -> Iterator[SecondPassWindow]:
    """Yield the windows of what lies of a candidate in a part, if that is long enough."""
    whole = (part.start, part.start + part.duration)
    start, end = common(bounds(candidate), whole)
    if end - start < SHORTEST:
        return
    start, end = common((start - ROOM, end + ROOM), whole)
    if start > part.start:
        start = _move_off(start, taken)
    ladder = _choose_ladder(candidate)
    for first, last in _split(start, end):
        # rounding must not lead into the part before
        yield SecondPassWindow(0, part, max(first, part.start), last, ladder)


def _choose_ladder(candidate: SecondPassCandidate) -> Ladder:
    was_loop = candidate.cause == "removed" and names.LOOP in candidate.reasons
    return SAMPLED if was_loop else GREEDY_FIRST


def _move_off(start: float, taken: Iterable[float]) -> float:
    """Return `start`, later where a window of the first pass begins about there."""
    is_taken = any(abs(start - other) < SHIFT / 2 for other in taken)
    return start + SHIFT if is_taken else start


def _split(start: float, end: float) -> Iterator[tuple[float, float]]:
    """Yield a stretch as the fewest windows of equal length that share `SHARED` seconds."""
    number = 1
    while _length_of_each(end - start, number) > LONGEST:
        number += 1
    length = _length_of_each(end - start, number)
    for index in range(number):
        first = start + index * (length - SHARED)
        yield round(first, 3), round(min(end, first + length), 3)


def _length_of_each(stretch: float, number: int) -> float:
    """Return the length of so many windows over a stretch."""
    return (stretch + (number - 1) * SHARED) / number
