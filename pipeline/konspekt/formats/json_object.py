"""JSON objects, value by value: what is there is checked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from konspekt.formats.source import EXPORT_AGAIN, Place, Source, whole_characters
from konspekt.text.times import is_number


@dataclass(frozen=True, slots=True)
class JsonObject(Place):
    """An object in a file."""

    values: Mapping[str, Any]

    def value(self, *keys: str) -> Any:
        """Return what stands under the first of these keys that is there; None if none is."""
        for key in keys:
            if key in self.values:
                return self.values[key]
        return None

    def text(self, *keys: str) -> str:
        """Return a text, of whole characters. Raises FormatError where it is none."""
        value = self.value(*keys)
        if not isinstance(value, str):
            raise self.source.error(f"{self.where} has no text", EXPORT_AGAIN)
        return whole_characters(value)

    def time(self, key: str, otherwise: float | None = None) -> float:
        """Return a time in seconds; `otherwise` where none is there. Raises FormatError."""
        value = self.value(key)
        return self.seconds(otherwise if value is None else value)

    def figure(self, *keys: str) -> float | None:
        """Return a number that says something; None for anything else."""
        return finite_number(self.value(*keys))


def read_objects(
    source: Source, items: object, where: str, noun: str
) -> list[JsonObject]:
    """Return a list's objects, each with `noun` and its number for a place.

    `where` is the place of the list. Raises FormatError.
    """
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise source.error(f"{where}: not a list of objects", EXPORT_AGAIN)
    numbered = enumerate(items, start=1)
    return [JsonObject(source, noun, number, item) for number, item in numbered]


def finite_number(value: object) -> float | None:
    """Return a number as it is; None for anything else (NaN stands in some exports)."""
    if not is_number(value):
        return None
    try:
        number = float(value)
    except OverflowError:  # an int beyond every float
        return None
    return number if math.isfinite(number) else None
