"""Translations: the edge of a window in another language than the lecture's, where the neighbour
has the same sound in the lecture's own.

A window that Whisper takes for another language comes out translated. No word of it aligns with its
neighbour's, so the seams leave what both have of their shared sound twice. Times show it where
speech is known: a sound is spoken once, so two windows full of words there hold the same. Else
sentence embeddings of a multilingual model see that two sentences are one.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from konspekt.clean.context import Context, Span
from konspekt.clean.reasons import OVERLAP, Code
from konspekt.clean.rule import Rule
from konspekt.data import Removal, names
from konspekt.models.similarity import SentenceSimilarity
from konspekt.text.spans import meet
from konspekt.text.words import Token, count_letters

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = Mapping[str, NDArray[np.float32]]

MIN_WORDS = 3
# of the words of a recording, in its main language: below, it is held in two languages
MIN_MAIN_SHARE = 0.7
# sentences in the main language: the nearest of N is passed by chance once in N + 1
MIN_RIVALS = 20
SLACK = (
    1.0  # seconds by which a word may reach out of the shared sound: times are rough
)

# of the speech under the foreign words, that they take, and the neighbour's there too
MIN_SPOKEN_SHARE = 0.6
BY_TIMES = "the words of each take most of the speech there"
BY_MEANING = "no sentence of this recording is closer in meaning"

IN_ANOTHER_LANGUAGE = Code(
    "in-another-language",
    OVERLAP,
    {
        "en": "the window beside it holds the same sound in the language of the lecture: "
        "«{theirs}»",
        "ru": "в соседнем окне тот же звук на языке лекции: «{theirs}»",
    },
)


@dataclass(frozen=True, slots=True)
class Edge:
    """The sentence of a window that is next to its neighbour."""

    index: int
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class LanguageSeam:
    """Two neighbours' facing sentences, one in the lecture's language."""

    main: Edge
    foreign: Edge


def translations(context: Context) -> Iterator[Removal]:
    """Yield the edges of windows in another language that a neighbour has in the lecture's."""
    tongues = [_find_tongue(window.text) for window in context.windows]
    unknown: list[LanguageSeam] = []
    for seam in _find_seams(context, tongues, _find_main(context, tongues)):
        if _is_spoken_over(context, seam):
            yield _remove(context, seam, BY_TIMES)
        else:
            unknown.append(seam)
    if context.similarity is not None and unknown:
        yield from _find_by_meaning(context, context.similarity, tongues, unknown)


def _find_by_meaning(
    context: Context,
    similarity: SentenceSimilarity,
    tongues: Sequence[str],
    seams: Iterable[LanguageSeam],
) -> Iterator[Removal]:
    """Yield the edges that are closer in meaning to the neighbour's than to anything else."""
    texts = _find_texts(context)
    ordered = sorted({text for own in texts.values() for text in own})
    vectors = dict(zip(ordered, similarity.embed(ordered), strict=True))
    for seam in seams:
        rivals = _find_rivals(context, seam, tongues, texts)
        if len(rivals[0]) >= MIN_RIVALS and _is_one(seam, rivals, vectors):
            yield _remove(context, seam, BY_MEANING)


def _is_spoken_over(context: Context, seam: LanguageSeam) -> bool:
    """Return whether both texts take most of the speech under the foreign words.

    False where speech or the times of words are not known.
    """
    main, foreign = seam.main.index, seam.foreign.index
    if not all(context.windows[index].clock.is_timed for index in (main, foreign)):
        return False
    shared = _find_shared_words(context, seam)
    start = context.start_of(foreign, shared[0].char_start)
    end = context.end_of(foreign, shared[-1].char_end)
    beside = [
        word
        for span in context.kept[main]
        for word in context.words(main, span)
        if start <= context.start_of(main, word.char_start) < end
    ]
    spoken = context.facts.speech_within(start, end)
    least = min(_time_to_say(context, shared), _time_to_say(context, beside))
    return spoken > 0 and least >= MIN_SPOKEN_SHARE * spoken


def _time_to_say(context: Context, words: Iterable[Token]) -> float:
    """Return the seconds that words take at the recording's rate."""
    letters = sum(count_letters(word.text) + 1 for word in words)
    return letters / context.facts.spoken_rate


def _find_tongue(text: str) -> str:
    """Return the script of most letters of a text, such as "CYRILLIC"; "" for a text without."""
    scripts = Counter(
        unicodedata.name(letter, "").partition(" ")[0]
        for letter in text
        if letter.isalpha()
    )
    return max(sorted(scripts), key=scripts.__getitem__, default="")


def _find_main(context: Context, tongues: Sequence[str]) -> str | None:
    """Return the script of most of a recording; None where no one has most of it."""
    counts: Counter[str] = Counter()
    for window, tongue in zip(context.windows, tongues, strict=True):
        counts[tongue] += len(window.words)
    tongue, words = max(
        counts.items(), key=lambda one: (one[1], one[0]), default=("", 0)
    )
    return tongue if words >= MIN_MAIN_SHARE * counts.total() else None


def _find_seams(
    context: Context, tongues: Sequence[str], main: str | None
) -> Iterator[LanguageSeam]:
    for left in range(len(context.windows) - 1):
        right = left + 1
        if (tongues[left] == main) == (tongues[right] == main):
            continue
        before = _find_edge(context, left, at_end=True)
        after = _find_edge(context, right, at_end=False)
        if before is None or after is None:
            continue
        is_left = tongues[left] == main
        seam = LanguageSeam(before, after) if is_left else LanguageSeam(after, before)
        if len(_find_shared_words(context, seam)) >= MIN_WORDS:
            yield seam


def _find_edge(context: Context, index: int, *, at_end: bool) -> Edge | None:
    """Return the last or the first kept sentence of a window; None where it has too few words."""
    spans = list(context.sentences(index))
    if not spans:
        return None
    span = spans[-1 if at_end else 0]
    if len(context.words(index, span)) < MIN_WORDS:
        return None
    return Edge(index, span, context.windows[index].text[span[0] : span[1]].strip())


def _find_shared_words(context: Context, seam: LanguageSeam) -> list[Token]:
    """Return the words of the foreign sentence that lie where the neighbour has sound too."""
    index, other = seam.foreign.index, context.windows[seam.main.index]
    return [
        word
        for word in context.words(index, seam.foreign.span)
        if context.start_of(index, word.char_start) >= other.start - SLACK
        and context.end_of(index, word.char_end) <= other.end + SLACK
    ]


def _find_texts(context: Context) -> dict[int, list[str]]:
    """Return the kept sentences of each window."""
    return {
        index: [
            window.text[start:end].strip() for start, end in context.sentences(index)
        ]
        for index, window in enumerate(context.windows)
    }


def _find_rivals(
    context: Context,
    seam: LanguageSeam,
    tongues: Sequence[str],
    texts: Mapping[int, Sequence[str]],
) -> tuple[list[str], list[str]]:
    """Return what else is said in the lecture's language, and what else in the other, where no
    sound is shared.
    """
    main, foreign = seam.main.index, seam.foreign.index
    own = context.windows[foreign]
    here = (own.start, own.end)
    of_main, of_foreign = list[str](), list[str]()
    for index, window in enumerate(context.windows):
        if index == foreign:
            of_foreign += [text for text in texts[index] if text != seam.foreign.text]
        elif tongues[index] == tongues[foreign]:
            of_foreign += texts[index]
        elif tongues[index] == tongues[main] and not meet(
            (window.start, window.end), here
        ):
            of_main += texts[index]
    return of_main, of_foreign


def _is_one(
    seam: LanguageSeam, rivals: tuple[list[str], list[str]], vectors: Vectors
) -> bool:
    """Return whether each of the two sentences is the closest to the other."""
    main, foreign = vectors[seam.main.text], vectors[seam.foreign.text]
    cosine = float(main @ foreign)
    of_main, of_foreign = rivals
    return all(cosine > float(foreign @ vectors[text]) for text in of_main) and all(
        cosine > float(main @ vectors[text]) for text in of_foreign
    )


def _remove(context: Context, seam: LanguageSeam, how: str) -> Removal:
    other = context.windows[seam.main.index].id
    words = f"window {other} holds the same sound in the language of the lecture: {how}"
    why = IN_ANOTHER_LANGUAGE.because(
        words, {names.THEIRS: seam.main.text}, other_window=other
    )
    return context.removal(seam.foreign.index, _find_shared_span(context, seam), why)


def _find_shared_span(context: Context, seam: LanguageSeam) -> Span:
    """Return the part of the foreign sentence that lies in the shared sound, its marks included."""
    start, end = seam.foreign.span
    shared = _find_shared_words(context, seam)
    every = context.words(seam.foreign.index, seam.foreign.span)
    return (
        start if shared[0] == every[0] else shared[0].char_start,
        end if shared[-1] == every[-1] else shared[-1].char_end,
    )


RULE = Rule(
    "translations",
    translations,
    (IN_ANOTHER_LANGUAGE,),
    {
        "en": "the rule translations: what two windows say of the same sound in two languages "
        "stands twice",
        "ru": "правила translations: то, что два окна записали об одном звуке на двух языках, "
        "стоит дважды",
    },
    version=2,
)
