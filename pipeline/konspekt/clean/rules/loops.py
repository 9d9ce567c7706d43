"""Loops: the decoder writes the same words again and again until the window's tokens are used up.

They look confident (27 timed segments of «We got some.», each normal by itself; log-probabilities
of -0.04), so the window's text is looked at as a whole. What a lecturer repeats stays: a refrain, a
definition, «ещё раз, ещё раз».
"""

from __future__ import annotations

from collections.abc import Iterator

from konspekt.clean.context import MAX_SPOKEN_RATE, Context, Span
from konspekt.clean.reasons import Code, Explanation, Figure, Reason
from konspekt.clean.rule import Rule
from konspekt.clean.runs import RepeatedRun, character_runs, word_runs
from konspekt.clean.window_text import WindowText
from konspekt.data import Removal, names

# Published rules cut at three to six periods; in clean lectures those fire in 0.3 % (Russian) and
# 0.4 % (English) of the windows, every time on honest speech. A decoder in a loop does not stop at
# eight.
MIN_PERIODS = 8
SHORT_UNIT = 3  # words; of longer units fewer periods are enough:
MIN_LONG_PERIODS_FAST = 4  # where they come faster than anyone speaks
MIN_LONG_PERIODS_AT_END = 6  # where the window ends in them
MIN_FAST_CHARS = 60  # a loop faster than speech: more than two seconds of it
# a loop at the rate of speech: about twelve seconds of nothing else
MIN_SPOKEN_CHARS = 200
# of a short unit, without a change: so many are no speech however short, figures excepted
MIN_STEADY_PERIODS = 25
# after a loop at a window's end: the word the decoder was stopped in
MAX_REST_WORDS = 2
MAX_END_MARKS = 60  # characters behind a window's last word
MAX_STEM_WORDS = 8  # before a loop, from where the decoder began anew
# of a neighbour, in which a repetition that was really said stands as well
HEAD_WORDS = 40

LOOP = Reason(names.LOOP, {"en": "a repetition loop", "ru": "зацикливание"})
FAST_LOOP = Code(
    "fast-loop",
    LOOP,
    {
        "en": "«{unit}» comes about {periods:time|times} in a row, at {rate:character|characters} "
        "a second: faster than anyone speaks",
        "ru": "«{unit}» повторяется примерно {periods:раз|раза|раз} подряд, "
        "{rate:символ|символа|символов} в секунду: так быстро никто не говорит",
    },
)
LONG_LOOP = Code(
    "long-loop",
    LOOP,
    {
        "en": "«{unit}» comes about {periods:time|times} in a row, {chars:character|characters} "
        "in all, and no window beside it repeats that",
        "ru": "«{unit}» повторяется примерно {periods:раз|раза|раз} подряд, "
        "всего {chars:символ|символа|символов}, и соседние окна этого не повторяют",
    },
)


def loops(context: Context) -> Iterator[Removal]:
    """Yield loops inside a window, from where they begin."""
    for index in range(len(context.windows)):
        for span in context.kept[index]:
            yield from _in_words(context, index, span)
            yield from _in_characters(context, index, span)


def _in_words(context: Context, index: int, span: Span) -> Iterator[Removal]:
    window = context.windows[index]
    low, high = context.word_range(index, span)
    for run in word_runs([word.folded for word in window.words[low:high]]):
        first, last = low + run.first, low + run.last
        if len(window.words) - last <= MAX_REST_WORDS:
            last = len(window.words)
        place = (window.words[first].char_start, window.words[last - 1].char_end)
        unit = " ".join(word.folded for word in window.words[first : first + run.unit])
        why = _why_loop(context, index, place, run, unit)
        if why is not None and not _is_said_beside(context, index, first, run):
            start = window.before_word(first - _stem(context, index, first))
            yield context.removal(index, (start, window.before_word(last)), why)


def _in_characters(context: Context, index: int, span: Span) -> Iterator[Removal]:
    text = context.windows[index].text[span[0] : span[1]]
    for run in character_runs(text):
        place = (span[0] + run.first, span[0] + run.last)
        unit = text[run.first : run.first + run.unit]
        why = _why_loop(context, index, place, run, unit)
        if why is not None:
            yield context.removal(index, place, why)


def _why_loop(
    context: Context, index: int, place: Span, run: RepeatedRun, unit: str
) -> Explanation | None:
    """Return why a run cannot be a lecturer's repetition; None where it can."""
    chars = place[1] - place[0]
    rate = _rate(context, index, place)
    times = f"{unit!r} comes about {run.periods} times in a row"
    figures: dict[str, Figure] = {
        "unit": unit,
        "periods": run.periods,
        "chars": chars,
        "rate": round(rate, 1),
    }
    if _is_fast(run, chars, rate):
        words = f"{times}, at {rate:.0f} characters a second: faster than anyone speaks"
        return FAST_LOOP.because(words, figures)
    if _is_long(context, index, place, run, unit):
        words = f"{times}, over {chars} characters that no neighbour repeats"
        return LONG_LOOP.because(words, figures)
    return None


def _is_fast(run: RepeatedRun, chars: int, rate: float) -> bool:
    """Return whether a run comes faster than anyone speaks."""
    enough = MIN_LONG_PERIODS_FAST if run.unit > SHORT_UNIT else MIN_PERIODS
    return run.periods >= enough and chars >= MIN_FAST_CHARS and rate > MAX_SPOKEN_RATE


def _is_long(
    context: Context, index: int, place: Span, run: RepeatedRun, unit: str
) -> bool:
    """Return whether a run at the rate of speech lasts longer than a lecturer's repetition."""
    if run.is_varied:  # it may be a drill, an anaphora, a song
        return False
    is_short_unit = run.unit <= SHORT_UNIT
    has_letter = any(char.isalpha() for char in unit)
    if is_short_unit and run.steady >= MIN_STEADY_PERIODS and has_letter:
        return True
    ends_so = not is_short_unit and _is_at_end(context.windows[index].text, place[1])
    enough = MIN_LONG_PERIODS_AT_END if ends_so else MIN_PERIODS
    return run.periods >= enough and place[1] - place[0] >= MIN_SPOKEN_CHARS


def _is_at_end(text: str, char: int) -> bool:
    """Return whether nothing but a few marks stands behind a character."""
    return len(text) - char <= MAX_END_MARKS and not text[char:].strip(" .,!?…")


def _rate(context: Context, index: int, place: Span) -> float:
    """Return the characters a second of the window; of the run itself where the window's segments
    carry times.
    """
    window = context.windows[index]
    if not window.clock.is_timed:
        return context.rate(index)
    seconds = window.clock.end_of(place[1]) - window.clock.start_of(place[0])
    return (place[1] - place[0]) / seconds if seconds > 1 else context.rate(index)


def _is_said_beside(context: Context, index: int, first: int, run: RepeatedRun) -> bool:
    """Return whether a neighbour that shares sound has the repeated words twice as well; of a
    short unit, which comes twice anyway, twice in a row. A neighbour faster than speech does not
    count.
    """
    unit = [
        word.folded for word in context.windows[index].words[first : first + run.unit]
    ]
    wanted, times = (unit * 2, 1) if run.unit <= SHORT_UNIT else (unit, 2)
    return any(
        _count(_edge_facing(context, other, index), wanted) >= times
        for other in context.neighbours(index)
        if context.rate(other) <= MAX_SPOKEN_RATE
    )


def _edge_facing(context: Context, other: int, index: int) -> list[str]:
    """Return the words of a neighbour at the edge that faces a window."""
    words = context.windows[other].words
    near = words[:HEAD_WORDS] if other > index else words[-HEAD_WORDS:]
    return [word.folded for word in near]


def _count(words: list[str], unit: list[str]) -> int:
    return sum(
        words[i : i + len(unit)] == unit for i in range(len(words) - len(unit) + 1)
    )


def _stem(context: Context, index: int, first: int) -> int:
    """Return how many words before a loop belong to it.

    Whisper decodes what is left at a window's end once more and begins it like a sentence: with a
    capital after a comma or without a space. What was decoded so is of one piece with the loop.
    """
    window = context.windows[index]
    segment_start = _redecoded_from(window, window.words[first].char_start)
    for stem in range(min(MAX_STEM_WORDS, first) + 1):
        word = window.words[first - stem]
        if segment_start is not None and word.char_start <= segment_start:
            return stem
        if window.starts_anew(first - stem):
            return stem
    return 0


def _redecoded_from(window: WindowText, char: int) -> int | None:
    """Return where the segment at `char` begins, if the decoder had moved on inside the window
    before it; None if not.
    """
    segment = window.segment_at(char)
    return window.segment_start(char) if segment is not None and segment.seek else None


RULE = Rule(
    "loops",
    loops,
    (FAST_LOOP, LONG_LOOP),
    {
        "en": "the rule loops: what the decoder says again and again stays in the text",
        "ru": "правила loops: зацикливания остались в тексте",
    },
    judges_one_window=True,
)
