"""Why text is removed: reasons, the codes of each, and what a page says of them.

A reason is one word in `removed.jsonl`. Its codes are the ways in which it comes about. Each code
has one sentence a language, with figures in braces as `konspekt.site.forms` fills them. A reason
and a code are declared by the module that gives them; the reasons here are given by several.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from konspekt.data import names

Figure = str | int | float
ByLanguage = Mapping[str, str]  # the same text by language: "en", "ru"

_FIGURE = re.compile(r"\{(\w+)")


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason for a removal."""

    name: str  # in `removed.jsonl`
    words: ByLanguage  # on a page


@dataclass(frozen=True, slots=True)
class Code:
    """One way in which a reason comes about."""

    name: str  # in `removed.jsonl`
    reason: Reason
    sentences: ByLanguage  # on a page, with the figures of the explanation in braces
    redacts: bool = False  # the removed words may stand nowhere but in `raw.json`

    def because(
        self,
        words: str,
        figures: Mapping[str, Figure] | None = None,
        *,
        other_window: int | None = None,
        phrase: str | None = None,
    ) -> Explanation:
        """Return the explanation of a removal; `words` say it in English.

        Raises ValueError where a figure of the code's sentences is missing.
        """
        given = dict(figures or {})
        missing = self.figures() - set(given)
        if phrase is not None:
            missing -= {"phrase"}
        if missing:
            raise ValueError(f"{self.name!r} needs {', '.join(sorted(missing))}")
        return Explanation(self, words, given, other_window, phrase)

    def figures(self) -> frozenset[str]:
        """Return the names of the figures that the sentences have."""
        return frozenset(
            name
            for sentence in self.sentences.values()
            for name in _FIGURE.findall(sentence)
        )


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why one span is removed."""

    code: Code
    words: str  # English, for whoever reads `removed.jsonl`
    figures: Mapping[str, Figure]
    # id of the window whose kept text holds the same sound
    other_window: int | None = None
    phrase: str | None = None  # the recurring or listed phrase that the span is, folded


@dataclass(frozen=True, slots=True)
class Shortfall:
    """What cleaning did without."""

    name: str  # before the colon, in `quality.json`
    sentences: ByLanguage  # on a page

    def line(self, words: str) -> str:
        """Return the line of `quality.json`: the name, a colon, English words."""
        return f"{self.name}: {words}"


OVERLAP = Reason(names.OVERLAP, {"en": "transcribed twice", "ru": "распознано дважды"})
PHRASE = Reason(
    "phrase",
    {
        "en": "a recurring hallucination of Whisper",
        "ru": "повторяющаяся галлюцинация Whisper",
    },
)
PERSON = Reason("person", {"en": "removed by a person", "ru": "удалено человеком"})
UNSUPPORTED = Reason(
    "unsupported",
    {"en": "nothing else bears it out", "ru": "больше ничем не подтверждено"},
)
