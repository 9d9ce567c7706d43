"""Which language a lecture is in, when nobody says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from konspekt.data import DecodedWindow

MIN_CYRILLIC = 0.3  # share of the letters
_CYRILLIC = frozenset(
    {"ru", "uk", "be", "bg", "sr", "mk", "kk", "ky", "mn", "tg", "tt"}
)


def lecture_language(windows: Sequence[DecodedWindow], default: str) -> str:
    """Return the language that Whisper noted for most of the text; else `text_language`'s."""
    noted: Counter[str] = Counter()
    for window in windows:
        if window.language:
            noted[window.language] += len(window.text)
    if noted.total():
        return max(sorted(noted), key=noted.__getitem__)
    return text_language("".join(window.text for window in windows), default)


def text_language(text: str, default: str) -> str:
    """Return the language of a text by its script; `default` where it has no letter.

    Text with at least three Cyrillic letters in ten is in `default` if that is written in Cyrillic,
    else in Russian. For lectures mix in English terms, never the other way round. Other text is in
    English if `default` is written in Cyrillic, else in `default`.
    """
    letters = [char for char in text if char.isalpha()]
    if not letters:
        return default
    cyrillic = sum("\u0400" <= letter <= "\u052f" for letter in letters)
    if cyrillic >= MIN_CYRILLIC * len(letters):
        return default if default in _CYRILLIC else "ru"
    return "en" if default in _CYRILLIC else default
