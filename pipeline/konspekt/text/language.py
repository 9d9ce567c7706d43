"""Which language a lecture is in, when nobody says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from konspekt.data import DecodedWindow

MIN_CYRILLIC = 0.3  # share of the letters
_CYRILLIC = frozenset(
    {"ru", "uk", "be", "bg", "sr", "mk", "kk", "ky", "mn", "tg", "tt"}
)


def lecture_language(decoded_windows: Iterable[DecodedWindow], default: str) -> str:
    """Return the language that Whisper noted for most of the text; else `text_language`'s."""
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
    """Return the language of a text by its script; `default` where it has no letter.

    Text with at least three Cyrillic letters in ten is in `default` if that is written in Cyrillic,
    else in Russian: lectures mix in English terms, never the other way round. Other text is in
    English if `default` is written in Cyrillic, else in `default`.
    """
    letters: Counter[str] = Counter()
    for char, times in Counter(text).items():
        if char.isalpha():
            letters[_script(char)] += times
    if not letters.total():
        return default
    if letters["cyrillic"] >= MIN_CYRILLIC * letters.total():
        return default if default in _CYRILLIC else "ru"
    return "en" if default in _CYRILLIC else default


def _script(letter: str) -> str:
    if "\u0400" <= letter <= "\u052f":
        return "cyrillic"
    return "latin" if letter < "\u0250" else "other"
