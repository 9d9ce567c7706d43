"""Gaps: stretches without kept text where somebody speaks, or may; and what kept text covers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from konspekt.clean.context import ABOUT_SEAMS, Context
from konspekt.clean.why import STRAY
from konspekt.data import Cause, Gap, Region, Sentence
from konspekt.text.words import count_words

Stretch = tuple[float, float]

MIN_GAP = 2.0  # seconds: less is a breath, or the roughness of the times
MAX_PAUSE = 3.0  # between two timed sentences of one window: less is no gap
# among a window's options: its sound holds nothing that could be heard, so it was not put to
# Whisper
SILENCE = "silence"
# seconds between two regions of speech: one speaks on, so a loss in many short regions is one gap
MAX_BREATH = 1.0
MIN_THIN_TEXT = 1.0  # seconds that the words of a thin window take at least


def covered(context: Context, sentences: Iterable[Sentence]) -> tuple[Stretch, ...]:
    """Where kept text is, as stretches in order that do not touch.

    The few words of a thin window without times cover what they take to say, from where they stand.
    """
    stretches: list[Stretch] = []
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
    return merged(stretches, MAX_PAUSE)


def _beside(context: Context) -> Iterable[Stretch]:
    """What the seams took: a neighbour has kept text of that sound, as far as it heard it."""
    for removal in context.removals:
        if removal.reason in ABOUT_SEAMS:
            other = context.windows[context.index_of[removal.evidence["window"]]]
            yield max(removal.start, other.start), min(removal.end, other.end)


def gaps(
    context: Context, sentences: Iterable[Sentence], speech: Sequence[Region] | None
) -> tuple[Gap, ...]:
    """The gaps in order, with their causes; silence that is sure is none."""
    has_text = covered(context, sentences)
    may_speak = None if speech is None else _may_speak(context, speech)
    silent = merged(
        [(h.start, h.end) for h in context.windows if SILENCE in h.decoded.how.options], 0.0
    )
    found: list[Gap] = []
    claimed = [*has_text, *silent]
    for cause, stretches in _causes(context, may_speak):
        open_to = stretches if may_speak is None else common(merged(stretches, 0.0), may_speak)
        for start, end in less(merged(open_to, 0.0), merged(claimed, 0.0)):
            found.append(Gap(round(start, 3), round(end, 3), cause))
        claimed.extend(open_to)
    return _joined(sorted(found, key=lambda gap: (gap.start, gap.end)))


def _may_speak(context: Context, speech: Sequence[Region]) -> tuple[Stretch, ...]:
    """Where somebody speaks by the detector's word, and what was removed by it without a doubt of
    Whisper's.
    """
    spoken = [(region.start, region.end) for region in speech]
    stray = [
        context.windows[context.index_of[r.window]]
        for r in context.removals
        if r.evidence.get("why") == STRAY
    ]
    return merged((*spoken, *((window.start, window.end) for window in stray)), MAX_BREATH)


def _causes(
    context: Context, may_speak: Sequence[Stretch] | None
) -> Iterable[tuple[Cause, list[Stretch]]]:
    """Where each cause holds, the strongest first: a removal is known, a thin hearing a guess, the
    rest is empty.
    """
    removed: list[Stretch] = []
    uncertain: list[Stretch] = []
    not_heard: list[Stretch] = list(may_speak or ())
    wholly = {
        window.id
        for index, window in enumerate(context.windows)
        if window.text and not context.kept[index]
    }
    for removal in context.removals:
        window = context.windows[context.index_of[removal.window]]
        if removal.reason not in ABOUT_SEAMS:
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


def merged(stretches: Iterable[Stretch], bridge: float) -> tuple[Stretch, ...]:
    """Stretches in order, those closer than `bridge` as one."""
    merged: list[Stretch] = []
    for start, end in sorted(stretches):
        if merged and start <= merged[-1][1] + bridge:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        elif end > start:
            merged.append((start, end))
    return tuple(merged)


def common(some: Sequence[Stretch], others: Sequence[Stretch]) -> list[Stretch]:
    """Where both are; each is in order without overlaps."""
    both: list[Stretch] = []
    i = j = 0
    while i < len(some) and j < len(others):
        start, end = max(some[i][0], others[j][0]), min(some[i][1], others[j][1])
        if start < end:
            both.append((start, end))
        if some[i][1] <= others[j][1]:
            i += 1
        else:
            j += 1
    return both


def less(some: Sequence[Stretch], others: Sequence[Stretch]) -> list[Stretch]:
    """Where the first are and the second are not; each is in order without overlaps."""
    left: list[Stretch] = []
    j = 0
    for start, end in some:
        while j < len(others) and others[j][1] <= start:
            j += 1
        k = j
        while k < len(others) and others[k][0] < end:
            if others[k][0] > start:
                left.append((start, others[k][0]))
            start = max(start, others[k][1])
            k += 1
        if start < end:
            left.append((start, end))
    return left
