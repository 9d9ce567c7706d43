"""Words of a text and how alike they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.text.words import (
    alphabetic_length,
    count_words,
    fold,
    nearness,
    parts,
    sound_of,
    tokens,
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Это граф, а не дерево!", ["Это", "граф", "а", "не", "дерево"]),
        (
            "кое-что о GPT-4 и числе 3.14",
            ["кое-что", "о", "GPT-4", "и", "числе", "3.14"],
        ),
        ("C++, C# и don't", ["C++", "C#", "и", "don't"]),
        ("за\u0301мок snake_case", ["за\u0301мок", "snake_case"]),
        ("— … «»", []),
    ],
)
def test_a_word_has_the_marks_inside_it_and_none_around_it(
    text: str, words: list[str]
) -> None:
    assert [token.text for token in tokens(text)] == words
    assert count_words(text) == len(words)


@given(st.text(st.sampled_from("аЁ-'+#.\u0301 z4_")))
def test_words_stand_where_their_offsets_say(text: str) -> None:
    for token in (*tokens(text), *parts(text)):
        assert text[token.char_start : token.char_end] == token.text


def test_words_joined_by_a_mark_are_compared_one_by_one() -> None:
    assert [part.text for part in parts("GPT-4 и 3.14")] == ["GPT", "4", "и", "3", "14"]


@pytest.mark.parametrize(
    ("text", "folded"),
    [("Ёлка", "елка"), ("за\u0301мок", "замок"), ("Йод", "йод"), ("И\u0306од", "йод")],
)
def test_case_stress_and_form_are_not_compared(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("russian", "english"),
    [("токен", "token"), ("кэш", "cash"), ("бэтч", "batch"), ("фил", "phil")],
)
def test_spellings_of_one_term_are_near_across_scripts(
    russian: str, english: str
) -> None:
    assert nearness(russian, english) >= 0.6
    assert nearness(russian, "zzzzz") < 0.3


def test_a_sound_is_written_once() -> None:
    assert sound_of("хоббит") == sound_of("hobbit")


@given(st.text(), st.text())
def test_nearness_is_a_share_and_the_same_both_ways(one: str, other: str) -> None:
    assert 0 <= nearness(one, other) == nearness(other, one) <= 1
    assert nearness(one, one) == 1


def test_a_wide_character_takes_the_place_of_three() -> None:
    assert alphabetic_length("граф") == 4
    assert alphabetic_length("图论") == 6
