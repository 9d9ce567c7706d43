"""Errors over time as a picture: where its bars stand. The page draws them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from konspekt.score.where import Stretch
from konspekt.text.times import clock

WIDTH, HEIGHT = 1000.0, 160.0  # units of the drawing, which is stretched to the page
_MARKS = 8  # of the axis, at most
_STEPS = (
    1,
    2,
    5,
    10,
    15,
    20,
    30,
    60,
    120,
)  # stretches between two marks; minutes, where times are known
_GAP = 0.18  # of a stretch, between it and the next


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of one system, from the top of the drawing down."""

    system: int
    stretch: Stretch
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Chart:
    """The bars of a lecture and the marks of its axes."""

    bars: tuple[Bar, ...]
    top: int  # errors at the upper edge
    timed: bool  # whether the axis is one of time, else of words
    # how far from the left, in percent, and what stands there
    marks: tuple[tuple[float, str], ...]


def chart_of(systems: Sequence[Sequence[Stretch]]) -> Chart:
    """Return a chart with a bar for each stretch, those of the systems beside one another."""
    slots = max(len(stretches) for stretches in systems)
    slot = WIDTH / slots
    width = slot * (1 - _GAP) / len(systems)
    top = _round_up(
        max(stretch.errors for stretches in systems for stretch in stretches)
    )
    bars = []
    for system, stretches in enumerate(systems):
        for index, stretch in enumerate(stretches):
            height = HEIGHT * stretch.errors / top
            x = (index + _GAP / 2) * slot + system * width
            bars.append(Bar(system, stretch, x, HEIGHT - height, width, height))
    axis = max(systems, key=len)
    return Chart(tuple(bars), top, axis[0].start is not None, tuple(_marks(axis)))


def _round_up(errors: int) -> int:
    """Return the next number that can be halved and is easy to read, 2 at least."""
    unit = 1
    while 16 * unit < errors:
        unit *= 10
    return next(unit * factor for factor in range(2, 18, 2) if unit * factor >= errors)


def _marks(stretches: Sequence[Stretch]) -> list[tuple[float, str]]:
    step = next(
        (step for step in _STEPS if len(stretches) / step <= _MARKS), _STEPS[-1]
    )
    return [
        (
            100 * index / len(stretches),
            str(stretches[index].ref_start) if start is None else clock(start),
        )
        for index in range(0, len(stretches), step)
        for start in (stretches[index].start,)
    ]
