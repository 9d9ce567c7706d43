"""Konspekt's own `raw.json`: what was heard, before anything is removed."""

from __future__ import annotations

from itertools import pairwise

from konspekt.artifacts.files import load_raw
from konspekt.data import DecodedWindow
from konspekt.score.formats.source import Kind, Source
from konspekt.score.formats.utterance import TimedWord, Utterance

_SAME = 0.01  # seconds: Whisper's unit of time; less is rounding


def matches(source: Source) -> bool:
    """Whether the document has the fields of a raw transcript."""
    return isinstance(source.document, dict) and {"recording", "windows"} <= set(source.document)


def read(source: Source) -> tuple[Utterance, ...]:
    """One utterance a window, in order. Raises FormatError, also where windows share sound: both
    have its words.
    """
    decoded_windows = load_raw(source.path).windows
    for before, after in pairwise(decoded_windows):
        if after.start < before.end - _SAME:
            raise source.error(
                f"windows {before.id} and {after.id} share sound: its words would count twice",
                "Clean it first (konspekt clean) and score the transcript.json.",
            )
    return tuple(_utterance(source, window) for window in decoded_windows)


def _utterance(source: Source, window: DecodedWindow) -> Utterance:
    start, end = source.span(window.start, window.end, f"window {window.id}")
    words = tuple(
        TimedWord(word.text, word.start, word.end)
        for said in window.segments
        for word in said.words
    )
    return Utterance("", window.text, start, end, words=words)


KIND = Kind("Konspekt raw.json", (".json",), read, matches)
