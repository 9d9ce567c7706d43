"""The languages that Whisper knows."""

from __future__ import annotations

from konspekt.models.tokenizer import LANGUAGES


def test_the_languages_are_those_of_openai() -> None:
    from whisper import tokenizer

    assert set(tokenizer.LANGUAGES) == LANGUAGES
