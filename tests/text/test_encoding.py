"""Bytes as text: what is read, what is refused and never guessed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.errors import FormatError
from konspekt.text.encoding import decode, lines_of
from konspekt.text.times import check_seconds

RUSSIAN = "Сегодня — о метриках: точность, полнота и F1. «Ёлки», No 5."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
def test_the_encodings_russian_comes_in_are_read(encoding: str) -> None:
    assert decode(Path("a.txt"), RUSSIAN.encode(encoding)) == RUSSIAN


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            RUSSIAN.replace("—", "-").replace("«Ёлки», ", "").encode("koi8-r"),
            "not text in UTF-8",
        ),
        (b"\xef\xbb\xbf\xff", "not text in UTF-8"),
        (b"\xff\xfe\x00", "not text in UTF-16"),
        ("très élégant".encode("cp1252"), "not text in UTF-8"),
    ],
)
def test_what_is_in_no_such_encoding_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(FormatError, match=said):
        decode(Path("a.txt"), content)


@given(
    st.text(alphabet=st.characters(exclude_categories=["Cs"])).filter(
        lambda text: not text.startswith("\ufeff")
    )
)
def test_utf_8_comes_back_unchanged(text: str) -> None:
    assert decode(Path("a.txt"), text.encode()) == text


def test_only_line_feeds_divide_lines() -> None:
    assert lines_of("раз\r\nдва\x0bтри\u2028\nчетыре") == [
        "раз",
        "два\x0bтри\u2028",
        "четыре",
    ]


@pytest.mark.parametrize(
    "value", [True, "1", None, float("nan"), float("inf"), -1, 1000 * 3600 + 1]
)
def test_what_is_no_time_is_refused(value: object) -> None:
    with pytest.raises(FormatError, match=r"line 7: .* is not a time"):
        check_seconds(Path("a.srt"), value, "line 7")
