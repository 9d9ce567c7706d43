"""Subtitles and other texts with times but without windows: cues grouped into windows that share no
sound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from konspekt.data import DecodedWindow, How, Segment
from konspekt.text.subtitles import Cue

MAX_HEARING = 30.0  # seconds: as long as Whisper hears at once


def as_segments(cues: Sequence[Cue]) -> tuple[Segment, ...]:
    """Subtitles' cues as segments: nothing but times and text is known of them."""
    return tuple(Segment(cue.start, cue.end, cue.text) for cue in cues)


def grouped(
    segments: Sequence[Segment], name: str, language: str | None = None
) -> tuple[DecodedWindow, ...]:
    """Windows of at most `MAX_HEARING` seconds from one segment's start to another's end, numbered
    by start.

    A longer segment is a window of its own. Where segments overlap, a window ends with the next
    one's start; the segments keep their times. A segment that would run into the next one's first
    word gets a space at its end.
    """
    groups: list[list[Segment]] = []
    reached = 0.0  # where the last group ends
    for segment in sorted(segments, key=lambda segment: (segment.start, segment.end)):
        if groups and max(segment.end, reached) - groups[-1][0].start <= MAX_HEARING:
            groups[-1].append(segment)
            reached = max(segment.end, reached)
        else:
            groups.append([segment])
            reached = segment.end
    starts = [group[0].start for group in groups[1:]] + [float("inf")]
    return tuple(
        DecodedWindow(
            id=number,
            start=group[0].start,
            end=min(max(segment.end for segment in group), following),
            language=language,
            segments=_spaced(group),
            how=How(name),
        )
        for number, (group, following) in enumerate(zip(groups, starts, strict=False))
    )


def _spaced(group: Sequence[Segment]) -> tuple[Segment, ...]:
    following = [*(segment.text for segment in group[1:]), " "]
    return tuple(
        segment
        if segment.text[-1:].isspace() or after[:1].isspace()
        else replace(segment, text=segment.text + " ")
        for segment, after in zip(group, following, strict=True)
    )
