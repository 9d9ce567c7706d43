"""The dictionary in the beam search: unknown words are counted once, whatever tokens spell them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from whisper.tokenizer import get_tokenizer

from konspekt.transcribe.decode.dictionary import (
    Dictionary,
    Spelling,
    TokenSpeller,
    choose_spelling,
    dictionary_of,
)

RUSSIAN = Dictionary()


def count_unknown(text: str, dictionary: Dictionary = RUSSIAN, width: int = 3) -> int:
    """Return the unknown words of a text whose tokens have `width` bytes."""
    data = text.encode()
    spelling, unknown = Spelling(), 0
    for first in range(0, len(data), width):
        spelling, found = dictionary.spell(spelling, data[first : first + width])
        unknown += found
    return unknown + dictionary.is_unknown(spelling)


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("Колонну украсили акведуки, повеяло скукой.", 0),
        ("Коломну украсили оковедуки, повеило скукой.", 2),
        ("елка, ёлка, Еще и ещё", 0),
        ("по-русски, кто-нибудь, научно-технический", 0),
        ("тире - и длинное — кто-", 0),
        ("Whisper и GPU, 3D-модель, 16 цирков, C++", 0),
        ("ГОСТ, ЛСТМ", 0),
        ("", 0),
    ],
)
def test_words_that_russian_does_not_have_are_counted(text: str, unknown: int) -> None:
    assert count_unknown(text) == unknown


def test_a_word_is_unknown_as_soon_as_no_word_begins_like_it() -> None:
    spelling, unknown = RUSSIAN.spell(Spelling(), " щы".encode())
    assert unknown == 1
    assert RUSSIAN.spell(spelling, "щы ".encode()) == (Spelling(), 0)


def test_a_known_beginning_is_unknown_once_it_ends_as_no_word() -> None:
    spelling, unknown = RUSSIAN.spell(Spelling(), " акведу".encode())
    assert unknown == 0
    assert RUSSIAN.is_unknown(spelling)
    assert RUSSIAN.spell(spelling, b",") == (Spelling(), 1)


def test_terms_of_the_lecture_are_words_in_every_form() -> None:
    text = "энкодер, энкодера, энкодерами; трансформер"
    assert count_unknown(text) == 4
    assert count_unknown(text, Dictionary(("энкодер", "архитектура трансформер"))) == 0


def test_languages_without_a_dictionary_have_none() -> None:
    assert dictionary_of("en", ()) is None
    assert dictionary_of("ru", ()) is dictionary_of("ru", ())


@given(st.text(alphabet="абвеёжь- ,.XY1", max_size=24), st.integers(1, 5))
def test_how_tokens_part_a_text_does_not_matter(text: str, width: int) -> None:
    assert count_unknown(text, width=width) == count_unknown(text, width=1)


def test_of_finished_texts_the_one_with_real_words_is_chosen() -> None:
    tokenizer = get_tokenizer(multilingual=True, language="ru", task="transcribe")
    real, none = (tuple(tokenizer.encode(text)) for text in (" веяло", " веило"))
    texts = [(none, -0.1), (real, -0.4)]
    assert choose_spelling(texts, TokenSpeller(tokenizer, None)) == (none, -0.1)
    assert choose_spelling(texts, TokenSpeller(tokenizer, RUSSIAN)) == (real, -0.4)
    assert choose_spelling([((), -0.2)], TokenSpeller(tokenizer, RUSSIAN)) == ((), -0.2)
