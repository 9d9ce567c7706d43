"""Subtitles and other texts with times but without windows: cues grouped into hearings that share no sound."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from pipeline.data import Hearing, How, Segment
from pipeline.transcribe.importers.source import Source

MAX_HEARING = 30.0  # seconds: as long as Whisper hears at once
_TIME = re.compile(r"(?:(\d{1,6}):)?(\d{1,3}):(\d{1,2})[.,](\d{1,3})")
_ARROW = re.compile(rf"[ \t]*({_TIME.pattern})[ \t]*-->[ \t]*({_TIME.pattern})(?=[ \t]|$)")


@dataclass(slots=True)
class _Cue:
    line: int
    start: float
    end: float
    text: list[str]


def grouped(segments: Sequence[Segment], name: str, language: str | None = None) -> tuple[Hearing, ...]:
    """Hearings of at most `MAX_HEARING` seconds from one segment's start to another's end, numbered by start.

    A longer segment is a hearing of its own. Where segments overlap, a hearing ends with the next one's start; the
    segments keep their times. A segment that would run into the next one's first word gets a space at its end.
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
        Hearing(
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
        segment if segment.text[-1:].isspace() or after[:1].isspace() else replace(segment, text=segment.text + " ")
        for segment, after in zip(group, following, strict=True)
    )


def read_cues(source: Source, first_line: int, plain: Callable[[str], str]) -> tuple[Segment, ...]:
    """The cues of subtitles from a line on: `start --> end`, then text up to the next cue.

    `plain` takes the format's marks out of a cue's text; a cue without words is left out. Blank lines inside a text do
    not end it. Raises FormatError for text before the first cue, and where there is none.
    """
    cues: list[_Cue] = []
    before: list[str] = []  # lines since the last time line
    for number, line in enumerate(source.lines[first_line:], start=first_line + 1):
        arrow = _ARROW.match(line)
        if arrow is None:
            before.append(line)
            continue
        _close(source, cues, _without_name(before, len(cues)), number)
        start, end = _seconds(source, arrow[1], number), _seconds(source, arrow[6], number)
        cues.append(_Cue(number, start, max(start, end), []))
        before = []
    if not cues:
        raise source.error("there is no cue in it", "A cue begins with a line like 00:00:01,000 --> 00:00:04,000.")
    cues[-1].text = before
    texts = ((cue, plain("\n".join(cue.text)).strip("\n")) for cue in cues)
    return tuple(Segment(cue.start, cue.end, text) for cue, text in texts if text.strip())


def _close(source: Source, cues: list[_Cue], lines: list[str], number: int) -> None:
    """Gives the lines before a time line to the cue before it."""
    if cues:
        cues[-1].text = lines
    elif any(line.strip() for line in lines):
        raise source.error(f"there is text before the first cue (line {number})", "Take it out.")


def _without_name(lines: list[str], cues: int) -> list[str]:
    """The lines without the number or name of the cue that follows them: one line after a blank one, or the number
    that is due."""
    if not lines or not lines[-1].strip():
        return lines
    alone = not lines[-2].strip() if len(lines) > 1 else not cues
    return lines[:-1] if alone or lines[-1].strip() == str(cues + 1) else lines


def _seconds(source: Source, written: str, line: int) -> float:
    match = _TIME.fullmatch(written)
    assert match is not None  # a part of what _ARROW matched
    hours, minutes, seconds, fraction = match.groups()
    value = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) + int(fraction.ljust(3, "0")) / 1000
    return source.seconds(value, f"line {line}")
