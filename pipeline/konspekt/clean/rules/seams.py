"""Seams: neighbours that share sound say some words twice, and where one was cut off it often
invents an ending.

Two windows of one sound are the strongest evidence there is without a reference. In 187 published
hallucinations (Koenecke et al. 2024) two runs differ in their last word in 184.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from konspekt.clean.align import Meeting, Reach, meetings, touching
from konspekt.clean.context import MAX_NEIGHBOURS, MAX_SPOKEN_RATE, Context, Rate
from konspekt.clean.reasons import OVERLAP, Code, Explanation, Reason
from konspekt.clean.rule import Rule
from konspekt.clean.window_text import MAX_SPACE, WindowText
from konspekt.data import Removal

WORDS_A_SECOND = 2.4  # of lecture speech
MAX_WORDS_A_SECOND = 4.5  # 26 characters a second in words of Russian
MAX_SHARED = 180.0  # seconds: aligning takes the square of it, and no windows share more
SPARE_WORDS = 4  # looked at besides: a window's times are not exact
SPARE_SECONDS = 1.5  # in which those are said
MAX_SKIP = 3  # words at a window's beginning that its neighbour need not have
MIN_PAIRS = 3
MIN_TOUCHING_PAIRS = (
    2  # where the meeting takes the very end of one and the very beginning of the other
)
MIN_WEIGHT = 2.0  # three matched words, two of them weak
MAX_SHORT_REST = 2  # words after a meeting of two words, which must both be strong:
MIN_WEIGHT_SHORT_REST = 1.8
# where the ending shows that the decoder began anew in it: two matched words, one of them weak
MIN_WEIGHT_ANEW = 1.5
WEIGHT_A_SKIP = 0.3  # more for each word at the beginning that would go besides,
WEIGHT_A_REST = 0.03  # and at the end: an invented ending may be long
MAX_LATE = (
    2.0  # seconds by which two times of one word may differ: Whisper's own times are that rough
)
MIN_SAME_ENDING = (
    55.0  # rapidfuzz's ratio of two endings in Latin letters: one thing heard in two ways
)
SENTENCE_END = (".", "!", "?", "…")
CLAUSE_END = (",", ";", ":")

TAIL = Reason(
    "tail",
    {"en": "the next window has other words", "ru": "в соседнем окне другие слова"},
)
SAME_WORDS = Code(
    "same-words",
    OVERLAP,
    {
        "en": "the window beside it holds the same sound: {pairs:word is|words are} the same where "
        "they meet, and the text has «{theirs}»",
        "ru": "в соседнем окне тот же звук: на стыке "
        "{pairs:слово совпадает|слова совпадают|слов совпадают}, в тексте осталось «{theirs}»",
    },
)
SAME_ENDING = Code(
    "same-ending",
    OVERLAP,
    {
        "en": "the window beside it holds the same sound and spells this ending otherwise: "
        "«{theirs}»",
        "ru": "в соседнем окне тот же звук, и этот конец записан в нём иначе: «{theirs}»",
    },
)
SAME_BEGINNING = Code(
    "same-beginning",
    OVERLAP,
    {
        "en": "the window beside it holds the same sound and spells this beginning otherwise: "
        "«{theirs}»",
        "ru": "в соседнем окне тот же звук, и это начало записано в нём иначе: «{theirs}»",
    },
)
OTHERWISE = Code(
    "heard-otherwise",
    TAIL,
    {
        "en": "the window beside it has this sound farther from its edge, and other words there",
        "ru": "в соседнем окне тот же звук дальше от края, и слова там другие",
    },
)
RESPELLED = frozenset({SAME_ENDING.name, SAME_BEGINNING.name})  # the neighbour spells it otherwise


@dataclass(frozen=True, slots=True)
class SeamSide:
    """The words of one of two neighbours around their seam, as a range of its words."""

    index: int
    window: WindowText
    first: int
    last: int

    @property
    def folded(self) -> list[str]:
        return [word.folded for word in self.window.words[self.first : self.last]]

    def char(self, word: int) -> int:
        """The offset before a word of this side."""
        return self.window.before_word(self.first + word)

    @property
    def end_char(self) -> int:
        """The offset behind the last word of this side."""
        return self.window.words[self.last - 1].char_end if self.last > self.first else self.char(0)

    def word_at(self, char: int) -> int:
        """The word of the window at an offset or behind it."""
        return self.window.first_word_at(char)

    def said(self, start: int, end: int) -> str:
        words = self.window.words[self.first + start : self.first + end]
        return self.window.text[words[0].char_start : words[-1].char_end] if words else ""


def seams(context: Context) -> Iterator[Removal]:
    """What two neighbours both hold, once; endings and beginnings that the neighbour heard
    differently.
    """
    for right in range(1, len(context.windows)):
        left = _left_of(context, right)
        if left is None:
            continue
        met = meeting_of(context, left, right)
        removals = tuple(join(context, *met)) if met is not None else ()
        context = context.without(removals)
        yield from removals


def meeting_of(
    context: Context, left: int, right: int
) -> tuple[SeamSide, SeamSide, Meeting] | None:
    """Where the end of one window and the beginning of a later one say the same, if they do."""
    shared = context.windows[left].shared_with(context.windows[right])
    if shared > MAX_SHARED:
        return None
    return meeting_of_sides(
        context, side_of(context, left, at_end=True), side_of(context, right, at_end=False), shared
    )


def meeting_of_sides(
    context: Context, left: SeamSide, right: SeamSide, shared: float
) -> tuple[SeamSide, SeamSide, Meeting] | None:
    """Where the end of one side and the beginning of another, which share seconds of sound, say the
    same.
    """
    max_rest = max(MAX_SKIP, math.ceil(WORDS_A_SECOND * shared))
    said = math.ceil(MAX_WORDS_A_SECOND * shared) + SPARE_WORDS
    chars = math.ceil(MAX_SPOKEN_RATE * shared)  # digits read aloud are more words
    a = replace(
        left,
        first=max(
            left.first, min(left.last - said, left.word_at(left.end_char - chars)) - max_rest
        ),
    )
    b = replace(
        right,
        last=min(
            right.last, max(right.first + said, right.word_at(right.char(0) + chars)) + MAX_SKIP
        ),
    )
    reach = Reach(MAX_SKIP, max_rest, context.facts.common_words)
    seconds = shared + SPARE_SECONDS
    for meeting in meetings(a.folded, b.folded, reach):
        if not (
            _is_sure(a, b, meeting)
            and _is_in_time(a, b, meeting)
            and _takes(a, meeting, MAX_SPOKEN_RATE) <= seconds
        ):
            continue
        if _takes(a, meeting, context.facts.usual_rate, with_rest=True) > seconds:
            # An earlier saying of it meets: too much follows for the sound that both heard.
            later = touching(a.folded, b.folded, reach, at_least=MIN_TOUCHING_PAIRS)
            if later is not None and _is_in_time(a, b, later):
                return a, b, later
        return a, b, meeting
    return None


def _takes(a: SeamSide, meeting: Meeting, rate: Rate, *, with_rest: bool = False) -> float:
    """Seconds that the words which meet take at a rate, with what follows them or without."""
    first, last = meeting.pairs[0][0], meeting.pairs[-1][0] + 1
    return len(a.said(first, a.last - a.first if with_rest else last)) / rate


def _left_of(context: Context, right: int) -> int | None:
    """The window to join a window to: the last one before it that ends inside it and still has
    text.
    """
    here = context.windows[right]
    if not context.kept[right]:
        return None
    for left in range(right - 1, max(-1, right - 1 - MAX_NEIGHBOURS), -1):
        other = context.windows[left]
        if other.shared_with(here) <= 0:
            return None
        if other.end < here.end and other.start < here.start and context.kept[left]:
            return left
    return None


def side_of(context: Context, index: int, *, at_end: bool) -> SeamSide:
    """The words of the last kept span of a window, or of its first."""
    return SeamSide(
        index,
        context.windows[index],
        *context.word_range(index, context.kept[index][-1 if at_end else 0]),
    )


def _is_sure(a: SeamSide, b: SeamSide, meeting: Meeting) -> bool:
    rest = a.last - a.first - 1 - meeting.pairs[-1][0]
    skip = meeting.pairs[0][1]
    pairs = len(meeting.pairs)
    if pairs >= MIN_TOUCHING_PAIRS and not skip:
        if not rest or (rest <= MAX_SHORT_REST and meeting.weight >= MIN_WEIGHT_SHORT_REST):
            return True
        if meeting.weight >= MIN_WEIGHT_SHORT_REST and _ends_the_same(a, b, meeting):
            return True
        if any(a.window.starts_anew(word) for word in range(a.last - rest, a.last)):
            return meeting.weight >= MIN_WEIGHT_ANEW
    return (
        pairs >= MIN_PAIRS
        and meeting.weight >= MIN_WEIGHT + WEIGHT_A_SKIP * skip + WEIGHT_A_REST * rest
    )


def _ends_the_same(a: SeamSide, b: SeamSide, meeting: Meeting) -> bool:
    """Whether the last words of the earlier side come in the later one behind the meeting: only
    between they differ.
    """
    i, j = meeting.pairs[-1]
    rest = a.folded[i + 1 :][-MIN_PAIRS:]
    theirs = b.folded[j + 1 :]
    return len(rest) == MIN_PAIRS and any(
        theirs[k : k + MIN_PAIRS] == rest for k in range(len(theirs))
    )


def _is_in_time(a: SeamSide, b: SeamSide, meeting: Meeting) -> bool:
    """Whether the words were said at one time, where both windows know when their words were
    said.
    """
    if not (a.window.clock.is_timed and b.window.clock.is_timed):
        return True
    late = sorted(
        b.window.clock.start_of(b.window.words[b.first + j].char_start)
        - a.window.clock.start_of(a.window.words[a.first + i].char_start)
        for i, j in meeting.pairs
    )
    return abs(late[len(late) // 2]) <= MAX_LATE


def join(context: Context, a: SeamSide, b: SeamSide, meeting: Meeting) -> Iterator[Removal]:
    """What two sides that meet lose, so that each word stands once."""
    i = meeting.pairs[0][0]
    rest, follows = (
        a.last - a.first - 1 - meeting.pairs[-1][0],
        b.last - b.first - 1 - meeting.pairs[-1][1],
    )
    if not follows:  # the later window says nothing beyond the earlier one
        split = len(meeting.pairs)
    elif (
        not rest and not i and a.first == 0
    ):  # the earlier one says nothing that the later one does not
        split = 0
    else:
        split = _split(a, b, meeting)
    yield from _cut_left(context, a, b, meeting, split)
    yield from _cut_right(context, a, b, meeting, split)


def _split(a: SeamSide, b: SeamSide, meeting: Meeting) -> int:
    """How many of the matched words the earlier window keeps.

    Each word is taken from the window in which it lies further from the edge, so the middle; a
    sentence's or a clause's end near it is better, so that what is kept reads as it was said.
    """
    pairs = meeting.pairs
    middle = len(pairs) / 2

    def cost(split: int) -> tuple[float, int]:
        away = abs(split - middle) / len(pairs)  # 0 in the middle, 0.5 at an edge
        char = a.window.words[a.first + pairs[split - 1][0]].char_end
        mark = a.window.text[char : char + 1]
        is_inside = (
            a.window.text[char + 1 : char + 2].isalnum() and not mark.isspace()
        )  # of what is written as one word
        char = b.window.words[b.first + pairs[split][1]].char_start
        gap = b.window.text[max(0, char - MAX_SPACE) : char].rstrip()
        ends = mark in SENTENCE_END and (not gap or gap.endswith(SENTENCE_END))
        pauses = mark in CLAUSE_END + SENTENCE_END
        return away + (1.0 if is_inside else 0.0 if ends else 0.3 if pauses else 0.5), split

    return min(range(1, len(pairs)), key=cost) if len(pairs) > 1 else 1


def _cut_left(
    context: Context, a: SeamSide, b: SeamSide, meeting: Meeting, split: int
) -> Iterator[Removal]:
    """What the earlier window loses: the rest of the matched words, and its ending."""
    pairs = meeting.pairs
    words = a.last - a.first
    after = pairs[-1][0] + 1
    start = pairs[split][0] if split < len(pairs) else after
    if start < after:
        evidence = _overlap(a, b, meeting, b.said(pairs[split][1], pairs[-1][1] + 1), b)
        yield context.removal(a.index, (a.char(start), a.char(after)), evidence)
    follows = b.last - b.first - pairs[-1][1] - 1
    if after < words and follows:
        theirs = b.said(pairs[-1][1] + 1, min(b.last - b.first, pairs[-1][1] + 1 + words - after))
        yield _heard_differently(context, a, (after, words), theirs, b)


def _cut_right(
    context: Context, a: SeamSide, b: SeamSide, meeting: Meeting, split: int
) -> Iterator[Removal]:
    """What the later window loses: its beginning, and the first of the matched words."""
    pairs = meeting.pairs
    if not split:
        return
    if pairs[0][1]:
        theirs = a.said(max(0, pairs[0][0] - pairs[0][1]), pairs[0][0])
        yield _heard_differently(context, b, (0, pairs[0][1]), theirs, a)
    end = pairs[split][1] if split < len(pairs) else pairs[-1][1] + 1
    evidence = _overlap(a, b, meeting, a.said(pairs[0][0], pairs[split - 1][0] + 1), a)
    yield context.removal(b.index, (b.char(pairs[0][1]), b.char(end)), evidence)


def _overlap(
    a: SeamSide, b: SeamSide, meeting: Meeting, theirs: str, other: SeamSide
) -> Explanation:
    return SAME_WORDS.because(
        f"window {other.window.id} holds the same sound: {len(meeting.pairs)} words at the end of window "
        f"{a.window.id} are those at the beginning of window {b.window.id}",
        {
            "theirs": theirs,
            "left": a.window.id,
            "right": b.window.id,
            "pairs": len(meeting.pairs),
            "weight": round(meeting.weight, 2),
        },
        other_window=other.window.id,
    )


def _heard_differently(
    context: Context, side: SeamSide, span: tuple[int, int], theirs: str, other: SeamSide
) -> Removal:
    """An end of a window that goes: `overlap` where the neighbour has the same words in another
    spelling.
    """
    from rapidfuzz import fuzz

    from konspekt.text.words import fold, sound_of

    ours = side.said(*span)
    ratio = fuzz.ratio(_flat(sound_of(fold(ours))), _flat(sound_of(fold(theirs))))
    in_figures = any(c.isdigit() for c in ours) != any(
        c.isdigit() for c in theirs
    )  # сорок процентов, 40%
    same = bool(theirs) and (ratio >= MIN_SAME_ENDING or in_figures)
    which = "ending" if side.index < other.index else "beginning"
    if same:
        code = SAME_ENDING if side.index < other.index else SAME_BEGINNING
        words = f"window {other.window.id} holds the same sound and spells this {which} otherwise"
    else:
        code = OTHERWISE
        words = f"window {other.window.id} heard the same sound further from its edge and says otherwise there"
    evidence = code.because(
        words, {"theirs": theirs, "ratio": round(ratio, 1)}, other_window=other.window.id
    )
    cut = (side.char(span[0]), side.char(span[1]))
    return context.removal(side.index, cut, evidence)


def _flat(text: str) -> str:
    return "".join(c for c in text if c.isalnum())


RULE = Rule(
    "seams",
    seams,
    (SAME_WORDS, SAME_ENDING, SAME_BEGINNING, OTHERWISE),
    {
        "en": "the rule seams: what two windows both hold may stand in the text twice",
        "ru": "правила seams: то, что есть в двух соседних окнах, может стоять в тексте дважды",
    },
)
