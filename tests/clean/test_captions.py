"""Captions in capitals go where they are all of a stretch; what is spoken in capitals stays."""

from __future__ import annotations

from dataclasses import replace

import pytest

from konspekt.data import Segment
from tests.builders import raw_transcript
from tests.clean.cases import LECTURE, apart, cleaned, cleaned_raw, removed

CAPTIONS = [
    "АПЛОДИСМЕНТЫ",
    "МУЗЫКАЛЬНАЯ ЗАСТАВКА",
    "ПОЛИЦЕЙСКАЯ СИРЕНА",
    "СМЕХ",
    "МУЗЫКА",
    "[MUSIC PLAYING]",
    "(DOOR SLAMS)",
    "♪ ♪ THEME ♪",
    "LAUGHTER",
    "PHONE RINGING",
    "ΧΕΙΡΟΚΡΟΤΗΜΑΤΑ",
    "ԾԱՓԱՀԱՐՈՒԹՅՈՒՆՆԵՐ",
    "АПЛОДИСМЕНТЫ. МУЗЫКА.",
]


@pytest.mark.parametrize("caption", CAPTIONS)
def test_a_caption_that_is_all_of_a_window_goes(caption: str) -> None:
    result = cleaned(apart(LECTURE[0], caption, LECTURE[1]))
    assert removed(result) == [caption]


@pytest.mark.parametrize("caption", ["АПЛОДИСМЕНТЫ", "[MUSIC PLAYING]"])
def test_a_recording_of_nothing_else_is_empty(caption: str) -> None:
    assert removed(cleaned(apart(caption))) == [caption]


@pytest.mark.parametrize(
    "spoken",
    [
        "ГОСТ.",
        "WER.",
        "ЮНЕСКО",
        "ГОСТ ИСО.",
        "HTTP API",
        "Это ГОСТ.",
        "Аплодисменты.",
        "Музыка.",
        "ДА",
        "10 000",
        "ТОТ САМЫЙ",
    ],
)
def test_short_forms_and_small_letters_stay(spoken: str) -> None:
    assert removed(cleaned(apart(LECTURE[0], spoken, LECTURE[1]))) == []


@pytest.mark.parametrize("title", ["ФИЛЬТР БЛУМА", "КРАСНО-ЧЁРНОЕ ДЕРЕВО"])
def test_a_title_of_which_the_lecture_speaks_stays(title: str) -> None:
    windows = apart(LECTURE[1], title, LECTURE[5])
    assert removed(cleaned(windows)) == []


def test_a_title_in_capitals_amid_speech_stays() -> None:
    text = f"{LECTURE[0]} МУЗЫКАЛЬНАЯ ЗАСТАВКА. {LECTURE[1]}"
    assert removed(cleaned(apart(text))) == []


def test_a_transcript_in_capitals_stays() -> None:
    capitals = [text.upper() for text in LECTURE[:3]]
    windows = apart(*capitals, "ВЫКЛЮЧИТЕ МИКРОФОН")
    assert removed(cleaned(windows)) == []


def with_segments(*segments: Segment) -> list[str]:
    raw = raw_transcript(apart(LECTURE[0], LECTURE[1]))
    window = replace(raw.windows[1], segments=segments)
    return removed(cleaned_raw(replace(raw, windows=(raw.windows[0], window))))


def test_a_segment_that_is_a_caption_goes_from_amid_speech() -> None:
    spoken = Segment(40.0, 60.0, f" {LECTURE[1]}")
    assert with_segments(spoken, Segment(60.0, 66.0, " АПЛОДИСМЕНТЫ")) == [
        "АПЛОДИСМЕНТЫ"
    ]


def test_capitals_at_the_rate_of_speech_stay() -> None:
    spoken = Segment(40.0, 60.0, f" {LECTURE[1]}")
    assert with_segments(spoken, Segment(60.0, 62.0, " ВЫКЛЮЧИТЕ МИКРОФОН")) == []
