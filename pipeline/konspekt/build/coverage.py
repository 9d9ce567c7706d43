"""How much of a lecture was transcribed, as the terminal says it."""

from __future__ import annotations

from konspekt.data import Quality
from konspekt.text.times import clock

NOT_KNOWN = "where in it somebody speaks is not known"
MAX_STRETCHES = 4  # that are named; quality.json and the page have all of them


def _share(quality: Quality) -> str:
    if quality.transcribed_percent is None:
        return "no speech was found"
    of, note = "speech", ""
    if quality.speech is None:
        of, note = "the recording", f"; {NOT_KNOWN}"
    return (
        f"{clock(quality.transcribed)} of {clock(quality.wanted)} of {of} "
        f"({quality.transcribed_percent} %{note})"
    )


def coverage_in_words(quality: Quality) -> str:
    """Return the share of the speech that has text, and the first stretches without."""
    share = _share(quality)
    if not quality.missing:
        return share
    places = [
        f"{clock(gap.start)}–{clock(gap.end)} ({gap.cause})" for gap in quality.missing
    ]
    if len(places) > MAX_STRETCHES:
        places[MAX_STRETCHES - 1 :] = [
            f"{len(places) - MAX_STRETCHES + 1} more, see quality.json"
        ]
    return f"{share}; without text: {', '.join(places)}"
