"""Where the errors are: which words, and when."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from konspekt.data import Alignment
from konspekt.score.uncertainty import BLOCK_WORDS, errors_per_block, known_times

_MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Confusions:
    """How often each word was taken for which, left out, put in. Sums are the counts of the
    alignment.
    """

    substituted: Counter[tuple[str, str]]  # reference word, hypothesis word
    deleted: Counter[str]
    inserted: Counter[str]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A minute of a lecture, or some 150 words of it, and its errors. Times in seconds, None where
    unknown.
    """

    ref_start: int
    ref_end: int
    errors: int
    start: float | None = None
    end: float | None = None

    @property
    def words(self) -> int:
        """Return how many words of the reference it has; a minute may have none."""
        return self.ref_end - self.ref_start


def confusions(
    alignment: Alignment, reference: Sequence[str], hypothesis: Sequence[str]
) -> Confusions:
    """Return every error by its words. A run of substitutions is paired word by word.

    Words that are counted equally often stand in the order of the text. Raises IndexError where the
    alignment is of longer texts.
    """
    found = Confusions(Counter(), Counter(), Counter())
    for edit in alignment:
        left = [reference[word] for word in range(edit.ref_start, edit.ref_end)]
        right = [hypothesis[word] for word in range(edit.hyp_start, edit.hyp_end)]
        if edit.kind == "substitute":
            found.substituted.update(zip(left, right, strict=True))
        elif edit.kind == "delete":
            found.deleted.update(left)
        elif edit.kind == "insert":
            found.inserted.update(right)
    return found


def errors_over_time(
    alignment: Alignment,
    starts: Sequence[float | None] | None,
    total: float | None = None,
) -> tuple[Stretch, ...]:
    """Return the errors of every minute of the recording, to its end at `total` seconds or to the
    last word.

    `starts` are seconds, one a reference word; a word whose start is unknown is in the minute of
    the word before it. Where there are none for 150 words on end, a stretch is 150 words, the last
    what is left. An inserted word belongs to the reference word before it. Sums are those of the
    whole. Raises ValueError where the starts are not as many as the words.
    """
    words = alignment[-1].ref_end if alignment else 0
    if starts is not None and len(starts) != words:
        raise ValueError(f"{len(starts)} times for {words} words")
    times = known_times(starts)
    if times is None:
        cuts = [*range(0, max(words, 1), BLOCK_WORDS), words]
        blocks = errors_per_block(alignment, cuts)
        return tuple(
            Stretch(a, b, errors)
            for (a, b), (errors, _) in zip(pairwise(cuts), blocks, strict=True)
        )
    minutes = max(1, int(times[-1] // _MINUTE) + 1, int(-(-(total or 0.0) // _MINUTE)))
    cuts = [
        0,
        *(bisect_left(times, minute * _MINUTE) for minute in range(1, minutes)),
        words,
    ]
    blocks = errors_per_block(alignment, cuts)
    return tuple(
        Stretch(a, b, errors, minute * _MINUTE, (minute + 1) * _MINUTE)
        for minute, ((a, b), (errors, _)) in enumerate(
            zip(pairwise(cuts), blocks, strict=True)
        )
    )


def worst_minutes(stretches: Iterable[Stretch], count: int = 5) -> tuple[Stretch, ...]:
    """Return the stretches with the most errors, the worst first, of equals the earlier; none
    without an error.
    """
    return tuple(
        sorted(
            (found for found in stretches if found.errors),
            key=lambda found: -found.errors,
        )[:count]
    )
