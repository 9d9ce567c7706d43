"""Segments in the JSON of Whisper's relatives, value by value.

What is there is checked, what is not is None.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from konspekt.formats.document import Figures, SpokenWord, Utterance
from konspekt.formats.source import EXPORT_AGAIN, Source, whole_characters

_LANGUAGES = {
    "russian": "ru",
    "english": "en",
    "german": "de",
    "french": "fr",
    "spanish": "es",
    "ukrainian": "uk",
}


def objects(source: Source, value: object, where: str) -> list[Mapping[str, Any]]:
    """Return `value` as a list of objects. Raises FormatError."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise source.error(f"{where}: not a list of objects", EXPORT_AGAIN)
    return value


def read_segment(source: Source, item: Mapping[str, Any], number: int) -> Utterance:
    """Return a segment with `start`, `end` (seconds) and `text`.

    Its words, speaker and figures are read where they are there. An end before the start is
    taken for the start: tools round. Raises FormatError.
    """
    where = f"segment {number}"
    start = source.seconds(item.get("start"), where)
    end = max(start, source.seconds(item.get("end"), where))
    speaker = item.get("speaker")
    return Utterance(
        "",
        _text(source, item.get("text"), where),
        start,
        end,
        speaker if isinstance(speaker, str) else None,
        _words(source, item, start, end, where),
        figures=_figures(item),
    )


def _text(source: Source, value: object, where: str) -> str:
    if not isinstance(value, str):
        raise source.error(f"{where} has no text", EXPORT_AGAIN)
    return whole_characters(value)


def _figures(item: Mapping[str, Any]) -> Figures:
    return Figures(
        avg_logprob=figure(item.get("avg_logprob")),
        no_speech_prob=figure(item.get("no_speech_prob")),
        compression_ratio=figure(item.get("compression_ratio")),
        temperature=figure(item.get("temperature")),
    )


def figure(value: object) -> float | None:
    """Return a number that says something; None for anything else (NaN stands in some exports)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:  # an int beyond every float
        return None
    return number if math.isfinite(number) else None


def language(value: object) -> str | None:
    """Return a language as its code; None where it is not a known name or not a code."""
    if not isinstance(value, str):
        return None
    code = _LANGUAGES.get(value.lower(), value.lower())
    return code if 2 <= len(code) <= 3 and code.isascii() and code.isalpha() else None


def _words(
    source: Source, segment: Mapping[str, Any], start: float, end: float, where: str
) -> tuple[SpokenWord, ...]:
    """Return words in order.

    One without times (WhisperX gives digits none) fills the place between its neighbours.
    """
    items = objects(source, segment.get("words") or [], f"{where}: words")
    words: list[SpokenWord] = []
    now = start
    for number, (item, following) in enumerate(_with_next_starts(items, end), start=1):
        place = f"{where}, word {number}"
        text = _text(source, item.get("word", item.get("text")), place)
        first = _time(source, item.get("start"), now, place)
        otherwise = _time(source, following, end, place)
        now = max(first, _time(source, item.get("end"), otherwise, place))
        sure = figure(item.get("probability", item.get("score")))
        words.append(SpokenWord(text, first, now, sure))
    return tuple(words)


def _with_next_starts(
    items: Sequence[Mapping[str, Any]], end: float
) -> list[tuple[Mapping[str, Any], object]]:
    """Return each word with the start of the next one that has any; `end` where none has."""
    found: list[tuple[Mapping[str, Any], object]] = []
    following: object = end
    for item in reversed(items):
        found.append((item, following))
        if item.get("start") is not None:
            following = item["start"]
    return found[::-1]


def _time(source: Source, value: object, otherwise: float, where: str) -> float:
    return otherwise if value is None else source.seconds(value, where)
