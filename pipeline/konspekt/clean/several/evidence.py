"""What speaks for and against words that not all windows of a sound have.

A decoder's own figures cannot prove that something was said: inventions pass every gate of theirs.
They can raise doubts. What proves most is the time that the other windows leave for the words, and
how full the words fill it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from math import inf
from statistics import fmean

from konspekt.clean.context import (
    MAX_SPOKEN_RATE,
    MAX_THIN_RATE,
    MIN_DENSE_RATE,
    MIN_THIN_DURATION,
)
from konspekt.clean.several.strand import Strand, TimedUnit
from konspekt.data import Region, Segment
from konspekt.text.spans import overlap, times_of

# Stricter than Whisper's own gates (0.6, -1.0): no other window bears these words out.
MAX_NO_SPEECH_PROB = 0.5
MIN_AVG_LOGPROB = -0.8
MAX_TEMPERATURE = 0.5
# of the words' time in which somebody speaks, by voice activity detection
MIN_SPEECH_SHARE = 0.3

# of the time that the words take at the usual rate: who speaks fast takes half of it
MIN_FREE_SHARE = 0.5
# of the usual rate, at which words fill the time that is free: inventions stand alone in long
# silences
MIN_FILLED = 0.5
MIN_FILLED_UNTIMED = 0.6  # the same where the time is known by whole windows only,
# and the words of which that can be believed: what a window loses is long, inventions are not
MIN_CHARS_UNTIMED = 120
# of the usual rate: a window of text alone that is as full as speech is
FULL_SHARE = (0.6, 1.5)

# of words that one strand alone has: so many come again where it is alone
MIN_REPEATED_SHARE = 0.5
MIN_DISTINCT_SHARE = 0.5  # of the words: fewer are a loop,
MIN_TURNING = 6  # in as many words at least
# seconds between words that one strand alone has and what all have, on each side: speech goes on,
MAX_PAUSE = 1.8
# but fifteen seconds of it can stand by themselves: inventions seldom go on so long
MAX_CHARS_APART = 240

MIN_LOGPROB_AHEAD = 0.15  # by which one version's avg_logprob is better
NEAR_EDGE, FAR_FROM_EDGE = 2.0, 4.0  # seconds: edges are transcribed worst
# of the words: more of one version's come elsewhere in the recording
MIN_KNOWN_AHEAD = 0.34

REPEATED = "{} alone says them, and more than once, as an invention comes back"


@dataclass(frozen=True)  # no slots: cached_property
class Evidence:
    """What is known of a recording beside the words in question."""

    strands: Sequence[Strand]
    speech: Sequence[Region] | None
    duration: float  # of the recording
    # by source the words that it alone has, more than once
    repeated: Mapping[str, Set[int]]

    @cached_property
    def _said(self) -> Counter[str]:
        return Counter(word for strand in self.strands for word in strand.folded)

    @property
    def _usual(self) -> float:
        return self.strands[0].context.facts.usual_rate

    def doubts(self, strand: Strand, words: range) -> str:
        """Return in words how a decoder's figures doubt some words; "" if they do not."""
        return next(self._doubts(strand, words), "")

    def _doubts(self, strand: Strand, words: range) -> Iterator[str]:
        segments = [
            segment for at in words if (segment := _segment(strand, at)) is not None
        ]
        worst = max(
            (s.no_speech_prob for s in segments if s.no_speech_prob is not None),
            default=0.0,
        )
        if worst > MAX_NO_SPEECH_PROB:
            yield f"Whisper gives silence the probability {worst:.2f} there"
        worst = min(
            (s.avg_logprob for s in segments if s.avg_logprob is not None), default=0.0
        )
        if worst < MIN_AVG_LOGPROB:
            yield f"its avg_logprob is {worst:.2f} there"
        worst = max(
            (s.temperature for s in segments if s.temperature is not None), default=0.0
        )
        if worst > MAX_TEMPERATURE:
            yield f"it was decoded at temperature {worst:.1f}"
        if self.speech is not None and strand.window(words[0]).clock.is_timed:
            start, end = strand.unit(words[0]).start, strand.unit(words[-1]).end
            if end > start and self._seconds_of_speech(
                start, end
            ) < MIN_SPEECH_SHARE * (end - start):
                yield "voice activity detection finds nobody there"

    def _seconds_of_speech(self, start: float, end: float) -> float:
        """Return the seconds of a stretch in which somebody speaks; all of them where that is
        unknown.
        """
        if self.speech is None:
            return end - start
        return sum(overlap((start, end), spoken) for spoken in times_of(self.speech))

    def why_alone(
        self, strand: Strand, words: range, silent: Sequence[tuple[Strand, int]]
    ) -> str:
        """Return why words that only one strand has are removed, in words; "" if they stay.

        `silent` are the other strands, each with the index of the word that follows the place. The
        words stand where every one of these leaves time for them and the words fill it as speech
        does.
        """
        doubts = self.doubts(strand, words) or self._why_repeated(strand, words)
        if doubts:
            return doubts
        chars = sum(
            strand.words[at].char_end - strand.words[at].char_start for at in words
        )
        for other, at in silent:
            why = self._why_no_room(strand, words, chars, other, at)
            if why:
                return why
        return self._why_apart(strand, words, chars)

    def why_invented(self, strand: Strand, words: range) -> str:
        """Return why words of one strand alone look hallucinated: they come again, or stand apart
        from all speech; "" if they do not.

        Room and density cannot: inventions may fill a silence as fast as one speaks.
        """
        chars = sum(
            strand.words[at].char_end - strand.words[at].char_start for at in words
        )
        return self._why_repeated(strand, words) or self._why_apart(
            strand, words, chars
        )

    def strip_repeated(self, strand: Strand, words: range) -> range:
        """Return some words without those at their ends that the strand alone has elsewhere too."""
        again = self.repeated[strand.source]
        start, stop = words.start, words.stop
        while start < stop and start in again:
            start += 1
        while start < stop and stop - 1 in again:
            stop -= 1
        return range(start, stop)

    def _why_repeated(self, strand: Strand, words: range) -> str:
        folded = [strand.folded[at] for at in words]
        if len(folded) >= MIN_TURNING and len(set(folded)) <= MIN_DISTINCT_SHARE * len(
            folded
        ):
            return "they are the same few words again and again"
        again = sum(at in self.repeated[strand.source] for at in words)
        if again and again >= MIN_REPEATED_SHARE * len(folded):
            return REPEATED.format(strand.source)
        return ""

    def _why_apart(self, strand: Strand, words: range, chars: int) -> str:
        """Return that the words stand apart from all speech; empty where they do not.

        Voice activity detection knows better than pauses do.
        """
        if (
            chars > MAX_CHARS_APART
            or self.speech is not None
            or not strand.window(words[0]).clock.is_timed
        ):
            return ""
        again = self.repeated[strand.source]  # an invention joins nothing
        left, right = words.start - 1, words.stop
        while left in again:
            left -= 1
        while right in again:
            right += 1
        before, after = (
            strand.pause(left, words.start),
            strand.pause(words.stop - 1, right),
        )
        if max(before, after) <= MAX_PAUSE:
            return ""
        if max(before, after) == inf:
            return (
                f"nothing {'precedes' if before == inf else 'follows'} them that the "
                "others have too"
            )
        return f"they stand apart from what is said around them, by {max(before, after):.1f} s"

    def _why_no_room(
        self, strand: Strand, words: range, chars: int, other: Strand, at: int
    ) -> str:
        units = [
            other.unit(word) for word in (at - 1, at) if 0 <= word < len(other.words)
        ]
        mine = (strand.unit(words[0]), strand.unit(words[-1]))
        if (
            not all(unit.is_timed for unit in units)
            and strand.context.facts.own_rate is None
        ):
            return (
                ""
                if self._is_lost(strand, words, other)
                else "without times nothing shows that it was said"
            )
        free = self._free_seconds(units, at, len(other.words), mine)
        if free < MIN_FREE_SHARE * chars / self._usual:
            return (
                f"it leaves {free:.1f} s for {chars} characters: they cannot be said in that "
                f"time"
            )
        is_timed = all(unit.is_timed for unit in (*units, *mine))
        filled = (MIN_FILLED if is_timed else MIN_FILLED_UNTIMED) * self._usual * free
        if chars < min(filled, MAX_CHARS_APART):
            return (
                f"{chars} characters stand alone in {free:.1f} s without a word: speech "
                "is not that thin"
            )
        if not is_timed and chars < MIN_CHARS_UNTIMED:
            return f"{chars} characters are few, and no times show that they were said"
        return ""

    def _free_seconds(
        self,
        units: Sequence[TimedUnit],
        at: int,
        count: int,
        mine: tuple[TimedUnit, TimedUnit],
    ) -> float:
        """Return the seconds between two words in which their strand has no text, by its rate."""
        start = units[0].start if at > 0 and units else min(0.0, mine[0].start)
        end = (
            units[-1].end
            if at < count and units
            else max(mine[1].end, self.duration, start)
        )
        distinct = units[:1] if len(units) == 2 and units[0] == units[1] else units
        taken = sum(
            min(unit.chars / self._usual, max(0.0, unit.end - unit.start))
            for unit in distinct
        )
        return max(0.0, min(end - start - taken, self._seconds_of_speech(start, end)))

    def _is_lost(self, strand: Strand, words: range, other: Strand) -> bool:
        """Return whether another strand has next to no text of this sound while this one's
        window is full of speech.
        """
        context, window = strand.context, strand.window(words[0])
        if window.duration < MIN_THIN_DURATION or not context.is_dense(
            strand.words[words[0]].index
        ):
            return False
        beside = [
            index
            for index, held in enumerate(context.windows)
            if (held.decoded.how.source or "") == other.source
            and held.shared_with(window) > window.duration / 2
        ]
        return all(context.rate(index) < MAX_THIN_RATE for index in beside)

    def is_full(self, strand: Strand, words: range) -> bool:
        """Return whether these words fill their time as speech does, without doubts."""
        if self.doubts(strand, words):
            return False
        usual = strand.context.facts.own_rate
        units = (strand.unit(words[0]), strand.unit(words[-1]))
        seconds = units[1].end - units[0].start
        if units[0].is_timed:
            chars = sum(
                strand.words[at].char_end - strand.words[at].char_start for at in words
            )
            low, high = MIN_DENSE_RATE, MAX_SPOKEN_RATE
            if units[0] == units[1]:
                chars = units[0].chars
        elif usual is None:
            return False
        else:
            chars = sum(unit.chars for unit in dict.fromkeys(units))
            low, high = FULL_SHARE[0] * usual, FULL_SHARE[1] * usual
        return seconds > 0 and low * seconds <= chars <= high * seconds

    def choose(
        self, first: tuple[Strand, range], second: tuple[Strand, range]
    ) -> tuple[int, str]:
        """Return which of two versions (0, 1) the evidence prefers, and why in words; the first
        if nothing decides.
        """
        sides = (first, second)
        doubts = [self.doubts(*side) for side in sides]
        if bool(doubts[0]) != bool(doubts[1]):
            return (1, doubts[0]) if doubts[0] else (0, doubts[1])
        figures = [_avg_logprob(*side) for side in sides]
        if (
            figures[0] is not None
            and figures[1] is not None
            and abs(figures[0] - figures[1]) >= MIN_LOGPROB_AHEAD
        ):
            won = int(figures[1] > figures[0])
            return (
                won,
                f"its avg_logprob is {figures[won]:.2f} against {figures[1 - won]:.2f}",
            )
        edges = [_from_edge(*side) for side in sides]
        if min(edges) < NEAR_EDGE and max(edges) > FAR_FROM_EDGE:
            won = int(edges[1] > edges[0])
            away, other = edges[won], edges[1 - won]
            return (
                won,
                f"it is {away:.1f} s from its window's edge, the other {other:.1f} s",
            )
        known = [self._known_share(*side) for side in sides]
        if abs(known[0] - known[1]) >= MIN_KNOWN_AHEAD:
            return int(
                known[1] > known[0]
            ), "more of its words are said elsewhere in this recording"
        return (
            0,
            "nothing tells which is right: the transcript named first has the word",
        )

    def _known_share(self, strand: Strand, words: range) -> float:
        """Return the share of words that come elsewhere too."""
        here = Counter(strand.folded[at] for at in words)
        return sum(n for word, n in here.items() if self._said[word] > n) / len(words)


def _segment(strand: Strand, at: int) -> Segment | None:
    done = 0
    for segment in strand.window(at).decoded.segments:
        done += len(segment.text)
        if strand.words[at].char < done:
            return segment
    return None


def _avg_logprob(strand: Strand, words: range) -> float | None:
    segments = [
        segment for at in words if (segment := _segment(strand, at)) is not None
    ]
    figures = [
        segment.avg_logprob for segment in segments if segment.avg_logprob is not None
    ]
    return fmean(figures) if figures else None


def _from_edge(strand: Strand, words: range) -> float:
    """Return the seconds from the words to the nearer edge of their window."""
    window, last = strand.window(words[0]), strand.window(words[-1])
    start = window.clock.start_of(strand.words[words[0]].char)
    end = last.clock.end_of(strand.words[words[-1]].char + 1)
    return max(0.0, min(start - window.start, last.end - end))
