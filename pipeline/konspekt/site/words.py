"""The words of the pages in the lecture's language, from `templates/site/words.toml`."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from konspekt.course.templates import shipped_folder
from konspekt.data import Wording, names
from konspekt.errors import SiteError
from konspekt.formats import page_words
from konspekt.site.forms import fill
from konspekt.text.translate import translate

FALLBACK = "en"
_NO_WORDING: Wording = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class PageWords:
    """One language's words. `words.no_text` in a template is the entry `no_text`."""

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
        """Return what the pages call the cause of a gap."""
        return str(self.entries["causes"].get(cause, cause))

    def reason(self, reason: str) -> str:
        """Return what the pages call a reason; its name if they have no words for it."""
        return str(self.entries.get("reasons", {}).get(reason, reason))

    def because(self, code: str, figures: Mapping[str, Any]) -> str:
        """Return why a span was removed: the sentence of its code with the figures.

        Where this language has no such sentence, or a figure is missing: the evidence's own words.
        """
        form, own_words = self._entry("removed_because", code), figures.get(names.WORDS)
        sentence = None if form is None else fill(form, figures, self.number)
        return sentence or (own_words if isinstance(own_words, str) else "")

    def without(self, line: str) -> str:
        """Return what cleaning did without: the sentence of the code before the colon, or the
        line as it is.
        """
        return self._entry("done_without", line.partition(":")[0]) or line

    def transcribed_by(self, model: str) -> str:
        """Return the name of the model, or what kind of transcript was there already."""
        names = model.split(" + ")
        return " + ".join(
            self._entry("ready_transcripts", name) or name for name in names
        )

    def problem(self, problem: str) -> str:
        """Return what went wrong with the notes, in this language."""
        return translate(problem, self.entries.get("problems", {}))

    def dropped_because(self, reason: str) -> str:
        """Return why a language model's statement left the notes, in this language."""
        return translate(reason, self.entries.get("dropped_because", {}))

    def _entry(self, table: str, code: str) -> str | None:
        """Return an entry of a table; None if a course's own words lack it."""
        entry = self.entries.get(table, {}).get(code)
        return None if entry is None else str(entry)

    def number(self, value: float, digits: int = 0) -> str:
        """Return a number with the decimal point of the language."""
        return f"{value:.{digits}f}".replace(".", str(self.entries["decimal_point"]))

    def date(self, day: datetime.date) -> str:
        """Return a date as the language writes it."""
        month = self.entries["months"][day.month - 1]
        return str(self.entries["date"]).format(day=day.day, month=month, year=day.year)


def load_words(path: Path, language: str, wording: Wording = _NO_WORDING) -> PageWords:
    """Return the words of `language`.

    `wording` holds the words that the stages bring for what they write. The file may have other
    words for any of them. For what the file lacks in this language there is English. For what it
    lacks altogether there is Konspekt's own file: a course's file may be older than an entry.
    """
    shipped = _shipped_words()
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        english = tables[FALLBACK]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError) as error:
        raise SiteError(
            f"the words of the pages cannot be read: {error}",
            path=path,
            remedy="Correct the file or remove it.",
        ) from None
    entries = {
        **shipped[FALLBACK],
        **shipped.get(language, {}),
        **english,
        **tables.get(language, {}),
    }
    for tables_of in (wording.get(FALLBACK, {}), wording.get(language, {})):
        for table, brought in tables_of.items():
            entries[table] = {**entries.get(table, {}), **brought}
    for table in wording.get(FALLBACK, {}):
        entries[table] |= tables.get(language, {}).get(table, {})
    return PageWords(language, entries)


@cache
def _shipped_words() -> Mapping[str, Any]:
    """Return Konspekt's own words by language, with those of the formats."""
    path = shipped_folder() / "site" / "words.toml"
    tables: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    for language, table in tables.items():
        table["ready_transcripts"] = page_words(language)
    return tables
