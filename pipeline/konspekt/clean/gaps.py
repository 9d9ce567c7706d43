"""Gaps: stretches without kept text where somebody speaks, or may; and what kept text covers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from konspekt.clean.context import Context
from konspekt.clean.rules.silence import BLIP, STRAY
from konspekt.data import Cause, Gap, Region, Sentence
from konspekt.text.spans import (
    Span,
    bounds,
    common,
    difference,
    intersection,
    times_of,
    union,
)
from konspekt.text.words import count_letters, count_words

MIN_GAP = 2.0  # seconds: less is a breath, or the roughness of the times
MAX_PAUSE = 3.0  # between two timed sentences of one window: less is no gap
# seconds between two regions of speech: one speaks on, so a loss in many short regions is one gap
MAX_BREATH = 1.0
ROUNDING = 0.01  # seconds between two gaps that are one
MIN_THIN_TEXT = 1.0  # seconds that the words of a thin window take at least
# A text lies over far more speech than its words take: they take at most this share of it, and at
# least so many seconds are left.
MAX_SAID_SHARE = 0.5
MIN_UNSAID = 3.0


def find_covered(
    context: Context, sentences: Iterable[Sentence]
) -> tuple[Span[float], ...]:
    """Return where kept text is, sorted and apart."""
    stretches = [
        stretch
        for sentence in sentences
        if count_words(sentence.text)
        for stretch in _times_of(context, sentence)
    ]
    return union([*stretches, *_find_held_elsewhere(context)], MAX_PAUSE)


def _times_of(context: Context, sentence: Sentence) -> Iterator[Span[float]]:
    """Yield what a sentence covers: where speech is known, piece by piece of its times."""
    if context.facts.speech is None:
        yield _time_of(context, sentence)
        return
    index = context.index_of[sentence.window]
    within = (sentence.char_start, sentence.char_end)
    for piece in context.windows[index].clock.pieces_in(*within):
        start, end = common((piece.char_start, piece.char_end), within)
        times = (context.start_of(index, start), context.end_of(index, end))
        text = context.windows[index].text[start:end].strip()
        yield _cut_to_words(context, text, times)


def _time_of(context: Context, sentence: Sentence) -> Span[float]:
    """Return what a sentence covers where it is not known who speaks.

    The few words of a thin window without times cover what they take, from where they stand.
    """
    index = context.index_of[sentence.window]
    end = sentence.end
    if context.is_thin(index) and not context.windows[index].clock.is_timed:
        seconds = max(MIN_THIN_TEXT, len(sentence.text) / context.facts.usual_rate)
        end = min(end, sentence.start + seconds)
    return sentence.start, end


def _cut_to_words(context: Context, text: str, times: Span[float]) -> Span[float]:
    """Return what a text covers: of far more speech than its words take, what they take."""
    start, end = times
    takes = count_letters(text) / context.facts.spoken_rate
    spoken = context.facts.speech_within(start, end)
    if takes > MAX_SAID_SHARE * spoken or spoken - takes < MIN_UNSAID:
        return times
    return start, start + max(MIN_THIN_TEXT, takes)


def _find_held_elsewhere(context: Context) -> Iterator[Span[float]]:
    """Yield what the seams took: a neighbour has kept text of that sound, as far as it reaches."""
    for removal in context.removals:
        if removal.other_window is not None:
            other = context.windows[context.index_of[removal.other_window]]
            yield common(bounds(removal), bounds(other))


def find_gaps(
    context: Context, sentences: Iterable[Sentence], speech: Sequence[Region] | None
) -> tuple[Gap, ...]:
    """Return the gaps in order, with their causes; silence that is sure is none."""
    may_speak = None if speech is None else _find_possible_speech(context, speech)
    silent = times_of(
        window for window in context.windows if window.decoded.how.is_silent
    )
    claimed = [*find_covered(context, sentences), *silent]
    found: list[Gap] = []
    for cause, stretches in _causes(context, may_speak):
        open_to = union(stretches)
        if may_speak is not None:
            open_to = intersection(open_to, may_speak)
        for start, end in difference(open_to, union(claimed)):
            found.append(Gap(round(start, 3), round(end, 3), cause))
        claimed.extend(open_to)
    return _join_adjacent(sorted(found, key=lambda gap: (gap.start, gap.end)))


def _find_possible_speech(
    context: Context, speech: Sequence[Region]
) -> tuple[Span[float], ...]:
    """Return where somebody speaks by voice activity detection, and what was removed because it
    finds next to nobody in the whole recording.
    """
    stray = [
        context.windows[context.index_of[removal.window]]
        for removal in context.removals
        if removal.code in (BLIP.name, STRAY.name)
    ]
    return union(times_of((*speech, *stray)), MAX_BREATH)


def _causes(
    context: Context, may_speak: Sequence[Span[float]] | None
) -> tuple[tuple[Cause, list[Span[float]]], ...]:
    """Return where each cause holds, the strongest first: a removal is known, a thin window a
    guess, the rest is empty.
    """
    uncertain = times_of(
        window for window in context.windows if count_words(window.text)
    )
    empty = times_of(
        window for window in context.windows if not count_words(window.text)
    )
    return (
        ("removed", _find_removed(context)),
        ("uncertain", uncertain),
        ("not transcribed", [*(may_speak or ()), *empty]),
    )


def _find_removed(context: Context) -> list[Span[float]]:
    """Return where text was removed: a whole window where nothing of it is kept."""
    found: list[Span[float]] = []
    for removal in context.removals:
        if removal.other_window is not None:
            continue
        index = context.index_of[removal.window]
        window = context.windows[index]
        found += times_of([removal if context.kept[index] else window])
    return found


def _join_adjacent(found: Iterable[Gap]) -> tuple[Gap, ...]:
    """Return adjacent gaps of one cause as one; what is too short is none."""
    joined: list[Gap] = []
    for cause, gaps in groupby(found, key=lambda gap: gap.cause):
        for start, end in union(times_of(gaps), ROUNDING):
            joined.append(Gap(start, end, cause))
    return tuple(gap for gap in joined if gap.end - gap.start >= MIN_GAP)
