"""What a terminal, a subtitle or a page may show of somebody else's text."""

from __future__ import annotations

import unicodedata

# Zero-width joiner and non-joiner: Persian and Indic letters and emoji are written with them.
JOINERS = "\u200c\u200d"


def sanitize(text: object) -> str:
    """Return the text on one line, without what steers or hides what is displayed.

    White space, line ends and control characters become single spaces, none at the ends. See
    `_sanitize_char` for the rest.
    """
    return " ".join(sanitize_piece(str(text)).split())


def sanitize_piece(text: str) -> str:
    """Return a part of a line as `sanitize` does, with as many spaces as it has."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_sanitize_char, text))


def _sanitize_char(char: str) -> str:
    """Return what stands for a character: itself, a space, nothing, or U+FFFD.

    Nothing stands for format characters but joiners: U+202E would turn the line around. U+FFFD
    stands for what is no text: half a pair, private use, what Unicode never assigns.
    """
    category = unicodedata.category(char)
    if category == "Cc" or char.isspace():
        return " "
    if category == "Cf":
        return char if char in JOINERS else ""
    if category in ("Cs", "Co") or _is_noncharacter(ord(char)):
        return "\N{REPLACEMENT CHARACTER}"
    return char


def _is_noncharacter(code: int) -> bool:
    return 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE
