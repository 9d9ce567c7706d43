"""A text file's bytes as text: UTF-8, UTF-16 or Windows-1251, as Russian files are."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from konspekt.errors import FormatError

WIDE_SAMPLE = 4096  # bytes by which UTF-16 without its mark is known
MIN_WIDE = 8  # bytes: fewer tell nothing
MIN_WIDE_SHARE = 0.8  # of the high bytes are those of Latin and Russian letters
_HIGH_BYTES = (0, 4)  # of Latin and Russian letters in UTF-16


def decode(path: Path, content: bytes) -> str:
    """Return the file's text, control characters and NUL as they are.

    It is UTF-16 where its mark or its high bytes say so, else UTF-8, else Windows-1251 where that
    gives plain Russian. Raises FormatError.
    """
    wide = _wide_encoding(content)
    if wide is not None:
        return _decode_strictly(path, content, wide)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        russian = content.decode("cp1251", errors="replace")
        if _is_plain_russian(russian):
            return russian
    return _decode_strictly(path, content, "utf-8")


def _wide_encoding(content: bytes) -> str | None:
    """Return which UTF-16 it is, with its mark or without; None where it is another encoding.

    Every other byte of Latin and Russian letters is 0 or 4 in it, which UTF-8 has nowhere.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    sample = content[:WIDE_SAMPLE]
    if len(sample) < MIN_WIDE:
        return None
    even = _count_high(sample[0::2])
    odd = _count_high(sample[1::2])
    least = MIN_WIDE_SHARE * (len(sample) // 2)
    if even < least <= odd:
        return "utf-16-le"
    return "utf-16-be" if odd < least <= even else None


def _count_high(content: bytes) -> int:
    return sum(byte in _HIGH_BYTES for byte in content)


def _decode_strictly(path: Path, content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        what = f"this is not text in {encoding.upper()} (byte {error.start})"
        raise FormatError(what, path=path, remedy="Save it as UTF-8.") from None


def _is_plain_russian(text: str) -> bool:
    """Return whether a guess at Windows-1251 reads as Russian.

    Few signs are stray, small letters outnumber capitals, and Russian letters do not stand inside
    Latin words, as é of Windows-1252 would. KOI8-R, CP866 and broken UTF-8 fail.
    """
    small = _count("[а-яё]", text)
    capital = _count("[А-ЯЁ]", text)
    stray = _count("[^\x00-\x7fа-яёА-ЯЁ«»—–…№“”„‘’\xa0°§•©×·]", text)
    mixed = _count("[A-Za-z][а-яёА-ЯЁ]|[а-яёА-ЯЁ][A-Za-z]", text)
    most = (small + capital) / 50
    return small > 2 * capital and stray <= most and mixed <= most


def _count(pattern: str, text: str) -> int:
    return len(re.findall(pattern, text))


def lines_of(text: str) -> list[str]:
    """Return the lines without their endings.

    Only line feeds divide lines: other separators are part of the text.
    """
    return [line.removesuffix("\r") for line in text.split("\n")]
