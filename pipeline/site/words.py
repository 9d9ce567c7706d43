"""The words of the pages in the lecture's language, from `templates/site/words.toml`."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import SiteError

FALLBACK = "en"


@dataclass(frozen=True, slots=True)
class Words:
    """One language's words. `words.heard_by` in a template is the entry `heard_by`."""

    language: str
    entries: Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:
        try:
            return self.entries[name]
        except KeyError:
            raise AttributeError(f"words.toml has no {name!r}") from None

    def __getitem__(self, name: str) -> Any:
        return self.entries[name]

    def cause(self, cause: str) -> str:
        return str(self.entries["causes"].get(cause, cause))

    def reason(self, reason: str) -> str:
        """A rule may add a reason of its own: it is shown by its name."""
        return str(self.entries["reasons"].get(reason, reason))

    def number(self, value: float, digits: int = 0) -> str:
        return f"{value:.{digits}f}".replace(".", str(self.entries["decimal_point"]))

    def date(self, day: datetime.date) -> str:
        month = self.entries["months"][day.month - 1]
        return str(self.entries["date"]).format(day=day.day, month=month, year=day.year)


def load_words(path: Path, language: str) -> Words:
    """The words of `language`: English for what the file does not say in it."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        english = tables[FALLBACK]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError) as error:
        raise SiteError(
            f"the words of the pages cannot be read: {error}", path=path, remedy="Correct the file or remove it."
        ) from None
    own = tables.get(language, {})
    return Words(language, {**english, **own})
