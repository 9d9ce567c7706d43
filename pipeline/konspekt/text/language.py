"""Which language a lecture is in, when nobody says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from konspekt.data import DecodedWindow


def lecture_language(decoded_windows: Iterable[DecodedWindow], default: str) -> str:
    """The language most windows' text is in, by what Whisper noted; else by script; else
    `default`.
    """
    noted: Counter[str] = Counter()
    texts = []
    for window in decoded_windows:
        if window.language:
            noted[window.language] += len(window.text)
        texts.append(window.text)
    if noted.total():
        return max(sorted(noted), key=lambda language: noted[language])
    return text_language("".join(texts), default)


def text_language(text: str, default: str) -> str:
    """The language of a text by its script; `default` where it has no letter.

    Text with at least three Cyrillic letters in ten is `default` where that is a Cyrillic language
    and Russian otherwise (lectures mix in English terms, never the other way round); other text in
    Latin letters is English unless the default is another Latin language.
    """
    letters: Counter[str] = Counter()
    for char, times in Counter(text).items():
        if char.isalpha():
            letters[_script(char)] += times
    if not letters.total():
        return default
    if letters["cyrillic"] >= 0.3 * letters.total():
        return default if default in _CYRILLIC else "ru"
    return "en" if default in _CYRILLIC else default


_CYRILLIC = frozenset({"ru", "uk", "be", "bg", "sr", "mk", "kk", "ky", "mn", "tg", "tt"})


def _script(letter: str) -> str:
    return (
        "cyrillic" if "\u0400" <= letter <= "\u052f" else "latin" if letter < "\u0250" else "other"
    )
