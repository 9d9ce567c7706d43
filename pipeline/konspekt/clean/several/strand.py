"""A strand: what one transcript keeps after its own cleaning, word after word, and when each may
have been said.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import inf

from konspekt.clean.context import Context
from konspekt.clean.window_text import WindowText
from konspekt.text.spans import common

ROUGH = 2.0  # seconds by which Whisper's own times are off
# seconds between two timed windows: more, and the speech does not go on from one to the other
MAX_BREAK = 1.0


@dataclass(frozen=True, slots=True)
class StrandWord:
    """A kept word of a window, with the marks and the white space that go with it."""

    index: int  # the window's, in the context
    char: int  # where it begins
    folded: str  # empty where a kept span has no word in it: «…»
    char_start: int
    char_end: int
    earliest: float
    latest: float


@dataclass(frozen=True, slots=True)
class TimedUnit:
    """What a word's time is known by: the word, the segment or the window that holds it, as far as
    it is kept.
    """

    start: float
    end: float
    chars: int
    is_timed: bool  # finer than the window


@dataclass(frozen=True)  # no slots: cached_property
class Strand:
    """The kept words of one transcript in the order in which they were said."""

    context: Context
    source: str
    words: tuple[StrandWord, ...]

    @cached_property
    def folded(self) -> list[str]:
        """Return the words folded, as they are compared."""
        return [word.folded for word in self.words]

    def window(self, at: int) -> WindowText:
        """Return the window of word `at`."""
        return self.context.windows[self.words[at].index]

    def is_break(self, at: int) -> bool:
        """Return whether something else begins before word `at`: no sound joins it to the word
        before.
        """
        if at <= 0 or at >= len(self.words):
            return True
        left, right = self.window(at - 1), self.window(at)
        if left is right:
            return False
        apart = right.start - left.end
        return apart >= 0 and not (
            apart <= MAX_BREAK and left.clock.is_timed and right.clock.is_timed
        )

    def pause(self, left: int, right: int) -> float:
        """Return the seconds from the end of one word to the beginning of another; endless if
        one of them does not exist.
        """
        if left < 0 or right >= len(self.words):
            return inf
        last, word = self.words[left], self.words[right]
        ended = self.window(left).clock.end_of(last.char + max(1, len(last.folded)))
        return max(0.0, self.window(right).clock.start_of(word.char) - ended)

    def unit(self, at: int) -> TimedUnit:
        """Return the word or segment whose time word `at` has."""
        word, clock = self.words[at], self.window(at).clock
        span = next(
            s for s in self.context.kept[word.index] if s[0] <= word.char < s[1]
        )
        piece = clock.piece_at(word.char) or span
        start, end = common(piece, span)
        return TimedUnit(
            clock.start_of(start), clock.end_of(end), end - start, clock.is_timed
        )

    def text(self, words: range) -> str:
        """Return the raw text of some words, window after window."""
        text = ""
        for at in words:
            word = self.words[at]
            piece = self.context.windows[word.index].text[
                word.char_start : word.char_end
            ]
            text += (
                piece
                if not text or text[-1].isspace() or piece[:1].isspace()
                else f" {piece}"
            )
        return " ".join(text.split())


def strand_of(context: Context, source: str | None) -> Strand:
    """Return the strand of the transcript that came from `source`."""
    words = tuple(
        word
        for index, window in enumerate(context.windows)
        if window.decoded.how.source == source
        for word in _words(context, index)
    )
    return Strand(context, source or "", words)


def _words(context: Context, index: int) -> Iterator[StrandWord]:
    window = context.windows[index]
    for start, end in context.kept[index]:
        if window.text[start:end].isspace():
            continue
        first, last = context.word_range(index, (start, end))
        edges = [
            start,
            *(window.before_word(word) for word in range(first + 1, last)),
            end,
        ]
        places = [
            (window.words[word].char_start, window.words[word].folded)
            for word in range(first, last)
        ]
        for (char, folded), a, b in zip(
            places or [(start, "")], edges[:-1], edges[1:], strict=True
        ):
            earliest, latest = window.start, window.end
            if window.clock.is_timed:
                earliest, latest = (
                    window.clock.start_of(char) - ROUGH,
                    window.clock.end_of(char + 1) + ROUGH,
                )
            yield StrandWord(index, char, folded, a, b, earliest, max(earliest, latest))
