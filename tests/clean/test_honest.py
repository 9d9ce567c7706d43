"""What was honestly said stays: 50,000 words of lectures with every trap, cut into overlapping
windows.

Asked: under 1 word of 10,000 removed for any reason but `overlap`, and stitched back within a WER
of 0.005.
"""

from __future__ import annotations

import pytest

from konspekt.data import Removal
from konspekt.score import score
from konspekt.text.words import tokens
from tests.clean.cases import cleaned, kept
from tests.clean.honest import Lecture, honest_lecture

LECTURES = 26  # of each language


def lost(lecture: Lecture, removals: tuple[Removal, ...]) -> list[str]:
    """Return the rightly transcribed words that are removed for other reasons than `overlap`."""
    return [
        word.text
        for removal in removals
        if removal.reason != "overlap"
        for word in tokens(removal.text)
        if not any(
            word.text in wrong
            for start, wrong in lecture.edges
            if start == removal.window_start
        )
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    "errs", [False, True], ids=["as said", "misspelled at the edges"]
)
def test_of_fifty_thousand_words_honestly_said_fewer_than_five_go_and_the_text_is_whole(
    errs: bool,
) -> None:
    words = errors = 0
    gone: list[str] = []
    for language in ("ru", "en"):
        for seed in range(LECTURES):
            lecture = honest_lecture(language, seed, errs=errs)
            result = cleaned(lecture.windows, length=lecture.length)
            found = score(lecture.text, kept(result), language)
            words += found.reference_words
            errors += found.errors
            gone += lost(lecture, result.removals)
    assert words > 45_000
    assert len(gone) < words / 10_000, gone
    assert errors / words < 0.005
