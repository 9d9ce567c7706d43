"""Gaps: stretches without kept text where somebody speaks, or may; and what kept text covers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from konspekt.clean.context import Context
from konspekt.clean.rules.silence import STRAY
from konspekt.data import Cause, Gap, Region, Sentence
from konspekt.text.spans import Span, difference, intersection, times_of, union
from konspekt.text.words import count_words

MIN_GAP = 2.0  # seconds: less is a breath, or the roughness of the times
MAX_PAUSE = 3.0  # between two timed sentences of one window: less is no gap
# seconds between two regions of speech: one speaks on, so a loss in many short regions is one gap
MAX_BREATH = 1.0
MIN_THIN_TEXT = 1.0  # seconds that the words of a thin window take at least


def covered(context: Context, sentences: Iterable[Sentence]) -> tuple[Span[float], ...]:
    """Where kept text is, as stretches in order that do not touch.

    The few words of a thin window without times cover what they take to say, from where they stand.
    """
    stretches: list[Span[float]] = []
    for sentence in sentences:
        if not count_words(sentence.text):
            continue
        index = context.index_of[sentence.window]
        end = sentence.end
        if context.is_thin(index) and not context.windows[index].clock.is_timed:
            seconds = max(MIN_THIN_TEXT, len(sentence.text) / context.facts.usual_rate)
            end = min(end, sentence.start + seconds)
        stretches.append((sentence.start, end))
    stretches.extend(_beside(context))
    return union(stretches, MAX_PAUSE)


def _beside(context: Context) -> Iterable[Span[float]]:
    """What the seams took: a neighbour has kept text of that sound, as far as it heard it."""
    for removal in context.removals:
        if removal.other_window is not None:
            other = context.windows[context.index_of[removal.other_window]]
            yield max(removal.start, other.start), min(removal.end, other.end)


def gaps(
    context: Context, sentences: Iterable[Sentence], speech: Sequence[Region] | None
) -> tuple[Gap, ...]:
    """The gaps in order, with their causes; silence that is sure is none."""
    has_text = covered(context, sentences)
    may_speak = None if speech is None else _may_speak(context, speech)
    silent = times_of(h for h in context.windows if h.decoded.how.is_silent)
    found: list[Gap] = []
    claimed = [*has_text, *silent]
    for cause, stretches in _causes(context, may_speak):
        open_to = union(stretches)
        if may_speak is not None:
            open_to = intersection(open_to, may_speak)
        for start, end in difference(open_to, union(claimed)):
            found.append(Gap(round(start, 3), round(end, 3), cause))
        claimed.extend(open_to)
    return _joined(sorted(found, key=lambda gap: (gap.start, gap.end)))


def _may_speak(context: Context, speech: Sequence[Region]) -> tuple[Span[float], ...]:
    """Where somebody speaks by the detector's word, and what was removed by it without a doubt of
    Whisper's.
    """
    stray = [
        context.windows[context.index_of[r.window]]
        for r in context.removals
        if r.code == STRAY.name
    ]
    return union(times_of((*speech, *stray)), MAX_BREATH)


def _causes(
    context: Context, may_speak: Sequence[Span[float]] | None
) -> Iterable[tuple[Cause, list[Span[float]]]]:
    """Where each cause holds, the strongest first: a removal is known, a thin hearing a guess, the
    rest is empty.
    """
    removed: list[Span[float]] = []
    uncertain: list[Span[float]] = []
    not_heard: list[Span[float]] = list(may_speak or ())
    wholly = {
        window.id
        for index, window in enumerate(context.windows)
        if window.text and not context.kept[index]
    }
    for removal in context.removals:
        window = context.windows[context.index_of[removal.window]]
        if removal.other_window is None:
            removed.append(
                (window.start, window.end)
                if removal.window in wholly
                else (removal.start, removal.end)
            )
    for window in context.windows:
        (uncertain if count_words(window.text) else not_heard).append((window.start, window.end))
    return (("removed", removed), ("uncertain", uncertain), ("not transcribed", not_heard))


def _joined(found: Iterable[Gap]) -> tuple[Gap, ...]:
    """Adjacent gaps of one cause as one; what is too short is none."""
    joined: list[Gap] = []
    for gap in found:
        if joined and joined[-1].cause == gap.cause and gap.start <= joined[-1].end + 0.01:
            joined[-1] = Gap(joined[-1].start, gap.end, gap.cause)
        else:
            joined.append(gap)
    return tuple(gap for gap in joined if gap.end - gap.start >= MIN_GAP)
