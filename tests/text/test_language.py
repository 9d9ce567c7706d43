"""Which language a lecture is in, when nobody says so."""

from __future__ import annotations

import pytest

from konspekt.data import DecodedWindow, How, Segment
from konspekt.text.language import lecture_language, text_language


def window(text: str, language: str | None) -> DecodedWindow:
    return DecodedWindow(
        0, 0.0, 30.0, language, (Segment(0.0, 30.0, text),), How("small")
    )


@pytest.mark.parametrize(
    ("text", "default", "language"),
    [
        ("Это граф.", "en", "ru"),
        ("Это граф.", "uk", "uk"),
        ("Это overfitting и early stopping.", "en", "en"),
        ("Это наш early stopping.", "en", "ru"),
        ("This is a graph.", "ru", "en"),
        ("Das ist ein Graph.", "de", "de"),
        ("42", "ru", "ru"),
    ],
)
def test_a_text_is_in_the_language_of_its_script(
    text: str, default: str, language: str
) -> None:
    assert text_language(text, default) == language


def test_a_lecture_is_in_the_language_that_whisper_noted_for_most_of_its_text() -> None:
    windows = [
        window("Это граф и дерево.", "ru"),
        window("Graph.", "en"),
        window("Да.", None),
    ]
    assert lecture_language(windows, "de") == "ru"


def test_a_lecture_without_a_noted_language_is_in_that_of_its_script() -> None:
    assert lecture_language([window("Это граф.", None)], "en") == "ru"
    assert lecture_language([], "en") == "en"
