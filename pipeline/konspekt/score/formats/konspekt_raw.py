"""Konspekt's own `raw.json`: what was heard, before anything is set aside."""

from __future__ import annotations

from itertools import pairwise

from konspekt.artifacts.files import load_raw
from konspekt.data import Hearing
from konspekt.score.formats.source import Kind, Source
from konspekt.score.formats.utterance import TimedWord, Utterance

_SAME = 0.01  # seconds: Whisper's unit of time; less is rounding


def matches(source: Source) -> bool:
    """Whether the document has the fields of a raw transcript."""
    return isinstance(source.document, dict) and {"recording", "hearings"} <= set(source.document)


def read(source: Source) -> tuple[Utterance, ...]:
    """One utterance a hearing, in order. Raises FormatError, also where hearings share sound: both have its words."""
    hearings = load_raw(source.path).hearings
    for before, after in pairwise(hearings):
        if after.start < before.end - _SAME:
            raise source.error(
                f"hearings {before.id} and {after.id} share sound: its words would count twice",
                "Clean it first (konspekt clean) and score the transcript.json.",
            )
    return tuple(_utterance(source, hearing) for hearing in hearings)


def _utterance(source: Source, hearing: Hearing) -> Utterance:
    start, end = source.span(hearing.start, hearing.end, f"hearing {hearing.id}")
    words = tuple(TimedWord(word.text, word.start, word.end) for said in hearing.segments for word in said.words)
    return Utterance("", hearing.text, start, end, words=words)


KIND = Kind("Konspekt raw.json", (".json",), read, matches)
