"""A side word by word: what is compared, how it was written, when it was said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.formats import SpokenWord, Utterance
from konspekt.score import normalise
from konspekt.score.rules import Equal
from konspekt.score.sides import (
    ComparedSide,
    drop_words,
    join_sides,
    side_of,
    write_like_reference,
)


def test_words_keep_how_they_were_written_and_a_dash_stands_with_the_word_before() -> (
    None
):
    side = side_of([Utterance("", "Это — «Ёлка», кое-что: C++!")], "ru")
    assert side.words == ("это", "елка", "кое", "что", "c++")
    assert side.written == ("Это —", "«Ёлка»,", "кое-что:", "", "C++!")


def test_what_stands_before_the_first_word_stands_with_it() -> None:
    assert side_of([Utterance("", "— Да")], "ru").written == ("— Да",)


def test_an_utterance_s_time_is_shared_out_by_letters() -> None:
    side = side_of([Utterance("", "раз четыре", 10.0, 19.0)], "ru")
    assert side.times == ((10.0, 13.0), (13.0, 19.0))


def test_words_have_their_own_times_where_the_file_has_them() -> None:
    said = (
        SpokenWord(" раз", 1.0, 1.5),
        SpokenWord(" дв", 2.0, 2.2),
        SpokenWord("а", 2.2, 2.4),
    )
    side = side_of([Utterance("", "раз два", 0.0, 9.0, words=said)], "ru")
    assert side.times == ((1.0, 1.5), (2.0, 2.4))


def test_words_of_a_rule_that_looks_at_several_are_shown_as_they_are_compared() -> None:
    side = side_of([Utterance("", "Так [громкий смех] вот")], "ru")
    assert (side.words, side.written) == (("так", "вот"), ("так", "вот"))


def test_paragraphs_are_the_utterances_that_have_words() -> None:
    side = side_of(
        [Utterance("", "раз два"), Utterance("", "…"), Utterance("", "три")], "ru"
    )
    assert side.paragraphs == (0, 2)


def test_words_left_out_take_their_times_with_them() -> None:
    side = side_of([Utterance("", "раз два", 0.0, 6.0), Utterance("", "три")], "ru")
    left = drop_words(side, [1])
    assert (left.words, left.times, left.paragraphs) == (
        ("раз", "три"),
        ((0.0, 3.0), None),
        (0, 1),
    )


def test_what_says_the_same_is_compared_in_the_reference_s_words_and_shown_in_its_own() -> (
    None
):
    side = side_of([Utterance("", "примерно 25 раз", 0.0, 13.0)], "ru")
    found = write_like_reference(
        side, [Equal(1, 2, 1, 1, "numbers")], ["примерно", "двадцать", "пять", "раз"]
    )
    assert found.words == ("примерно", "двадцать", "пять", "раз")
    assert found.written == ("примерно", "25", "", "раз")
    assert found.times[1] == found.times[2] == (8.0, 10.0)


@pytest.mark.parametrize("profile", ["raw", "ru", "en", "whisper-basic"])
@given(texts=st.lists(st.text("абё- 2.,[]<>C+\n«—", max_size=30), max_size=3))
def test_a_side_has_exactly_the_words_that_are_compared(
    profile: str, texts: list[str]
) -> None:
    side = side_of([Utterance("", text, 1.0, 2.0) for text in texts], profile)
    assert list(side.words) == [
        word for text in texts for word in normalise(text, profile).split()
    ]
    assert len(side.words) == len(side.written) == len(side.times)
    assert all(0 <= first < len(side.words) for first in side.paragraphs)
    assert join_sides([side]) == side
    assert drop_words(side, range(len(side.words))) == ComparedSide((), (), (), ())
