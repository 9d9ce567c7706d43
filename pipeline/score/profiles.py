"""What is taken off a text before words are compared."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

from pipeline.errors import KonspektError
from pipeline.text.words import tokens


def _raw(text: str) -> str:
    return text


def _normalised(text: str) -> str:
    """Words only, case and stress marks off, ё = е; `C++`, `3.14` and `кое-что` keep their inner marks."""
    return " ".join(token.folded for token in tokens(text))


PROFILES = MappingProxyType[str, Callable[[str], str]]({"raw": _raw, "normalised": _normalised})


def normalise(text: str, profile: str) -> str:
    """`text` as `profile` compares it. Raises KonspektError for a profile that does not exist."""
    try:
        return PROFILES[profile](text)
    except KeyError:
        raise KonspektError(f"no profile {profile!r}", remedy=f"There are: {', '.join(PROFILES)}.") from None
