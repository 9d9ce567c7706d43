"""A second window beside the first pass's text: what both hold stands once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from konspekt.clean.context import MAX_SPOKEN_RATE, Context, Span
from konspekt.clean.reasons import OVERLAP, Code
from konspekt.clean.rules.seams import Side, join, meeting_of, meeting_of_sides, side_of
from konspekt.clean.window_text import WindowText
from konspekt.data import Removal

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
class Said:
    """A kept sentence of the first pass."""

    index: int
    span: Span
    start: float
    end: float

    @property
    def middle(self) -> float:
        return (self.start + self.end) / 2


@dataclass(frozen=True, slots=True)
class Slot:
    """A stretch, and what the second pass heard of it: indices of windows, in order."""

    start: float
    end: float
    windows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Around:
    """The first pass's text around a second window: before it, after it, and few doubtful words
    inside.
    """

    left: Said | None
    right: Said | None
    inside: tuple[Said, ...]


def around_of(context: Context, slot: Slot, index: int, before: int | None) -> Around:
    """The first pass's text near a second window."""
    here = context.windows[index]
    near = list(
        said_in(context, max(here.start, slot.start) - NEAR, min(here.end, slot.end) + NEAR)
    )
    inside = [
        s
        for s in near
        if slot.start - SLACK <= s.middle <= slot.end + SLACK and _is_doubtful(context, s)
    ]
    firm = [s for s in near if s not in inside]
    left = max(
        (s for s in firm if s.middle < slot.start), key=lambda s: (s.end, s.span), default=None
    )
    right = min(
        (s for s in firm if s.middle > slot.end), key=lambda s: (s.start, s.span), default=None
    )
    if before is not None and left is not None and left.end <= context.windows[before].start:
        left = None
    return Around(left, right, tuple(inside))


def said_in(context: Context, start: float, end: float) -> Iterator[Said]:
    """The first pass's kept sentences that hold words, near some seconds."""
    for index, window in enumerate(context.windows):
        if window.end < start or window.start > end or window.decoded.how.pass_number != 1:
            continue
        for span in context.sentences(index):
            if context.words(index, span):
                begin = context.start_of(index, span[0])
                yield Said(index, span, begin, max(begin, context.end_of(index, span[1])))


def _is_doubtful(context: Context, said: Said) -> bool:
    """Whether a sentence stands in a window that says too little, too much, or was cut off."""
    window = context.windows[said.index]
    rate = context.rate(said.index)
    return context.is_thin(said.index) or rate > MAX_SPOKEN_RATE or window.decoded.how.is_cut


@dataclass(frozen=True, slots=True)
class Tried:
    """A context in which a second window is joined to what stands around it."""

    context: Context
    met: bool  # it repeats the words beside it


def compared(context: Context, slot: Slot, index: int, around: Around, before: int | None) -> Tried:
    """What a second window repeats of the text beside it stands once: by its words, where they
    meet, else by time.
    """
    met = False
    left, right = around.left, around.right
    if before is not None and context.windows[before].shared_with(context.windows[index]) > 0:
        meeting = meeting_of(context, before, index) if context.kept[before] else None
        if meeting is not None:
            context, met = context.without(list(join(context, *meeting))), True
    elif left is not None and left.end > context.windows[index].start:
        context, met = _joined_left(context, slot, index, left)
    if context.kept[index] and right is not None and right.start < context.windows[index].end:
        context, also = _joined_right(context, slot, index, right)
        met = met or also
    return Tried(context, met)


def _joined_left(context: Context, slot: Slot, index: int, left: Said) -> tuple[Context, bool]:
    here = context.windows[index]
    a = _side_at(context, left, at_end=True)
    if a is not None:
        found = meeting_of_sides(
            context, a, side_of(context, index, at_end=False), max(0.0, left.end - here.start)
        )
        if found is not None:
            return context.without(list(join(context, *found))), True
    char = _cut_at(here, slot.start)
    return context.without(_held(context, index, (0, char), left)), False


def _joined_right(context: Context, slot: Slot, index: int, right: Said) -> tuple[Context, bool]:
    here = context.windows[index]
    b = _side_at(context, right, at_end=False)
    if b is not None:
        found = meeting_of_sides(
            context, side_of(context, index, at_end=True), b, max(0.0, here.end - right.start)
        )
        if found is not None:
            return context.without(list(join(context, *found))), True
    char = _cut_at(here, slot.end)
    return context.without(_held(context, index, (char, len(here.text)), right)), False


def _side_at(context: Context, said: Said, *, at_end: bool) -> Side | None:
    """The words up to the end of a sentence, or from its beginning on, as far as its window keeps
    them.
    """
    first, last = context.word_range(said.index, said.span)
    for span in context.kept[said.index]:
        low, high = context.word_range(said.index, span)
        if at_end and low < last <= high:
            return Side(said.index, context.windows[said.index], low, last)
        if not at_end and low <= first < high:
            return Side(said.index, context.windows[said.index], first, high)
    return None


def _cut_at(window: WindowText, time: float) -> int:
    """The offset nearest to a time at which a word begins, the beginning of a sentence before
    others.
    """
    chars = [window.before_word(number) for number in range(len(window.words) + 1)]

    def cost(char: int) -> tuple[float, int]:
        ends = (
            not window.text[:char].strip()
            or window.text[:char].rstrip()[-1:] in ".!?…"
            or char == len(window.text)
        )
        return abs(window.clock.start_of(char) - time) + (0.0 if ends else 2 * SLACK), char

    return min(chars, key=cost)


def _held(context: Context, index: int, span: Span, other: Said) -> list[Removal]:
    """What a second window says beyond its stretch, where the first pass's text stands."""
    window = context.windows[other.index]
    words = f"window {window.id} holds this sound and its text is kept: it was listened to again only for what is beside it"
    theirs = window.text[other.span[0] : other.span[1]].strip()
    evidence = HELD_ALREADY.because(words, {"theirs": theirs}, other_window=window.id)
    return [context.removal(index, span, evidence)] if span[0] < span[1] else []
