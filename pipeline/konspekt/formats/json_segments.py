"""Segments in the JSON of Whisper's relatives. What is there is checked, what is not is None."""

from __future__ import annotations

import re
from collections.abc import Sequence

from konspekt.formats.document import Figures, SpokenWord, Utterance
from konspekt.formats.json_object import JsonObject, read_objects

_CODE = re.compile("[a-z]{2,3}")
_LANGUAGES = {
    "russian": "ru",
    "english": "en",
    "german": "de",
    "french": "fr",
    "spanish": "es",
    "ukrainian": "uk",
}


def read_segment(item: JsonObject) -> Utterance:
    """Return a segment with `start`, `end` (seconds) and `text`.

    Its words, speaker and figures are read where they are there. An end before the start is
    taken for the start: tools round. Raises FormatError.
    """
    start = item.time("start")
    end = max(start, item.time("end"))
    speaker = item.value("speaker")
    return Utterance(
        "",
        item.text("text"),
        start,
        end,
        speaker if isinstance(speaker, str) else None,
        read_words(item, start, end),
        figures=_read_figures(item),
    )


def _read_figures(item: JsonObject) -> Figures:
    return Figures(
        avg_logprob=item.figure("avg_logprob"),
        no_speech_prob=item.figure("no_speech_prob"),
        compression_ratio=item.figure("compression_ratio"),
        temperature=item.figure("temperature"),
    )


def read_words(segment: JsonObject, start: float, end: float) -> tuple[SpokenWord, ...]:
    """Return the words of a segment in order. Raises FormatError.

    One without times (WhisperX gives digits none) fills the place between its neighbours.
    """
    place = segment.where
    written = segment.value("words") or []
    items = read_objects(segment.source, written, f"{place}: words", f"{place}, word")
    words: list[SpokenWord] = []
    now = start
    for item, next_start in zip(items, _next_starts(items, end), strict=True):
        word = _read_word(item, now, next_start)
        words.append(word)
        now = word.end
    return tuple(words)


def _read_word(item: JsonObject, before: float, after: float) -> SpokenWord:
    """Return a word, without times of its own from `before` to `after`."""
    text = item.text("word", "text")
    start = item.time("start", before)
    end = max(start, item.time("end", after))
    return SpokenWord(text, start, end, item.figure("probability", "score"))


def _next_starts(items: Sequence[JsonObject], end: float) -> list[float]:
    """Return for each word the start of the next one that has any; `end` where none has."""
    starts: list[float] = []
    for item in reversed(items):
        starts.append(end)
        end = item.time("start", end)
    return starts[::-1]


def read_language(value: object) -> str | None:
    """Return a language as its code; None where it is not a known name or not a code."""
    if not isinstance(value, str):
        return None
    name = value.lower()
    code = _LANGUAGES.get(name, name)
    return code if _CODE.fullmatch(code) else None
