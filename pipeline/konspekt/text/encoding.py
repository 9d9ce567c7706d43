"""A text file's bytes as text: transcripts, subtitles and references come in the encodings Russian
comes in.
"""

from __future__ import annotations

import re
from pathlib import Path

from konspekt.errors import FormatError

WIDE_SAMPLE = 4096  # bytes that tell
MIN_WIDE = 8
_HIGH_BYTES = (0, 4)


def decode(path: Path, content: bytes) -> str:
    """The file's text: UTF-8, UTF-16 where its mark or its zeros say so, else Windows-1251 where
    that is plain Russian.

    Control characters, NUL included, are kept as they are. Raises FormatError.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _strict(path, content, "utf-16")
    if (wide := _wide_encoding(content)) is not None:
        return _strict(path, content, wide)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        russian = content.decode("cp1251", errors="replace")
        if _is_plain_russian(russian):
            return russian
    return _strict(path, content, "utf-8")


def _wide_encoding(content: bytes) -> str | None:
    """UTF-16 without its mark: Latin and Russian letters have 0 and 4 for every other byte, which
    UTF-8 has nowhere.
    """
    sample = content[:WIDE_SAMPLE]
    if len(sample) < MIN_WIDE:
        return None
    even, odd = (sum(byte in _HIGH_BYTES for byte in sample[first::2]) for first in (0, 1))
    most = 0.8 * (len(sample) // 2)
    return "utf-16-le" if even < most <= odd else "utf-16-be" if odd < most <= even else None


def _strict(path: Path, content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise FormatError(
            f"this is not text in {encoding.upper()} (byte {error.start})",
            path=path,
            remedy="Save it as UTF-8.",
        ) from None


def _is_plain_russian(text: str) -> bool:
    """Whether a guess at Windows-1251 reads as Russian: few stray signs, small letters outnumber
    capitals, and Russian letters do not stand inside Latin words (as é of Windows-1252 would).
    KOI8-R, CP866, broken UTF-8 fail.
    """
    small, capital = len(re.findall("[а-яё]", text)), len(re.findall("[А-ЯЁ]", text))
    stray = len(re.findall("[^\x00-\x7fа-яёА-ЯЁ«»—–…№“”„‘’\xa0°§•©×·]", text))
    mixed = len(re.findall("[A-Za-z][а-яёА-ЯЁ]|[а-яёА-ЯЁ][A-Za-z]", text))
    letters = small + capital
    return small > 2 * capital and stray * 50 <= letters and mixed * 50 <= letters


def lines_of(text: str) -> list[str]:
    """The lines without their endings. Only line feeds divide: other separators are part of the
    text.
    """
    return [line.removesuffix("\r") for line in text.split("\n")]
