"""The second pass taken in: where it is dense enough and passes the rules it wins, else the first
stays.

A silent loss must not be traded for a silent invention: a gap that is announced does less harm than
words nobody said.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from konspekt.clean.beside import (
    HELD_ALREADY,
    SLACK,
    Around,
    Said,
    Slot,
    Tried,
    around_of,
    compared,
    said_in,
)
from konspekt.clean.context import MAX_SPOKEN_RATE, MAX_THIN_RATE, MIN_DENSE_RATE, Context
from konspekt.clean.reasons import OVERLAP, UNSUPPORTED, Code, Explanation
from konspekt.clean.rule import Rule
from konspekt.clean.rules.loops import LOOP
from konspekt.clean.rules.loops import RULE as LOOPS
from konspekt.data import RawTranscript, Region, Removal, SecondPassCandidate, Sentence
from konspekt.text.spans import Span, intersection, overlap, times_of, total, union
from konspekt.text.words import count_words

MIN_LOGPROB = -1.0  # mean of the tokens; below it openai-whisper takes its own words for a failure
MAX_HELD = 0.5  # share of a stretch under the first pass's text: beyond, nothing is missing there
# seconds on each side of a stretch in which the first pass may hold its words with wrong times
BESIDE = 10.0
MIN_BESIDE, MAX_BESIDE = 6, 0.6  # new words that tell, and the share of them that may stand there
MIN_COVERED = 0.5  # share of a few first words' time that the second's words take, to win over them
TICK = 0.001

SECOND_PASS = Code(
    "second-pass",
    OVERLAP,
    {
        "en": "the second pass has more of this sound: «{theirs}»",
        "ru": "во втором проходе здесь распознано больше: «{theirs}»",
    },
)
THIN = Code(
    "second-pass-thin",
    UNSUPPORTED,
    {
        "en": "the second pass found {rate.1:character|characters} a second where speech may have "
        "been missed: too few to be speech",
        "ru": "при втором проходе там, где могла пропасть речь, распознано "
        "{rate.1:символ|символа|символов} в секунду: для речи слишком мало",
    },
)
FAST = Code(
    "second-pass-fast",
    UNSUPPORTED,
    {
        "en": "the second pass found {rate:character|characters} a second: faster than anyone "
        "speaks",
        "ru": "при втором проходе распознано {rate:символ|символа|символов} в секунду: так быстро "
        "никто не говорит",
    },
)
UNSURE = Code(
    "second-pass-unsure",
    UNSUPPORTED,
    {
        "en": "in the second pass Whisper itself is unsure of these words: their mean log "
        "probability is {avg_logprob.2}",
        "ru": "при втором проходе сам Whisper не уверен в этих словах: средний логарифм их "
        "вероятности {avg_logprob.2}",
    },
)
NOT_MISSING = Code(
    "not-missing",
    UNSUPPORTED,
    {
        "en": "the second pass found that nothing was missing here",
        "ru": "второй проход: здесь ничего не пропало",
    },
)
CODES = (HELD_ALREADY, SECOND_PASS, THIN, FAST, UNSURE, NOT_MISSING)


@dataclass(frozen=True, slots=True)
class Taken:
    """The context with the second pass, and between which times each of its windows has its
    place.
    """

    context: Context
    places: Mapping[int, Span[float]]  # by id


def both_passes(raw: RawTranscript, again: RawTranscript | None) -> RawTranscript:
    """Both as one; the second's windows have their own numbers, which go on from the first's."""
    if again is None or not again.windows:
        return raw
    decoded_windows = sorted((*raw.windows, *again.windows), key=lambda h: (h.start, h.end, h.id))
    return replace(raw, windows=tuple(decoded_windows))


def take_in(
    first: Context,
    start: Context,
    raw: RawTranscript,
    again: RawTranscript,
    rules: Mapping[str, Rule],
    worth: Sequence[SecondPassCandidate],
) -> Taken:
    """The cleaned first pass with what the second adds or says better; `start` holds both as they
    were heard.
    """
    context = _judged(
        first, start, both_passes(raw, again), {decoded.id for decoded in again.windows}, rules
    )
    places: dict[int, Span[float]] = {}
    slots, elsewhere = _slots(context, [h.id for h in again.windows], worth)
    for index in elsewhere:
        context = context.without(_refused(context, index, _not_missing()))
    for slot in slots:
        before: int | None = None
        for index in slot.windows:
            around = around_of(context, slot, index, before)
            tried = compared(context, slot, index, around, before)
            evidence = _against(context, tried, slot, index, around, raw.speech)
            if evidence is not None:
                context = context.without(_refused(context, index, evidence))
                continue
            context = tried.context.without(_replaced(tried.context, index, around))
            places[context.windows[index].id] = _place(around)
            before = index if context.kept[index] else before
    return Taken(context, places)


def placed(
    context: Context, sentences: Iterable[Sentence], places: Mapping[int, Span[float]]
) -> tuple[Sentence, ...]:
    """The sentences in order, those of the second pass between what stands around them."""
    moved = [_between(s, *places[s.window]) if s.window in places else s for s in sentences]
    return tuple(sorted(moved, key=lambda s: (s.start, context.index_of[s.window], s.char_start)))


def gained(
    worth: Sequence[SecondPassCandidate], again: RawTranscript, sentences: Iterable[Sentence]
) -> tuple[SecondPassCandidate, ...]:
    """The stretches with what the second pass brought to each."""
    numbers = {decoded.id for decoded in again.windows}
    decoded = union(times_of(again.windows))
    text = union(times_of(s for s in sentences if s.window in numbers and count_words(s.text)))

    def measured(candidate: SecondPassCandidate) -> SecondPassCandidate:
        stretch = times_of([candidate])
        if not intersection(decoded, stretch):
            return candidate
        return replace(candidate, gained=round(total(intersection(text, stretch)), 3))

    return tuple(map(measured, worth))


def _between(sentence: Sentence, earliest: float, latest: float) -> Sentence:
    start = round(max(earliest, min(sentence.start, latest)), 3)
    return replace(sentence, start=start, end=max(start, sentence.end))


def _place(around: Around) -> Span[float]:
    """A second window's sentences follow what stands before it and come before what stands after
    it.
    """
    earliest = around.left.start + TICK if around.left else -math.inf
    latest = around.right.start - TICK if around.right else math.inf
    return earliest, max(earliest, latest)


# ---------------------------------------------------------------------------------------- each seco


def _judged(
    first: Context,
    start: Context,
    both: RawTranscript,
    numbers: set[int],
    rules: Mapping[str, Rule],
) -> Context:
    """Both passes, the first as it was cleaned, the second after the rules that judge a window by
    itself.

    Those see the first pass's text less its loops: a phrase that it repeats on silence must be
    known when the second one says it too, but a loop in both is no repetition that was heard twice.
    """
    kept_first = {window.id: first.kept[index] for index, window in enumerate(first.windows)}
    loops = [removal for removal in first.removals if removal.reason == LOOP.name]
    looping = {removal.window for removal in loops}
    judged = start.without(loops)
    for rule in rules.values():
        if not rule.judges_one_window:
            continue
        seen = judged
        if rule is LOOPS:
            sound = tuple(decoded for decoded in both.windows if decoded.id not in looping)
            seen = Context.of(replace(both, windows=sound), start.language, start.similarity)
        judged = judged.without(
            [removal for removal in rule.judge(seen) if removal.window in numbers]
        )
    own = tuple(removal for removal in judged.removals if removal.window in numbers)
    kept = tuple(
        kept_first.get(window.id, judged.kept[index]) for index, window in enumerate(start.windows)
    )
    return replace(start, kept=kept, removals=(*first.removals, *own))


def _slots(
    context: Context, numbers: Sequence[int], worth: Sequence[SecondPassCandidate]
) -> tuple[list[Slot], list[int]]:
    """The stretches in order with the second windows that have text, and those that are of no
    stretch.
    """
    of: dict[int, list[int]] = {}
    elsewhere = []
    for index in sorted(context.index_of[number] for number in numbers):
        window = context.windows[index]
        if not context.kept[index]:
            continue
        own = (window.start, window.end)
        shared = [(overlap(times, own), -n) for n, times in enumerate(times_of(worth))]
        most, number = max(shared, default=(0.0, 0))
        if most > 0:
            of.setdefault(-number, []).append(index)
        else:
            elsewhere.append(index)
    slots = [Slot(worth[n].start, worth[n].end, tuple(indices)) for n, indices in of.items()]
    return sorted(slots, key=lambda slot: (slot.start, slot.end)), elsewhere


def _refused(context: Context, index: int, why: Explanation) -> list[Removal]:
    return [context.removal(index, span, why) for span in context.kept[index]]


def _not_missing() -> Explanation:
    return NOT_MISSING.because("the text of the first pass stands here: nothing was missing")


# --------------------------------------------------------------------------------------------------


def _against(
    context: Context,
    tried: Tried,
    slot: Slot,
    index: int,
    around: Around,
    speech: Sequence[Region] | None,
) -> Explanation | None:
    """Why a second window is not believed; None where it is, or where it says nothing new."""
    window = context.windows[index]
    stretch = (max(slot.start, window.start), min(slot.end, window.end))
    firm = union(times_of(s for s in said_in(context, *stretch) if s not in around.inside))
    if total(intersection(firm, [stretch])) > MAX_HELD * (stretch[1] - stretch[0]):
        return _not_missing()
    new = [window.text[a:b] for a, b in tried.context.kept[index]]
    if not any(count_words(text) for text in new):
        return None
    if _stands_beside(context, tried, index, stretch, around):
        return _not_missing()
    spoken = [stretch] if speech is None else union(times_of(speech))
    seconds = total(intersection(spoken, [stretch]))
    rate = sum(len(text.strip()) for text in new) / max(seconds, 1.0)
    least = MAX_THIN_RATE if tried.met else MIN_DENSE_RATE
    if rate < least:
        words = f"{rate:.1f} characters a second of what was to be heard again: too few to be speech that was missed"
        return THIN.because(words, {"rate": round(rate, 2), "seconds": round(seconds, 1)})
    if rate > MAX_SPOKEN_RATE:
        words = f"{rate:.0f} characters a second of what was to be heard again: faster than anyone speaks"
        return FAST.because(words, {"rate": round(rate, 2), "seconds": round(seconds, 1)})
    figures = [
        s.avg_logprob
        for s in window.decoded.segments
        if s.avg_logprob is not None and s.text.strip()
    ]
    if figures and max(figures) < MIN_LOGPROB:
        words = f"Whisper itself is unsure of these words: avg_logprob {max(figures):.2f} is below {MIN_LOGPROB}"
        return UNSURE.because(words, {"avg_logprob": round(max(figures), 4)})
    return None


def _stands_beside(
    context: Context, tried: Tried, index: int, stretch: Span[float], around: Around
) -> bool:
    """Whether the first pass holds most of a second one's new words just beside the stretch.

    Whisper's times collapse at times: what was said in half a minute then stands in the window's
    last second, and the gap before it is none.
    """
    from rapidfuzz.distance import LCSseq

    new = [word.folded for span in tried.context.kept[index] for word in context.words(index, span)]
    near = said_in(context, stretch[0] - BESIDE, stretch[1] + BESIDE)
    there = [
        word.folded
        for said in near
        if said not in around.inside
        for word in context.words(said.index, said.span)
    ]
    return len(new) >= MIN_BESIDE and LCSseq.similarity(new, there) >= MAX_BESIDE * len(new)


def _replaced(context: Context, index: int, around: Around) -> list[Removal]:
    """The few doubtful words of the first pass that the second heard in full."""
    window = context.windows[index]
    own = union(
        [
            (context.start_of(index, a), context.end_of(index, b))
            for a, b in context.sentences(index)
        ],
        SLACK,
    )
    removals = []
    for said in around.inside:
        length = said.end - said.start
        if length > 0 and total(intersection(own, times_of([said]))) >= MIN_COVERED * length:
            words = (
                f"window {window.id}, of the second pass, heard the same sound and says more of it"
            )
            theirs = _theirs(context, index, said)
            evidence = SECOND_PASS.because(words, {"theirs": theirs}, other_window=window.id)
            removals.append(context.removal(said.index, said.span, evidence))
    return removals


def _theirs(context: Context, index: int, said: Said) -> str:
    """What a window says at the time of a sentence."""
    texts = [
        context.windows[index].text[a:b].strip()
        for a, b in context.sentences(index)
        if context.start_of(index, a) < said.end and context.end_of(index, b) > said.start
    ]
    return " ".join(texts)
