"""A window made ready for comparison: its words with their places, and where a cut between two
words may fall.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from konspekt.clean.window_clock import WindowClock, window_clock
from konspekt.data import DecodedWindow, Segment
from konspekt.text.spans import bounds, overlap
from konspekt.text.words import Token, fold, tokens

# Whisper forgets the space where it decodes a window's end again (`далее.Вот`): for comparison
# these are two words.
_JOINED = re.compile(r"(?<=[^\W\d_])[.,/](?=[^\W\d_])")

# characters of white space between two words that are looked back over: a window may have megabytes
MAX_SPACE = 40


@dataclass(frozen=True)  # no slots: cached_property keeps its values in the instance
class WindowText:
    """A window with what the rules need of it again and again."""

    decoded: DecodedWindow

    @cached_property
    def text(self) -> str:
        """Return the raw text."""
        return self.decoded.text

    @cached_property
    def words(self) -> tuple[Token, ...]:
        """Return the words with their places; a mark without a space also parts two words."""
        return tuple(part for token in tokens(self.text) for part in _split(token))

    @cached_property
    def clock(self) -> WindowClock:
        """Return the clock that gives characters their times."""
        return window_clock(self.decoded)

    @cached_property
    def first_char(self) -> int:
        """Return where the text begins behind its leading white space."""
        return len(self.text) - len(self.text.lstrip())

    @property
    def id(self) -> int:
        """Return the window's id."""
        return self.decoded.id

    @property
    def start(self) -> float:
        """Return when the window begins."""
        return self.decoded.start

    @property
    def end(self) -> float:
        """Return when the window ends."""
        return self.decoded.end

    @property
    def duration(self) -> float:
        """Return the window's length in seconds."""
        return max(0.0, self.end - self.start)

    def shared_with(self, other: WindowText) -> float:
        """Return the seconds of sound that both hold."""
        return overlap(bounds(self), bounds(other))

    def before_word(self, index: int) -> int:
        """Return the offset at which the span of word `index` begins, with its opening marks but
        without the space before it.

        `len(words)` gives the end of the text, 0 its beginning.
        """
        if index <= 0:
            return 0
        if index >= len(self.words):
            return len(self.text)
        previous = self.words[index - 1].char_end
        start = self.words[index].char_start
        between = re.search(r"\s+", self.text[previous:start])
        return start if between is None else previous + between.end()

    def first_word_at(self, char: int) -> int:
        """Return the index of the first word that starts at `char` or later."""
        return bisect_left(self.words, char, key=lambda word: word.char_start)

    @cached_property
    def _segment_chars(self) -> tuple[int, ...]:
        """Return where each segment's text begins."""
        return tuple(
            accumulate(
                (len(segment.text) for segment in self.decoded.segments[:-1]), initial=0
            )
        )

    def segment_at(self, char: int) -> Segment | None:
        """Return the segment that holds the character at `char`; None beyond the text."""
        if not 0 <= char < len(self.text):
            return None
        return self.decoded.segments[bisect_right(self._segment_chars, char) - 1]

    def segment_start(self, char: int) -> int:
        """Return where the text of the segment at `char` begins."""
        return self._segment_chars[bisect_right(self._segment_chars, char) - 1]

    def starts_anew(self, index: int) -> bool:
        """Return whether a word begins like a sentence where none ended: a capital after a comma,
        or without a space.

        Whisper decodes what is left at a window's end once more and begins it so. A hint only: of
        77 capitals after a comma in clean Russian lectures half are names.
        """
        word = self.words[index]
        before = self.text[
            max(0, word.char_start - MAX_SPACE) : word.char_start
        ].rstrip()[-1:]
        joined = bool(before) and self.text[word.char_start - 1] == before
        return word.text[0].isupper() and (
            before == "," or (joined and before in ".!?…")
        )

    def snap(self, char: int) -> int:
        """Return `char` moved so that white space belongs to the span before it; to the first
        span at the very beginning.
        """
        while char < len(self.text) and self.text[char].isspace():
            char += 1
        return 0 if char < len(self.text) and char <= self.first_char else char


def _split(token: Token) -> tuple[Token, ...]:
    cuts = [match.start() for match in _JOINED.finditer(token.text)]
    if not cuts:
        return (token,)
    starts = [0, *(cut + 1 for cut in cuts)]
    ends = [*cuts, len(token.text)]
    return tuple(
        Token(
            token.text[a:b],
            fold(token.text[a:b]),
            token.char_start + a,
            token.char_start + b,
        )
        for a, b in zip(starts, ends, strict=True)
    )
