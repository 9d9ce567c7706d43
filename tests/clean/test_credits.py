"""Credits anywhere, outros only where a hearing says nothing else, polite words never."""

import pytest

from pipeline.clean.phrases import lists
from tests.clean.cases import LECTURE, apart, cleaned, kept, overlapping, removed


@pytest.mark.parametrize(
    "credit",
    [
        "Субтитры создавал DimaTorzok",
        "Субтитры сделал DimaTorzok.",
        "Редактор субтитров А.Семкин Корректор А.Егорова",
        "Редактор субтитров М.Иванова",
        "Субтитры подогнал «Симон»!",
        "Субтитры сделаны сообществом Amara.org",
        "Subtitles by the Amara.org community",
    ],
)
def test_a_credit_goes_wherever_it_stands(credit: str) -> None:
    assert removed(cleaned(apart(f"{LECTURE[0]} {credit}")), "phrase") == [credit]
    assert removed(cleaned(apart(f"{credit} {LECTURE[0]}")), "phrase") == [credit]
    assert removed(cleaned(apart(credit)), "phrase") == [credit]


@pytest.mark.parametrize(
    "outro", ["Продолжение следует...", "Спасибо за просмотр!", "Thanks for watching!", "[Музыка]", "♪ Music ♪"]
)
def test_an_outro_goes_where_a_hearing_says_nothing_else(outro: str) -> None:
    assert removed(cleaned(apart(LECTURE[0], outro, LECTURE[1])), "phrase") == [outro]
    assert cleaned(apart(f"{LECTURE[0]} {outro} {LECTURE[1][:60]}")).removals == ()


def test_an_outro_that_a_dense_neighbour_hears_too_was_said() -> None:
    windows = overlapping(f"{LECTURE[0]} Спасибо за просмотр!", "Спасибо за просмотр!")
    assert removed(cleaned(windows, "seams"), "phrase") == []


@pytest.mark.parametrize("words", ["Спасибо.", "Да, да.", "Хорошо.", "Всем привет!", "Да.", "Okay.", "Thank you."])
def test_polite_words_stay(words: str) -> None:
    assert kept(cleaned(apart(LECTURE[0], words, LECTURE[1]))).count(words) == 1
    assert cleaned(apart(words)).removals == ()


@pytest.mark.parametrize(
    "text",
    [
        "Субтитры на экране сделал мой коллега, редактор субтитров Андрей.",
        "Продолжение следует завтра, а по ТВ сегодня покажут старую запись.",
        "Whisper пишет «Субтитры создавал DimaTorzok» там, где тишина.",
        "Аплодисменты! Thank you. Thank you. Thank you very much. Thank you. Thank you.",
        "Подпишись на канал, говорит каждый блогер, и это продолжение следует понимать буквально.",
        "I don't know what to do, so let's see what we have here.",
    ],
)
def test_a_lecture_about_subtitles_stays(text: str) -> None:
    assert cleaned(apart(f"{LECTURE[0][:120]} {text} {LECTURE[1][:120]}")).removals == ()


def test_no_list_holds_polite_words() -> None:
    assert lists().thin.isdisjoint(
        {"спасибо", "да", "да да", "хорошо", "всем привет", "и", "thank you", "i don t know"}
    )
