"""The second pass taken in: where it is dense enough and passes the rules it wins, else the first
stays.

A silent loss must not be traded for a silent invention: a gap that is announced does less harm than
words nobody said.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from konspekt.clean.beside import (
    HELD_ALREADY,
    SLACK,
    FittedWindow,
    KeptSentence,
    PassStretch,
    Surroundings,
    fit_in,
    kept_sentences_in,
    surroundings_of,
)
from konspekt.clean.context import (
    MAX_SPOKEN_RATE,
    MAX_THIN_RATE,
    MIN_DENSE_RATE,
    Context,
)
from konspekt.clean.reasons import OVERLAP, UNSUPPORTED, Code, Explanation
from konspekt.clean.rule import Rule
from konspekt.clean.rules.loops import LOOP
from konspekt.clean.rules.loops import RULE as LOOPS
from konspekt.clean.transcript import kept_sentences
from konspekt.clean.window_text import WindowText
from konspekt.data import (
    RawTranscript,
    Region,
    Removal,
    SecondPassCandidate,
    Sentence,
    names,
)
from konspekt.text.spans import Span, intersection, overlap, times_of, total, union
from konspekt.text.words import count_words

# mean of the tokens; below it openai-whisper takes its own words for a failure
MIN_LOGPROB = -1.0
MAX_HELD = 0.5  # share of a stretch under the first pass's text: beyond, nothing is missing there
# seconds on each side of a stretch in which the first pass may hold its words with wrong times
BESIDE = 10.0
# new words that are enough to judge by, and the share of them that may stand there
MIN_BESIDE, MAX_BESIDE = 6, 0.6
MIN_COVERED = 0.5  # share of a few first words' time that the second's words take, to win over them
TICK = 0.001

SECOND_PASS = Code(
    names.SECOND_PASS,
    OVERLAP,
    {
        "en": "the second pass has more of this sound: «{theirs}»",
        "ru": "во втором проходе здесь распознано больше: «{theirs}»",
    },
)
THIN = Code(
    f"{names.SECOND_PASS}-thin",
    UNSUPPORTED,
    {
        "en": "the second pass found {rate.1:character|characters} a second where speech may have "
        "been missed: too few to be speech",
        "ru": "при втором проходе там, где могла пропасть речь, распознано "
        "{rate.1:символ|символа|символов} в секунду: для речи слишком мало",
    },
)
FAST = Code(
    f"{names.SECOND_PASS}-fast",
    UNSUPPORTED,
    {
        "en": "the second pass found {rate:character|characters} a second: faster than anyone "
        "speaks",
        "ru": "при втором проходе распознано {rate:символ|символа|символов} в секунду: так быстро "
        "никто не говорит",
    },
)
UNSURE = Code(
    f"{names.SECOND_PASS}-unsure",
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


def join_passes(raw: RawTranscript, second_pass: RawTranscript | None) -> RawTranscript:
    """Return both as one; the second's windows have numbers that go on from the first's."""
    if second_pass is None or not second_pass.windows:
        return raw
    both = (*raw.windows, *second_pass.windows)
    ordered = sorted(both, key=lambda decoded: (decoded.start, decoded.end, decoded.id))
    return replace(raw, windows=tuple(ordered))


def take_in(
    first: Context,
    start: Context,
    raw: RawTranscript,
    second_pass: RawTranscript,
    rules: Mapping[str, Rule],
    candidates: Sequence[SecondPassCandidate],
) -> Taken:
    """Return the cleaned first pass with what the second adds or has better.

    `start` holds both as they were decoded.
    """
    numbers = {decoded.id for decoded in second_pass.windows}
    both = join_passes(raw, second_pass)
    context = _judge_second_pass(first, start, both, numbers, rules)
    stretches, elsewhere = _assign(context, sorted(numbers), candidates)
    for index in elsewhere:
        context = _refuse(context, index, _explain_not_missing())
    places: dict[int, Span[float]] = {}
    for stretch in stretches:
        taken = _fill(context, stretch, raw.speech)
        context = taken.context
        places.update(taken.places)
    return Taken(context, places)


def _fill(
    context: Context, stretch: PassStretch, speech: Sequence[Region] | None
) -> Taken:
    """Return the context with the windows of one stretch, each joined to the text around it or
    refused.
    """
    places: dict[int, Span[float]] = {}
    before: int | None = None
    for index in stretch.windows:
        around = surroundings_of(context, stretch, index, before)
        fitted = fit_in(context, stretch, index, around, before)
        attempt = Attempt(context, fitted, stretch, index, around, speech)
        why = attempt.why_refused()
        if why is not None:
            context = _refuse(context, index, why)
            continue
        context = fitted.context.without(
            _replace_doubtful(fitted.context, index, around)
        )
        places[context.windows[index].id] = _place(around)
        if context.kept[index]:
            before = index
    return Taken(context, places)


def order_passes(
    context: Context, places: Mapping[int, Span[float]]
) -> tuple[Sentence, ...]:
    """Return the kept sentences in order, those of the second pass between what stands around
    them.
    """
    sentences = [
        _clamp_times(sentence, *places[sentence.window])
        if sentence.window in places
        else sentence
        for sentence in kept_sentences(context)
    ]
    place = context.index_of
    return tuple(
        sorted(sentences, key=lambda s: (s.start, place[s.window], s.char_start))
    )


def measure_gains(
    candidates: Sequence[SecondPassCandidate],
    second_pass: RawTranscript,
    sentences: Iterable[Sentence],
) -> tuple[SecondPassCandidate, ...]:
    """Return the candidates with what the second pass brought to each."""
    numbers = {decoded.id for decoded in second_pass.windows}
    decoded = union(times_of(second_pass.windows))
    text = union(
        times_of(s for s in sentences if s.window in numbers and count_words(s.text))
    )

    def measure(candidate: SecondPassCandidate) -> SecondPassCandidate:
        stretch = times_of([candidate])
        if not intersection(decoded, stretch):
            return candidate
        return replace(candidate, gained=round(total(intersection(text, stretch)), 3))

    return tuple(map(measure, candidates))


def _clamp_times(sentence: Sentence, earliest: float, latest: float) -> Sentence:
    start = round(max(earliest, min(sentence.start, latest)), 3)
    return replace(sentence, start=start, end=max(start, sentence.end))


def _place(around: Surroundings) -> Span[float]:
    """Return the times between which a window's sentences stand: they follow what is before it and
    come before what is after it.
    """
    earliest = around.left.start + TICK if around.left else -math.inf
    latest = around.right.start - TICK if around.right else math.inf
    return earliest, max(earliest, latest)


# ------------------------------------------------------------------------- each window by itself


def _judge_second_pass(
    first: Context,
    start: Context,
    both: RawTranscript,
    numbers: Set[int],
    rules: Mapping[str, Rule],
) -> Context:
    """Return both passes, the first as it was cleaned, the second after the rules that judge a
    window by itself.

    Those see the first pass's text less its loops. A phrase that it repeats on silence must be
    known when the second one has it too, but a loop in both is no repetition that was said twice.
    """
    loops = [removal for removal in first.removals if removal.reason == LOOP.name]
    looping = {removal.window for removal in loops}
    sound = tuple(decoded for decoded in both.windows if decoded.id not in looping)
    without_loops = Context.of(
        replace(both, windows=sound), start.language, start.similarity
    )
    judged = start.without(loops)
    for rule in rules.values():
        if rule.judges_one_window:
            seen = without_loops if rule is LOOPS else judged
            found = rule.judge(seen)
            judged = judged.without([one for one in found if one.window in numbers])
    own = tuple(removal for removal in judged.removals if removal.window in numbers)
    kept_first = {
        window.id: first.kept[index] for index, window in enumerate(first.windows)
    }
    kept = tuple(
        kept_first.get(window.id, judged.kept[index])
        for index, window in enumerate(start.windows)
    )
    return replace(start, kept=kept, removals=(*first.removals, *own))


def _assign(
    context: Context, numbers: Iterable[int], candidates: Sequence[SecondPassCandidate]
) -> tuple[list[PassStretch], list[int]]:
    """Return the stretches in order with the windows that have text, and the windows of none."""
    windows_of: dict[int, list[int]] = {}
    elsewhere = []
    for index in sorted(context.index_of[number] for number in numbers):
        if not context.kept[index]:
            continue
        number = _candidate_of(context.windows[index], candidates)
        if number is None:
            elsewhere.append(index)
        else:
            windows_of.setdefault(number, []).append(index)
    stretches = [
        PassStretch(candidates[number].start, candidates[number].end, tuple(indices))
        for number, indices in windows_of.items()
    ]
    return sorted(
        stretches, key=lambda stretch: (stretch.start, stretch.end)
    ), elsewhere


def _candidate_of(
    window: WindowText, candidates: Sequence[SecondPassCandidate]
) -> int | None:
    """Return the candidate that shares most sound with a window, the first of several; None where
    none shares any.
    """
    own = (window.start, window.end)
    shared = [(overlap(times, own), -n) for n, times in enumerate(times_of(candidates))]
    most, number = max(shared, default=(0.0, 0))
    return -number if most > 0 else None


def _refuse(context: Context, index: int, why: Explanation) -> Context:
    """Return the context without a window of the second pass."""
    return context.without(
        [context.removal(index, span, why) for span in context.kept[index]]
    )


def _explain_not_missing() -> Explanation:
    return NOT_MISSING.because(
        "the text of the first pass stands here: nothing was missing"
    )


# ------------------------------------------------------------------------- what speaks against it


@dataclass(frozen=True, slots=True)
class Attempt:
    """A window of the second pass, put into the text around it."""

    context: Context  # without it
    fitted: FittedWindow
    stretch: PassStretch
    index: int
    around: Surroundings
    speech: Sequence[Region] | None

    def why_refused(self) -> Explanation | None:
        """Return why the window is not believed; None where it is, or where it has nothing new."""
        new = self._new_texts()
        if self._is_held():
            return _explain_not_missing()
        if not any(count_words(text) for text in new):
            return None
        if self._stands_beside():
            return _explain_not_missing()
        return self._why_no_speech(new) or self._why_unsure()

    def _span(self) -> Span[float]:
        """Return the times of the stretch that the window holds."""
        window = self.context.windows[self.index]
        start = max(self.stretch.start, window.start)
        return start, min(self.stretch.end, window.end)

    def _new_texts(self) -> list[str]:
        """Return the texts that the window has beyond the text around it."""
        text = self.context.windows[self.index].text
        return [text[start:end] for start, end in self.fitted.context.kept[self.index]]

    def _is_held(self) -> bool:
        """Return whether the first pass's text lies over most of the stretch."""
        start, end = self._span()
        near = kept_sentences_in(self.context, start, end)
        firm = union(times_of(one for one in near if one not in self.around.inside))
        return total(intersection(firm, [(start, end)])) > MAX_HELD * (end - start)

    def _stands_beside(self) -> bool:
        """Return whether the first pass holds most of the new words just beside the stretch.

        Whisper's times collapse at times: what was said in half a minute then stands in the
        window's last second, and the gap before it is none.
        """
        from rapidfuzz.distance import LCSseq

        start, end = self._span()
        fitted, index = self.fitted.context, self.index
        new = [
            word.folded
            for span in fitted.kept[index]
            for word in fitted.words(index, span)
        ]
        there: list[str] = []
        for one in kept_sentences_in(self.context, start - BESIDE, end + BESIDE):
            if one not in self.around.inside:
                there += [
                    word.folded for word in self.context.words(one.index, one.span)
                ]
        return len(new) >= MIN_BESIDE and LCSseq.similarity(
            new, there
        ) >= MAX_BESIDE * len(new)

    def _why_no_speech(self, new: Iterable[str]) -> Explanation | None:
        """Return why the new words are too few or too many for their time; None where they fit."""
        stretch = [self._span()]
        spoken = stretch if self.speech is None else union(times_of(self.speech))
        seconds = total(intersection(spoken, stretch))
        rate = sum(len(text.strip()) for text in new) / max(seconds, 1.0)
        figures = {"rate": round(rate, 2), "seconds": round(seconds, 1)}
        if rate < (MAX_THIN_RATE if self.fitted.met else MIN_DENSE_RATE):
            what = "too few to be speech that was missed"
            words = f"{rate:.1f} characters a second of the second pass: {what}"
            return THIN.because(words, figures)
        if rate > MAX_SPOKEN_RATE:
            words = f"{rate:.0f} characters a second of the second pass: faster than anyone speaks"
            return FAST.because(words, figures)
        return None

    def _why_unsure(self) -> Explanation | None:
        """Return that Whisper doubts all of the text; None where it does not."""
        segments = self.context.windows[self.index].decoded.segments
        figures = [
            segment.avg_logprob
            for segment in segments
            if segment.avg_logprob is not None and segment.text.strip()
        ]
        if not figures or max(figures) >= MIN_LOGPROB:
            return None
        figure = f"avg_logprob {max(figures):.2f} is below {MIN_LOGPROB}"
        words = f"Whisper itself is unsure of these words: {figure}"
        return UNSURE.because(words, {"avg_logprob": round(max(figures), 4)})


def _replace_doubtful(
    context: Context, index: int, around: Surroundings
) -> list[Removal]:
    """Return the removals of the few doubtful words of the first pass that the second has in
    full.
    """
    window = context.windows[index]
    own = union(
        [_times(context, index, span) for span in context.sentences(index)], SLACK
    )
    removals = []
    for one in around.inside:
        length = one.end - one.start
        if (
            length > 0
            and total(intersection(own, times_of([one]))) >= MIN_COVERED * length
        ):
            words = f"window {window.id}, of the second pass, has more of this sound"
            theirs = {names.THEIRS: _theirs(context, index, one)}
            why = SECOND_PASS.because(words, theirs, other_window=window.id)
            removals.append(context.removal(one.index, one.span, why))
    return removals


def _times(context: Context, index: int, span: tuple[int, int]) -> Span[float]:
    return context.start_of(index, span[0]), context.end_of(index, span[1])


def _theirs(context: Context, index: int, one: KeptSentence) -> str:
    """Return the text of a window at the time of a sentence."""
    texts = []
    for span in context.sentences(index):
        start, end = _times(context, index, span)
        if start < one.end and end > one.start:  # one without length too
            texts.append(context.windows[index].text[span[0] : span[1]].strip())
    return " ".join(texts)
