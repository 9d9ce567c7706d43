"""When the words of a text are said, also where an alternate that was chosen or a rule put others
in their place.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, groupby, pairwise
from typing import TypeAlias

from konspekt.formats import SpokenWord, Utterance
from konspekt.score.alignment import align
from konspekt.score.runs import TimeSpan

# letters of a text, without white space, from and to → seconds
LetterClock: TypeAlias = Callable[[int, int], TimeSpan | None]


def letter_clock(utterance: Utterance) -> LetterClock:
    """Return the clock of an utterance, by the times of its words if it has any. Else its own
    time is shared out by letters.
    """
    letters = sum(map(len, utterance.text.split()))
    lengths = [sum(map(len, word.text.split())) for word in utterance.words]
    if not letters or sum(lengths) != letters:
        return _even_clock(utterance, letters)
    ends = list(accumulate(lengths))

    def when(first: int, end: int) -> TimeSpan:
        words = utterance.words[
            bisect_right(ends, first) : bisect_right(ends, end - 1) + 1
        ]
        return words[0].start, words[-1].end

    return when


def _even_clock(utterance: Utterance, letters: int) -> LetterClock:
    start, end = utterance.start, utterance.end
    if start is None or end is None or not letters:
        return lambda *_: None
    a_letter = (end - start) / letters
    return lambda first, last: (start + first * a_letter, start + last * a_letter)


def span_of(times: Iterable[TimeSpan | None]) -> TimeSpan | None:
    """Return the time from the first known one to the last; None if none is known."""
    known = [time for time in times if time is not None]
    return (known[0][0], known[-1][1]) if known else None


def carry_times(
    before: Sequence[str], times: Sequence[TimeSpan | None], words: Sequence[str]
) -> list[TimeSpan | None]:
    """Return the times of `words`, made of the text `before`. A word that stayed keeps its own;
    the others share the time of what they replaced.
    """
    found: list[TimeSpan | None] = [None] * len(words)
    for equal, group in groupby(
        align(before, words), key=lambda edit: edit.kind == "equal"
    ):
        edits = list(group)
        first, end = edits[0].ref_start, edits[-1].ref_end
        at, last = edits[0].hyp_start, edits[-1].hyp_end
        if first == end:  # nothing was replaced: it stands between its neighbours
            first, end = max(0, first - 1), min(len(before), end + 1)
        found[at:last] = (
            times[first:end]
            if equal
            else _share_time(before[first:end], times[first:end], words[at:last])
        )
    return found


def _share_time(
    before: Sequence[str], times: Sequence[TimeSpan | None], words: Sequence[str]
) -> list[TimeSpan | None]:
    """Return for each word the time of what it is part of; if one is part of nothing, the time
    of the whole for all.
    """
    owners: list[int] = []
    for word in words:
        here = range(owners[-1] if owners else 0, len(before))
        owners.append(
            next((place for place in here if _holds(before[place], word)), -1)
        )
        if owners[-1] < 0:
            return _share_out(span_of(times), words)
    found: list[TimeSpan | None] = []
    for owner, group in groupby(
        zip(owners, words, strict=True), key=lambda pair: pair[0]
    ):
        found += _share_out(times[owner], [word for _, word in group])
    return found


def _holds(text: str, word: str) -> bool:
    """Return whether the word's letters stand in the text in their order, as those of a chosen
    alternate do.
    """
    letters = iter(text)
    return all(letter in letters for letter in word)


def _share_out(time: TimeSpan | None, words: Sequence[str]) -> list[TimeSpan | None]:
    if time is None:
        return [None] * len(words)
    start, end = time
    letters = list(accumulate(map(len, words), initial=0))
    return [
        (
            start + (end - start) * a / letters[-1],
            start + (end - start) * b / letters[-1],
        )
        for a, b in pairwise(letters)
    ]


# --------------------------------------------------------------------------------------------------


def line_of(utterance: Utterance) -> str:
    """Return an utterance's text on one line."""
    return " ".join(utterance.text.split())


def apply_choice(utterances: Sequence[Utterance], text: str) -> Sequence[Utterance]:
    """Return the utterances as `text` reads their alternates, an utterance a line. Words keep their
    times.

    Utterances that one alternate reaches over are made one.
    """
    before, lines = [line_of(utterance) for utterance in utterances], text.split("\n")
    if text == "\n".join(before):
        return utterances
    pieces = [(n, n + 1, n, n + 1) for n in range(len(lines))]
    if len(lines) != len(before):
        pieces = list(_pieces(before, lines))
    if any(first == end for first, end, _, _ in pieces):
        pieces = [(0, len(before), 0, len(lines))]
    return [
        _reread(utterances[first:end], "\n".join(lines[at:last]))
        for first, end, at, last in pieces
    ]


def _pieces(
    before: Sequence[str], lines: Sequence[str]
) -> Iterator[tuple[int, int, int, int]]:
    """Yield pieces of lines (from, to) and what became of them, line by line where that is
    known.
    """
    for _, group in groupby(
        align(before, lines), key=lambda edit: edit.kind == "equal"
    ):
        edits = list(group)
        first, end = edits[0].ref_start, edits[-1].ref_end
        at, last = edits[0].hyp_start, edits[-1].hyp_end
        if end - first == last - at:
            yield from (
                (first + n, first + n + 1, at + n, at + n + 1)
                for n in range(end - first)
            )
        else:
            yield first, end, at, last


def _reread(utterances: Sequence[Utterance], text: str) -> Utterance:
    one = utterances[0]
    if len(utterances) > 1:
        timed = all(utterance.words for utterance in utterances)
        words = (
            tuple(word for utterance in utterances for word in utterance.words)
            if timed
            else ()
        )
        whole = "\n".join(line_of(utterance) for utterance in utterances)
        one = replace(one, text=whole, end=utterances[-1].end, words=words)
    if line_of(one) == text:
        return one
    times = carry_times(*_slots(one), text.split()) if one.words else []
    spoken = zip(text.split(), times, strict=False)
    words = tuple(SpokenWord(word, *time) for word, time in spoken if time is not None)
    return replace(one, text=text, words=words)


def _slots(utterance: Utterance) -> tuple[list[str], list[TimeSpan | None]]:
    """Return the text's words with their times. From an opening brace to its closing one is one
    word.
    """
    words, clock = utterance.text.split(), letter_clock(utterance)
    reach = list(range(len(words)))
    opened: list[int] = []
    for place, letter in (
        (place, letter)
        for place, word in enumerate(words)
        for letter in word
        if letter in "{}"
    ):
        if letter == "{":
            opened.append(place)
        elif opened:
            reach[opened.pop()] = place
    texts: list[str] = []
    times: list[TimeSpan | None] = []
    first = letters = 0
    while first < len(words):
        last = place = first
        while place <= last:
            last, place = max(last, reach[place]), place + 1
        texts.append(" ".join(words[first : last + 1]))
        length = sum(map(len, words[first : last + 1]))
        times.append(clock(letters, letters + length))
        first, letters = last + 1, letters + length
    return texts, times
