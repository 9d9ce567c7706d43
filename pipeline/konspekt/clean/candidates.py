"""Which stretches are worth hearing again: gaps that may hold speech, and windows that were cut off
or are overfull.

The list follows from the first pass alone, by all rules and without sentence embeddings, so that no
setting of cleaning makes anything be heard again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from konspekt.clean.context import MAX_SPOKEN_RATE, MIN_THIN_DURATION, Context
from konspekt.clean.rules.loops import LOOP
from konspekt.data import Gap, SecondPassCandidate, Sentence
from konspekt.text.spans import Span, meet

MIN_STRETCH = 4.0  # seconds: less is a pause between two thoughts more often than a sentence lost
TOUCHING = 0.5  # seconds between two gaps that are one stretch

# The share of a stretch that is likely to be speech where no detector has listened: guesses, for
# the order alone. A loop begins in speech; an invented phrase or a window without text stands for
# speech or for a pause.
LOOP_CHANCE = 0.9
CHANCES = {"removed": 0.5, "not transcribed": 0.5, "uncertain": 0.4, "cut": 0.9, "overfull": 0.5}
EDGE_CHANCE = (
    0.2  # times that, before the first dense window and after the last: there people come and go
)


def second_pass_candidates(
    context: Context, sentences: Sequence[Sentence], gaps: Sequence[Gap], *, speech: bool
) -> tuple[SecondPassCandidate, ...]:
    """The stretches worth hearing again, those first that promise most; `speech`: gaps are known to
    hold speech.
    """
    span = _dense_span(context)
    found = [*_gaps(context, sentences, gaps), *_doubtful_windows(context)]
    merged: list[SecondPassCandidate] = []
    for one in sorted(found, key=lambda w: (w.start, w.end)):
        likely = replace(one, gain=one.gain * (1.0 if speech else _chance(one, span)))
        if merged and likely.start <= merged[-1].end + TOUCHING:
            merged[-1] = _joined(merged[-1], likely)
        else:
            merged.append(likely)
    long = [w for w in merged if w.end - w.start >= MIN_STRETCH]
    rounded = [
        replace(w, start=round(w.start, 3), end=round(w.end, 3), gain=round(w.gain, 1))
        for w in long
    ]
    return tuple(sorted(rounded, key=lambda w: (-w.gain, w.start)))


def _gaps(
    context: Context, sentences: Sequence[Sentence], gaps: Sequence[Gap]
) -> Iterator[SecondPassCandidate]:
    """The gaps, each with the few words of a thin window that stand at its edge: heard well, they
    win over them.
    """
    removals = [removal for removal in context.removals if removal.other_window is None]
    thin = [s for s in sentences if context.is_thin(context.index_of[s.window])]
    for gap in gaps:
        over = {r.reason for r in removals if meet((r.start, r.end), (gap.start, gap.end))}
        reasons = tuple(sorted(over)) if gap.cause == "removed" else ()
        at_edge = [
            s
            for s in thin
            if s.start - 2 * TOUCHING <= gap.end and s.end + 2 * TOUCHING >= gap.start
        ]
        start, end = (
            min([gap.start, *(s.start for s in at_edge)]),
            max([gap.end, *(s.end for s in at_edge)]),
        )
        seconds = gap.end - gap.start
        yield SecondPassCandidate(start, end, gap.cause, reasons, _why(gap, reasons), seconds)


def _why(gap: Gap, reasons: Sequence[str]) -> str:
    seconds = f"{gap.end - gap.start:.0f} s"
    if gap.cause == "removed":
        what = ", ".join(reasons) or "as a whole"
        return f"what was heard in these {seconds} was removed ({what}): it may hide speech"
    return f"no text in {seconds}" + (
        " of a window that has some" if gap.cause == "uncertain" else ""
    )


def _doubtful_windows(context: Context) -> Iterator[SecondPassCandidate]:
    """Windows that reached the limit of tokens, from their last segment on, and those faster than
    speech.
    """
    for index, window in enumerate(context.windows):
        if not context.kept[index]:
            continue
        segments = window.decoded.segments
        if window.decoded.how.is_cut:
            start = max(window.start, min(segments[-1].start, window.end - MIN_STRETCH))
            why = "Whisper reached its limit of tokens here: what follows in this window is lost"
            yield SecondPassCandidate(start, window.end, "cut", (), why, window.end - start)
        elif (
            window.duration >= MIN_THIN_DURATION and (rate := context.rate(index)) > MAX_SPOKEN_RATE
        ):
            why = f"{rate:.0f} characters a second: more than can be said in this time"
            yield SecondPassCandidate(
                window.start, window.end, "overfull", (), why, window.duration
            )


def _joined(one: SecondPassCandidate, two: SecondPassCandidate) -> SecondPassCandidate:
    """Two stretches as one, with the cause of the one that promises more."""
    more = max(one, two, key=lambda w: w.gain)
    reasons, why = tuple(sorted({*one.reasons, *two.reasons})), f"{one.why}; {two.why}"
    return replace(
        more,
        start=one.start,
        end=max(one.end, two.end),
        reasons=reasons,
        why=why,
        gain=one.gain + two.gain,
    )


def _chance(one: SecondPassCandidate, dense: Span[float]) -> float:
    chance = LOOP_CHANCE if LOOP.name in one.reasons else CHANCES[one.cause]
    return chance if meet((one.start, one.end), dense) else chance * EDGE_CHANCE


def _dense_span(context: Context) -> Span[float]:
    """From the first window full of speech to the last."""
    dense = [
        h
        for index, h in enumerate(context.windows)
        if context.kept[index] and context.is_dense(index)
    ]
    return min((h.start for h in dense), default=0.0), max((h.end for h in dense), default=0.0)
