"""Sentences tile a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.text.sentences import sentence_spans


@pytest.mark.parametrize(
    "sentences",
    [
        ["Это граф. ", "Это дерево."],
        ["Граф? ", "Дерево! ", "Сеть… ", "и так далее"],
        ["Он сказал: «Это граф.» ", "Все записали."],
        ["Без точки\n"],
        ["Это т.е. граф, см. рис. 5, и т.д. и т.п. везде. ", "Да."],
        ["А. С. Пушкин писал в 1830 г. стихи. ", "Да."],
        ["See e.g. Dr. Brown, vol. 2. ", "Yes."],
        ["Файл main.py версии 3.14 готов.Далее без пробела. ", "Да."],
        ["  \n Сначала пробелы.  \n", "Да. "],
    ],
)
def test_a_text_is_parted_where_its_sentences_end(sentences: list[str]) -> None:
    text = "".join(sentences)
    assert [text[start:end] for start, end in sentence_spans(text)] == sentences


def test_a_row_of_marks_without_end_is_one_sentence() -> None:
    text = "Да" + "." * 200_000 + "нет"
    assert sentence_spans(text) == ((0, len(text)),)


@given(st.text(st.sampled_from("аБ. !?…»\n1(")))
def test_sentences_tile_any_text(text: str) -> None:
    assert "".join(text[start:end] for start, end in sentence_spans(text)) == text
    assert all(start < end for start, end in sentence_spans(text))


def test_an_empty_text_has_no_sentence() -> None:
    assert sentence_spans("") == ()
