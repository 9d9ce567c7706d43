"""The recording in time as a picture: what was transcribed, what was removed, what was not
transcribed. SVG, always the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import get_args

from konspekt.data import Cause
from konspekt.errors import FormatError
from konspekt.text.times import clock, seconds_of


def kind_of(cause: str) -> str:
    """Return the kind of a gap by its cause: an option of the directive, and a class of CSS."""
    return cause.replace(" ", "-")


KIND_OF_TEXT = "kept"
CAUSES: Mapping[str, Cause] = {kind_of(cause): cause for cause in get_args(Cause)}
KINDS = (KIND_OF_TEXT, *CAUSES)  # in the order in which they are drawn
WIDTH, HEIGHT = 1000, 30  # units of the drawing
_STEPS = (
    60,
    300,
    600,
    900,
    1800,
    3600,
    7200,
    14400,
    36000,
)  # seconds between two marks of the axis
MAX_MARKS = 7


@dataclass(frozen=True, slots=True)
class Map:
    """Stretches of the recording by kind, in seconds."""

    duration: float
    spans: Mapping[str, tuple[tuple[float, float], ...]]


def seconds_option(text: str) -> float:
    """Return a time of a page as seconds. Raises ValueError, as docutils expects of its options."""
    try:
        return seconds_of(text)
    except FormatError as error:
        raise ValueError(str(error)) from None


def spans_of(text: str) -> tuple[tuple[float, float], ...]:
    """Return `0:05-1:10 2:00-3:00` as seconds. Raises ValueError for anything else."""
    spans = []
    for piece in text.split():
        start, dash, end = piece.partition("-")
        if not dash:
            raise ValueError(f"not a stretch of time: {piece!r}")
        spans.append((seconds_option(start), seconds_option(end)))
    return tuple(spans)


def draw(drawing: Map, title: str, names: Mapping[str, str], uid: str) -> str:
    """Return the picture, with its title and its content in words for who cannot see it. The
    style sheet has the colours.
    """
    shown = [kind for kind in KINDS if drawing.spans.get(kind)]
    words = "; ".join(
        f"{names[kind]}: {_in_words(drawing.spans[kind])}" for kind in shown
    )
    bars = "".join(_bars(kind, drawing) for kind in shown)
    legend = "".join(f'<li class="{kind}">{escape(names[kind])}</li>' for kind in shown)
    return (
        f'<figure class="recording-map"><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'preserveAspectRatio="none" '
        f'aria-labelledby="{uid}-title {uid}-desc"><title id="{uid}-title">{escape(title)}</title>'
        f'<desc id="{uid}-desc">{escape(words)}</desc>'
        f'<rect class="ground" x="0" y="0" width="{WIDTH}" height="{HEIGHT}"/>{bars}</svg>'
        f'<div class="axis" aria-hidden="true">{_axis(drawing.duration)}</div>'
        f'<figcaption><ul class="legend">{legend}</ul></figcaption></figure>\n'
    )


def _in_words(spans: tuple[tuple[float, float], ...]) -> str:
    return ", ".join(f"{clock(start)}–{clock(end)}" for start, end in spans)


def _bars(kind: str, drawing: Map) -> str:
    scale = WIDTH / drawing.duration
    return "".join(
        f'<rect class="{kind}" x="{start * scale:.1f}" y="0" '
        f'width="{max(1.5, (min(end, drawing.duration) - start) * scale):.1f}" height="{HEIGHT}"/>'
        for start, end in drawing.spans[kind]
        if 0 <= start < drawing.duration and start <= end
    )


def axis(duration: float) -> tuple[int, ...]:
    """Return the seconds at which the axis has a mark, the beginning left out."""
    step = next((step for step in _STEPS if duration / step <= MAX_MARKS), _STEPS[-1])
    return tuple(range(step, int(duration) + 1, step))


def _axis(duration: float) -> str:
    return "".join(
        f'<span style="left: {100 * second / duration:.2f}%">{clock(second)}</span>'
        for second in axis(duration)
    )
