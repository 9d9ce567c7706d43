"""Where a person's corrections find their words: in the windows, and in the text as it stands
after cleaning.

Words are compared one by one, without case, punctuation and white space; a stretch of them may go
on from one window to the next where the text does.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from konspekt.clean.context import Context, Facts, Span, WindowSpan
from konspekt.clean.reasons import OVERLAP
from konspekt.clean.window_text import WindowText
from konspekt.course.corrections import Entry
from konspekt.data import Removal, Sentence
from konspekt.text.spans import overlap
from konspekt.text.words import Token, parts

# seconds around `at` in which a text is looked for: times within a window are often estimates
NEAR = 15.0


@dataclass(frozen=True)  # no slots: cached_property
class SearchedWindow:
    """A window by its words, as corrections compare them."""

    window: WindowText

    @cached_property
    def words(self) -> tuple[Token, ...]:
        """Return the words with their places, as corrections divide them."""
        return parts(self.window.text)

    @cached_property
    def folded(self) -> list[str]:
        """Return the words folded, as they are compared."""
        return [word.folded for word in self.words]

    def range_of(self, span: Span) -> range:
        """Return the words that begin inside a span."""
        first, end = (
            bisect_left(self.words, char, key=lambda word: word.char_start)
            for char in span
        )
        return range(first, end)

    def before(self, number: int) -> int:
        """Return the offset at which a word's span begins, with its opening marks but without
        the space before it.
        """
        if number <= 0:
            return 0
        if number >= len(self.words):
            return len(self.window.text)
        previous, start = self.words[number - 1].char_end, self.words[number].char_start
        between = re.search(r"\s+", self.window.text[previous:start])
        return start if between is None else previous + between.end()


@dataclass(frozen=True, slots=True)
class WordRun:
    """Words of one window that follow one another, `first` to `end`."""

    index: int  # the window's
    first: int
    end: int
    # the number of the sentence they stand in, where they were found in the text
    sentence: int = 0

    def goes_on(self, other: WordRun) -> bool:
        """Return whether another run follows in the same sentence, or begins inside this one."""
        is_same = (self.index, self.sentence) == (other.index, other.sentence)
        return is_same and other.first <= self.end


# In the order of the text; runs of several sentences where it goes on over their ends.
WordMatch = tuple[WordRun, ...]


@dataclass(frozen=True, slots=True)
class ReadWords:
    """The text as it stands, word by word, each with what it stands for: one word, or all that was
    replaced.
    """

    folded: list[str]
    runs: list[WordRun]


@dataclass(frozen=True)  # no slots: cached_property
class Finder:
    """Finds the words of entries in a recording."""

    facts: Facts

    @cached_property
    def searched(self) -> tuple[SearchedWindow, ...]:
        """Return the windows by their words, in the order of the windows."""
        return tuple(SearchedWindow(window) for window in self.facts.windows)

    def read(self, sentences: Iterable[Sentence]) -> ReadWords:
        """Return the sentences' words after one another, as they are read."""
        folded: list[str] = []
        runs: list[WordRun] = []
        for number, sentence in enumerate(sentences):
            for word, run in self._read_one(number, sentence):
                folded.append(word)
                runs.append(run)
        return ReadWords(folded, runs)

    def _read_one(
        self, number: int, sentence: Sentence
    ) -> Iterator[tuple[str, WordRun]]:
        """Yield each word that is read in a sentence, and what it stands for."""
        index = self.facts.index_of[sentence.window]
        here = self.searched[index]
        at = sentence.char_start
        for replacement in sentence.replacements:
            for word in here.range_of((at, replacement.char_start)):
                yield here.folded[word], WordRun(index, word, word + 1, number)
            whole = here.range_of((replacement.char_start, replacement.char_end))
            for part in parts(replacement.new_text):
                yield part.folded, WordRun(index, whole.start, whole.stop, number)
            at = replacement.char_end
        for word in here.range_of((at, sentence.char_end)):
            yield here.folded[word], WordRun(index, word, word + 1, number)

    def in_windows(self, wanted: Sequence[str]) -> Iterator[WordMatch]:
        """Yield each place where a window has these words."""
        for index, searched in enumerate(self.searched):
            for first in occurrences(wanted, searched.folded):
                yield (WordRun(index, first, first + len(wanted)),)

    def in_text(self, wanted: Sequence[str], read: ReadWords) -> Iterator[WordMatch]:
        """Yield each place where the text has these words."""
        for first in occurrences(wanted, read.folded):
            yield tuple(_join_runs(read.runs[first : first + len(wanted)]))

    def place(self, run: WordRun) -> WindowSpan:
        """Return the span of words with their marks and the white space after them: what is kept or
        taken.
        """
        searched = self.searched[run.index]
        start = searched.window.snap(searched.before(run.first))
        return run.index, (start, searched.window.snap(searched.before(run.end)))

    def words_of(self, place: WindowSpan) -> tuple[str, ...]:
        """Return the folded words of a place."""
        index, span = place
        searched = self.searched[index]
        return tuple(searched.folded[word] for word in searched.range_of(span))

    def near(self, index: int) -> frozenset[int]:
        """Return a window and those that share sound with it."""
        here = self.facts.windows[index]
        windows = self.facts.windows
        found = {index}
        for step in (-1, 1):
            other = index + step
            while 0 <= other < len(windows) and here.shared_with(windows[other]) > 0:
                found.add(other)
                other += step
        return frozenset(found)


def _join_runs(runs: Iterable[WordRun]) -> list[WordRun]:
    """Return the runs, those that follow one another in one sentence as one."""
    joined: list[WordRun] = []
    for run in runs:
        last = joined[-1] if joined else None
        if last is None or not last.goes_on(run):
            joined.append(run)
        else:
            end = max(last.end, run.end)
            joined[-1] = WordRun(run.index, last.first, end, run.sentence)
    return joined


def occurrences(wanted: Sequence[str], words: list[str]) -> Iterator[int]:
    """Yield where the wanted words follow one another, overlapping places included."""
    at = -1
    while wanted:
        try:
            at = words.index(wanted[0], at + 1)
        except ValueError:
            return
        if words[at : at + len(wanted)] == list(wanted):
            yield at


def is_then(entry: Entry, start: float, end: float) -> bool:
    """Return whether a stretch meets an entry's time. A second lasts until the next."""
    if entry.at is not None:
        near = NEAR if entry.text is not None else 0.0
        return start < entry.at + 1 + near and end >= entry.at - near
    if entry.start is not None and entry.end is not None:
        return start < entry.end + 1 and end >= entry.start
    return True


def is_mostly_then(entry: Entry, start: float, end: float) -> bool:
    """Return whether the larger part of a stretch lies in the time of an entry without a text."""
    if entry.at is not None:
        return is_then(entry, start, end)
    if entry.start is None or entry.end is None:
        return False
    inside = overlap((start, end), (entry.start, entry.end + 1))
    return inside >= (end - start) / 2 and is_then(entry, start, end)


def time_of(context: Context, finder: Finder, match: WordMatch) -> tuple[float, float]:
    """Return when a match begins and ends."""
    first, last = match[0], match[-1]
    start = context.start_of(
        first.index, finder.searched[first.index].words[first.first].char_start
    )
    end = context.end_of(
        last.index, finder.searched[last.index].words[last.end - 1].char_end
    )
    return start, max(start, end)


def sentences_then(entry: Entry, sentences: Iterable[Sentence]) -> list[Sentence]:
    """Return the sentences at the time of an entry without a text.

    Those count of which the larger part lies in its time. Of a moment it is the last that has
    begun, as a page shows the second in which a sentence begins.
    """
    found = [
        sentence
        for sentence in sentences
        if is_mostly_then(entry, sentence.start, sentence.end)
    ]
    return found[-1:] if entry.at is not None else found


def removals_then(entry: Entry, removals: Iterable[Removal]) -> list[Removal]:
    """Return the removals at the time of an entry without a text; words transcribed twice only
    if there are no others.
    """
    found = [
        removal
        for removal in removals
        if is_mostly_then(entry, removal.start, removal.end)
    ]
    return [removal for removal in found if removal.reason != OVERLAP.name] or found
