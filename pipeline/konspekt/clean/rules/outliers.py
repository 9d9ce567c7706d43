"""Outliers: a few words alone in a thin window that nothing around bears out, judged by sentence
embeddings.

Embeddings tip a verdict that other evidence suggests, they give none: an honest «Пожалуйста,
подойдите к микрофону» is far from every topic, and an invented ending is close to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import itemgetter

from konspekt.clean.context import Context
from konspekt.clean.reasons import PHRASE, Code
from konspekt.clean.room import is_to_the_room
from konspekt.clean.rule import Rule
from konspekt.clean.rules.recurring import REPEATED
from konspekt.clean.verdicts import (
    MIN_SENTENCE_WORDS,
    NEAR_LISTED,
    NEAR_PHRASE,
    OFF_TOPIC,
    Suspect,
    describe_suspect,
    verdicts,
)
from konspekt.data import Removal

MIN_WORDS = 4
NEIGHBOURHOOD = 2  # dense windows on each side
# rapidfuzz's ratio to a phrase, 0 to 100: 1 in 500 pairs of honest lecture sentences reaches it
MIN_KIN_RATIO = 55.0

VARIATION = Code(
    "phrase-variation",
    PHRASE,
    {
        "en": "{rate.1:character|characters} a second, no words in common with the windows beside "
        "it, and a variation of a phrase that this recording repeats: «{phrase}»",
        "ru": "{rate.1:символ|символа|символов} в секунду, с соседними окнами нет общих слов, "
        "и это вариант фразы, которая повторяется в этой записи: «{phrase}»",
    },
)


def outliers(context: Context) -> Iterator[Removal]:
    """Yield suspects that vary a phrase learned from this recording, and those that `verdicts`
    decides by their embeddings.
    """
    phrases = _learned_phrases(context)
    doubtful: list[Suspect] = []
    for suspect in _suspects(context):
        phrase, ratio = _closest_phrase(context, suspect, phrases)
        if ratio >= MIN_KIN_RATIO:
            words = (
                f"{describe_suspect(context, suspect)}, and a variation of a phrase "
                "learned from this recording"
            )
            rate = round(context.rate(suspect.index), 2)
            evidence = VARIATION.because(
                words, {"rate": rate, "ratio": round(ratio, 1)}, phrase=phrase
            )
            yield context.removal(suspect.index, suspect.span, evidence)
        else:
            doubtful.append(suspect)
    if doubtful and context.similarity is not None:
        yield from verdicts(context, context.similarity, doubtful, phrases)


def _suspects(context: Context) -> Iterator[Suspect]:
    met = _find_met(context)
    for index, window in enumerate(context.windows):
        spans = context.kept[index]
        if len(spans) != 1 or not context.is_thin(index) or window.id in met:
            continue
        text = window.text[spans[0][0] : spans[0][1]].strip()
        if len(context.words(index, spans[0])) >= MIN_WORDS and not is_to_the_room(
            context, index, spans[0]
        ):
            around = tuple(_sentences_around(context, index))
            yield Suspect(
                index, spans[0], text, _is_between_dense(context, index), around
            )


def _find_met(context: Context) -> set[int]:
    """Return the ids of windows that agree with a neighbour: what a seam bears out is real,
    however thin.
    """
    met: set[int] = set()
    for removal in context.removals:
        if removal.other_window is not None:
            met |= {removal.window, removal.other_window}
    return met


def _is_between_dense(context: Context, index: int) -> bool:
    beside = [
        other for other in (index - 1, index + 1) if 0 <= other < len(context.windows)
    ]
    here = context.windows[index]
    return len(beside) == 2 and all(
        context.is_dense(other) and here.shared_with(context.windows[other]) > 0
        for other in beside
    )


def _sentences_around(context: Context, index: int) -> Iterator[str]:
    before = [
        i
        for i in range(max(0, index - 2 * NEIGHBOURHOOD), index)
        if context.is_dense(i)
    ][-NEIGHBOURHOOD:]
    last = min(len(context.windows), index + 1 + 2 * NEIGHBOURHOOD)
    after = [i for i in range(index + 1, last) if context.is_dense(i)][:NEIGHBOURHOOD]
    for other in (*before, *after):
        for span in context.sentences(other):
            if len(context.words(other, span)) >= MIN_SENTENCE_WORDS:
                yield context.windows[other].text[span[0] : span[1]].strip()


def _learned_phrases(context: Context) -> tuple[str, ...]:
    learned = {
        r.phrase for r in context.removals if r.code == REPEATED.name and r.phrase
    }
    return tuple(sorted(learned))


def _closest_phrase(
    context: Context, suspect: Suspect, phrases: Sequence[str]
) -> tuple[str, float]:
    """Return the learned phrase that a suspect resembles most, word for word, and how much."""
    from rapidfuzz import fuzz

    words = context.folded(suspect.index, suspect.span)
    return max(
        ((phrase, float(fuzz.ratio(words, phrase))) for phrase in phrases),
        key=itemgetter(1),
        default=("", 0.0),
    )


RULE = Rule(
    "outliers",
    outliers,
    (VARIATION, NEAR_PHRASE, NEAR_LISTED, OFF_TOPIC),
    {
        "en": "the rule outliers: words that do not belong to the lecture were not looked for",
        "ru": "правила outliers: слова, которые не относятся к лекции, не искались",
    },
)
