"""What a window says in another language goes where its neighbour has the same sound in the
lecture's; what is said once stays.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from konspekt.clean import check_tiling, clean
from konspekt.course.settings import CleanOptions
from konspekt.data import Cleaned, DecodedWindow, How, Region, Segment
from konspekt.models.similarity import SentenceSimilarity, open_similarity
from tests.builders import raw_transcript
from tests.clean.cases import (
    LONG_LECTURE,
    FakeSimilarity,
    Windows,
    apart,
    overlapping,
    raw_of,
)
from tests.clean.reasons import ENGLISH, SPOKEN_TWICE, TRANSLATED

REST = "After that he turns to something else, and the pencil is blue. " * 4
SAID = "Каждая клетка содержит ядро и мембрану."
IN_ENGLISH = "Every cell contains a nucleus and a membrane."
OTHER = "The treaty was signed by both kings in May."


def around(before: str, foreign: str, after: str = LONG_LECTURE[9]) -> Windows:
    """A lecture whose tenth window is in English, and what its neighbours say at the seams."""
    beside = (f"{LONG_LECTURE[8]} {before}".strip(), foreign, after)
    return overlapping(*LONG_LECTURE[:8], *beside, *LONG_LECTURE[10:])


def translated(windows: Windows, similarity: SentenceSimilarity | None) -> list[str]:
    raw = raw_transcript(windows)
    result: Cleaned = clean(raw, CleanOptions(), similarity, language="ru")
    check_tiling(raw, result.transcript, result.removals)
    return [
        removal.text.strip()
        for removal in result.removals
        if removal.code == "in-another-language"
    ]


def test_without_a_model_and_in_one_language_nothing_is_compared() -> None:
    model = FakeSimilarity(SPOKEN_TWICE, TRANSLATED)
    assert translated(around(SPOKEN_TWICE, ENGLISH), None) == []
    assert translated(overlapping(*LONG_LECTURE), model) == []
    assert model.asked == []


def test_windows_without_shared_sound_keep_both() -> None:
    model = FakeSimilarity(SPOKEN_TWICE, TRANSLATED)
    texts = [text for _, text in around(SPOKEN_TWICE, ENGLISH)]
    assert translated(apart(*texts), model) == []


def test_a_sentence_that_something_else_in_the_lecture_is_as_close_to_stays() -> None:
    model = FakeSimilarity(SPOKEN_TWICE, TRANSLATED, LONG_LECTURE[0][:20])
    assert translated(around(SPOKEN_TWICE, ENGLISH), model) == []


def test_a_recording_in_two_languages_keeps_both() -> None:
    model = FakeSimilarity(SPOKEN_TWICE, TRANSLATED)
    half = [
        text for pair in zip(LONG_LECTURE, [REST] * 99, strict=False) for text in pair
    ]
    windows = overlapping(*half, f"{LONG_LECTURE[8]} {SPOKEN_TWICE}", ENGLISH)
    assert translated(windows, model) == []


def test_what_lies_beyond_the_shared_sound_stays() -> None:
    long = f"{TRANSLATED[:-1]}, {'and it goes on for a while, ' * 9}to the end."
    model = FakeSimilarity(SPOKEN_TWICE, TRANSLATED[:-1])
    (gone,) = translated(around(SPOKEN_TWICE, long), model)
    assert gone.startswith(TRANSLATED[:-1])
    assert len(gone) < len(long) / 3


def spoken(main: str, foreign: str) -> list[str]:
    """What goes of a foreign window at 25 s, where the one before ends at 30 s with `main`."""
    lecture = [
        DecodedWindow(
            number,
            60.0 + 30 * number,
            90.0 + 30 * number,
            "ru",
            (Segment(60.0 + 30 * number, 89.5 + 30 * number, f" {text}"),),
            How("base"),
        )
        for number, text in enumerate(LONG_LECTURE[:4], start=2)
    ]
    before = Segment(0.0, 25.0, f" {LONG_LECTURE[8]}"), Segment(25.0, 29.5, f" {main}")
    after = Segment(25.5, 30.0, f" {foreign}"), Segment(30.0, 50.0, f" {REST}")
    windows = (
        DecodedWindow(0, 0.0, 30.0, "ru", before, How("base")),
        DecodedWindow(1, 25.0, 55.0, "en", after, How("base")),
        *lecture,
    )
    raw = replace(raw_of(windows), speech=(Region(0.0, 210.0),))
    result = clean(raw, CleanOptions(), None, language="ru")
    check_tiling(raw, result.transcript, result.removals)
    return [one.text for one in result.removals if one.code == "in-another-language"]


def test_two_windows_full_of_words_in_shared_sound_do_not_both_keep_them() -> None:
    full = "Каждая клетка содержит ядро, и у неё есть мембрана."
    assert spoken(full, IN_ENGLISH) == [f" {IN_ENGLISH} "]


def test_a_quotation_that_the_neighbour_left_out_stays() -> None:
    assert spoken("Он сказал.", IN_ENGLISH) == []


def test_few_words_spread_over_what_the_neighbour_has_may_follow_it_and_stay() -> None:
    full = "Каждая клетка содержит ядро, и у неё есть мембрана."
    assert spoken(full, "And then he said.") == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "foreign", "after", "gone"),
    [
        (SAID, f"{IN_ENGLISH} {REST}", LONG_LECTURE[9], [IN_ENGLISH]),
        ("", f"{REST} {IN_ENGLISH}", f"{SAID} {LONG_LECTURE[9]}", [IN_ENGLISH]),
        (SAID, f"{OTHER} {REST}", LONG_LECTURE[9], []),
    ],
)
def test_real_weights_know_a_translation_from_something_else(
    before: str, foreign: str, after: str, gone: list[str]
) -> None:
    model = open_similarity("auto", Path())
    assert translated(around(before, foreign, after), model) == gone
