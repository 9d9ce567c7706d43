"""The forms of Russian words: those of the dictionary, and those of terms that are in none."""

from __future__ import annotations

import pytest

from konspekt.text.lemmas import forms_of, is_form


@pytest.mark.parametrize(
    ("form", "word"),
    [
        ("модели", "модель"),
        ("модель", "моделями"),
        ("нейронной", "нейронная"),
        ("учили", "учить"),
        ("данных", "данные"),
        ("слоёв", "слой"),
        ("токенов", "токен"),  # from here on in no dictionary
        ("промптов", "промпт"),  # or a surname
        ("бэртом", "бэрт"),
        ("эмбеддингам", "эмбеддинги"),
    ],
)
def test_another_form_of_a_word(form: str, word: str) -> None:
    assert is_form(form, word)


@pytest.mark.parametrize(
    ("form", "word"),
    [
        ("стали", "сталь"),  # nearly always of «стать»
        ("обучивший", "обученный"),  # another participle
        ("дать", "данные"),
        ("эла", "эл"),
        ("моделька", "модель"),
        ("tokens", "token"),
    ],
)
def test_another_word(form: str, word: str) -> None:
    assert not is_form(form, word)


def test_a_word_is_a_form_of_itself_folded() -> None:
    assert forms_of("на") == {"на"}
    assert forms_of("PyTorch") == {"pytorch"}
    assert is_form("Ёлка", "елка")
