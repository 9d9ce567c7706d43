"""Problems in the words of the page."""

from __future__ import annotations

from konspekt.errors import LLMError

_WORDS = {
    "ru": (
        "Глава {number} («{title}») составлена без языковой модели: {why}",
        "Языковая модель недоступна, главы без её текста составлены без неё: {why}",
    ),
    "en": (
        "Chapter {number} (“{title}”) was made without the language model: {why}",
        "The language model cannot be used, chapters without its text were made without it: {why}",
    ),
}


def problem(language: str, number: int | None, title: str, error: LLMError) -> str:
    """What went wrong with a chapter (counted from 0), or with the endpoint as a whole (None)."""
    chapter, endpoint = _WORDS.get(language, _WORDS["en"])
    if number is None:
        return endpoint.format(why=error.what)
    return chapter.format(number=number + 1, title=title, why=error.what)
