"""The second listening taken in: where it is dense enough and passes the rules it wins, else the first stays.

A silent loss must not be traded for a silent invention: a gap that is announced does less harm than words nobody said.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from konspekt.clean.again import seconds_of
from konspekt.clean.beside import SLACK, Around, Said, Slot, Tried, around_of, compared, said_in
from konspekt.clean.context import MAX_SPOKEN_RATE, MAX_THIN_RATE, MIN_DENSE_RATE, Context
from konspekt.clean.gaps import Stretch, merged
from konspekt.clean.rules import Rule
from konspekt.clean.why import because
from konspekt.data import RawTranscript, Region, Removal, Sentence, WorthHearing
from konspekt.text.words import count_words

UNSUPPORTED = "unsupported"  # the reason of a second hearing that is refused
OF_ONE_HEARING = ("loops", "stock", "credits", "silence")  # rules that judge it before it is compared
MIN_LOGPROB = -1.0  # mean of the tokens; below it openai-whisper takes its own words for a failure
MAX_HELD = 0.5  # share of a stretch under the first listening's text: beyond, nothing is missing there
BESIDE = 10.0  # seconds on each side of a stretch in which the first listening may hold its words with wrong times
MIN_BESIDE, MAX_BESIDE = 6, 0.6  # new words that tell, and the share of them that may stand there
MIN_COVERED = 0.5  # share of a few first words' time that the second's words take, to win over them
TICK = 0.001


@dataclass(frozen=True, slots=True)
class Taken:
    """The context with the second listening, and between which times each of its hearings has its place."""

    context: Context
    places: Mapping[int, Stretch]  # by id


def both_listenings(raw: RawTranscript, again: RawTranscript | None) -> RawTranscript:
    """Both as one; the second's hearings have their own numbers, which go on from the first's."""
    if again is None or not again.hearings:
        return raw
    hearings = sorted((*raw.hearings, *again.hearings), key=lambda h: (h.start, h.end, h.id))
    return replace(raw, hearings=tuple(hearings))


def take_in(
    first: Context,
    start: Context,
    raw: RawTranscript,
    again: RawTranscript,
    rules: Mapping[str, Rule],
    worth: Sequence[WorthHearing],
) -> Taken:
    """The cleaned first listening with what the second adds or says better; `start` holds both as they were heard."""
    context = _judged(first, start, both_listenings(raw, again), {hearing.id for hearing in again.hearings}, rules)
    places: dict[int, Stretch] = {}
    slots, elsewhere = _slots(context, [h.id for h in again.hearings], worth)
    for index in elsewhere:
        context = context.without(_refused(context, index, because("not-missing", _NOT_MISSING)))
    for slot in slots:
        before: int | None = None
        for index in slot.hearings:
            around = around_of(context, slot, index, before)
            tried = compared(context, slot, index, around, before)
            evidence = _against(context, tried, slot, index, around, raw.speech)
            if evidence is not None:
                context = context.without(_refused(context, index, evidence))
                continue
            context = tried.context.without(_replaced(tried.context, index, around))
            places[context.heard[index].id] = _place(around)
            before = index if context.kept[index] else before
    return Taken(context, places)


def placed(context: Context, sentences: Iterable[Sentence], places: Mapping[int, Stretch]) -> tuple[Sentence, ...]:
    """The sentences in order, those of the second listening between what stands around them."""
    moved = [_between(s, *places[s.hearing]) if s.hearing in places else s for s in sentences]
    return tuple(sorted(moved, key=lambda s: (s.start, context.index_of[s.hearing], s.char_start)))


def gained(
    worth: Sequence[WorthHearing], again: RawTranscript, sentences: Iterable[Sentence]
) -> tuple[WorthHearing, ...]:
    """The stretches with what the second listening brought to each."""
    numbers = {hearing.id for hearing in again.hearings}
    heard = merged([(h.start, h.end) for h in again.hearings], 0.0)
    text = merged([(s.start, s.end) for s in sentences if s.hearing in numbers and count_words(s.text)], 0.0)
    return tuple(
        replace(w, gained=round(seconds_of(text, [(w.start, w.end)]), 3))
        if seconds_of(heard, [(w.start, w.end)]) > 0
        else w
        for w in worth
    )


def _between(sentence: Sentence, earliest: float, latest: float) -> Sentence:
    start = round(max(earliest, min(sentence.start, latest)), 3)
    return replace(sentence, start=start, end=max(start, sentence.end))


def _place(around: Around) -> Stretch:
    """A second hearing's sentences follow what stands before it and come before what stands after it."""
    earliest = around.left.start + TICK if around.left else -math.inf
    latest = around.right.start - TICK if around.right else math.inf
    return earliest, max(earliest, latest)


# ---------------------------------------------------------------------------------------- each second hearing by itself


def _judged(
    first: Context, start: Context, both: RawTranscript, numbers: set[int], rules: Mapping[str, Rule]
) -> Context:
    """Both listenings, the first as it was cleaned, the second after the rules that judge a hearing by itself.

    Those see the first listening's text less its loops: a phrase that it repeats on silence must be known when the
    second one says it too, but a loop in both is no repetition that was heard twice.
    """
    kept_first = {heard.id: first.kept[index] for index, heard in enumerate(first.heard)}
    loops = [removal for removal in first.removals if removal.reason == "loop"]
    looping = {removal.hearing for removal in loops}
    judged = start.without(loops)
    for name in OF_ONE_HEARING:
        if name not in rules:
            continue
        seen = judged
        if name == "loops":
            sound = tuple(hearing for hearing in both.hearings if hearing.id not in looping)
            seen = Context.of(replace(both, hearings=sound), start.language, start.likeness)
        judged = judged.without([removal for removal in rules[name](seen) if removal.hearing in numbers])
    own = tuple(removal for removal in judged.removals if removal.hearing in numbers)
    kept = tuple(kept_first.get(heard.id, judged.kept[index]) for index, heard in enumerate(start.heard))
    return replace(start, kept=kept, removals=(*first.removals, *own))


def _slots(context: Context, numbers: Sequence[int], worth: Sequence[WorthHearing]) -> tuple[list[Slot], list[int]]:
    """The stretches in order with the second hearings that have text, and those that are of no stretch."""
    of: dict[int, list[int]] = {}
    elsewhere = []
    for index in sorted(context.index_of[number] for number in numbers):
        heard = context.heard[index]
        if not context.kept[index]:
            continue
        shared = [(min(w.end, heard.end) - max(w.start, heard.start), -n) for n, w in enumerate(worth)]
        most, number = max(shared, default=(0.0, 0))
        if most > 0:
            of.setdefault(-number, []).append(index)
        else:
            elsewhere.append(index)
    slots = [Slot(worth[n].start, worth[n].end, tuple(indices)) for n, indices in of.items()]
    return sorted(slots, key=lambda slot: (slot.start, slot.end)), elsewhere


def _refused(context: Context, index: int, evidence: Mapping[str, object]) -> list[Removal]:
    return [context.removal(index, span, UNSUPPORTED, evidence) for span in context.kept[index]]


_NOT_MISSING = "the text of the first listening stands here: nothing was missing"


# ------------------------------------------------------------------------------------------------------- who has won


def _against(
    context: Context,
    tried: Tried,
    slot: Slot,
    index: int,
    around: Around,
    speech: Sequence[Region] | None,
) -> Mapping[str, object] | None:
    """Why a second hearing is not believed; None where it is, or where it says nothing new."""
    heard = context.heard[index]
    stretch = (max(slot.start, heard.start), min(slot.end, heard.end))
    firm = [(s.start, s.end) for s in said_in(context, *stretch) if s not in around.inside]
    if seconds_of(merged(firm, 0.0), [stretch]) > MAX_HELD * (stretch[1] - stretch[0]):
        return because("not-missing", _NOT_MISSING)
    new = [heard.text[a:b] for a, b in tried.context.kept[index]]
    if not any(count_words(text) for text in new):
        return None
    if _stands_beside(context, tried, index, stretch, around):
        return because("not-missing", _NOT_MISSING)
    spoken = [stretch] if speech is None else [(region.start, region.end) for region in speech]
    seconds = seconds_of(merged(spoken, 0.0), [stretch])
    rate = sum(len(text.strip()) for text in new) / max(seconds, 1.0)
    least = MAX_THIN_RATE if tried.met else MIN_DENSE_RATE
    if rate < least:
        words = f"{rate:.1f} characters a second of what was to be heard again: too few to be speech that was missed"
        return because("again-thin", words, rate=round(rate, 2), seconds=round(seconds, 1))
    if rate > MAX_SPOKEN_RATE:
        words = f"{rate:.0f} characters a second of what was to be heard again: faster than anyone speaks"
        return because("again-fast", words, rate=round(rate, 2), seconds=round(seconds, 1))
    figures = [s.avg_logprob for s in heard.hearing.segments if s.avg_logprob is not None and s.text.strip()]
    if figures and max(figures) < MIN_LOGPROB:
        words = f"Whisper itself is unsure of these words: avg_logprob {max(figures):.2f} is below {MIN_LOGPROB}"
        return because("again-unsure", words, avg_logprob=round(max(figures), 4))
    return None


def _stands_beside(context: Context, tried: Tried, index: int, stretch: Stretch, around: Around) -> bool:
    """Whether the first listening holds most of a second one's new words just beside the stretch.

    Whisper's times collapse at times: what was said in half a minute then stands in the window's last second, and the
    gap before it is none.
    """
    from rapidfuzz.distance import LCSseq

    new = [word.folded for span in tried.context.kept[index] for word in context.words(index, span)]
    near = said_in(context, stretch[0] - BESIDE, stretch[1] + BESIDE)
    there = [word.folded for said in near if said not in around.inside for word in context.words(said.index, said.span)]
    return len(new) >= MIN_BESIDE and LCSseq.similarity(new, there) >= MAX_BESIDE * len(new)


def _replaced(context: Context, index: int, around: Around) -> list[Removal]:
    """The few doubtful words of the first listening that the second heard in full."""
    heard = context.heard[index]
    own = merged([(context.start_of(index, a), context.end_of(index, b)) for a, b in context.sentences(index)], SLACK)
    removals = []
    for said in around.inside:
        length = said.end - said.start
        if length > 0 and seconds_of(own, [(said.start, said.end)]) >= MIN_COVERED * length:
            words = f"hearing {heard.id}, of the second listening, heard the same sound and says more of it"
            theirs = _theirs(context, index, said)
            evidence = because("heard-again", words, hearing=heard.id, theirs=theirs)
            removals.append(context.removal(said.index, said.span, "overlap", evidence))
    return removals


def _theirs(context: Context, index: int, said: Said) -> str:
    """What a hearing says at the time of a sentence."""
    texts = [
        context.heard[index].text[a:b].strip()
        for a, b in context.sentences(index)
        if context.start_of(index, a) < said.end and context.end_of(index, b) > said.start
    ]
    return " ".join(texts)
