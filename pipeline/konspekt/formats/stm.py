"""STM of NIST's scorer: an utterance a line, with times and a speaker."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from konspekt.formats.document import Document, Utterance
from konspekt.formats.format import Format
from konspekt.formats.nist import rows_of, with_alternates
from konspekt.formats.source import Line, Source

_IGNORED = "ignore_time_segment_in_scoring"  # written in capitals or not
_LABEL = re.compile(r"^<(?!\*>)[^<>\s]*>(?=[ \t]|$)[ \t]*")


def read(source: Source) -> Document:
    """Read lines `file channel speaker start end <label> text`, the label optional.

    `(words)` of a reference are optional ones. The id is file-channel-start, its time with three
    decimals; the speaker too, and then a number, where several begin together. Raises FormatError.
    """
    utterances = [_read_line(line) for line in rows_of(source)]
    return Document(FORMAT.name, tuple(_tell_apart(utterances)))


def _tell_apart(utterances: Sequence[Utterance]) -> Iterator[Utterance]:
    """Yield every one with an id of its own.

    No field of a line has a space, so what follows one makes no other's id.
    """
    together = Counter(utterance.id for utterance in utterances)
    seen: Counter[str] = Counter()
    for utterance in utterances:
        name = utterance.id
        if together[name] > 1:
            name = f"{name} {utterance.speaker}"
        seen[name] += 1
        number = seen[name]
        yield replace(utterance, id=name if number == 1 else f"{name} {number}")


def _read_line(line: Line) -> Utterance:
    fields = line.fields(maxsplit=5)
    if len(fields) < 5:
        remedy = "STM has: file channel speaker start end <label> text."
        raise line.error(f"{len(fields)} fields", remedy)
    file, channel, speaker, *times = fields[:5]
    start, end = _read_times(line, times)
    text = _LABEL.sub("", "".join(fields[5:]))
    ignored = text.strip().lower() == _IGNORED
    recording = f"{file}-{channel}"
    return Utterance(
        f"{recording}-{start:.3f}",
        "" if ignored else with_alternates(line.source, text),
        start,
        end,
        speaker,
        ignored=ignored,
        recording=recording,
    )


def _read_times(line: Line, times: Sequence[str]) -> tuple[float, float]:
    start, end = (line.written_seconds(time) for time in times)
    if end < start:
        what = f"{line.where} ends at {end:g} s, before it starts ({start:g} s)"
        raise line.source.error(what, "Correct its times.")
    return start, end


FORMAT = Format(
    "stm", "STM", (".stm",), read, scored_because="its lines are a corpus's"
)
