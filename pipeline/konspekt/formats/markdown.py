"""Markdown as the words it shows (CommonMark 0.31, https://spec.commonmark.org/0.31.2/, and GFM's
`~~` and `[x]`).

Not read: tables, footnotes, HTML tags, emphasis inside a word (`2*3 и 4*5` stay as they are).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

from konspekt.formats.document import Document, Utterance
from konspekt.formats.format import Format
from konspekt.formats.source import Source

# What marks have no meaning in, leftmost first: fenced code, comments, code in a line, a
# reference's wildcard, escaped signs.
_OPAQUE = re.compile(
    r"^[ \t>]*(?P<fence>`{3,}|~{3,})[^\n`]*$(?P<block>.*?)(?:^[ \t>]*(?P=fence)[`~]*[ \t]*$|\Z)"
    r"|(?P<comment><!--.*?-->)"
    r"|(?<!`)(?P<ticks>`+)(?!`)(?P<code>(?:(?!\n[ \t]*\n).){1,2000}?)(?<!`)(?P=ticks)(?!`)"
    r"|(?P<wildcard>(?:<|&lt;)\*(?:>|&gt;))"
    r"|\\(?:(?P<sign>[!-/:-@\[-`{-~])|(?=\n))",
    re.MULTILINE | re.DOTALL,
)
_DEFINITION = re.compile(
    r"^ {0,3}\[(?!\^)([^\[\]\n]+)\]:[ \t]*\S+"
    r"[ \t]*(?:\"[^\"\n]*\"|'[^'\n]*'|\([^()\n]*\))?[ \t]*$\n?",
    re.M,
)
_RULE = re.compile(
    r" {0,3}(?:=+|-+|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|(?:-[ \t]*){3,})[ \t]*"
)
_HEADING = re.compile(r"[ \t]*#{1,6}(?:[ \t]+|$)")
_CLOSING = re.compile(r"(?:^|[ \t]+)#+[ \t]*$")
_QUOTE = re.compile(r"^(?:[ \t]*>)+[ \t]?")
_AFTER_ITEM = r"(?:[ \t]+|$)(?:\[[ xX]\][ \t]+)?"
_ITEM = re.compile(rf"[ \t]*(?:[-*+]|\d{{1,9}}[.)]){_AFTER_ITEM}")
# Inside a paragraph only the number 1 begins a list.
_ITEM_INSIDE = re.compile(rf"[ \t]*(?:[-*+]|1[.)]){_AFTER_ITEM}")
_LINK = re.compile(
    r"!?\[(?P<text>[^\[\]]*)\]"
    r"\([ \t]*(?:<[^<>\n]*>|(?:[^()\s]|\([^()\s]*\))*)"
    r"(?:\s+(?:\"[^\"]*\"|'[^']*'))?[ \t]*\)"
)
_REFERENCE = re.compile(r"!?\[(?P<text>[^\[\]]+)\](?:\[(?P<label>[^\[\]]*)\])?")
_AUTOLINK = re.compile(r"<((?:https?|mailto|ftp):[^<>\s]+)>")
_EMPHASIS = re.compile(
    r"(?<![\w*])(\*{1,3})(?![\s*])((?:(?!\n[ \t]*\n).){1,2000}?)(?<!\s)\1(?!\w)"
    r"|(?<![\w_])(_{1,3})(?![\s_])((?:(?!\n[ \t]*\n).){1,2000}?)(?<!\s)\3(?!\w)"
    r"|(?<![\w~])(~~)(?![\s~])((?:(?!\n[ \t]*\n).){1,2000}?)(?<!\s)\5(?!\w)",
    re.DOTALL,
)
_NESTED = 3  # an image in a link; emphasis in emphasis in struck-out text
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|\w{2,31});")


def read(source: Source) -> Document:
    """Return the words as one utterance."""
    words = Utterance("", strip_marks(source.text))
    return Document(FORMAT.name, (words,))


def strip_marks(text: str) -> str:
    """Return the text without marks of headings, lists, quotes, emphasis and code.

    Targets of links and HTML comments are left out. A comment that never ends is text, and so
    is `<*>`. Words keep their order and lines.
    """
    apart = _set_apart(text.replace("\r\n", "\n"))
    text = _strip_links(apart.text)
    text = _AUTOLINK.sub(r"\1", text)
    text = _unwrap(_EMPHASIS, text)
    text = _ENTITY.sub(lambda match: unescape(match[0]), text)
    return apart.put_back(text)


@dataclass(frozen=True, slots=True)
class _Apart:
    """A text with places for the pieces that no mark has a meaning in."""

    text: str
    sign: str  # the text has it nowhere else; the number between two is that of a piece
    kept: list[str]

    def put_back(self, text: str) -> str:
        """Return the text with the pieces in their places."""
        place = f"{self.sign}([0-9]+){self.sign}"
        return re.sub(place, lambda match: self.kept[int(match[1])], text)


def _set_apart(text: str) -> _Apart:
    private_use = map(chr, range(0xE000, 0xF900))
    sign = next(sign for sign in private_use if sign not in text)
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        if match["comment"]:
            return ""
        wildcard = "<*>" if match["wildcard"] else ""
        kept.append(match["block"] or match["code"] or match["sign"] or wildcard)
        return f"{sign}{len(kept) - 1}{sign}"

    return _Apart(_OPAQUE.sub(keep, text), sign, kept)


def _strip_links(text: str) -> str:
    """Return the text of links without their targets, and no marks at the ends of lines."""
    labels = {_label(match[1]) for match in _DEFINITION.finditer(text)}

    def unwrap(match: re.Match[str]) -> str:
        is_link = _label(match["label"] or match["text"]) in labels
        return match["text"] if is_link else match[0]

    text = _strip_line_marks(_DEFINITION.sub("", text))
    text = _unwrap(_LINK, text)
    return _REFERENCE.sub(unwrap, text)


def _strip_line_marks(text: str) -> str:
    lines: list[str] = []
    begins = True  # a paragraph or an item
    for line in text.split("\n"):
        quoted = _QUOTE.sub("", line)
        plain = _strip_line(quoted, begins)
        begins = not plain.strip() or plain != quoted
        lines.append(plain)
    return "\n".join(lines)


def _strip_line(line: str, begins: bool) -> str:
    """Return a line without the marks at its ends."""
    while not _RULE.fullmatch(line):
        if heading := _HEADING.match(line):
            return _CLOSING.sub("", line[heading.end() :])
        item = (_ITEM if begins else _ITEM_INSIDE).match(line)
        if item is None:
            return line
        line, begins = line[item.end() :], True
    return ""


def _unwrap(pattern: re.Pattern[str], text: str) -> str:
    """Return the text with what `pattern` finds replaced by its last group, marks in marks too."""
    for _ in range(_NESTED):
        text = pattern.sub(lambda match: match[match.lastindex or 0], text)
    return text


def _label(text: str) -> str:
    return " ".join(text.split()).casefold()


FORMAT = Format(
    "markdown", "Markdown", (".md", ".markdown"), read, scored_because="it has no times"
)
