"""Sentences of the program in another language."""

from __future__ import annotations

import pytest

from konspekt.text.translate import translate

FORMS = {
    "number {} is not there": "числа {} там нет",
    "{} is not there": "слова {} там нет",
    "said twice": "повторяется",
    "title: {}": "заголовок: {}",
    "{} of {}": "{} из {}",
}


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("said twice", "повторяется"),
        ("number 1812 is not there", "числа 1812 там нет"),
        ("Kafka is not there", "слова Kafka там нет"),
        ("{} is not there", "слова {} там нет"),
        ("title: said twice", "заголовок: повторяется"),
        ("3 of 5", "3 из 5"),
        ("something else", "something else"),
        ("", ""),
    ],
)
def test_a_sentence_is_translated_by_its_form(sentence: str, expected: str) -> None:
    assert translate(sentence, FORMS) == expected


def test_a_translation_may_leave_out_what_changes() -> None:
    assert translate("a of b", {"{} of {}": "часть"}) == "часть"
