"""What should be known of a recording that was transcribed, in words."""

from __future__ import annotations

from konspekt.data import Part, Recording
from konspekt.errors import RecordingError, name_setting
from konspekt.text.times import clock

MAX_PLACES = 4  # of damage that are named; raw.json lists all


def losses(recording: Recording) -> list[str]:
    """Return which files are shorter than they say, or damaged."""
    found = []
    for part in recording.parts:
        if part.lost:
            there = f"{clock(part.duration)} of {clock(part.duration + part.lost)}"
            found.append(f"{part.path} was cut short: {there} are there")
        if part.damage:
            found.append(f"{part.path} is damaged, and silent there: {_damage(part)}")
    return found


def _damage(part: Part) -> str:
    """Return where a file is damaged: "1.2 s in 2 places, at 12:05 and 40:00"."""
    lost = sum(place.end - place.start for place in part.damage)
    at = [clock(place.start - part.start) for place in part.damage]
    shown = at
    if len(at) > MAX_PLACES:
        shown = [*at[: MAX_PLACES - 1], f"{len(at) - MAX_PLACES + 1} more"]
    where = f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else shown[0]
    return f"{lost:.1f} s in {len(at)} place{'s' if len(at) > 1 else ''}, at {where}"


def refuse_lossy(recording: Recording) -> None:
    """Raise RecordingError where a file is shorter than it says, or damaged."""
    for words in losses(recording):
        raise RecordingError(
            words,
            remedy="Record or copy it again, or leave out --strict to use what is there.",
        )


def name_decoded_tracks(recording: Recording) -> list[str]:
    """Return which audio track was transcribed of each file that has several."""
    found = []
    for part in recording.parts:
        if part.track is None:
            continue
        which = f"{part.track.number} {part.track.name}".strip()
        found.append(
            f"{part.path} has {part.track.of} audio tracks; number {which} was transcribed "
            f"(another can be named with {name_setting('transcribe.track')})"
        )
    return found
