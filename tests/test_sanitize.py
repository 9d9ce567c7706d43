"""What a terminal, a subtitle or a page may show of somebody else's text."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.errors import FormatError
from konspekt.sanitize import sanitize, sanitize_piece


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Дерево растёт вверх.", "Дерево растёт вверх."),
        ("рас\u202eтёт\u202c", "растёт"),  # right-to-left override
        ("a\u2066b\u2067c\u2068d\u2069e", "abcde"),  # isolates
        ("a\u200eb\u200fc\u061cd", "abcd"),  # marks of direction
        ("ко\u00adрень\u200b\ufeff", "корень"),  # soft hyphen, no width
        ("\U000e0041\U000e0042да", "да"),  # tags
        ("\x1b[31mкрасное\x1b[0m", "[31mкрасное [0m"),  # without ESC it is text
        ("\x9b31mда\x07", "31mда"),  # the one-byte CSI, a bell
        ("раз\nдва\r\nтри\u2028четыре\x00пять", "раз два три четыре пять"),
        ("  раз \t два\u00a0", "раз два"),
        (
            "a\ud800b",
            "a\N{REPLACEMENT CHARACTER}b",
        ),  # a lone surrogate: a file name of odd bytes
        ("\ue000 \ufdd0 \U0001ffff", " ".join(3 * "\N{REPLACEMENT CHARACTER}")),
        ("", ""),
    ],
)
def test_a_line_is_shown_without_what_steers_or_hides_it(text: str, line: str) -> None:
    assert sanitize(text) == line


@pytest.mark.parametrize(
    "text", ["👩\u200d🏫", "می\u200cخواهم", "क्\u200dष", "עברית", "é", "e\u0301"]
)
def test_letters_stay_joined(text: str) -> None:
    assert sanitize(text) == text


def test_a_piece_keeps_its_spaces() -> None:
    assert sanitize_piece("  раз \n два\u202e ") == "  раз   два "


def test_what_is_no_text_is_shown_as_its_text() -> None:
    assert (
        sanitize(Path("recordings") / "\udce9.mp3")
        == "recordings/\N{REPLACEMENT CHARACTER}.mp3"
    )


def test_an_error_never_turns_the_line_around() -> None:
    error = FormatError(
        "\u202eне текст\x1b[2J", path="a\u202eb.srt", remedy="Remove\n\u2066it."
    )
    assert str(error) == "ab.srt: не текст [2J. Remove it."


@given(st.text(st.characters(), max_size=30))
def test_a_shown_line_can_be_written_anywhere_and_shown_again(text: str) -> None:
    line = sanitize(text)
    line.encode()
    assert sanitize(line) == line
    assert not {unicodedata.category(char) for char in line} & {
        "Cc",
        "Cs",
        "Co",
        "Zl",
        "Zp",
    }
