"""Candidates for the second pass: gaps that may hold speech, and windows that were cut off or are
overfull.

The list follows from the first pass alone, by all rules and without sentence embeddings, so that no
setting of cleaning changes what is transcribed again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from konspekt.clean.context import MAX_SPOKEN_RATE, MIN_THIN_DURATION, Context
from konspekt.clean.rules.loops import LOOP
from konspekt.clean.window_text import WindowText
from konspekt.data import Gap, SecondPassCandidate, Sentence
from konspekt.text.spans import Span, meet

# seconds: less is a pause between two thoughts more often than a sentence lost
MIN_STRETCH = 4.0
TOUCHING = 0.5  # seconds between two gaps that are one stretch

# The share of a stretch that is likely to be speech where it is unknown who speaks: guesses, for
# the order alone. A loop begins in speech; an invented phrase or a window without text stands for
# speech or for a pause.
LOOP_CHANCE = 0.9
CHANCES = {
    "removed": 0.5,
    "not transcribed": 0.5,
    "uncertain": 0.4,
    "cut": 0.9,
    "overfull": 0.5,
}
# Times that, before the first dense window and after the last: there people come and go.
EDGE_CHANCE = 0.2


def second_pass_candidates(
    context: Context,
    sentences: Sequence[Sentence],
    gaps: Sequence[Gap],
    *,
    speech: bool,
) -> tuple[SecondPassCandidate, ...]:
    """Return the stretches worth a second pass, those first that promise most.

    With `speech` the gaps are known to hold speech.
    """
    found = [*_of_gaps(context, sentences, gaps), *_of_windows(context)]
    if not speech:
        dense = _dense_span(context)
        found = [replace(one, gain=one.gain * _chance(one, dense)) for one in found]
    long = [one for one in _merge(found) if one.end - one.start >= MIN_STRETCH]
    return tuple(
        sorted(map(_round_times, long), key=lambda one: (-one.gain, one.start))
    )


def _merge(found: Iterable[SecondPassCandidate]) -> list[SecondPassCandidate]:
    """Return the candidates in order, those that touch as one."""
    merged: list[SecondPassCandidate] = []
    for one in sorted(found, key=lambda one: (one.start, one.end)):
        if merged and one.start <= merged[-1].end + TOUCHING:
            merged[-1] = _join(merged[-1], one)
        else:
            merged.append(one)
    return merged


def _join(one: SecondPassCandidate, two: SecondPassCandidate) -> SecondPassCandidate:
    """Return two stretches as one, with the cause of the one that promises more."""
    more = max(one, two, key=lambda candidate: candidate.gain)
    return replace(
        more,
        start=one.start,
        end=max(one.end, two.end),
        reasons=tuple(sorted({*one.reasons, *two.reasons})),
        why=f"{one.why}; {two.why}",
        gain=one.gain + two.gain,
    )


def _round_times(one: SecondPassCandidate) -> SecondPassCandidate:
    return replace(
        one, start=round(one.start, 3), end=round(one.end, 3), gain=round(one.gain, 1)
    )


def _of_gaps(
    context: Context, sentences: Sequence[Sentence], gaps: Sequence[Gap]
) -> Iterator[SecondPassCandidate]:
    """Yield the gaps, each with the few words of a thin window that stand at its edge.

    Where the second pass has more, it wins over them.
    """
    thin = [s for s in sentences if context.is_thin(context.index_of[s.window])]
    for gap in gaps:
        reasons = _reasons(context, gap) if gap.cause == "removed" else ()
        at_edge = [s for s in thin if _is_at_edge(s, gap)]
        start = min([gap.start, *(s.start for s in at_edge)])
        end = max([gap.end, *(s.end for s in at_edge)])
        why = _why(gap, reasons)
        yield SecondPassCandidate(
            start, end, gap.cause, reasons, why, gap.end - gap.start
        )


def _reasons(context: Context, gap: Gap) -> tuple[str, ...]:
    """Return for which reasons the words of a gap were removed."""
    found = {
        removal.reason
        for removal in context.removals
        if removal.other_window is None
        and meet((removal.start, removal.end), (gap.start, gap.end))
    }
    return tuple(sorted(found))


def _is_at_edge(sentence: Sentence, gap: Gap) -> bool:
    near = 2 * TOUCHING
    return sentence.start - near <= gap.end and sentence.end + near >= gap.start


def _why(gap: Gap, reasons: Sequence[str]) -> str:
    seconds = f"{gap.end - gap.start:.0f} s"
    if gap.cause == "removed":
        what = ", ".join(reasons) or "as a whole"
        return f"the text of these {seconds} was removed ({what}): it may hide speech"
    whose = " of a window that has some" if gap.cause == "uncertain" else ""
    return f"no text in {seconds}{whose}"


def _of_windows(context: Context) -> Iterator[SecondPassCandidate]:
    """Yield windows that reached the limit of tokens, from their last segment on, and those faster
    than speech.
    """
    for index, window in enumerate(context.windows):
        if not context.kept[index]:
            continue
        if window.decoded.how.is_cut:
            yield _cut_off(window)
        elif (
            window.duration >= MIN_THIN_DURATION
            and context.rate(index) > MAX_SPOKEN_RATE
        ):
            yield _overfull(window, context.rate(index))


def _cut_off(window: WindowText) -> SecondPassCandidate:
    last = window.decoded.segments[-1].start
    start = max(window.start, min(last, window.end - MIN_STRETCH))
    why = (
        "Whisper reached its limit of tokens here: what follows in this window is lost"
    )
    return SecondPassCandidate(start, window.end, "cut", (), why, window.end - start)


def _overfull(window: WindowText, rate: float) -> SecondPassCandidate:
    why = f"{rate:.0f} characters a second: more than can be said in this time"
    return SecondPassCandidate(
        window.start, window.end, "overfull", (), why, window.duration
    )


def _chance(one: SecondPassCandidate, dense: Span[float]) -> float:
    chance = LOOP_CHANCE if LOOP.name in one.reasons else CHANCES[one.cause]
    return chance if meet((one.start, one.end), dense) else chance * EDGE_CHANCE


def _dense_span(context: Context) -> Span[float]:
    """Return from when the first window full of speech lasts to when the last one does."""
    dense = [
        window
        for index, window in enumerate(context.windows)
        if context.kept[index] and context.is_dense(index)
    ]
    start = min((window.start for window in dense), default=0.0)
    return start, max((window.end for window in dense), default=0.0)
