"""Sentences as spans that tile a text: nothing between them, nothing twice."""

from __future__ import annotations

import re
from itertools import pairwise

# A sentence ends at . ! ? … (with closing quotes or brackets) before white space. What Whisper
# joins without a space (`word.Next`) stays whole, as file names and versions do.
# Possessive, and never from inside a row of marks: Whisper may repeat one thousands of times.
_END = re.compile(r"(?<![.!?…])(?P<mark>[.!?…]++[»\")\]]*+)\s+")
_RUSSIAN = (
    "т.е т.к т.д т.п т.н и.о др пр см рис стр гл ср напр англ рус лат г гг в вв ок руб тыс "
    "млн млрд"
)
_ENGLISH = "e.g i.e etc vs fig dr mr mrs ms prof vol"
_ABBREVIATIONS = frozenset(f"{_RUSSIAN} {_ENGLISH}".split())


def sentence_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Return (char_start, char_end) of each sentence; white space belongs to the one before it.

    The spans tile `text`: the first starts at 0 (leading white space included), the last ends at
    len(text). An empty text has none.
    """
    bounds = [0]
    for end in _END.finditer(text):
        before = text[bounds[-1] : end.start()]
        if _ends_sentence(before, end["mark"]):
            bounds.append(end.end())
    if bounds[-1] < len(text):
        bounds.append(len(text))
    return tuple(pairwise(bounds))


def _ends_sentence(before: str, mark: str) -> bool:
    """Return whether a sentence ends at a mark: not at «т. е.» or «А. С.»"""
    words = before.casefold().rsplit(None, 1)
    if mark != "." or not words:
        return True
    word = words[-1].lstrip('«"(')
    if word in _ABBREVIATIONS:
        return False
    is_letter = len(word) == 1 and word.isalpha()
    return not (is_letter and before[-1].isupper())
