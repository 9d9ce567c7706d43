"""What a page is made of: typed nodes, one renderer each. Somebody else's text is only ever the
text of a node.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from konspekt.sanitize import sanitize
from konspekt.site.escape import MARKUP, SPACE, WIDTH, columns, escape, lay_out
from konspekt.text.times import clock, clock_tenths

MAX_LITERAL = 60  # columns; a longer one could not be wrapped
_LABEL = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_OPENS = '(«"—–-/'  # markup may begin right after these
_CLOSES = '.,;:!?)»"—–-/'  # and these may follow it at once


class RST(str):
    """A fragment of our own making: it is printed as it is. Only this module's renderers make
    one.
    """

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Text:
    """Plain text."""

    text: str

    def rst(self) -> str:
        """Return the node as reStructuredText."""
        return escape(self.text)


@dataclass(frozen=True, slots=True)
class Strong:
    """Text in bold."""

    text: str

    def rst(self) -> str:
        """Return the node as reStructuredText."""
        return f"{MARKUP}**{escape(self.text)}**" if self.text else ""


@dataclass(frozen=True, slots=True)
class Literal:
    """A term. What cannot stand between double backquotes is shown as plain text."""

    text: str

    def rst(self) -> str:
        """Return the node as reStructuredText."""
        if (
            "`" in self.text
            or "\\" in self.text
            or not 0 < len(self.text) <= MAX_LITERAL
        ):
            return escape(self.text)
        return f"{MARKUP}``{self.text.replace(' ', SPACE)}``"


@dataclass(frozen=True, slots=True)
class Ref:
    """A link to a label of these pages, checked by Sphinx. It shows a time, words of ours, or the
    section's title.
    """

    label: str
    seconds: float | None = None
    words: str = ""

    def rst(self) -> str:
        """Return the node as reStructuredText."""
        if not _LABEL.fullmatch(self.label):
            raise ValueError(f"not a label: {self.label!r}")
        shown = self.words if self.seconds is None else clock(self.seconds)
        if not shown:
            return f"{MARKUP}:ref:`{self.label}`"
        if re.search(r"[`<>\\!]", shown):
            raise ValueError(f"no words for a link: {shown!r}")
        return f"{MARKUP}:ref:`{shown.replace(' ', SPACE)}{SPACE}<{self.label}>`"


@dataclass(frozen=True, slots=True)
class At:
    """A time that plays the recording from there."""

    seconds: float

    def rst(self) -> str:
        """Return the node as reStructuredText."""
        return f"{MARKUP}:at:`{clock(self.seconds)}`"


@dataclass(frozen=True, slots=True)
class SentenceAnchor:
    """Where a sentence begins: its anchor and its time. Reaches to the next one, or to the
    paragraph's end.
    """

    anchor: str
    seconds: float

    def rst(self) -> str:
        """Return the node as reStructuredText."""
        if not _LABEL.fullmatch(self.anchor):
            raise ValueError(f"not an anchor: {self.anchor!r}")
        return f"{MARKUP}:said:`{self.anchor}{SPACE}{clock_tenths(self.seconds)}`"


@dataclass(frozen=True, slots=True)
class Mark:
    """A footnote's number."""

    number: int

    def rst(self) -> str:
        """Return the node as reStructuredText."""
        return f"{MARKUP}[{self.number:d}]_"


@dataclass(frozen=True, slots=True)
class Tie:
    """A space at which no line of the page breaks."""

    def rst(self) -> str:
        """Return the node as reStructuredText."""
        return "\N{NO-BREAK SPACE}"


Node: TypeAlias = Text | Strong | Literal | Ref | At | SentenceAnchor | Mark | Tie
Inline: TypeAlias = str | Node | Iterable["str | Node"]


def nodes_of(content: Inline) -> tuple[Node, ...]:
    """Return content as nodes with clean text; a plain str is a Text."""
    if isinstance(content, RST):
        raise TypeError("a fragment of reStructuredText is no text")
    if isinstance(content, str):
        return (Text(sanitize(content)),)
    if isinstance(content, Iterable):
        return tuple(
            _tidy(Text(piece) if isinstance(piece, str) else piece) for piece in content
        )
    return (_tidy(content),)


def _tidy(node: Node) -> Node:
    if isinstance(
        node, Text
    ):  # the spaces at a piece's ends part it from its neighbours
        text = sanitize(f"x{node.text}x")
        return Text(text[1:-1])
    if isinstance(node, Strong | Literal):
        return type(node)(sanitize(node.text))
    return node


def inline(content: Inline) -> str:
    """Return nodes side by side, with what reStructuredText needs between markup and a letter
    that touches it.
    """
    out = ""
    after_markup = False
    for piece in (node.rst() for node in nodes_of(content)):
        if not piece:
            continue
        is_markup = piece.startswith(MARKUP)
        if out and not out[-1].isspace() and not piece[0].isspace():
            touches_markup = (is_markup and not _may_begin(out, piece)) or (
                after_markup and piece[0] not in _CLOSES
            )
            out += f"\\{SPACE}" if touches_markup else ""
        out += piece
        after_markup = is_markup
    return out


def _may_begin(before: str, piece: str) -> bool:
    content = piece.lstrip(MARKUP + "*`:")
    return before[-1] in _OPENS and before[-2:-1] != "\\" and content[:1].isalnum()


def block(content: Inline, first: str = "", rest: str | None = None) -> RST:
    """Return a paragraph, or a list item where `first` is its mark."""
    return RST(lay_out(inline(content), first, rest))


def heading(content: Inline, underline: str) -> RST:
    """Return a title and its underline."""
    line = lay_out(inline(content), width=None)
    return RST(f"{line}\n{underline * max(1, columns(line))}")


def directive_option(name: str, value: str) -> RST:
    """Return an option of a directive: our own words and figures only."""
    lines = textwrap.wrap(f":{name}: {value}", WIDTH - 6, break_on_hyphens=False)
    return RST(
        "\n".join(
            ("   " if number == 0 else "      ") + line
            for number, line in enumerate(lines)
        )
    )


def print_value(value: object) -> object:
    """Return what a template prints: our own fragments as they are, other text escaped (Jinja's
    `finalize`).
    """
    if isinstance(value, RST) or not isinstance(value, str):
        return block(value) if isinstance(value, Node) else value
    return RST(lay_out(inline(value), width=None))
