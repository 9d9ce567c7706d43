"""Cue phrases: where a lecturer says what comes next («теперь поговорим про …», “let's move on to
…”).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from konspekt.notes.keyness import phrase_weight
from konspekt.notes.lists import words
from konspekt.notes.phrases import Mention
from konspekt.notes.reading import ReadSentence
from konspekt.text.words import Token

MAX_BEFORE = 7  # words of a sentence before the cue: «Хорошо, тогда давайте мы с вами перейдём …»

# Folded (ё as е). A verb, and the prepositions that its subject follows; "" where it follows the
# verb itself.
_VERBS = {
    **dict.fromkeys(
        ["поговорим", "говорим", "поговорить", "расскажу", "рассказать"],
        ("про", "о", "об"),
    ),
    **dict.fromkeys(
        ["перейдем", "переходим", "перейти", "приступим", "вернемся"], ("к", "ко")
    ),
    **dict.fromkeys(["начнем", "начинаем", "начать"], ("с", "со")),
    **dict.fromkeys(
        ["обсудим", "рассмотрим", "разберем", "рассматриваем", "обсуждаем"], ("",)
    ),
    "касается": ("",),
    "talk": ("about",),
    "move": ("to",),
    "moving": ("to",),
    "turn": ("to",),
    "start": ("with",),
    "begin": ("with",),
    "discuss": ("",),
    "consider": ("",),
    "look": ("at",),
}
_STRONG = frozenset(
    {
        "перейдем",
        "переходим",
        "начнем",
        "начинаем",
        "move",
        "moving",
        "turn",
        "start",
        "begin",
    }
)
_TOPIC = frozenset({"тема", "темой", "тему", "topic"})


@dataclass(frozen=True, slots=True)
class TopicCue:
    """A sentence that begins something: how plainly, and what."""

    strength: float  # 0 to 1
    title: Mention | None


def find_cues(sentences: Sequence[ReadSentence]) -> dict[int, TopicCue]:
    """Return the cues by the index of their sentence."""
    found = ((index, _cue(one)) for index, one in enumerate(sentences))
    return {index: cue for index, cue in found if cue is not None}


def _cue(sentence: ReadSentence) -> TopicCue | None:
    folded = [token.folded.replace("’", "'") for token in sentence.tokens]
    if not folded:
        return None
    summing_up = _summing_up(sentence, folded)
    if summing_up is not None:
        return TopicCue(1.0, summing_up)
    if folded[0] in _TOPIC and len(folded) > 2:
        return _with_title(sentence, sentence.tokens[0].char_end, 0.8)
    for index, word in enumerate(folded[: MAX_BEFORE + 1]):
        if word not in _VERBS or words("cue_later") & set(folded[: index + 1]):
            continue
        subject = _subject(folded, index, _VERBS[word])
        if subject is None or subject >= len(folded):
            continue
        strong = word in _STRONG or bool(words("cue_now") & set(folded[:index]))
        return _with_title(
            sentence, sentence.tokens[subject].char_start, 1.0 if strong else 0.5
        )
    return None


def _subject(
    folded: Sequence[str], verb: int, prepositions: Sequence[str]
) -> int | None:
    """Return the index of the word after the verb's preposition, at most four words on; None if
    there is none.
    """
    if "" in prepositions:
        return verb + 1
    for index in range(verb + 1, min(verb + 5, len(folded))):
        if folded[index] in prepositions:
            return index + 1
        if folded[index] not in words("cue_fillers"):
            return None
    return None


def _with_title(sentence: ReadSentence, after: int, strength: float) -> TopicCue | None:
    """Return the cue with the first telling phrase of its subject; half as strong if the subject
    is none.
    """
    after_it = [m for m in sentence.mentions if m.whole and m.char_start >= after]
    telling = (m for m in after_it[:3] if phrase_weight(m.key) > 0.5)
    title = next(telling, after_it[0] if after_it else None)
    if title is not None and title.key[-1] in words(
        "ru_classifiers"
    ):  # «про главную метрику, она называется WER»
        title = next((m for m in after_it[:3] if m.text.isascii()), title)
    return TopicCue(strength if title else strength / 2, title)


def _summing_up(sentence: ReadSentence, folded: Sequence[str]) -> Mention | None:
    """Return the phrase of a cue that is a title itself («Подведём итоги», «Домашнее задание»);
    None if there is none.
    """
    for first, second, text in _ENDINGS:
        for index in range(min(len(folded) - 1, MAX_BEFORE)):
            if folded[index].startswith(first) and folded[index + 1].startswith(second):
                title = text or _join_words(sentence.tokens[index : index + 2])
                key = (second,) if text else (first, second)
                return Mention(
                    key,
                    title,
                    sentence.tokens[index].char_start,
                    sentence.tokens[index + 1].char_end,
                )
    return None


_ENDINGS = (
    ("подвед", "итог", "итоги"),
    ("подвод", "итог", "итоги"),
    ("домашн", "задани", "домашнее задание"),
    ("homework", "", "homework"),
)


def _join_words(found: Sequence[Token]) -> str:
    return " ".join(token.text for token in found)
