"""The prose of a Markdown page: its sentences, and words that it should not use."""

from __future__ import annotations

import re
from collections.abc import Iterator

MAX_WORDS = 30
# Words that no reader of the field would look for; the documentation has the field's own.
DIALECT = re.compile(
    r"\bhearings?\b|\b(?:over|un|mis)?heard\b|\blikeness|\bset(?:s|ting)? aside\b|\bsureness\b"
    r"|\blistening\b|\blisten(?:s|ed)? (?:again|anew|once more|a second time)\b"
    r"|\bhears? (?:again|anew|once more|a second time)\b|\bdetectors? of speech\b"
    r"|\bspeech detectors?\b|\bstock (?:phrase|sentence)s?\b"
    r"|\bwhisper(?: for english)? is told\b|\btold to whisper\b"
    r"|прослуш|услыш|расслыш|отложен",
    re.IGNORECASE,
)
_BLOCK = re.compile(r"^\s*(?:#+ |[-*] |\d+\. |> |: )")
_END = re.compile(r"(?<=[.!?…])(?<!\bт\.)[»”\")]*\s+(?=[A-ZА-ЯЁ«\"“(*\d]|code\b)")


def sentences(markdown: str) -> Iterator[str]:
    """Yield the sentences of a page; code counts as one word, a cell of a table as a text."""
    for block in _blocks(
        re.sub(r"^```.*?^```$", "", markdown, flags=re.DOTALL | re.MULTILINE)
    ):
        text = re.sub(r"`+[^`]+`+", "code", " ".join(block.split()))
        text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
        yield from _END.split(text)


def _blocks(markdown: str) -> Iterator[str]:
    """Yield paragraphs, list items, headings and cells of tables; indented code is left out."""
    lines: list[str] = []
    for line in [*markdown.split("\n"), ""]:
        is_row, is_code = line.lstrip().startswith("|"), line.startswith("    ")
        if lines and (not line.strip() or is_row or _BLOCK.match(line)):
            yield "\n".join(lines)
            lines = []
        if is_row:
            yield from re.split(r"(?<!\\)\|", line)
        elif line.strip() and (lines or not is_code):
            lines.append(_BLOCK.sub("", line, count=1))


def long_sentences(markdown: str) -> list[str]:
    """Return the sentences of more than `MAX_WORDS` words."""
    return [one for one in sentences(markdown) if _count(one) > MAX_WORDS]


def _count(sentence: str) -> int:
    return sum(any(letter.isalnum() for letter in word) for word in sentence.split())
