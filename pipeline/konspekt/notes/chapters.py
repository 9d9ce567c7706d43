"""Chapters: where a lecture turns to something else.

Lexical cohesion as in TextTiling (Hearst, 1997) on lemmas, with pauses and cue phrases, and the
best division found by dynamic programming under a soft limit of length.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from konspekt.notes.cues import TopicCue
from konspekt.notes.reading import ReadSentence

LENGTH = 360.0  # seconds of a chapter, about; a lecture of 76 minutes has a dozen
MIN_LENGTH = 100.0  # a shorter stretch is no chapter
MIN_LECTURE = 270.0  # a shorter lecture is one chapter
# content words on either side of a place that are compared: about half a minute to a minute of
# speech
WINDOW = 80
# what a plain cue, the deepest valley and a long pause are worth
_CUE, _DEPTH, _PAUSE = 1.2, 0.7, 0.5
_LONG_PAUSE = 20.0  # seconds
# of a boundary: a place that is worth less begins no chapter, unless the chapter would be too long
_COST = 0.55


def divide(
    sentences: Sequence[ReadSentence], cues: Mapping[int, TopicCue]
) -> tuple[range, ...]:
    """Return the chapters as ranges of sentence indices that tile the lecture; none if it has no
    sentence.
    """
    if not sentences:
        return ()
    times = [one.sentence.start for one in sentences]
    end = max(one.sentence.end for one in sentences)
    if end - times[0] < MIN_LECTURE:
        return (range(len(sentences)),)
    worth = _worth(sentences, cues)
    starts = _best_starts(times, end, worth)
    return tuple(
        range(a, b) for a, b in zip(starts, [*starts[1:], len(sentences)], strict=True)
    )


def _worth(
    sentences: Sequence[ReadSentence], cues: Mapping[int, TopicCue]
) -> dict[int, float]:
    """Return by sentence what a chapter that begins there is worth."""
    depths = _depths(sentences)
    deepest = max(depths, default=0.0) or 1.0
    worth = {}
    for index in range(1, len(sentences)):
        pause = sentences[index].sentence.start - sentences[index - 1].sentence.end
        cue = cues[index].strength if index in cues else 0.0
        value = (
            _CUE * cue
            + _DEPTH * depths[index] / deepest
            + _PAUSE * min(1.0, max(0.0, pause) / _LONG_PAUSE)
        )
        if cue or pause > 1.0 or _is_peak(depths, index):
            worth[index] = value
    return worth


def _is_peak(depths: Sequence[float], index: int) -> bool:
    around = depths[max(0, index - 2) : index + 3]
    return depths[index] > 0 and depths[index] == max(around)


def _depths(sentences: Sequence[ReadSentence]) -> list[float]:
    """Return how deep a valley of cohesion lies before each sentence (0 for the first)."""
    flat = [
        (index, lemma) for index, one in enumerate(sentences) for lemma in one.content
    ]
    weights = _weights([lemma for _, lemma in flat])
    first = [0] * (len(sentences) + 1)  # the number of content words before a sentence
    for index, one in enumerate(sentences):
        first[index + 1] = first[index] + len(one.content)
    cohesion = [1.0]
    for index in range(1, len(sentences)):
        here = first[index]
        left = Counter(lemma for _, lemma in flat[max(0, here - WINDOW) : here])
        right = Counter(lemma for _, lemma in flat[here : here + WINDOW])
        cohesion.append(_cosine(left, right, weights))
    return [0.0, *(_depth(cohesion, index) for index in range(1, len(sentences)))]


def _weights(lemmas: Sequence[str]) -> dict[str, float]:
    """Return the inverse document frequency of lemmas over blocks of a quarter window."""
    size = max(1, WINDOW // 4)
    blocks = [set(lemmas[i : i + size]) for i in range(0, len(lemmas), size)]
    seen = Counter(lemma for block in blocks for lemma in block)
    return {lemma: math.log(1 + len(blocks) / count) for lemma, count in seen.items()}


def _cosine(
    left: Counter[str], right: Counter[str], weights: Mapping[str, float]
) -> float:
    def square(some: Counter[str]) -> float:
        return math.fsum(
            (count * weights[lemma]) ** 2 for lemma, count in sorted(some.items())
        )

    shared = sorted(left.keys() & right.keys())
    dot = math.fsum(
        left[lemma] * right[lemma] * weights[lemma] ** 2 for lemma in shared
    )
    norm = math.sqrt(square(left) * square(right))
    return dot / norm if norm else 0.0


def _depth(cohesion: Sequence[float], index: int) -> float:
    """Return how high the peaks on both sides of a valley rise above it."""
    left = right = index
    while left > 1 and cohesion[left - 1] >= cohesion[left]:
        left -= 1
    while right + 1 < len(cohesion) and cohesion[right + 1] >= cohesion[right]:
        right += 1
    return cohesion[left] + cohesion[right] - 2 * cohesion[index]


def _best_starts(
    times: Sequence[float], end: float, worth: Mapping[int, float]
) -> list[int]:
    """Return where chapters begin in the division with the greatest worth less what its lengths
    cost.
    """
    places = [0, *sorted(worth)]
    best: list[float] = [0.0]
    before: list[int] = [-1]
    for here in range(1, len(places)):
        options = [
            (best[k] - _length_cost(times[places[here]] - times[places[k]]), -k)
            for k in range(here)
        ]
        value, k = max(options)
        best.append(value + worth[places[here]] - _COST)
        before.append(-k)
    totals = [
        (best[k] - _length_cost(end - times[places[k]]), -k) for k in range(len(places))
    ]
    here = -max(totals)[1]
    starts = []
    while here >= 0:
        starts.append(places[here])
        here = before[here]
    return starts[::-1]


def _length_cost(length: float) -> float:
    """Return what a length costs: nothing near `LENGTH`, more the further from it. A stretch
    under `MIN_LENGTH` is a last resort.
    """
    if length < MIN_LENGTH:
        return 3.0
    if length < 0.6 * LENGTH:
        return 0.8 * (1 - length / (0.6 * LENGTH))
    return max(0.0, length / (1.5 * LENGTH) - 1) ** 2 * 3
