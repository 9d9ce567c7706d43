"""STM of NIST's scorer: an utterance a line, with times and a speaker."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

from konspekt.formats.document import Document, Utterance
from konspekt.formats.nist import rows, with_alternates
from konspekt.formats.source import Format, Source, fields

_IGNORED = "ignore_time_segment_in_scoring"  # written in capitals or not
_LABEL = re.compile(r"<(?!\*>)[^<>\s]*>(?=[ \t]|$)[ \t]*")


def read(source: Source) -> Document:
    """Read lines `file channel speaker start end <label> text`, the label optional.

    `(words)` of a reference are optional ones. The id is file-channel-start, its time with three
    decimals; the speaker too, and then a number, where several begin together. Raises FormatError.
    """
    utterances = [_utterance(source, number, line) for number, line in rows(source)]
    return Document(FORMAT.name, _told_apart(utterances))


def _told_apart(utterances: list[Utterance]) -> tuple[Utterance, ...]:
    """Return every one with an id of its own.

    No field of a line has a space, so what follows one makes no other's id.
    """
    together = Counter(utterance.id for utterance in utterances)
    named = [
        f"{one.id} {one.speaker}" if together[one.id] > 1 else one.id
        for one in utterances
    ]
    before: Counter[str] = Counter()
    found: list[Utterance] = []
    for utterance, name in zip(utterances, named, strict=True):
        before[name] += 1
        found.append(
            replace(
                utterance, id=name if before[name] == 1 else f"{name} {before[name]}"
            )
        )
    return tuple(found)


def _utterance(source: Source, number: int, line: str) -> Utterance:
    row = fields(line, most=6)
    if len(row) < 5:
        remedy = "STM has: file channel speaker start end <label> text."
        raise source.error(f"line {number}: {len(row)} fields", remedy)
    file, channel, speaker, *written = row[:5]
    start, end = (source.written_seconds(time, number) for time in written)
    source.span(start, end, f"line {number}")
    text = _without_label(row[5] if len(row) > 5 else "")
    ignored = text.strip().lower() == _IGNORED
    text = "" if ignored else with_alternates(source, text)
    recording = f"{file}-{channel}"
    identity = f"{recording}-{start:.3f}"
    return Utterance(
        identity, text, start, end, speaker, ignored=ignored, recording=recording
    )


def _without_label(text: str) -> str:
    label = _LABEL.match(text)
    return text[label.end() :] if label else text


FORMAT = Format(
    "stm", "STM", (".stm",), read, scored_because="its lines are a corpus's"
)
