"""What was removed, as the page lists it: alike spans once with all their times, the seams of
windows apart.
"""

from __future__ import annotations

from collections.abc import Sequence

from konspekt.data import Removal, names
from konspekt.sanitize import sanitize
from konspekt.site.nodes import At, Node, Strong, Text
from konspekt.site.words import PageWords

MAX_SHOWN = 400  # characters of a span that the page shows; removed.jsonl has it all
MAX_TIMES = 20  # times shown of spans that are alike


def number_removals(
    removals: Sequence[Removal], words: PageWords
) -> tuple[tuple[Removal, ...], ...]:
    """Return the removals that have a number on the page, by time; alike ones share one.

    Words that are kept once of two windows are only counted; what differs where windows meet has a
    list of its own.
    """
    groups: dict[tuple[str, str, str], list[Removal]] = {}
    for removal in sorted(removals, key=_by_time):
        if removal.reason not in (names.OVERLAP, names.TAIL):
            alike = (
                removal.reason,
                sanitize(removal.text).casefold(),
                _why(removal, words),
            )
            groups.setdefault(alike, []).append(removal)
    return tuple(tuple(group) for group in groups.values())


def describe(group: Sequence[Removal], words: PageWords) -> tuple[Node, ...]:
    """Return alike removals as one line: when, the reason, the text, the evidence."""
    first, why = group[0], _why(group[0], words)
    times = [
        node for removal in group[:MAX_TIMES] for node in (At(removal.start), Text(" "))
    ]
    more = Text("… " if len(group) > MAX_TIMES else "")
    count = f" ×{len(group)}" if len(group) > 1 else ""
    text = count if first.redacted else f"{count}: «{_shorten(first.text, words)}»"
    return (
        *times,
        more,
        Strong(sanitize(words.reason(first.reason))),
        Text(f"{text} — {why}" if why else text),
    )


def seams(
    removals: Sequence[Removal], words: PageWords
) -> tuple[tuple[Node, ...], ...]:
    """Return the words at the edges of windows for which the neighbour has other words."""
    found = sorted(
        (removal for removal in removals if removal.reason == names.TAIL), key=_by_time
    )
    return tuple(
        (At(removal.start), Text(f" «{_shorten(removal.text, words)}»"))
        for removal in found
    )


def joins(removals: Sequence[Removal]) -> int:
    """Return how often words transcribed twice were joined."""
    return sum(removal.reason == names.OVERLAP for removal in removals)


def _by_time(removal: Removal) -> tuple[float, int, int]:
    return (removal.start, removal.window, removal.char_start)


def _why(removal: Removal, words: PageWords) -> str:
    figures = {**removal.evidence, "phrase": removal.phrase}
    shown = {
        name: _shorten(figure, words)
        if isinstance(figure, str) and name != names.WORDS
        else figure
        for name, figure in figures.items()
    }
    return sanitize(words.because(removal.code, shown))


def _shorten(text: str, words: PageWords) -> str:
    line = sanitize(text)
    if len(line) <= MAX_SHOWN:
        return line
    beginning = line[:MAX_SHOWN].rsplit(" ", 1)[0]
    return f"{beginning} … ({words.more_words}: {len(line.split()) - len(beginning.split())})"
