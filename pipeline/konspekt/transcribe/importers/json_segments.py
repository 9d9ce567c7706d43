"""Segments in the JSON of Whisper's relatives, value by value: what is there is checked, what is
not is None.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from konspekt.data import Segment, Word
from konspekt.transcribe.importers.source import Source, whole_characters

_LANGUAGES = {
    "russian": "ru",
    "english": "en",
    "german": "de",
    "french": "fr",
    "spanish": "es",
    "ukrainian": "uk",
}
_FIGURES = ("avg_logprob", "no_speech_prob", "compression_ratio", "temperature")


def objects(source: Source, value: object, where: str) -> list[Mapping[str, Any]]:
    """`value` as a list of objects. Raises FormatError."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise source.error(f"{where} is not a list of objects", "Export the transcript again.")
    return value


def read_segment(source: Source, item: Mapping[str, Any], number: int) -> Segment:
    """A segment with `start`, `end` (seconds), `text`, and where they are there its words and
    figures.

    An end before the start is taken for the start. Raises FormatError.
    """
    where = f"segment {number}"
    start = source.seconds(item.get("start"), where)
    end = max(start, source.seconds(item.get("end"), where))
    text = item.get("text")
    if not isinstance(text, str):
        raise source.error(
            f"{where}: its text is {type(text).__name__}", "Export the transcript again."
        )
    words = objects(source, item.get("words") or [], f"{where}: words")
    figures = {name: figure(item.get(name)) for name in _FIGURES}
    return Segment(
        start,
        end,
        whole_characters(text),
        tuple(_words(source, words, start, end, where)),
        **figures,
    )


def figure(value: object) -> float | None:
    """A number that says something; None for anything else (NaN stands in some exports)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:  # an int beyond every float
        return None
    return number if math.isfinite(number) else None


def language(value: object) -> str | None:
    """A language as its code; None where it is not a known name or not a code."""
    if not isinstance(value, str):
        return None
    code = _LANGUAGES.get(value.lower(), value.lower())
    return code if 2 <= len(code) <= 3 and code.isascii() and code.isalpha() else None


def _words(
    source: Source, items: Sequence[Mapping[str, Any]], start: float, end: float, where: str
) -> Iterator[Word]:
    """Words in order. One without times (WhisperX gives digits none) fills the place between its
    neighbours.
    """
    now = start
    following = _next_starts(items, end)
    for index, item in enumerate(items):
        text = item.get("word", item.get("text"))
        if not isinstance(text, str):
            raise source.error(f"{where}: word {index} has no text", "Export the transcript again.")
        began = _time(source, item.get("start"), now, where)
        ended = max(
            began,
            _time(source, item.get("end"), _time(source, following[index], end, where), where),
        )
        yield Word(
            began, ended, whole_characters(text), figure(item.get("probability", item.get("score")))
        )
        now = ended


def _next_starts(items: Sequence[Mapping[str, Any]], end: float) -> list[object]:
    """For each word the start of the next one that has any; `end` where none has."""
    found: list[object] = []
    following: object = end
    for item in reversed(items):
        found.append(following)
        following = following if item.get("start") is None else item["start"]
    return found[::-1]


def _time(source: Source, value: object, otherwise: float, where: str) -> float:
    return otherwise if value is None else source.seconds(value, where)
