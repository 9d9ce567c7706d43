"""Cues, of which subtitles are made: `00:00:01,000 --> 00:00:04,000`, and the text below it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from konspekt.data import Sentence, Transcript
from konspekt.formats.document import Utterance
from konspekt.formats.source import Line, Section, Source, check_order, split_at
from konspekt.sanitize import sanitize
from konspekt.text.times import stamp

_TIME = r"(?:(\d{1,6}):)?(\d{1,3}):(\d{1,2})[.,](\d{1,3})"
_ARROW = re.compile(rf"[ \t]*{_TIME}[ \t]*-->[ \t]*{_TIME}(?=[ \t]|$)")
# Times that nothing shows at: negative, without a fraction, of too many digits. As text they would
# be lost in silence.
_LIKE_TIMES = re.compile(
    r"[ \t]*[-+]?\d[\d.,]*:[\d:.,]*[ \t]*-->[ \t]*[-+]?\d[\d.,]*:[\d:.,]*(?=[ \t]|$)"
)
_TIMES = "A cue begins with a line like 00:00:01,000 --> 00:00:04,000."


def read_cues(
    source: Source, unmark: Callable[[Utterance], Utterance]
) -> tuple[Utterance, ...]:
    """Return the cues that hold words: `start --> end`, then text up to the next cue.

    Blank lines inside a text do not end it; an end before its start is taken for the start.
    `unmark` takes a format's marks out of a cue's text. Raises FormatError for text before the
    first cue, for cues out of order, and where there is no cue.
    """
    _check_times(source)
    cues = [unmark(_read_cue(section)) for section in _split(source)]
    shown = tuple(cue for cue in cues if cue.text.strip())
    check_order(source, shown, "cue")
    return shown


def _check_times(source: Source) -> None:
    """Raise FormatError for times that no cue begins with."""
    for line in source.lines:
        if _LIKE_TIMES.match(line.text) and not _ARROW.match(line.text):
            raise line.error("these are not a cue's times", _TIMES)


def _split(source: Source) -> list[Section]:
    """Return the lines of each cue, without its number or name. Raises FormatError."""
    before, cues = split_at(_ARROW, source.lines)
    if not cues:
        raise source.error("there is no cue in it", _TIMES)
    _check_before(before, cues[0])
    *others, last = cues
    unnamed: list[Section] = []
    for due, cue in enumerate(others, start=2):
        rest = _without_name(cue.rest, due)
        unnamed.append(replace(cue, rest=rest))
    return [*unnamed, last]


def _check_before(before: list[Line], cue: Section) -> None:
    """Raise FormatError where the first cue has more before it than its number or name."""
    texts = [line.text for line in before]
    if any(text.strip() for text in _without_name(texts, due=1)):
        what = f"there is text before the first cue ({cue.first.where})"
        raise cue.first.source.error(what, "Take it out.")


def _without_name(lines: list[str], due: int) -> list[str]:
    """Return the lines without the number or name of the cue that follows them.

    It is one line after a blank one, or the number that is due.
    """
    if not lines or not lines[-1].strip():
        return lines
    *others, last = lines
    is_alone = not others[-1].strip() if others else due == 1
    is_number = last.strip() == str(due)
    return others if is_alone or is_number else lines


def _read_cue(section: Section) -> Utterance:
    """Return a cue with its text as it is marked. Raises FormatError."""
    times = section.match.groups()
    start = _read_seconds(section.first, times[:4])
    end = _read_seconds(section.first, times[4:])
    marked = "\n".join(section.rest)
    return Utterance("", marked, start, max(start, end))


def _read_seconds(line: Line, parts: Sequence[str | None]) -> float:
    hours, minutes, seconds, fraction = (part or "0" for part in parts)
    whole = int(hours) * 3600 + int(minutes) * 60 + int(seconds)
    milliseconds = int(fraction.ljust(3, "0"))
    return line.seconds(whole + milliseconds / 1000)


# --------------------------------------------------------------------------------------------------


def shown_sentences(transcript: Transcript) -> list[Sentence]:
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
