"""Text as reStructuredText that docutils reads back as the same text: the one escaper of the pages.

It escapes what reStructuredText would read as markup where it stands and nothing else. So people
can edit the pages: `snake_case`, `2*3`, `3-4`, `a | b` and `(см. рис. 2)` stay as they are.
The properties in `tests/site/test_escape.py` hold it against docutils itself.
"""

from __future__ import annotations

import re
import unicodedata

WIDTH = 100  # columns: doc8's limit, as in the course repositories

# Stand-ins while a block is laid out. `sanitize` lets no control character through, so text never
# holds them.
SPACE = "\x00"  # a space that no line may break at
MARKUP = "\x01"  # our own markup follows: its first character is no text

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9.+-]*):(?=[!-~]|$)")
_ENUMERATOR = re.compile(r"(\(?)(?:[0-9]+|[A-Za-z]|[ivxlcdmIVXLCDM]+|#)[.)](?= |$)")
_BLOCK_STARTS = frozenset("-+*•‣⁃:/>.=#_|")
_RULE = re.compile(r"([!-/:-@\[-`{-~])\1*")


def escape(text: str) -> str:
    """Return cleaned text (or a piece of it, spaces at its ends kept) with its inline markup
    escaped.

    What only matters at the start or the end of a block is left to `lay_out`.
    """
    schemes = {match.end(1) for match in _SCHEME.finditer(text)}
    return "".join(
        f"\\{char}" if index in schemes or _is_markup(text, index) else char
        for index, char in enumerate(text)
    )


def _is_markup(text: str, index: int) -> bool:
    """Return whether a character may begin or end inline markup. At the ends of `text` anything
    may stand beside it.
    """
    char = text[index]
    if char in "\\`":
        return True
    if char not in "*|_@":
        return False
    before, after = text[index - 1 : index], text[index + 1 : index + 2]
    if char == "@":  # an e-mail address would become a link
        return before != " "
    if before.isalnum() and after.isalnum():
        return False
    return not (char in "*|" and before == " " and after == " ")


def lay_out(
    inline: str, first: str = "", rest: str | None = None, width: int | None = WIDTH
) -> str:
    """Return escaped inline text as a block of lines of at most `width` columns; one line if that
    is None.

    `first` stands before the first line ("- "), `rest` before the others (as wide as `first` unless
    given).
    """
    rest = " " * len(first) if rest is None else rest
    words = [word for word in inline.split(" ") if word]
    lines = (
        [" ".join(words)]
        if width is None
        else _fill(words, width - len(first), width - len(rest))
    )
    lines = [
        _guard(line, is_first=not number) for number, line in enumerate(lines) if line
    ]
    if lines and lines[-1].endswith("::"):  # would announce a literal block
        lines[-1] = lines[-1][:-1] + "\\:"
    text = "\n".join(
        (rest if number else first) + line for number, line in enumerate(lines)
    )
    return text.replace(SPACE, " ").replace(MARKUP, "")


def _fill(words: list[str], first_room: int, room: int) -> list[str]:
    lines: list[str] = []
    for word in words:
        line = f"{lines[-1]} {word}" if lines else word
        is_first = len(lines) == 1
        if lines and _columns_of(line, is_first=is_first) <= (
            first_room if is_first else room
        ):
            lines[-1] = line
        else:
            lines.append(word)
    return lines


def _columns_of(line: str, *, is_first: bool) -> int:
    return len(_guard(line, is_first=is_first).replace(MARKUP, "")) + line.endswith(
        "::"
    )


def _guard(line: str, *, is_first: bool) -> str:
    """Return the line with what would make it another kind of block escaped: a list, a table, a
    rule, a title's underline.
    """
    if _RULE.fullmatch(line):
        return f"\\{SPACE}{line}" if line[0] == "\\" else f"\\{line}"
    if line.startswith((MARKUP, "\\")):
        return line
    if not is_first:
        return line
    enumerator = _ENUMERATOR.match(line)
    if enumerator:
        at = 0 if enumerator[1] else enumerator.end() - 1
        return f"{line[:at]}\\{line[at:]}"
    return f"\\{line}" if line[0] in _BLOCK_STARTS else line


def columns(text: str) -> int:
    """Return how many columns docutils gives a line: two to wide East Asian letters, none to
    combining marks.
    """
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return len(text) + wide - sum(unicodedata.combining(char) > 0 for char in text)
