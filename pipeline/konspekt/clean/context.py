"""What a rule sees: the windows in order, what is still kept of each, and the recording's own
rates. Immutable.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from statistics import median

from konspekt.clean.reasons import OVERLAP, PERSON, Explanation
from konspekt.clean.window_text import WindowText
from konspekt.data import RawTranscript, Region, Removal, names
from konspekt.models.similarity import SentenceSimilarity
from konspekt.text.sentences import sentence_spans
from konspekt.text.spans import difference, intersection, times_of, total, union
from konspekt.text.words import Token, count_letters

Span = tuple[int, int]
WindowSpan = tuple[int, Span]  # the index of a window, and a span of its raw text
Rate = float  # characters a second, white space included

# Rates of clean 30 s lecture windows: 1st percentile 5.7 characters a second (Russian; English
# 5.8), median 16.1 (17.0), maximum 25.8 (22.8). Invented windows: 0.3 to 2.7; loops: 39 to 41.
MAX_THIN_RATE: Rate = 3.0
MIN_DENSE_RATE: Rate = 5.0
MAX_SPOKEN_RATE: Rate = 26.0
USUAL_RATE: Rate = 16.0
# Letters a second of speech, pauses left out: the median of segments of read speech is 12.4
# (Russian) and 13.5 (English); the least of those with 4 s of speech and more is 8.0.
SPOKEN_RATE: Rate = 12.0
# dense windows needed before the recording's own median rate is used
MIN_DENSE_FOR_MEDIAN = 20
# "Thin": a few words stand alone in a long stretch; a cue of two seconds is no such
# stretch.
MIN_THIN_DURATION = 10.0

COMMON_SHARE = 0.2  # of the windows: function words and the lecture's own favourites
MIN_COMMON = 3  # windows

# On each side of a window. Whisper's windows have one or two; thousands of windows of one stretch
# are damaged times.
MAX_NEIGHBOURS = 20


@dataclass(frozen=True)  # no slots: cached_property
class Facts:
    """What holds of a recording whatever is removed of it."""

    windows: tuple[WindowText, ...]  # by start, end, id
    speech: tuple[Region, ...] | None = None  # where somebody speaks; None: unknown
    duration: float = 0.0  # of the recording

    @cached_property
    def index_of(self) -> Mapping[int, int]:
        """Return the place in `windows` of a window's id."""
        return {one.id: index for index, one in enumerate(self.windows)}

    @cached_property
    def own_rate(self) -> Rate | None:
        """Return the recording's median rate of speech; None if it has too little of it."""
        rates = [
            len(one.text) / one.duration
            for one in self.windows
            if one.duration >= MIN_THIN_DURATION
        ]
        spoken = [rate for rate in rates if MIN_DENSE_RATE <= rate <= MAX_SPOKEN_RATE]
        return median(spoken) if len(spoken) >= MIN_DENSE_FOR_MEDIAN else None

    @property
    def usual_rate(self) -> Rate:
        """Return the recording's median rate of speech, else that of lectures."""
        return self.own_rate or USUAL_RATE

    @cached_property
    def spoken_rate(self) -> Rate:
        """Return the letters a second of speech, pauses left out, that are usual here.

        That is the median of the recording's windows, else that of read speech.
        """
        spoken = [(one, self.speech_within(one.start, one.end)) for one in self.windows]
        rates = [
            count_letters(one.text) / seconds
            for one, seconds in spoken
            if seconds >= MIN_THIN_DURATION and one.words
        ]
        return median(rates) if len(rates) >= MIN_DENSE_FOR_MEDIAN else SPOKEN_RATE

    def speech_within(self, start: float, end: float) -> float:
        """Return the seconds between two times in which somebody speaks, where that is known."""
        spoken = self._spoken
        first = bisect_right(spoken, start, key=lambda span: span[1])
        last = bisect_left(spoken, end, key=lambda span: span[0])
        return total(intersection(spoken[first:last], [(start, end)]))

    @cached_property
    def _spoken(self) -> tuple[tuple[float, float], ...]:
        """Return the speech regions, apart."""
        return union(times_of(self.speech or ()))

    @cached_property
    def common_words(self) -> frozenset[str]:
        """Return the folded words that many windows have: two windows share them by chance."""
        counts = Counter(
            word for one in self.windows for word in {word.folded for word in one.words}
        )
        spoken = sum(1 for one in self.windows if one.words)
        return frozenset(
            word
            for word, count in counts.items()
            if count >= max(MIN_COMMON, COMMON_SHARE * spoken)
        )


@dataclass(frozen=True)  # no slots: cached_property
class Context:
    """The state between two rules."""

    facts: Facts
    kept: tuple[tuple[Span, ...], ...]  # of each, in order, not touching one another
    removals: tuple[Removal, ...]
    language: str
    similarity: SentenceSimilarity | None
    # by index: what a person keeps from the rules
    protected: Mapping[int, tuple[Span, ...]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, raw: RawTranscript, language: str, similarity: SentenceSimilarity | None
    ) -> Context:
        """Return the context of a transcript before any rule: all of its text is kept."""
        ordered = sorted(raw.windows, key=lambda one: (one.start, one.end, one.id))
        windows = tuple(WindowText(decoded) for decoded in ordered)
        kept = tuple(((0, len(one.text)),) if one.text else () for one in windows)
        return cls(
            Facts(windows, raw.speech, raw.recording.duration),
            kept,
            (),
            language,
            similarity,
        )

    @property
    def windows(self) -> tuple[WindowText, ...]:
        """Return the windows, by start, end and id."""
        return self.facts.windows

    @property
    def index_of(self) -> Mapping[int, int]:
        """Return the place in `windows` of a window's id."""
        return self.facts.index_of

    @cached_property
    def _removed(self) -> Mapping[int, int]:
        """Return how many characters of each window (by id) rules other than the seams have
        removed.
        """
        sums: dict[int, int] = {}
        for removal in self.removals:
            if removal.other_window is None:
                sums[removal.window] = sums.get(removal.window, 0) + len(removal.text)
        return sums

    def rate(self, index: int) -> Rate:
        """Return the characters a second of what is kept of a window, words that its neighbours
        keep included.
        """
        window = self.windows[index]
        chars = len(window.text.strip()) - self._removed.get(window.id, 0)
        return max(0, chars) / window.duration if window.duration else 0.0

    def is_thin(self, index: int) -> bool:
        """Return whether a window of some length has next to no text."""
        return (
            self.windows[index].duration >= MIN_THIN_DURATION
            and self.rate(index) < MAX_THIN_RATE
        )

    def is_dense(self, index: int) -> bool:
        """Return whether a window is full of speech."""
        return self.rate(index) >= MIN_DENSE_RATE

    def sentences(self, index: int) -> Iterator[Span]:
        """Yield the sentences of what is kept of a window, as spans of its raw text."""
        text = self.windows[index].text
        for start, end in self.kept[index]:
            for a, b in sentence_spans(text[start:end]):
                yield start + a, start + b

    def word_range(self, index: int, span: Span) -> tuple[int, int]:
        """Return the words of a window inside a span, as a range of their indices."""
        window = self.windows[index]
        return window.first_word_at(span[0]), window.first_word_at(span[1])

    def words(self, index: int, span: Span) -> Sequence[Token]:
        """Return the words of a window inside a span."""
        first, last = self.word_range(index, span)
        return self.windows[index].words[first:last]

    def folded(self, index: int, span: Span) -> str:
        """Return the folded words of a span, as they are compared."""
        return " ".join(word.folded for word in self.words(index, span))

    def neighbours(self, index: int) -> Iterator[int]:
        """Yield the windows that share sound with this one and still have text, the nearest
        first on each side.
        """
        here = self.windows[index]
        for step in (-1, 1):
            for other in range(index + step, index + step * (MAX_NEIGHBOURS + 1), step):
                if (
                    not 0 <= other < len(self.windows)
                    or here.shared_with(self.windows[other]) <= 0
                ):
                    break
                if self.kept[other]:
                    yield other

    def start_of(self, index: int, char: int) -> float:
        """Return when the character at `char` of a window begins."""
        window = self.windows[index]
        time = (
            self._at_usual_rate(window, char)
            if _is_overfull(window)
            else window.clock.start_of(char)
        )
        return round(time, 3)

    def end_of(self, index: int, char: int) -> float:
        """Return when the character before `char` of a window ends."""
        window = self.windows[index]
        if char >= len(window.text):
            return round(window.clock.end_of(char), 3)
        spoken = len(window.text[:char].rstrip())
        time = (
            self._at_usual_rate(window, spoken)
            if _is_overfull(window)
            else window.clock.end_of(spoken)
        )
        return round(time, 3)

    def _at_usual_rate(self, window: WindowText, char: int) -> float:
        return min(window.end, window.start + char / self.facts.usual_rate)

    def removal(self, index: int, span: Span, why: Explanation) -> Removal:
        """Return the removal of a span of a window, white space behind it included."""
        window = self.windows[index]
        char_start, char_end = window.snap(span[0]), window.snap(span[1])
        return Removal(
            window=window.id,
            window_start=window.start,
            char_start=char_start,
            char_end=char_end,
            start=self.start_of(index, char_start),
            end=self.end_of(index, char_end),
            text=window.text[char_start:char_end],
            reason=why.code.reason.name,
            evidence={names.WORDS: why.words, **why.figures},
            code=why.code.name,
            other_window=why.other_window,
            phrase=why.phrase,
            redacted=why.code.redacts,
            source=window.decoded.how.source,
        )

    def part_of(self, removal: Removal, span: Span) -> Removal:
        """Return the part of a removal that a span of its window holds."""
        index = self.index_of[removal.window]
        window = self.windows[index]
        char_start, char_end = window.snap(span[0]), window.snap(span[1])
        return replace(
            removal,
            char_start=char_start,
            char_end=char_end,
            start=self.start_of(index, char_start),
            end=self.end_of(index, char_end),
            text=window.text[char_start:char_end],
        )

    def without(self, removals: Iterable[Removal]) -> Context:
        """Return this context after some removals; what is removed already is not removed again.

        What a person keeps only an `overlap` takes, for a neighbour keeps the same words, or the
        person.
        """
        changed: dict[int, list[Span]] = {}
        done: list[Removal] = []
        for removal in removals:
            index = self.index_of[removal.window]
            kept = changed.setdefault(index, list(self.kept[index]))
            cuts: tuple[Span, ...] = ((removal.char_start, removal.char_end),)
            if removal.reason not in (OVERLAP.name, PERSON.name):
                for span in self.protected.get(index, ()):
                    cuts = difference(cuts, [span])
            for span in (taken for cut in cuts for taken in _cut_out(kept, cut)):
                done.append(self.part_of(removal, span))
        if not changed:
            return self
        all_kept = list(self.kept)
        for index, spans in changed.items():
            all_kept[index] = tuple(spans)
        return replace(self, kept=tuple(all_kept), removals=(*self.removals, *done))

    def protect(self, places: Iterable[WindowSpan]) -> Context:
        """Return this context with spans that no rule may take, but for `overlap`."""
        found: dict[int, list[Span]] = {}
        for index, span in places:
            found.setdefault(index, []).append(span)
        return replace(
            self, protected={index: union(spans) for index, spans in found.items()}
        )

    def protect_as(self, other: Context) -> Context:
        """Return this context with what `other` protects of its windows; `other` may have more
        of them.
        """
        spans = {
            other.windows[index].id: spans for index, spans in other.protected.items()
        }
        own = {
            self.index_of[decoded]: found
            for decoded, found in spans.items()
            if decoded in self.index_of
        }
        return replace(self, protected=own)

    def removed_in(
        self, places: Iterable[WindowSpan], is_meant: Callable[[Removal], bool]
    ) -> tuple[WindowSpan, ...]:
        """Return the parts of some spans that the given removals hold."""
        by_window: dict[int, list[Removal]] = {}
        for removal in self.removals:
            if is_meant(removal):
                by_window.setdefault(self.index_of[removal.window], []).append(removal)
        return tuple(
            (index, part)
            for index, span in places
            for removal in by_window.get(index, ())
            for part in intersection([(removal.char_start, removal.char_end)], [span])
        )

    def give_back(self, places: Iterable[WindowSpan]) -> Context:
        """Return this context with some spans kept again, whatever removed them."""
        wanted: dict[int, tuple[Span, ...]] = {}
        for index, span in places:
            wanted[index] = union((*wanted.get(index, ()), span))
        if not wanted:
            return self
        kept, done = list(self.kept), list[Removal]()
        for removal in self.removals:
            index, own = (
                self.index_of[removal.window],
                (removal.char_start, removal.char_end),
            )
            back = [
                part
                for span in wanted.get(index, ())
                for part in intersection([own], [span])
            ]
            if not back:
                done.append(removal)
                continue
            left = difference([own], back)
            done += [self.part_of(removal, span) for span in left]
            kept[index] = union((*kept[index], *back))
        return replace(self, kept=tuple(kept), removals=tuple(done))


def _is_overfull(window: WindowText) -> bool:
    """Return whether a window has more text than its time allows and no times of words: its loop
    took no time at all.
    """
    return (
        not window.clock.is_timed
        and len(window.text) > MAX_SPOKEN_RATE * window.duration
    )


def _cut_out(spans: list[Span], cut: Span) -> tuple[Span, ...]:
    """Return what a cut takes from spans, which are left without it."""
    if cut[0] >= cut[1]:
        return ()
    first = bisect_right(spans, cut[0], key=lambda span: span[1])
    last = bisect_left(spans, cut[1], lo=first, key=lambda span: span[0])
    met = spans[first:last]
    spans[first:last] = difference(met, [cut])
    return intersection(met, [cut])
