"""Cues, of which subtitles are made: `00:00:01,000 --> 00:00:04,000`, and the text below it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from konspekt.data import Sentence, Transcript
from konspekt.errors import FormatError
from konspekt.formats.document import Utterance
from konspekt.formats.source import Source, check_order
from konspekt.sanitize import sanitize
from konspekt.text.times import checked_seconds, stamp

_TIME = re.compile(r"(?:(\d{1,6}):)?(\d{1,3}):(\d{1,2})[.,](\d{1,3})")
_ARROW = re.compile(
    rf"[ \t]*({_TIME.pattern})[ \t]*-->[ \t]*({_TIME.pattern})(?=[ \t]|$)"
)
# Times that nothing shows at: negative, without a fraction, of too many digits. As text they would
# be lost in silence.
_LIKE_TIMES = re.compile(
    r"[ \t]*[-+]?\d[\d.,]*:[\d:.,]*[ \t]*-->[ \t]*[-+]?\d[\d.,]*:[\d:.,]*(?=[ \t]|$)"
)
_TIMES = "A cue begins with a line like 00:00:01,000 --> 00:00:04,000."


@dataclass(frozen=True, slots=True)
class Cue:
    """A text and when it is shown, in seconds."""

    start: float
    end: float
    text: str
    speaker: str | None = None


def utterances_of(source: Source, cues: tuple[Cue, ...]) -> tuple[Utterance, ...]:
    """Return one utterance a cue. Raises FormatError where one starts before the cue above it."""
    utterances = tuple(
        Utterance("", cue.text, cue.start, cue.end, cue.speaker) for cue in cues
    )
    return check_order(source, utterances, "cue")


def cues_of(
    path: Path,
    lines: list[str],
    plain: Callable[[str], str],
    speaker: Callable[[str], str | None] = lambda _: None,
) -> tuple[Cue, ...]:
    """Return the cues that hold words: `start --> end`, then text up to the next cue.

    Blank lines inside a text do not end it; an end before its start is taken for the start. `plain`
    takes the format's marks out of a cue's text, `speaker` finds a name in it. Raises FormatError
    for text before the first cue, and where there is no cue.
    """
    cues: list[Cue] = []
    for start, end, text in _times_and_texts(path, lines):
        shown = plain(text).strip("\n")
        if shown.strip():
            cues.append(Cue(start, max(start, end), shown, speaker(text)))
    return tuple(cues)


def _times_and_texts(path: Path, lines: list[str]) -> list[tuple[float, float, str]]:
    """Return every cue's start, end and text, in the file's order. Raises FormatError."""
    arrows = _time_lines(path, lines)
    if not arrows:
        raise FormatError("there is no cue in it", path=path, remedy=_TIMES)
    first = arrows[0][0]
    if "".join(_without_name(lines[:first], 0)).strip():
        what = f"there is text before the first cue (line {first + 1})"
        raise FormatError(what, path=path, remedy="Take it out.")
    following = [index for index, _ in arrows[1:]]
    found = []
    for cues, (index, arrow) in enumerate(arrows, start=1):
        start, end = (
            _seconds(path, written, index + 1) for written in (arrow[1], arrow[6])
        )
        text = lines[index + 1 :]
        if cues <= len(following):
            text = _without_name(lines[index + 1 : following[cues - 1]], cues)
        found.append((start, end, "\n".join(text)))
    return found


def _time_lines(path: Path, lines: list[str]) -> list[tuple[int, re.Match[str]]]:
    """Return the lines that begin a cue, by index. Raises FormatError for broken times."""
    found = []
    for index, line in enumerate(lines):
        if arrow := _ARROW.match(line):
            found.append((index, arrow))
        elif _LIKE_TIMES.match(line):
            what = f"line {index + 1}: these are not a cue's times"
            raise FormatError(what, path=path, remedy=_TIMES)
    return found


def _without_name(lines: list[str], cues: int) -> list[str]:
    """Return the lines without the number or name of the cue that follows them.

    It is one line after a blank one, or the number that is due.
    """
    if not lines or not lines[-1].strip():
        return lines
    alone = not lines[-2].strip() if len(lines) > 1 else not cues
    return lines[:-1] if alone or lines[-1].strip() == str(cues + 1) else lines


def _seconds(path: Path, written: str, line: int) -> float:
    match = _TIME.fullmatch(written)
    assert match is not None  # a part of what _ARROW matched
    hours, minutes, seconds, fraction = match.groups()
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return checked_seconds(
        path, whole + int(fraction.ljust(3, "0")) / 1000, f"line {line}"
    )


# --------------------------------------------------------------------------------------------------


def spoken(transcript: Transcript) -> list[Sentence]:
    """Return the sentences that are cues: those that hold anything but blanks."""
    return [sentence for sentence in transcript.sentences if sentence.reading.strip()]


def times_line(sentence: Sentence, point: str) -> str:
    """Return a cue's times, at least a millisecond long; `point` stands before the milliseconds."""
    end = max(sentence.end, sentence.start + 0.001)
    return f"{stamp(sentence.start, point)} --> {stamp(end, point)}"


def cue_text(sentence: Sentence) -> str:
    """Return a sentence on one line, without what a player or a terminal would obey."""
    # the arrow would read as a cue's times
    return sanitize(sentence.reading).replace("-->", "→")
