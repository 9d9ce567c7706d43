"""Seams: neighbours that share sound have some words twice, and where one was cut off it often
invents an ending.

Two windows of one sound are the strongest evidence there is without a reference. In 187 published
hallucinations (Koenecke et al. 2024) two runs differ in their last word in 184.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from konspekt.clean.align import Meeting, Reach, meetings, touching
from konspekt.clean.context import MAX_NEIGHBOURS, MAX_SPOKEN_RATE, Context
from konspekt.clean.reasons import OVERLAP, Code, Explanation, Figure, Reason
from konspekt.clean.rule import Rule
from konspekt.clean.window_clock import WindowClock
from konspekt.clean.window_text import MAX_SPACE, WindowText
from konspekt.data import Removal, names
from konspekt.text.words import Token, fold, sound_of

WORDS_A_SECOND = 2.4  # of lecture speech
MAX_WORDS_A_SECOND = 4.5  # 26 characters a second in words of Russian
# seconds: aligning takes the square of it, and no windows share more
MAX_SHARED = 180.0
SPARE_WORDS = 4  # looked at besides: a window's times are not exact
SPARE_SECONDS = 1.5  # in which those are said
MAX_SKIP = 3  # words at a window's beginning that its neighbour need not have
MIN_PAIRS = 3
# where the meeting takes the very end of one and the very beginning of the other
MIN_TOUCHING_PAIRS = 2
# so many prove themselves: times guessed by length within a segment do not part them
MIN_PROVING_PAIRS = 5
MIN_WEIGHT = 2.0  # three matched words, two of them weak
MAX_SHORT_REST = 2  # words after a meeting of two words, which must both be strong:
MIN_WEIGHT_SHORT_REST = 1.8
MIN_WEIGHT_ONE_WORD = 1.0  # where both sides touch in a single word: a strong one
# where the ending shows that the decoder began anew in it: two matched words, one of them weak
MIN_WEIGHT_ANEW = 1.5
WEIGHT_A_SKIP = 0.3  # more for each word at the beginning that would go besides,
WEIGHT_A_REST = 0.03  # and at the end: an invented ending may be long
# seconds by which two times of one word may differ: Whisper's own times are that rough
MAX_LATE = 2.0
# rapidfuzz's ratio of two endings in Latin letters: one thing written in two ways
MIN_SAME_ENDING = 55.0
SENTENCE_END = (".", "!", "?", "…")
CLAUSE_END = (",", ";", ":")

TAIL = Reason(
    names.TAIL,
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
    "other-words",
    TAIL,
    {
        "en": "the window beside it has this sound farther from its edge, and other words there",
        "ru": "в соседнем окне тот же звук дальше от края, и слова там другие",
    },
)
# the neighbour spells it otherwise
RESPELLED = frozenset({SAME_ENDING.name, SAME_BEGINNING.name})


@dataclass(frozen=True, slots=True)
class SeamSide:
    """The words of one of two neighbours around their seam, as a range of its words."""

    index: int
    window: WindowText
    first: int
    last: int

    def __len__(self) -> int:
        return self.last - self.first

    @property
    def folded(self) -> list[str]:
        """Return the words folded, as they are compared."""
        return [word.folded for word in self.window.words[self.first : self.last]]

    def word(self, number: int) -> Token:
        """Return a word of this side by its number."""
        return self.window.words[self.first + number]

    def char(self, number: int) -> int:
        """Return the offset before a word of this side."""
        return self.window.before_word(self.first + number)

    @property
    def end_char(self) -> int:
        """Return the offset behind the last word of this side."""
        return (
            self.window.words[self.last - 1].char_end if len(self) > 0 else self.char(0)
        )

    def text(self, start: int, end: int) -> str:
        """Return the raw text of some words of this side."""
        words = self.window.words[self.first + start : self.first + end]
        return (
            self.window.text[words[0].char_start : words[-1].char_end] if words else ""
        )


@dataclass(frozen=True, slots=True)
class Seam:
    """Where the end of a left side and the beginning of a right one are the same."""

    left: SeamSide
    right: SeamSide
    meeting: Meeting

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Return the numbers of the words that meet, in both sides."""
        return self.meeting.pairs

    @property
    def left_end(self) -> int:
        """Return the left side's word behind the meeting."""
        return self.pairs[-1][0] + 1

    @property
    def right_end(self) -> int:
        """Return the right side's word behind the meeting."""
        return self.pairs[-1][1] + 1

    @property
    def rest(self) -> int:
        """Return how many words the left side has behind the meeting."""
        return len(self.left) - self.left_end

    @property
    def follows(self) -> int:
        """Return how many words the right side has behind the meeting."""
        return len(self.right) - self.right_end

    @property
    def skip(self) -> int:
        """Return how many words the right side has before the meeting."""
        return self.pairs[0][1]


def seams(context: Context) -> Iterator[Removal]:
    """Yield what two neighbours both hold, so that it stands once; endings and beginnings for which
    the neighbour has other words.
    """
    for right in range(1, len(context.windows)):
        left = _left_neighbour(context, right)
        seam = None if left is None else find_seam(context, left, right)
        if seam is not None:
            removals = tuple(join(context, seam))
            context = context.without(removals)
            yield from removals


def find_seam(context: Context, left: int, right: int) -> Seam | None:
    """Return the seam of a window and a later one: where the end of one is the beginning of the
    other. None if there is none.
    """
    shared = context.windows[left].shared_with(context.windows[right])
    if shared > MAX_SHARED:
        return None
    end, beginning = (
        side_of(context, left, at_end=True),
        side_of(context, right, at_end=False),
    )
    return find_seam_of(context, end, beginning, shared)


def find_seam_of(
    context: Context, left: SeamSide, right: SeamSide, shared: float
) -> Seam | None:
    """Return the seam of two sides that share `shared` seconds of sound; None if there is none."""
    max_rest = max(MAX_SKIP, math.ceil(WORDS_A_SECOND * shared))
    a, b = _near_seam(left, right, shared, max_rest)
    reach = Reach(MAX_SKIP, max_rest, context.facts.common_words)
    for meeting in meetings(a.folded, b.folded, reach):
        seam = Seam(a, b, meeting)
        if _is_sure(seam) and _is_in_time(seam) and _fits(seam, shared):
            return _later_saying(context, seam, shared, reach) or seam
    return _meet_in_one_word(a, b, reach)


def _meet_in_one_word(left: SeamSide, right: SeamSide, reach: Reach) -> Seam | None:
    """Return the seam of one strong word that ends one side and begins the other; None if there
    is none.
    """
    meeting = touching(left.folded, right.folded, reach, at_least=1)
    if meeting is None or meeting.weight < MIN_WEIGHT_ONE_WORD:
        return None
    seam = Seam(left, right, meeting)
    return seam if _is_in_time(seam) else None


def _near_seam(
    left: SeamSide, right: SeamSide, shared: float, max_rest: int
) -> tuple[SeamSide, SeamSide]:
    """Return the sides as far as words may lie in the sound that both share."""
    words = math.ceil(MAX_WORDS_A_SECOND * shared) + SPARE_WORDS
    chars = math.ceil(MAX_SPOKEN_RATE * shared)  # digits read aloud are more words
    first = min(left.last - words, left.window.first_word_at(left.end_char - chars))
    last = max(right.first + words, right.window.first_word_at(right.char(0) + chars))
    return (
        replace(left, first=max(left.first, first - max_rest)),
        replace(right, last=min(right.last, last + MAX_SKIP)),
    )


def _later_saying(
    context: Context, seam: Seam, shared: float, reach: Reach
) -> Seam | None:
    """Return where a later saying of the same words meets, if too much follows this one for the
    sound that both share.
    """
    rate = context.facts.usual_rate
    until_end = seam.left.text(seam.pairs[0][0], len(seam.left))
    if len(until_end) / rate <= shared + SPARE_SECONDS:
        return None
    left, right = seam.left, seam.right
    meeting = touching(left.folded, right.folded, reach, at_least=MIN_TOUCHING_PAIRS)
    later = None if meeting is None else Seam(left, right, meeting)
    return later if later is not None and _is_in_time(later) else None


def _fits(seam: Seam, shared: float) -> bool:
    """Return whether the words that meet can be said in the sound that both share."""
    text = seam.left.text(seam.pairs[0][0], seam.left_end)
    return len(text) / MAX_SPOKEN_RATE <= shared + SPARE_SECONDS


def _left_neighbour(context: Context, right: int) -> int | None:
    """Return the window to join a window to: the last one before it that ends inside it and still
    has text.
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
    """Return the words of the last kept span of a window, or of its first."""
    span = context.kept[index][-1 if at_end else 0]
    first, last = context.word_range(index, span)
    return SeamSide(index, context.windows[index], first, last)


def _is_sure(seam: Seam) -> bool:
    """Return whether so many words do not meet by chance."""
    pairs, weight = len(seam.pairs), seam.meeting.weight
    if pairs >= MIN_TOUCHING_PAIRS and not seam.skip:
        if not seam.rest:
            return True
        is_heavy = weight >= MIN_WEIGHT_SHORT_REST
        if is_heavy and (seam.rest <= MAX_SHORT_REST or _ends_the_same(seam)):
            return True
        if _begins_anew(seam):
            return weight >= MIN_WEIGHT_ANEW
    enough = MIN_WEIGHT + WEIGHT_A_SKIP * seam.skip + WEIGHT_A_REST * seam.rest
    return pairs >= MIN_PAIRS and weight >= enough


def _begins_anew(seam: Seam) -> bool:
    """Return whether the decoder began anew in the left side's ending."""
    left = seam.left
    return any(
        left.window.starts_anew(word)
        for word in range(left.last - seam.rest, left.last)
    )


def _ends_the_same(seam: Seam) -> bool:
    """Return whether the last words of the left side come in the right one behind the meeting: only
    between they differ.
    """
    ending = seam.left.folded[seam.left_end :][-MIN_PAIRS:]
    theirs = seam.right.folded[seam.right_end :]
    found = (theirs[at : at + MIN_PAIRS] == ending for at in range(len(theirs)))
    return len(ending) == MIN_PAIRS and any(found)


def _is_in_time(seam: Seam) -> bool:
    """Return whether the words were said at one time, where both windows know when theirs were."""
    left, right = seam.left.window.clock, seam.right.window.clock
    if not (left.is_timed and right.is_timed):
        return True
    how_late = _least_late if _proves_itself(seam) else _late
    late = sorted(
        how_late(left, seam.left.word(i), right, seam.right.word(j))
        for i, j in seam.pairs
    )
    return abs(late[len(late) // 2]) <= MAX_LATE


def _proves_itself(seam: Seam) -> bool:
    """Return whether so many words end one side and begin the other that their times need not be
    exact.
    """
    return len(seam.pairs) >= MIN_PROVING_PAIRS and not seam.skip and not seam.rest


def _late(left: WindowClock, ours: Token, right: WindowClock, theirs: Token) -> float:
    """Return the seconds by which the right window has a word later than the left one."""
    return right.start_of(theirs.char_start) - left.start_of(ours.char_start)


def _least_late(
    left: WindowClock, ours: Token, right: WindowClock, theirs: Token
) -> float:
    """Return the least seconds between two words, each anywhere in the word or segment whose times
    Whisper gives; 0.0 where these touch.
    """
    first, last = _range_of(left, ours), _range_of(right, theirs)
    return max(0.0, last[0] - first[1], first[0] - last[1])


def _range_of(clock: WindowClock, word: Token) -> tuple[float, float]:
    piece = clock.piece_at(word.char_start)
    if piece is None:
        at = clock.start_of(word.char_start)
        return at, at
    return clock.start_of(piece[0]), clock.end_of(piece[1])


def join(context: Context, seam: Seam) -> Iterator[Removal]:
    """Yield what two sides that meet lose, so that each word stands once."""
    split = _split(seam)
    yield from _cut_left(context, seam, split)
    yield from _cut_right(context, seam, split)


def _split(seam: Seam) -> int:
    """Return how many of the matched words the left side keeps.

    Each word is taken from the window in which it lies further from the edge, so the cut is in the
    middle. The end of a sentence or a clause near it is better: what is kept then reads as it was
    said.
    """
    count = len(seam.pairs)
    if not seam.follows:  # the right side has nothing beyond the left one
        return count
    if not seam.rest and not seam.pairs[0][0] and seam.left.first == 0:
        return 0  # the left side has nothing that the right one has not
    if count == 1:
        return 1

    def cost(split: int) -> tuple[float, int]:
        away = abs(split - count / 2) / count  # 0 in the middle, 0.5 at an edge
        return away + _cost_between(seam, split), split

    return min(range(1, count), key=cost)


def _cost_between(seam: Seam, split: int) -> float:
    """Return how badly the text reads that is cut before a matched word."""
    left = seam.left.window.text
    char = seam.left.word(seam.pairs[split - 1][0]).char_end
    mark = left[char : char + 1]
    if left[char + 1 : char + 2].isalnum() and not mark.isspace():
        return 1.0  # inside of what is written as one word
    char = seam.right.word(seam.pairs[split][1]).char_start
    gap = seam.right.window.text[max(0, char - MAX_SPACE) : char].rstrip()
    if mark in SENTENCE_END and (not gap or gap.endswith(SENTENCE_END)):
        return 0.0
    return 0.3 if mark in CLAUSE_END + SENTENCE_END else 0.5


def _cut_left(context: Context, seam: Seam, split: int) -> Iterator[Removal]:
    """Yield what the left side loses: the rest of the matched words, and its ending."""
    left, right, pairs = seam.left, seam.right, seam.pairs
    if split < len(pairs):
        start, theirs = pairs[split]
        why = _explain_same_words(seam, right.text(theirs, seam.right_end), right)
        yield context.removal(
            left.index, (left.char(start), left.char(seam.left_end)), why
        )
    if seam.rest > 0 and seam.follows:
        end = min(len(right), seam.right_end + seam.rest)
        instead = right.text(seam.right_end, end)
        yield _remove_end(context, left, (seam.left_end, len(left)), instead, right)


def _cut_right(context: Context, seam: Seam, split: int) -> Iterator[Removal]:
    """Yield what the right side loses: its beginning, and the first of the matched words."""
    if not split:
        return
    left, right, pairs = seam.left, seam.right, seam.pairs
    first = pairs[0][0]
    if seam.skip:
        instead = left.text(max(0, first - seam.skip), first)
        yield _remove_end(context, right, (0, seam.skip), instead, left)
    end = pairs[split][1] if split < len(pairs) else seam.right_end
    why = _explain_same_words(seam, left.text(first, pairs[split - 1][0] + 1), left)
    yield context.removal(right.index, (right.char(seam.skip), right.char(end)), why)


def _explain_same_words(seam: Seam, theirs: str, other: SeamSide) -> Explanation:
    left, right, count = seam.left.window.id, seam.right.window.id, len(seam.pairs)
    words = (
        f"window {other.window.id} holds the same sound: {count} words at the end of "
        f"window {left} are those at the beginning of window {right}"
    )
    figures: dict[str, Figure] = {
        names.THEIRS: theirs,
        "left": left,
        "right": right,
        "pairs": count,
        "weight": round(seam.meeting.weight, 2),
    }
    return SAME_WORDS.because(words, figures, other_window=other.window.id)


def _remove_end(
    context: Context,
    side: SeamSide,
    span: tuple[int, int],
    theirs: str,
    other: SeamSide,
) -> Removal:
    """Return the removal of an end of a window: `overlap` where the neighbour has the same words in
    another spelling, else `tail`.
    """
    ours = side.text(*span)
    ratio = _sound_ratio(ours, theirs)
    in_figures = _has_digit(ours) != _has_digit(theirs)  # сорок процентов, 40%
    window, is_ending = other.window.id, side.index < other.index
    if theirs and (ratio >= MIN_SAME_ENDING or in_figures):
        code = SAME_ENDING if is_ending else SAME_BEGINNING
        which = "ending" if is_ending else "beginning"
        words = (
            f"window {window} holds the same sound and spells this {which} otherwise"
        )
    else:
        code = OTHERWISE
        words = f"window {window} has this sound further from its edge, and other words there"
    figures: dict[str, Figure] = {names.THEIRS: theirs, "ratio": round(ratio, 1)}
    why = code.because(words, figures, other_window=window)
    return context.removal(side.index, (side.char(span[0]), side.char(span[1])), why)


def _sound_ratio(one: str, other: str) -> float:
    """Return how alike two texts sound, 0 to 100."""
    from rapidfuzz import fuzz

    return float(fuzz.ratio(_flat(sound_of(fold(one))), _flat(sound_of(fold(other)))))


def _has_digit(text: str) -> bool:
    return any(char.isdigit() for char in text)


def _flat(text: str) -> str:
    return "".join(char for char in text if char.isalnum())


RULE = Rule(
    "seams",
    seams,
    (SAME_WORDS, SAME_ENDING, SAME_BEGINNING, OTHERWISE),
    {
        "en": "the rule seams: what two windows both hold may stand in the text twice",
        "ru": "правила seams: то, что есть в двух соседних окнах, может стоять в тексте дважды",
    },
    version=2,
)
