"""What a word error rate hides: loops, made-up speech and speech that was skipped."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

from konspekt.data import Alignment, Edit, EditKind, Region
from konspekt.text.spans import difference, times_of, union

TimeSpan: TypeAlias = tuple[float, float]  # start and end, seconds
Times: TypeAlias = Sequence[TimeSpan | None]  # one a word; None where unknown

_PAUSE = 0.999  # seconds: one up to this belongs to the speech around it


@dataclass(frozen=True, slots=True)
class ErrorRun:
    """Words of one kind on end: of the hypothesis for insertions, else of the reference. Times in
    seconds.
    """

    words: int
    ref_start: int
    ref_end: int
    hyp_start: int
    hyp_end: int
    start: float | None = None  # None: unknown
    end: float | None = None


def runs(
    alignment: Alignment,
    kind: EditKind,
    at_least: int,
    *,
    ref_times: Times | None = None,
    hyp_times: Times | None = None,
) -> tuple[ErrorRun, ...]:
    """Return the runs of `kind` of `at_least` words, in order.

    A run's time is that of its words, the hypothesis' before the reference's. Deleted words whose
    own times are unknown lie between the hypothesis' word before and the one after.
    """
    found = []
    for edit in alignment:
        words = max(edit.ref_end - edit.ref_start, edit.hyp_end - edit.hyp_start)
        if edit.kind == kind and words >= at_least:
            start, end = _when(edit, ref_times or (), hyp_times or ())
            found.append(
                ErrorRun(
                    words,
                    edit.ref_start,
                    edit.ref_end,
                    edit.hyp_start,
                    edit.hyp_end,
                    start,
                    end,
                )
            )
    return tuple(found)


def _when(
    edit: Edit, ref_times: Times, hyp_times: Times
) -> tuple[float | None, float | None]:
    for times in (
        hyp_times[edit.hyp_start : edit.hyp_end],
        ref_times[edit.ref_start : edit.ref_end],
    ):
        known = [time for time in times if time is not None]
        if known:
            return known[0][0], max(end for _, end in known)
    if edit.kind != "delete":
        return None, None
    before = (
        hyp_times[edit.hyp_start - 1] if 0 < edit.hyp_start <= len(hyp_times) else None
    )
    after = hyp_times[edit.hyp_end] if edit.hyp_end < len(hyp_times) else None
    start = before[1] if before else None
    end = after[0] if after else None
    return start, max(start, end) if start is not None and end is not None else end


def count_capped_errors(alignment: Alignment, at_most: int = 4) -> int:
    """Return how many errors there are if at most `at_most` of a run of insertions count: one loop
    must not hide all the rest.

    The cap and its value: asr_eval (SibNN; arXiv 2601.20992).
    """
    return sum(
        min(edit.hyp_end - edit.hyp_start, at_most)
        if edit.kind == "insert"
        else edit.ref_end - edit.ref_start
        for edit in alignment
        if edit.kind != "equal"
    )


def excess_repetition(
    reference: Sequence[str], hypothesis: Sequence[str], n: int = 5
) -> int:
    """Return how many repeated runs of `n` words the hypothesis has beyond those of the reference;
    0 if it has fewer.

    A run of n words counts where it belongs to a stretch that is said again at once, whole. So a
    loop counts however long its turns are, and neither what the lecturer says twice nor a phrase
    that comes back later does. After the 5-Dup of Distil-Whisper (Gandhi et al., arXiv 2311.00430),
    which counts every run that comes back, as those of plain speech do. Raises ValueError for n
    under 1.
    """
    if n < 1:
        raise ValueError(f"runs of {n} words")
    return max(0, _count_repeated(hypothesis, n) - _count_repeated(reference, n))


def _count_repeated(words: Sequence[str], n: int) -> int:
    last: dict[tuple[str, ...], int] = {}
    back = []  # how many words before the same n words began, 0 for never
    for at in range(len(words) - n + 1):
        several = tuple(words[at : at + n])
        back.append(at - last.get(several, at))
        last[several] = at
    stretches = ((distance, len(list(group))) for distance, group in groupby(back))
    return sum(
        length for distance, length in stretches if 0 < distance <= length + n - 1
    )


def words_a_minute(words: int, seconds: float) -> float | None:
    """Return the rate of speech in words a minute; None if there is no time."""
    return words * 60 / seconds if seconds > 0 else None


def insertions_in_silence(
    alignment: Alignment, hyp_times: Times, speech: Iterable[Region]
) -> tuple[int, ...]:
    """Return by index the inserted words of the hypothesis of which no part lies in speech.

    Pauses under a second are speech. A word whose time is unknown is not judged. Raises ValueError
    where the times are not as many as the words.
    """
    words = alignment[-1].hyp_end if alignment else 0
    if len(hyp_times) != words:
        raise ValueError(f"{len(hyp_times)} times for {words} words")
    stretches = close_pauses(speech)
    ends = [end for _, end in stretches]

    def silent(time: TimeSpan) -> bool:
        # the first stretch that is not over when the word begins
        after = bisect_left(ends, time[0])
        return after == len(stretches) or stretches[after][0] > time[1]

    inserted = (
        word
        for edit in alignment
        if edit.kind == "insert"
        for word in range(edit.hyp_start, edit.hyp_end)
    )
    return tuple(
        word
        for word in inserted
        if (time := hyp_times[word]) is not None and silent(time)
    )


def speech_without_words(
    speech: Iterable[Region], hyp_times: Times, at_least: float = 5.0
) -> tuple[TimeSpan, ...]:
    """Return the stretches of speech of `at_least` seconds in which the hypothesis has no word, in
    order.

    Pauses under a second are speech. Words whose time is unknown cover nothing.
    """
    words = sorted(time for time in hyp_times if time is not None)
    silent = difference(close_pauses(speech), words)
    return tuple(span for span in silent if span[1] - span[0] >= at_least)


def close_pauses(speech: Iterable[Region]) -> tuple[TimeSpan, ...]:
    """Return the speech in order, its overlaps and pauses under a second closed."""
    return union(times_of(speech), _PAUSE)
