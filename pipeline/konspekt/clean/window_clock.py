"""When a character of a window was spoken: by word times, else by segment times, else by the
window's own.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from konspekt.data import DecodedWindow, Segment

# characters of a segment between two of its words: with more the words are another text's
MAX_BETWEEN = 1000


@dataclass(frozen=True, slots=True)
class TimedPiece:
    """Characters spoken evenly between two times."""

    char_start: int
    char_end: int
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class WindowClock:
    """The pieces of a window's raw text, in order, without holes; times never run backwards."""

    pieces: tuple[TimedPiece, ...]
    start: float
    end: float
    is_timed: bool  # some piece is finer than the window itself

    def start_of(self, char: int) -> float:
        """Return when the character at `char` begins."""
        piece = self._piece(char)
        return self.end if piece is None else _inside(piece, char)

    def end_of(self, char: int) -> float:
        """Return when the character before `char` ends."""
        piece = self._piece(char - 1)
        return self.start if char <= 0 or piece is None else _inside(piece, char)

    def piece_at(self, char: int) -> tuple[int, int] | None:
        """Return the characters of the word or segment that holds the one at `char`; None
        outside the text.
        """
        piece = self._piece(char)
        return None if piece is None else (piece.char_start, piece.char_end)

    def pieces_in(self, char_start: int, char_end: int) -> tuple[TimedPiece, ...]:
        """Return the pieces that hold some of these characters."""
        first = bisect_right(self.pieces, char_start, key=lambda piece: piece.char_end)
        last = bisect_left(self.pieces, char_end, key=lambda piece: piece.char_start)
        return self.pieces[first:last]

    def _piece(self, char: int) -> TimedPiece | None:
        index = bisect_right(self.pieces, char, key=lambda piece: piece.char_start) - 1
        return (
            self.pieces[index]
            if index >= 0 and char < self.pieces[index].char_end
            else None
        )


def window_clock(decoded: DecodedWindow) -> WindowClock:
    """Return the clock of a window. Times outside it, or out of order, are brought inside and
    into order.
    """
    pieces: list[TimedPiece] = []
    now, char = decoded.start, 0
    for segment in decoded.segments:
        for char_start, char_end, start, end in _timed_spans(segment, char):
            begin = _within(start, now, decoded.end)
            now = _within(end, begin, decoded.end)
            pieces.append(TimedPiece(char_start, char_end, begin, now))
        char += len(segment.text)
    fine = [
        p
        for p in pieces
        if p.start > decoded.start + 0.01 or p.end < decoded.end - 0.01
    ]
    return WindowClock(tuple(pieces), decoded.start, decoded.end, bool(fine))


def _timed_spans(
    segment: Segment, offset: int
) -> Iterator[tuple[int, int, float, float]]:
    """Yield the spans of a segment's text with their times; what stands between two words takes
    no time.
    """
    done = 0
    now = segment.start
    for word in segment.words:
        text = word.text.strip()
        found = (
            segment.text.find(text, done, done + len(text) + MAX_BETWEEN)
            if text
            else -1
        )
        if found < 0:
            continue
        if done < found:
            between = now if done else word.start
            yield offset + done, offset + found, between, between
        done, now = found + len(text), word.end
        yield offset + found, offset + done, word.start, now
    if done < len(segment.text):
        yield (
            offset + done,
            offset + len(segment.text),
            now,
            now if done else segment.end,
        )


def _within(time: float, low: float, high: float) -> float:
    """Return `time` between two others; the earlier one if it is no number."""
    return max(low, min(time, high)) if math.isfinite(time) else low


def _inside(piece: TimedPiece, char: int) -> float:
    share = (char - piece.char_start) / max(1, piece.char_end - piece.char_start)
    return piece.start + share * (piece.end - piece.start)
