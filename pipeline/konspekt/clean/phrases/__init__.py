"""The lists of phrases that Whisper invents, and the policy for each.

`LANGUAGE.tsv` has a policy, a kind, a phrase and, where that is a shape, examples of it a line;
`others.tsv` holds the languages of which little is listed:

- `anywhere`: never said in a lecture; removed wherever it stands as a sentence of its own
- `thin`: could be said; removed only as a whole sentence of a window with next to no other text
- `room`: said to the room («Пожалуйста, подойдите к микрофону»): a pause after it is
  natural, so its window is not suspicious for being thin

A `text` is compared without case and punctuation. A `shape` is a regular expression, of a sentence
of its own (`anywhere`: capitals count, but where a nickname is unmistakable) or of a whole one
(`thin`: without case). `bracketed` is a text between brackets or notes, a `stem` is how a word
begins, an `ending` how it ends. All languages are used for every lecture: a decoder invents credits
in whichever language it learned them. What people politely say («Спасибо», «Да, да», «Хорошо») is
in no list. `BoH.csv` is used under `thin`; see NOTICE.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable

# The shorter ones of the Bag of Hallucinations are things people say ("i don t know", "oh i see",
# "woof").
MIN_LISTED_WORDS = 5

_BEFORE = r"(?:^|(?<=[.!?…,\s]))"
_AFTER = r"(?=\s*$|[.!?…。！]|\s+[A-ZА-ЯЁІЇЄ«\"])"
_BRACKETS = r"[\[(*♪♫]+\s*(?:{})[.!…]*\s*[\])*♪♫]+"


ANYWHERE_SHAPE = ("anywhere", "shape")
THIN_SHAPE = ("thin", "shape")


@dataclass(frozen=True, slots=True)
class Lists:
    """What the lists of all languages hold, by policy."""

    anywhere: re.Pattern[str]  # one for all shapes: a window is searched once
    thin: frozenset[str]  # texts, as `plain` gives them
    thin_shapes: tuple[re.Pattern[str], ...]
    captions: frozenset[str]  # of what stands in brackets, as `plain` gives them
    room_stems: tuple[str, ...]
    room_endings: tuple[str, ...]


def plain(text: str) -> str:
    """Return a text as the lists are compared: small letters and digits, single spaces."""
    return " ".join(re.findall(r"[^\W_]+", text.casefold().replace("ё", "е")))


@lru_cache(maxsize=1)
def lists() -> Lists:
    """Return every list that ships."""
    rows = [
        row
        for path in sorted(_folder().iterdir(), key=str)
        if path.name.endswith(".tsv")
        for row in _rows(path)
    ]
    listed = (
        row["prediction"]
        for row in csv.DictReader(
            _folder().joinpath("BoH.csv").read_text("utf-8").splitlines()
        )
    )
    thin = {
        plain(phrase)
        for policy, kind, phrase in rows
        if (policy, kind) == ("thin", "text")
    }
    thin.update(
        phrase
        for phrase in map(plain, listed)
        if len(phrase.split()) >= MIN_LISTED_WORDS
    )
    bracketed = [phrase for _, kind, phrase in rows if kind == "bracketed"]
    captions = "|".join(map(re.escape, bracketed))
    shapes = "|".join(
        phrase for policy, kind, phrase in rows if (policy, kind) == ANYWHERE_SHAPE
    )
    thin_shapes = [
        shape for policy, kind, shape in rows if (policy, kind) == THIN_SHAPE
    ]
    return Lists(
        anywhere=re.compile(f"{_BEFORE}(?:{shapes}){_AFTER}"),
        thin=frozenset(thin),
        thin_shapes=tuple(
            re.compile(shape, re.IGNORECASE)
            for shape in (*thin_shapes, _BRACKETS.format(captions))
        ),
        captions=frozenset(map(plain, bracketed)),
        room_stems=tuple(plain(phrase) for _, kind, phrase in rows if kind == "stem"),
        room_endings=tuple(
            plain(phrase) for _, kind, phrase in rows if kind == "ending"
        ),
    )


def _folder() -> Traversable:
    return resources.files(__package__)


def _rows(path: Traversable) -> list[tuple[str, str, str]]:
    lines = (
        line.split("\t") for line in path.read_text("utf-8").splitlines()[1:] if line
    )
    return [(policy, kind, phrase) for policy, kind, phrase, *_ in lines]
