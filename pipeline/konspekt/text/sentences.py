"""Sentences as spans that tile a text: nothing between them, nothing twice."""

from __future__ import annotations

import re

# A sentence ends at . ! ? … (with closing quotes or brackets) before white space. Whisper's
# `word.Next` without a space is left whole: so are file names and versions.
_END = re.compile(r"[.!?…]+[»\")\]]*(?=\s)")
_ABBREVIATIONS = frozenset(
    [
        "т.е",
        "т.к",
        "т.д",
        "т.п",
        "т.н",
        "и.о",
        "др",
        "пр",
        "см",
        "рис",
        "стр",
        "гл",
        "ср",
        "напр",
        "англ",
        "рус",
        "лат",
        "г",
        "гг",
        "в",
        "вв",
        "ок",
        "руб",
        "тыс",
        "млн",
        "млрд",
        "e.g",
        "i.e",
        "etc",
        "vs",
        "fig",
        "dr",
        "mr",
        "mrs",
        "ms",
        "prof",
        "vol",
    ]
)


def sentence_spans(text: str) -> tuple[tuple[int, int], ...]:
    """(char_start, char_end) of each sentence; white space belongs to the sentence before it.

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
    if match[0] != ".":
        return True
    before = text[start : match.start()].rsplit(None, 1)
    word = before[-1].casefold().lstrip('«"(') if before else ""
    if word in _ABBREVIATIONS:
        return False
    initial = len(word) == 1 and word.isalpha() and text[match.start() - 1].isupper()
    return not initial


def _after_space(text: str, index: int) -> int:
    while index < len(text) and text[index].isspace():
        index += 1
    return index
