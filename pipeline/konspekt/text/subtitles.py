"""Subtitles: SubRip and WebVTT as cues. One reader for raw transcripts and for references.

SubRip: numbered cues, `00:00:01,000 --> 00:00:04,000`, text. WebVTT
(https://www.w3.org/TR/webvtt1/): `WEBVTT`, cues, and blocks that are no text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from konspekt.errors import FormatError
from konspekt.text.encoding import lines_of
from konspekt.text.times import checked_seconds

_TIME = re.compile(r"(?:(\d{1,6}):)?(\d{1,3}):(\d{1,2})[.,](\d{1,3})")
_ARROW = re.compile(rf"[ \t]*({_TIME.pattern})[ \t]*-->[ \t]*({_TIME.pattern})(?=[ \t]|$)")
# Times that nothing shows at: negative, without a fraction, of too many digits. As text they would
# be lost in silence.
_LIKE_TIMES = re.compile(
    r"[ \t]*[-+]?\d[\d.,]*:[\d:.,]*[ \t]*-->[ \t]*[-+]?\d[\d.,]*:[\d:.,]*(?=[ \t]|$)"
)
_TIMES = "A cue begins with a line like 00:00:01,000 --> 00:00:04,000."
# SubRip's marks that players know; other angle brackets are text.
_MARKS = re.compile(
    r"</?(?:i|b|u|s|font)(?:[ \t][^<>\n]{0,200})?>|\{\\[^{}\n]{0,200}\}", re.IGNORECASE
)
_TAGS = re.compile(r"<(?!\*>)[^<>\n]{0,1000}>")  # `<*>` is a reference's wildcard
_ENTITIES = {
    "&lt;": "<",
    "&gt;": ">",
    "&nbsp;": "\xa0",
    "&lrm;": "\u200e",
    "&rlm;": "\u200f",
    "&amp;": "&",
}
_ENTITY = re.compile("|".join(_ENTITIES))
_NO_TEXT = ("NOTE", "STYLE", "REGION")


@dataclass(frozen=True, slots=True)
class Cue:
    """A text and when it is shown, in seconds."""

    start: float
    end: float
    text: str


def srt_cues(path: Path, text: str) -> tuple[Cue, ...]:
    """The cues of SubRip; their text as it is, line breaks too, without the marks for italics,
    bold, colour and place.

    `path` is for messages. Raises FormatError.
    """
    return _cues(path, lines_of(text), lambda marked: _MARKS.sub("", marked))


def vtt_cues(path: Path, text: str) -> tuple[Cue, ...]:
    """The cues of WebVTT, line breaks too, without tags (`<v Name>`, `<i>`, `<00:00:01.000>`: a
    speaker's name is lost) and with its six entities as characters. Notes and styles are left out.
    Raises FormatError; `path` is for messages.
    """
    lines = lines_of(text)
    if not re.match(r"WEBVTT(?:[ \t]|$)", lines[0]):
        raise FormatError(
            "its first line is not WEBVTT",
            path=path,
            remedy="Give a subtitle file its own ending: .srt or .vtt.",
        )
    return _cues(
        path,
        _cue_lines(lines),
        lambda tagged: _ENTITY.sub(lambda m: _ENTITIES[m[0]], _TAGS.sub("", tagged)),
    )


def _cue_lines(lines: list[str]) -> list[str]:
    """The lines with those of the header, notes, styles and regions made blank, so that numbers
    stay right.
    """
    kept: list[str] = []
    skipping = True  # the header reaches to the first blank line, or the first time line
    for line in lines:
        begins_block = not kept or not kept[-1].strip()
        if begins_block and line.split(" ", 1)[0].rstrip() in _NO_TEXT and "-->" not in line:
            skipping = True
        elif not line.strip() or (skipping and "-->" in line):
            skipping = False
        kept.append("" if skipping else line)
    return kept


def _cues(path: Path, lines: list[str], plain: Callable[[str], str]) -> tuple[Cue, ...]:
    """`start --> end`, then text up to the next cue; blank lines inside a text do not end it.

    `plain` takes the format's marks out of a cue's text; a cue without words is left out. Raises
    FormatError for text before the first cue, and where there is none.
    """
    times: list[tuple[float, float]] = []
    texts: list[list[str]] = []
    before: list[str] = []  # lines since the last time line
    for number, line in enumerate(lines, start=1):
        arrow = _ARROW.match(line)
        if arrow is None:
            if _LIKE_TIMES.match(line):
                raise FormatError(
                    f"line {number}: these are not a cue's times", path=path, remedy=_TIMES
                )
            before.append(line)
            continue
        said = _without_name(before, len(times))
        if times:
            texts.append(said)
        elif any(line.strip() for line in said):
            raise FormatError(
                f"there is text before the first cue (line {number})",
                path=path,
                remedy="Take it out.",
            )
        start, end = _seconds(path, arrow[1], number), _seconds(path, arrow[6], number)
        times.append((start, max(start, end)))
        before = []
    if not times:
        raise FormatError("there is no cue in it", path=path, remedy=_TIMES)
    said_plain = (plain("\n".join(said)).strip("\n") for said in [*texts, before])
    return tuple(
        Cue(*time, text) for time, text in zip(times, said_plain, strict=True) if text.strip()
    )


def _without_name(lines: list[str], cues: int) -> list[str]:
    """The lines without the number or name of the cue that follows them: one line after a blank
    one, or the number that is due.
    """
    if not lines or not lines[-1].strip():
        return lines
    alone = not lines[-2].strip() if len(lines) > 1 else not cues
    return lines[:-1] if alone or lines[-1].strip() == str(cues + 1) else lines


def _seconds(path: Path, written: str, line: int) -> float:
    match = _TIME.fullmatch(written)
    assert match is not None  # a part of what _ARROW matched
    hours, minutes, seconds, fraction = match.groups()
    value = (
        int(hours or 0) * 3600
        + int(minutes) * 60
        + int(seconds)
        + int(fraction.ljust(3, "0")) / 1000
    )
    return checked_seconds(path, value, f"line {line}")
