"""Credits, outros and captions: what Whisper learned from subtitles and says where nobody speaks.

A list is no detector: matched as bare substrings, the largest published one hits 8.9 % of the windows of clean English
lectures. So shape and place decide.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.clean.context import Context, Span
from pipeline.clean.phrases import lists, plain
from pipeline.clean.why import because
from pipeline.data import Removal

_QUOTES = "«»\"“”„'"


def credits_and_outros(context: Context) -> Iterator[Removal]:
    """Credits by their shape wherever they stand; outros as whole sentences of a thin hearing."""
    for index in range(len(context.heard)):
        for span in context.kept[index]:
            yield from _anywhere(context, index, span)
        if context.is_thin(index):
            yield from _in_thin(context, index)


def _anywhere(context: Context, index: int, span: Span) -> Iterator[Removal]:
    heard = context.heard[index]
    text = heard.text[span[0] : span[1]]
    for shape in lists().anywhere:
        for match in shape.finditer(text):
            if _is_quoted(text, match.start(), match.end()):
                continue
            end = match.end()
            while end < len(text) and text[end] in ".!?…":
                end += 1
            words = "a credit or caption of subtitles by its shape: no lecturer says it"
            evidence = because("credit", words, shape=match[0])
            yield context.removal(index, (span[0] + match.start(), span[0] + end), "phrase", evidence)


def _is_quoted(text: str, start: int, end: int) -> bool:
    """Whether somebody speaks about the words instead of saying them."""
    before, after = text[max(0, start - 1) : start], text[end : end + 1]
    return (before != "" and before in _QUOTES) or (after != "" and after in _QUOTES)


def _in_thin(context: Context, index: int) -> Iterator[Removal]:
    for span in context.sentences(index):
        text = context.heard[index].text[span[0] : span[1]].strip()
        if not _is_listed(text) or _is_heard_beside(context, index, plain(text)):
            continue
        rate = context.rate(index)
        words = f"a listed phrase in a hearing of {rate:.1f} characters a second that no dense neighbour confirms"
        evidence = because("listed-phrase", words, phrase=plain(text), rate=round(rate, 2))
        yield context.removal(index, span, "phrase", evidence)


def _is_listed(text: str) -> bool:
    known = lists()
    bare = text.rstrip(" .!?…")
    return plain(text) in known.thin or any(shape.fullmatch(bare) for shape in known.thin_shapes)


def _is_heard_beside(context: Context, index: int, words: str) -> bool:
    """Whether a neighbour that shares sound, with more to say than this, says it too."""
    return any(
        not context.is_thin(other) and f" {words} " in f" {plain(context.heard[other].text)} "
        for other in context.neighbours(index)
    )
