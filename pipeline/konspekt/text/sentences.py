"""Sentences as spans that tile a text: nothing between them, nothing twice."""

from __future__ import annotations

import re

# A sentence ends at . ! ? … (with closing quotes or brackets) before white space. What Whisper
# joins without a space (`word.Next`) stays whole, as file names and versions do.
_END = re.compile(r"[.!?…]+[»\")\]]*(?=\s)")
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
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _END.finditer(text):
        if not _ends_here(text, start, match):
            continue
        end = _after_space(text, match.end())
        spans.append((start, end))
        start = end
    if start < len(text):
        spans.append((start, len(text)))
    return tuple(spans)


def _ends_here(text: str, start: int, match: re.Match[str]) -> bool:
    """Return whether a sentence that begins at `start` ends at a mark: not at «т. е.» or «А. С.»"""
    if match[0] != ".":
        return True
    before = text[start : match.start()].rsplit(None, 1)
    word = before[-1].casefold().lstrip('«"(') if before else ""
    if word in _ABBREVIATIONS:
        return False
    is_initial = len(word) == 1 and word.isalpha() and text[match.start() - 1].isupper()
    return not is_initial


def _after_space(text: str, index: int) -> int:
    while index < len(text) and text[index].isspace():
        index += 1
    return index
