"""Recurring hallucinations learned from the recording: one sentence again and again in windows that
share no sound.

Windows that share no sound cannot hold the same utterance. In 3,151 sentences of clean Russian
lectures no sentence of six words or more comes twice. In 5,172 English ones three do, each exactly
twice. A decoder on silence writes its sentence every time. But what a lecturer says at the end of
each part now and then fills a window alone as well. So places count for the sentence where nothing
else is said and no neighbour bears it out, and against it amid speech.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from konspekt.clean.context import MAX_THIN_RATE, MIN_THIN_DURATION, Context, Span
from konspekt.clean.reasons import PHRASE, Code, Explanation, Figure
from konspekt.clean.room import is_to_the_room
from konspekt.clean.rule import Rule
from konspekt.data import Removal

MIN_WORDS = 5
# comparing takes the square of them, and what a decoder writes on silence is short
MAX_CHARS = 1000
MIN_APART = 3  # windows that share no sound, have nothing else, and are borne out by no neighbour
# windows one after another that have nothing but what could be said to the room
MIN_ON_END = 3
MIN_HELD_WORDS = 2  # at a neighbour's edge, of a sentence that it was cut off in
MIN_WINDOWS = 6  # of the recording, with text: a shorter one teaches nothing
# rapidfuzz's ratio, 0 to 100; of 60,000 pairs of honest lecture sentences none reaches 77
MIN_RATIO = 82.0
MIN_PART_RATIO = 88.0  # of an unfinished one
MIN_PART_SHARE = 0.5  # of the phrase's words

REPEATED = Code(
    "repeated-phrase",
    PHRASE,
    {
        "en": "it comes {places:time|times} in this recording, among them in "
        "{windows:window|windows} that share no sound; {alone:time|times} it is all that "
        "a window says",
        "ru": "встречается в записи {places:раз|раза|раз}, в том числе в "
        "{windows:окне|окнах|окнах} без общего звука; {alone:раз|раза|раз} в окне нет ничего "
        "другого",
    },
)
BEGUN = Code(
    "phrase-start",
    PHRASE,
    {
        "en": "{count:word|words} at the end are the beginning of a phrase that this recording "
        "repeats: «{phrase}» (similarity {ratio} of 100)",
        "ru": "{count:слово|слова|слов} в конце — начало фразы, которая повторяется в этой записи: "
        "«{phrase}» (сходство {ratio} из 100)",
    },
)


@dataclass(frozen=True, slots=True)
class PhrasePlace:
    """A sentence in a window."""

    index: int
    span: Span
    words: str  # folded
    is_alone: bool  # all the text of a window or a segment, and too little for its time
    is_all: bool  # all the text of its window
    is_last: bool
    is_to_room: bool  # a pause after it is natural


class _PhrasePlaces:
    """The places of a recording, found by their words: every seed is looked up, so not every text
    can be compared.
    """

    def __init__(self, places: tuple[PhrasePlace, ...]) -> None:
        self.all = places
        self._by_words: dict[str, list[PhrasePlace]] = {}
        for place in places:
            self._by_words.setdefault(place.words, []).append(place)
        self._texts = tuple(self._by_words)
        self._with: dict[str, list[int]] = {}  # the texts that hold a word
        for number, text in enumerate(self._texts):
            for word in set(text.split()):
                self._with.setdefault(word, []).append(number)

    def places_like(self, seed: str) -> tuple[PhrasePlace, ...]:
        """Return the places whose words are those of the seed, or nearly, in their order.

        Those that hold none of the rarer half of its words are not looked at: so much else is not
        nearly the same.
        """
        from rapidfuzz import fuzz, process

        rarest = sorted(
            set(seed.split()), key=lambda word: (len(self._with[word]), word)
        )
        rarer = rarest[: math.ceil(len(rarest) / 2)]
        texts = [
            self._texts[number]
            for number in sorted(
                {number for word in rarer for number in self._with[word]}
            )
        ]
        near = process.extract(
            seed,
            texts,
            scorer=fuzz.ratio,
            processor=None,
            score_cutoff=MIN_RATIO,
            limit=None,
        )
        found = (place for text, _, _ in near for place in self._by_words[text])
        return tuple(sorted(found, key=lambda place: (place.index, place.span)))


@dataclass(frozen=True, slots=True)
class RecurringPhrase:
    """A recurring hallucination of the recording, and where it stands."""

    words: str
    places: tuple[PhrasePlace, ...]
    windows: int  # that share no sound


def recurring(context: Context) -> Iterator[Removal]:
    """Yield sentences that the recording shows to be invented, wherever they stand; unfinished ones
    at an end too.
    """
    phrases = learn_phrases(context)
    # by window where its last phrase ends: the rest is no part of it
    taken: dict[int, int] = {}
    for phrase in phrases:
        why = _evidence(context, phrase)
        for place in phrase.places:
            taken[place.index] = max(place.span[1], taken.get(place.index, 0))
            yield context.removal(place.index, place.span, why)
    for index, kept in enumerate(context.kept):
        ending = _ending(context, index, phrases, taken.get(index, 0)) if kept else None
        if ending is not None:
            yield ending


def _evidence(context: Context, phrase: RecurringPhrase) -> Explanation:
    alone = sum(place.is_alone for place in phrase.places)
    words = (
        f"{_names(context, phrase.places)} share no sound and say the same; "
        f"{alone} of them say nothing else in all their time"
    )
    return REPEATED.because(
        words,
        {"windows": phrase.windows, "places": len(phrase.places), "alone": alone},
        phrase=phrase.words,
    )


def learn_phrases(context: Context) -> tuple[RecurringPhrase, ...]:
    """Return the recurring hallucinations of a recording; most often none."""
    if sum(1 for window in context.windows if window.text.strip()) < MIN_WINDOWS:
        return ()
    places = _PhrasePlaces(
        tuple(
            place
            for index in range(len(context.windows))
            for place in _places(context, index)
        )
    )
    phrases: list[RecurringPhrase] = []
    for seed in _seeds(places.all):
        if not any(_ratio(seed, phrase.words) >= MIN_RATIO for phrase in phrases):
            phrase = _phrase(context, seed, places.places_like(seed))
            if phrase is not None:
                phrases.append(phrase)
    return tuple(phrases)


def _places(context: Context, index: int) -> Iterator[PhrasePlace]:
    spans = list(context.sentences(index))
    for number, span in enumerate(spans):
        if (
            span[1] - span[0] <= MAX_CHARS
            and len(context.words(index, span)) >= MIN_WORDS
        ):
            is_alone = _is_alone(context, index, span, len(spans))
            is_all, is_last, to_room = (
                len(spans) == 1,
                number == len(spans) - 1,
                is_to_the_room(context, index, span),
            )
            yield PhrasePlace(
                index,
                span,
                context.folded(index, span),
                is_alone,
                is_all,
                is_last,
                to_room,
            )


def _is_alone(context: Context, index: int, span: Span, sentences: int) -> bool:
    """Return whether the sentence is all the text of a long time: of the window, or of the segment
    that it is.

    Windows made of subtitles hold several cues. A question alone is no proof: people wait for
    answers.
    """
    window = context.windows[index]
    if "?" in window.text[span[0] : span[1]]:
        return False
    if (
        sentences == 1
        and window.duration >= MIN_THIN_DURATION
        and not context.is_dense(index)
    ):
        return True
    segment = window.segment_at(span[0])
    if (
        segment is None
        or segment.text.strip() != window.text[span[0] : span[1]].strip()
    ):
        return False
    seconds = segment.end - segment.start
    return seconds >= MIN_THIN_DURATION and len(segment.text) < MAX_THIN_RATE * seconds


def _seeds(places: Sequence[PhrasePlace]) -> list[str]:
    """Return the texts of windows that have nothing else, the most frequent first."""
    counts: dict[str, int] = {}
    for place in places:
        if place.is_alone:
            counts[place.words] = counts.get(place.words, 0) + 1
    return sorted(counts, key=lambda words: (-counts[words], words))


def _phrase(
    context: Context, seed: str, kin: tuple[PhrasePlace, ...]
) -> RecurringPhrase | None:
    """Return the seed with all its kin, if geometry proves it; None if not.

    Three windows apart have nothing else, and in more places only a decoder has it than amid
    speech. What a neighbour bears out counts once, as the neighbour's.
    """
    words = seed.split()
    silent = {place.index for place in kin if place.is_alone}
    if _count_apart(context, silent) < MIN_APART:
        return None
    alone = [place for place in kin if place.is_alone]
    alone = [
        place for place in alone if not _is_held_beside(context, place, words, silent)
    ]
    if _count_apart(context, {place.index for place in alone}) < MIN_APART:
        return None
    to_room = sum(place.is_to_room for place in alone)
    if 2 * to_room > len(alone) and not _is_on_end(alone):
        return None
    amid = [place for place in kin if not place.is_alone]
    denied = sum(_is_denied(context, place, words) for place in amid)
    if len(alone) + denied <= len(amid) - denied:
        return None
    return RecurringPhrase(
        seed, kin, _count_apart(context, {place.index for place in kin})
    )


def _is_held_beside(
    context: Context, place: PhrasePlace, words: Sequence[str], silent: Set[int]
) -> bool:
    """Return whether a neighbour with more text has the sentence at the edge that faces this
    window, or as much of it as its sound holds: then it was said.
    """
    for other in context.neighbours(place.index):
        if other in silent:
            continue
        is_before = other < place.index
        edge = _edge(context, other, len(words), at_end=is_before)
        if (
            _edge_holds(edge, words)
            if is_before
            else _edge_holds(edge[::-1], words[::-1])
        ):
            return True
    return False


def _edge(context: Context, index: int, count: int, *, at_end: bool) -> list[str]:
    """Return so many words at a window's end, or at its beginning."""
    first, last = context.word_range(index, context.kept[index][-1 if at_end else 0])
    words = context.windows[index].words
    edge = (
        words[max(first, last - count) : last]
        if at_end
        else words[first : min(last, first + count)]
    )
    return [word.folded for word in edge]


def _edge_holds(edge: Sequence[str], words: Sequence[str]) -> bool:
    """Return whether the end of some words is the beginning of a sentence, or all of it."""
    from rapidfuzz import fuzz

    for count in range(min(len(edge), len(words)), MIN_HELD_WORDS - 1, -1):
        similarity = fuzz.ratio(" ".join(edge[-count:]), " ".join(words[:count]))
        if similarity >= (MIN_RATIO if count == len(words) else MIN_PART_RATIO):
            return True
    return False


def _is_denied(context: Context, place: PhrasePlace, words: Sequence[str]) -> bool:
    """Return whether a window ends in the sentence, and a full one that holds the same sound
    goes on otherwise.
    """
    here, after = context.windows[place.index], place.index + 1
    if (
        not place.is_last
        or after >= len(context.windows)
        or here.shared_with(context.windows[after]) <= 0
    ):
        return False
    if not context.is_dense(after) or not context.kept[after]:
        return False
    edge = _edge(context, after, 2 * len(words), at_end=False)
    return words[0] not in edge and not _edge_holds(edge[::-1], words[::-1])


def _is_on_end(alone: Sequence[PhrasePlace]) -> bool:
    """Return whether windows one after another have the sentence and nothing else: a question or
    a greeting to the room does not recur so.
    """
    indices = {place.index for place in alone if place.is_all}
    return any(
        all(index + step in indices for step in range(MIN_ON_END)) for index in indices
    )


def _count_apart(context: Context, indices: set[int]) -> int:
    """Return how many of some windows at most share no sound with one another."""
    count, free = 0, float("-inf")
    for window in sorted(
        (context.windows[i] for i in indices),
        key=lambda window: (window.end, window.start),
    ):
        if window.start >= free:
            count, free = count + 1, window.end
    return count


def _ending(
    context: Context, index: int, phrases: Sequence[RecurringPhrase], after: int
) -> Removal | None:
    """Return an ending that is a phrase, whole or broken off, without being a sentence.

    It stands behind the character `after`.
    """
    window = context.windows[index]
    span = context.kept[index][-1]
    first, last = context.word_range(index, (max(span[0], after), span[1]))
    words = [word.folded for word in window.words[first:last]]
    for phrase in phrases:
        found = _longest_start(words, phrase.words.split())
        if found is not None:
            count, ratio = found
            why = _explain_begun(phrase, count, ratio)
            return context.removal(
                index, (window.before_word(last - count), span[1]), why
            )
    return None


def _longest_start(
    words: Sequence[str], phrase: Sequence[str]
) -> tuple[int, float] | None:
    """Return how many words at an end are the beginning of a phrase, and the similarity; None where
    none are.
    """
    shortest = max(MIN_WORDS, round(MIN_PART_SHARE * len(phrase)))
    for count in range(min(len(words), len(phrase) + 2), shortest - 1, -1):
        ratio = _ratio(" ".join(words[-count:]), " ".join(phrase[:count]))
        if ratio >= MIN_PART_RATIO and words[-count] == phrase[0]:
            return count, ratio
    return None


def _explain_begun(phrase: RecurringPhrase, count: int, ratio: float) -> Explanation:
    words = (
        f"{count} words at the end are the beginning of a phrase learned from this recording "
        f"(similarity {ratio:.0f} of 100)"
    )
    figures: dict[str, Figure] = {"count": count, "ratio": round(ratio, 1)}
    return BEGUN.because(words, figures, phrase=phrase.words)


def _ratio(a: str, b: str) -> float:
    from rapidfuzz import fuzz

    return float(fuzz.ratio(a, b, score_cutoff=MIN_RATIO))


def _names(context: Context, places: Sequence[PhrasePlace]) -> str:
    ids = sorted({context.windows[place.index].id for place in places})
    shown = ", ".join(str(number) for number in ids[:3])
    return (
        f"windows {shown} and {len(ids) - 3} more"
        if len(ids) > 3
        else f"windows {shown}"
    )


RULE = Rule(
    "recurring",
    recurring,
    (REPEATED, BEGUN),
    {
        "en": "the rule recurring: phrases that Whisper repeats in this recording stay in the text",
        "ru": "правила recurring: фразы, которые Whisper повторяет в этой записи, остались в "
        "тексте",
    },
    judges_one_window=True,
)
