"""Credits anywhere, outros only where a window says nothing else, polite words never."""

from pathlib import Path

import pytest

from konspekt.clean import phrases
from konspekt.clean.phrases import MIN_LISTED_WORDS, lists, plain
from tests.clean.cases import LECTURE, apart, cleaned, kept, overlapping, removed


def listed(policy: str) -> list[str]:
    """Every phrase of the lists under a policy, as Whisper would write it; of a shape its
    examples.
    """
    found: list[str] = []
    for path in sorted(Path(phrases.__file__).parent.glob("*.tsv")):
        for line in path.read_text(encoding="utf-8").splitlines()[1:]:
            own, kind, phrase, *examples = line.split("\t")
            if own == policy:
                assert kind != "shape" or examples, phrase
                found += (
                    examples[0].split(" | ")
                    if kind == "shape"
                    else [f"[{phrase}]" if kind == "bracketed" else phrase]
                )
    if policy == "thin":
        rows = (
            Path(phrases.__file__)
            .with_name("BoH.csv")
            .read_text(encoding="utf-8")
            .splitlines()[1:]
        )
        found += [
            words
            for row in rows
            if len(plain(words := row.rpartition(",")[0]).split()) >= MIN_LISTED_WORDS
        ]
    return found


@pytest.mark.parametrize("phrase", listed("anywhere"))
def test_every_entry_of_the_lists_goes_as_it_promises_anywhere(phrase: str) -> None:
    assert removed(cleaned(apart(f"{LECTURE[0]} {phrase}", LECTURE[1])), "phrase") == [
        phrase
    ]
    assert removed(
        cleaned(apart(f"{phrase.rstrip('.!…')}. {LECTURE[0]}")), "phrase"
    ) == [f"{phrase.rstrip('.!…')}."]


@pytest.mark.parametrize("phrase", listed("thin"))
def test_every_entry_of_the_lists_goes_as_it_promises_where_a_window_has_nothing_else(
    phrase: str,
) -> None:
    windows = [(0.0, LECTURE[0]), (100.0, phrase), (200.0, LECTURE[1])]
    assert removed(cleaned(windows, "outliers", length=60.0), "phrase") == [phrase]


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
        "Редактор субтитров А. Синецкая, корректор А. Егорова",
        "субтитры сделал dimatorzok",
        "Субтитры делал DimaTorzok и Симон",
        "Untertitel der Amara.org-Community",
        "字幕由Amara.org社区提供",
    ],
)
def test_a_credit_goes_wherever_it_stands(credit: str) -> None:
    assert removed(cleaned(apart(f"{LECTURE[0]} {credit}")), "phrase") == [credit]
    assert removed(cleaned(apart(f"{credit} {LECTURE[0]}")), "phrase") == [credit]
    assert removed(cleaned(apart(credit)), "phrase") == [credit]


@pytest.mark.parametrize(
    "outro",
    [
        "Продолжение следует...",
        "Спасибо за просмотр!",
        "Thanks for watching!",
        "[Музыка]",
        "♪ Music ♪",
        "Пока-пока! Удачи!",
        "www.example.org",
    ],
)
def test_an_outro_goes_where_a_window_has_nothing_else(outro: str) -> None:
    assert removed(cleaned(apart(LECTURE[0], outro, LECTURE[1])), "phrase") == [outro]
    assert cleaned(apart(f"{LECTURE[0]} {outro} {LECTURE[1][:60]}")).removals == ()


@pytest.mark.parametrize("credit", ["субтитры сделал dimatorzok", "www.mooji.org"])
def test_small_letters_are_no_matter_where_a_text_ends(credit: str) -> None:
    assert removed(
        cleaned(apart(f"{LECTURE[0].rstrip('.').lower()} {credit}")), "phrase"
    ) == [credit]


def test_an_outro_that_a_dense_neighbour_has_too_stays() -> None:
    windows = overlapping(f"{LECTURE[0]} Спасибо за просмотр!", "Спасибо за просмотр!")
    assert removed(cleaned(windows, "seams"), "phrase") == []


@pytest.mark.parametrize(
    "words",
    ["Спасибо.", "Да, да.", "Хорошо.", "Всем привет!", "Да.", "Okay.", "Thank you."],
)
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
        (
            "Субтитры делал когда-то человек, а теперь их делает сеть, и редактор субтитров, "
            "корректор, автор не нужны."
        ),
        "Whisper пишет: Субтитры сделал DimaTorzok. Это он выучил из интернета.",
        (
            "И в тишине она пишет субтитры сделал dimatorzok. Почему? Потому что видела это тысячу "
            "раз."
        ),
        (
            "Субтитры к этой лекции делает сообщество Amara.org. Субтитры берите на Amara.org, "
            "там их "
            "больше всего."
        ),
        (
            "The subtitles come from Amara.org. You will find the Amara.org community helpful, so "
            "like and subscribe."
        ),
        (
            "Корпус лежит на www.example.org, поддержать канал можно по ссылке в описании, а Игорь "
            "Негода его автор."
        ),
    ],
)
def test_a_lecture_about_subtitles_stays(text: str) -> None:
    assert (
        cleaned(apart(f"{LECTURE[0][:120]} {text} {LECTURE[1][:120]}")).removals == ()
    )


def test_no_list_holds_polite_words() -> None:
    assert lists().thin.isdisjoint(
        {
            "спасибо",
            "да",
            "да да",
            "хорошо",
            "всем привет",
            "и",
            "thank you",
            "i don t know",
        }
    )
