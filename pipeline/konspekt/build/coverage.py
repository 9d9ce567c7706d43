"""How much of a lecture was heard, as the terminal says it; the page says the same of the same
figures.
"""

from __future__ import annotations

from konspekt.data import Quality
from konspekt.text.times import clock

NOT_KNOWN = "where in it somebody speaks is not known"
MAX_STRETCHES = 4  # that are named; quality.json and the page have all of them


def coverage_in_words(quality: Quality) -> str:
    """The share of the speech that has text, and the first stretches without."""
    of, note = ("speech", "") if quality.speech is not None else ("the recording", f"; {NOT_KNOWN}")
    said = f"{clock(quality.transcribed)} of {clock(quality.wanted)} of {of} ({quality.transcribed_percent} %{note})"
    if quality.transcribed_percent is None:
        said = "no speech was found"
    if not quality.missing:
        return said
    places = [f"{clock(gap.start)}–{clock(gap.end)} ({gap.cause})" for gap in quality.missing]
    if len(places) > MAX_STRETCHES:
        places[MAX_STRETCHES - 1 :] = [f"{len(places) - MAX_STRETCHES + 1} more, see quality.json"]
    return f"{said}; without text: {', '.join(places)}"
