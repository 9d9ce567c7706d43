"""A window of the second pass beside the first pass's text: what both hold stands once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from konspekt.clean.context import MAX_SPOKEN_RATE, Context, Span
from konspekt.clean.reasons import OVERLAP, Code
from konspekt.clean.rules.seams import (
    Seam,
    SeamSide,
    find_seam,
    find_seam_of,
    join,
    side_of,
)
from konspekt.clean.window_text import WindowText
from konspekt.data import names
from konspekt.text.spans import bounds, common

SLACK = 0.5  # seconds: Whisper's times are that rough
NEAR = 30.0  # seconds around a stretch in which the first pass's text is looked at

HELD_ALREADY = Code(
    "held-already",
    OVERLAP,
    {
        "en": "the second pass began before the stretch that it was for: the text has «{theirs}» "
        "of this sound",
        "ru": "второй проход начался раньше места, ради которого он сделан: в тексте об этом звуке "
        "осталось «{theirs}»",
    },
)


@dataclass(frozen=True, slots=True)
class KeptSentence:
    """A kept sentence of the first pass."""

    index: int  # of its window
    span: Span
    start: float
    end: float

    @property
    def middle(self) -> float:
        """Return the time in the middle of the sentence."""
        return (self.start + self.end) / 2


@dataclass(frozen=True, slots=True)
class PassStretch:
    """A stretch, and the windows of the second pass that are for it: indices, in order."""

    start: float
    end: float
    windows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The first pass's text around a window of the second: before it, after it, and few doubtful
    words inside.
    """

    left: KeptSentence | None
    right: KeptSentence | None
    inside: tuple[KeptSentence, ...]


def surroundings_of(
    context: Context, stretch: PassStretch, index: int, before: int | None
) -> Surroundings:
    """Return the first pass's text near a window of the second.

    `before` is the window of the second pass that was taken in before it, if one was.
    """
    here = context.windows[index]
    start, end = common(bounds(here), bounds(stretch))
    near = list(kept_sentences_in(context, start - NEAR, end + NEAR))
    inside = [
        one for one in near if _is_inside(one, stretch) and _is_doubtful(context, one)
    ]
    firm = [one for one in near if one not in inside]
    earlier = [one for one in firm if one.middle < stretch.start]
    later = [one for one in firm if one.middle > stretch.end]
    left = max(earlier, key=lambda one: (one.end, one.span), default=None)
    right = min(later, key=lambda one: (one.start, one.span), default=None)
    if (
        before is not None
        and left is not None
        and left.end <= context.windows[before].start
    ):
        left = None
    return Surroundings(left, right, tuple(inside))


def kept_sentences_in(
    context: Context, start: float, end: float
) -> Iterator[KeptSentence]:
    """Yield the first pass's kept sentences that hold words, of the windows in a stretch."""
    for index, window in enumerate(context.windows):
        if (
            window.end < start
            or window.start > end
            or window.decoded.how.pass_number != 1
        ):
            continue
        for span in context.sentences(index):
            if context.words(index, span):
                begin = context.start_of(index, span[0])
                yield KeptSentence(
                    index, span, begin, max(begin, context.end_of(index, span[1]))
                )


def _is_inside(one: KeptSentence, stretch: PassStretch) -> bool:
    return stretch.start - SLACK <= one.middle <= stretch.end + SLACK


def _is_doubtful(context: Context, one: KeptSentence) -> bool:
    """Return whether a sentence stands in a window that has too little or too much text, or was cut
    off.
    """
    if context.is_thin(one.index) or context.rate(one.index) > MAX_SPOKEN_RATE:
        return True
    return context.windows[one.index].decoded.how.is_cut


@dataclass(frozen=True, slots=True)
class FittedWindow:
    """A context in which a window of the second pass is joined to what stands around it."""

    context: Context
    met: bool  # it repeats the words beside it


def fit_in(
    context: Context,
    stretch: PassStretch,
    index: int,
    around: Surroundings,
    before: int | None,
) -> FittedWindow:
    """Return the context in which a window repeats nothing of the text beside it.

    Where their words meet, they are joined by their words; else by time.
    """
    fitted = _fit_left(context, stretch, index, around.left, before)
    right = around.right
    kept = fitted.context.kept[index]
    if not kept or right is None or right.start >= context.windows[index].end:
        return fitted
    also = _join_right(fitted.context, stretch, index, right)
    return FittedWindow(also.context, fitted.met or also.met)


def _fit_left(
    context: Context,
    stretch: PassStretch,
    index: int,
    left: KeptSentence | None,
    before: int | None,
) -> FittedWindow:
    """Join a window to the one of the second pass before it where they share sound, else to the
    text on its left.
    """
    here = context.windows[index]
    if before is not None and context.windows[before].shared_with(here) > 0:
        seam = find_seam(context, before, index) if context.kept[before] else None
        return _join_sides(context, seam) or FittedWindow(context, met=False)
    if left is not None and left.end > here.start:
        return _join_left(context, stretch, index, left)
    return FittedWindow(context, met=False)


def _join_left(
    context: Context, stretch: PassStretch, index: int, left: KeptSentence
) -> FittedWindow:
    here = context.windows[index]
    theirs = _side_at(context, left, at_end=True)
    if theirs is not None:
        shared = max(0.0, left.end - here.start)
        own = side_of(context, index, at_end=False)
        joined = _join_sides(context, find_seam_of(context, theirs, own, shared))
        if joined is not None:
            return joined
    char = _cut_at(here, stretch.start)
    return _cut_off(context, index, (0, char), left)


def _join_right(
    context: Context, stretch: PassStretch, index: int, right: KeptSentence
) -> FittedWindow:
    here = context.windows[index]
    theirs = _side_at(context, right, at_end=False)
    if theirs is not None:
        shared = max(0.0, here.end - right.start)
        own = side_of(context, index, at_end=True)
        joined = _join_sides(context, find_seam_of(context, own, theirs, shared))
        if joined is not None:
            return joined
    char = _cut_at(here, stretch.end)
    return _cut_off(context, index, (char, len(here.text)), right)


def _join_sides(context: Context, seam: Seam | None) -> FittedWindow | None:
    """Return the context after two sides that meet are joined; None where they do not meet."""
    if seam is None:
        return None
    return FittedWindow(context.without(list(join(context, seam))), met=True)


def _side_at(context: Context, one: KeptSentence, *, at_end: bool) -> SeamSide | None:
    """Return the words up to the end of a sentence, or from its beginning on, as far as its window
    keeps them.
    """
    window = context.windows[one.index]
    first, last = context.word_range(one.index, one.span)
    for span in context.kept[one.index]:
        low, high = context.word_range(one.index, span)
        if at_end and low < last <= high:
            return SeamSide(one.index, window, low, last)
        if not at_end and low <= first < high:
            return SeamSide(one.index, window, first, high)
    return None


def _cut_at(window: WindowText, time: float) -> int:
    """Return the offset nearest to a time at which a word begins, the beginning of a sentence
    before others.
    """

    def cost(char: int) -> tuple[float, int]:
        away = abs(window.clock.start_of(char) - time)
        return away if _is_sentence_edge(window.text, char) else away + 2 * SLACK, char

    return min(map(window.before_word, range(len(window.words) + 1)), key=cost)


def _is_sentence_edge(text: str, char: int) -> bool:
    before = text[:char].rstrip()
    return not before or before[-1] in ".!?…" or char == len(text)


def _cut_off(
    context: Context, index: int, span: Span, other: KeptSentence
) -> FittedWindow:
    """Return the context without what a window has beyond its stretch, where the first pass's text
    stands.
    """
    if span[0] >= span[1]:
        return FittedWindow(context, met=False)
    window = context.windows[other.index]
    what = "it was transcribed again only for what is beside it"
    words = f"window {window.id} holds this sound and its text is kept: {what}"
    theirs = window.text[other.span[0] : other.span[1]].strip()
    why = HELD_ALREADY.because(words, {names.THEIRS: theirs}, other_window=window.id)
    return FittedWindow(context.without([context.removal(index, span, why)]), met=False)
