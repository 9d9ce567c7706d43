"""Credits, outros and captions: what Whisper learned from subtitles and writes where nobody speaks.

A list is no detector: matched as bare substrings, the largest published one hits 8.9 % of the
windows of clean English lectures. So shape and place decide.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from konspekt.clean.context import Context, Span
from konspekt.clean.phrases import lists, plain
from konspekt.clean.reasons import PHRASE, Code
from konspekt.clean.rule import Rule
from konspekt.clean.window_text import MAX_SPACE
from konspekt.data import Removal

MAX_LISTED_CHARS = 200  # of a listed phrase
MAX_LISTED_SENTENCES = 3  # «Пока-пока! Удачи!» is two

_QUOTES = "«»\"“”„'"
_ENDS = ".!?…。！"

CREDIT = Code(
    "credit",
    PHRASE,
    {
        "en": "a credit or caption of subtitles by its shape: no lecturer says it",
        "ru": "по виду это титры или подпись к субтитрам: лектор так не говорит",
    },
)
LISTED = Code(
    "listed-phrase",
    PHRASE,
    {
        "en": "a phrase from the list in an almost empty window ({rate.1:character|characters} "
        "a second), and no full window beside it has it too",
        "ru": "фраза из списка в почти пустом окне ({rate.1:символ|символа|символов} в секунду), "
        "и ни в одном полном окне рядом её нет",
    },
)


def credits_and_outros(context: Context) -> Iterator[Removal]:
    """Yield credits by their shape wherever they stand, and outros that are whole sentences of a
    thin window.
    """
    for index in range(len(context.windows)):
        for span in context.kept[index]:
            yield from _find_anywhere(context, index, span)
        if context.is_thin(index):
            yield from _find_in_thin(context, index)


def _find_anywhere(context: Context, index: int, span: Span) -> Iterator[Removal]:
    window = context.windows[index]
    text = window.text[span[0] : span[1]]
    for match in lists().anywhere.finditer(text):
        if _is_spoken_of(text, match.start(), match.end()):
            continue
        end = match.end()
        while end < len(text) and text[end] in _ENDS:
            end += 1
        words = "a credit or caption of subtitles by its shape: no lecturer says it"
        evidence = CREDIT.because(words, {"shape": match[0]})
        yield context.removal(index, (span[0] + match.start(), span[0] + end), evidence)


def _is_spoken_of(text: str, start: int, end: int) -> bool:
    """Return whether somebody speaks about the words: they stand in quotes, or in another sentence.

    At a capital something else begins, for Whisper forgets the full stop before it. So does
    the end of a text: there it invents, and in small letters where it writes all in small letters.
    """
    before, after = text[max(0, start - MAX_SPACE) : start], text[end : end + 1]
    last = before.rstrip()[-1:]
    is_quoted = (
        (before[-1:] and before[-1] in _QUOTES)
        or (after and after in _QUOTES)
        or last == ":"
    )
    goes_on = (
        text[start].islower()
        and last
        and last not in _ENDS
        and text[end:].strip(f" {_ENDS}")
    )
    return bool(is_quoted or goes_on)


def _find_in_thin(context: Context, index: int) -> Iterator[Removal]:
    for span in _listed_sentences(context, index):
        words = plain(context.windows[index].text[span[0] : span[1]])
        if _is_said_beside(context, index, words):
            continue
        rate = context.rate(index)
        why = (
            f"a listed phrase in a window of {rate:.1f} characters a second that no dense "
            "neighbour confirms"
        )
        evidence = LISTED.because(why, {"rate": round(rate, 2)}, phrase=words)
        yield context.removal(index, span, evidence)


def _listed_sentences(context: Context, index: int) -> Iterator[Span]:
    """Yield the sentences of a window that are listed, several together where a listed phrase
    has several.
    """
    text, sentences = context.windows[index].text, list(context.sentences(index))
    at = 0
    while at < len(sentences):
        for count in range(min(MAX_LISTED_SENTENCES, len(sentences) - at), 0, -1):
            some = sentences[at : at + count]
            span = (some[0][0], some[-1][1])
            is_whole = all(one[1] == following[0] for one, following in pairwise(some))
            if is_whole and _is_listed(text[span[0] : span[1]].strip()):
                yield span
                break
        at += count


def _is_listed(text: str) -> bool:
    if len(text) > MAX_LISTED_CHARS:
        return False
    known = lists()
    bare = text.rstrip(f" {_ENDS}")
    return plain(text) in known.thin or any(
        shape.fullmatch(bare) for shape in known.thin_shapes
    )


def _is_said_beside(context: Context, index: int, words: str) -> bool:
    """Return whether a neighbour that shares sound and has more text than this has the same
    words.
    """
    return any(
        not context.is_thin(other)
        and f" {words} " in f" {plain(context.windows[other].text)} "
        for other in context.neighbours(index)
    )


RULE = Rule(
    "credits",
    credits_and_outros,
    (CREDIT, LISTED),
    {
        "en": "the rule credits: credits and captions of subtitles stay in the text",
        "ru": "правила credits: титры и подписи к субтитрам остались в тексте",
    },
    judges_one_window=True,
)
