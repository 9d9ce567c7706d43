"""Outliers: a few words alone in a thin window that nothing around bears out, and that vary an
invented phrase, by their words or by sentence embeddings.

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
    NEAR_PHRASE,
    Suspect,
    describe_suspect,
    judge_suspects,
)
from konspekt.data import Removal

MIN_WORDS = 4
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
    """Yield suspects that vary a phrase learned from this recording, and those that their
    embeddings decide.
    """
    phrases = _learned_phrases(context)
    others: list[Suspect] = []
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
            others.append(suspect)
    if context.similarity is not None:
        yield from judge_suspects(context, context.similarity, others, phrases)


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
            yield Suspect(index, spans[0], text)


def _find_met(context: Context) -> set[int]:
    """Return the ids of windows that agree with a neighbour: what a seam bears out is real,
    however thin.
    """
    met: set[int] = set()
    for removal in context.removals:
        if removal.other_window is not None:
            met |= {removal.window, removal.other_window}
    return met


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
    (VARIATION, NEAR_PHRASE),
    {
        "en": "the rule outliers: variations of recurring hallucinations were not looked for",
        "ru": "правила outliers: варианты повторяющихся галлюцинаций не искались",
    },
    version=2,
)
