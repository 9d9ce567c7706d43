"""One side of a comparison word by word: what is compared, how it was written, and when it was
said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate

from konspekt.formats import Utterance
from konspekt.score.letter_clock import carry_times, letter_clock, span_of
from konspekt.score.profiles import normalise
from konspekt.score.rules import Equal
from konspekt.score.runs import TimeSpan


@dataclass(frozen=True, slots=True)
class ComparedSide:
    """Tuples of one length: a word under the profile, as it was written, and its time in seconds,
    None if unknown.

    What is written without being compared (a dash) stands with the word before it; of a written
    word that is two under the profile, the second stands for "".
    """

    words: tuple[str, ...]
    written: tuple[str, ...]
    times: tuple[TimeSpan | None, ...]
    # the index of each utterance's first word, the first is 0
    paragraphs: tuple[int, ...]

    @property
    def starts(self) -> tuple[float | None, ...]:
        """Return when each word begins, in seconds."""
        return tuple(None if time is None else time[0] for time in self.times)

    @property
    def has_times(self) -> bool:
        """Return whether the time of any word is known."""
        return any(time is not None for time in self.times)

    def show(self, start: int, end: int) -> str:
        """Return words as they were written; of a written word that lies only partly here, as
        they were compared.
        """
        first, last = start, end
        while first < end and not self.written[first]:
            first += 1
        if first < end < len(self.words) and not self.written[end]:
            last = end - 1
            while not self.written[last]:
                last -= 1
        whole = filter(None, self.written[first:last])
        return " ".join((*self.words[start:first], *whole, *self.words[last:end]))


def side_of(
    utterances: Iterable[Utterance], profile: str, without: Sequence[str] = ()
) -> ComparedSide:
    """Return the utterances as one side, after one another.

    A word's time is its own where the file has word times; else its utterance's time is shared out
    by letters.
    """
    rules = tuple(without)
    return join_sides(_side(utterance, profile, rules) for utterance in utterances)


def join_sides(sides: Iterable[ComparedSide]) -> ComparedSide:
    """Return several sides as one, after one another."""
    words: list[str] = []
    written: list[str] = []
    times: list[TimeSpan | None] = []
    paragraphs: list[int] = []
    for side in sides:
        paragraphs += (len(words) + first for first in side.paragraphs)
        words += side.words
        written += side.written
        times += side.times
    return ComparedSide(tuple(words), tuple(written), tuple(times), tuple(paragraphs))


def _first_words(places: Iterable[int], words: int) -> tuple[int, ...]:
    """Return the first words of the paragraphs that have a word left."""
    return tuple(place for place in dict.fromkeys(places) if place < words)


def drop_words(side: ComparedSide, left_out: Sequence[int]) -> ComparedSide:
    """Return a side without the words of some indices."""
    gone = set(left_out)
    kept = [index for index in range(len(side.words)) if index not in gone]
    before = list(
        accumulate((index not in gone for index in range(len(side.words))), initial=0)
    )
    return ComparedSide(
        tuple(side.words[index] for index in kept),
        tuple(side.written[index] for index in kept),
        tuple(side.times[index] for index in kept),
        _first_words((before[first] for first in side.paragraphs), len(kept)),
    )


def write_like_reference(
    side: ComparedSide, equal: Iterable[Equal], reference: Sequence[str]
) -> ComparedSide:
    """Return the hypothesis with the reference's words for the spans of `equal`. Its own writing
    stands at their first word.
    """
    words: list[str] = []
    written: list[str] = []
    times: list[TimeSpan | None] = []
    place: dict[int, int] = {}  # of every word, before and after
    at = 0

    def keep(end: int) -> None:
        for index in range(at, end):
            place[index] = len(words)
            words.append(side.words[index])
            written.append(side.written[index])
            times.append(side.times[index])

    for span in equal:
        keep(span.hyp_first)
        at = span.hyp_last + 1
        for index in range(span.hyp_first, at):
            place[index] = len(words)
        expected = reference[span.ref_first : span.ref_last + 1]
        shown = " ".join(filter(None, side.written[span.hyp_first : at]))
        words += expected
        written += [shown, *[""] * (len(expected) - 1)]
        times += [span_of(side.times[span.hyp_first : at])] * len(expected)
    keep(len(side.words))
    paragraphs = _first_words((place[first] for first in side.paragraphs), len(words))
    return replace(
        side,
        words=tuple(words),
        written=tuple(written),
        times=tuple(times),
        paragraphs=paragraphs,
    )


def _side(utterance: Utterance, profile: str, without: tuple[str, ...]) -> ComparedSide:
    whole = normalise(utterance.text, profile, without).split()
    tokens, clock = utterance.text.split(), letter_clock(utterance)
    found = [_words(token, profile, without) for token in tokens]
    written: list[str] = []
    times: list[TimeSpan | None] = []
    before, letters, last = "", 0, 0
    for token, words in zip(tokens, found, strict=True):
        time = clock(letters, letters + len(token))
        letters += len(token)
        if words:
            last = len(written)
            written += [f"{before} {token}".strip(), *[""] * (len(words) - 1)]
            times += [time] * len(words)
            before = ""
        elif written:
            written[last] += f" {token}"
        else:
            before = f"{before} {token}"
    apart = [word for words in found for word in words]
    if apart != whole:  # a rule that looks at several words together
        written, times = whole, carry_times(apart, times, whole)
    return ComparedSide(
        tuple(whole), tuple(written), tuple(times), (0,) if whole else ()
    )


@lru_cache(maxsize=100_000)
def _words(token: str, profile: str, without: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(normalise(token, profile, without).split())
