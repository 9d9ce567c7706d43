"""Profiles: ordered rules that take off a text what is not compared, each of which can be switched
off.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from konspekt.errors import KonspektError


@dataclass(frozen=True, slots=True)
class TextRule:
    """One change to a text and its name; templates/score/words.toml says in a line what it does."""

    name: str
    change: Callable[[str], str]


def rules(profile: str) -> tuple[TextRule, ...]:
    """Return the rules of `profile` in their order. Raises KonspektError for an unknown profile."""
    try:
        return _PROFILES[profile]
    except KeyError:
        raise KonspektError(
            f"no profile {profile!r}", remedy=f"There are: {', '.join(_PROFILES)}."
        ) from None


def apply(text: str, profile: str, without: Collection[str] = ()) -> str:
    """Return `text` after the rules of `profile` without those named in `without`; other names
    there change nothing.

    Raises KonspektError for a profile that does not exist.
    """
    for rule in rules(profile):
        if rule.name not in without:
            text = rule.change(text)
    return text


def changing(
    texts: Iterable[str], profile: str, without: Collection[str] = ()
) -> set[str]:
    """Return the rules of `profile` that change any of the texts; any other can as well be left
    out.
    """
    found = set()
    for text in texts:
        for rule in rules(profile):
            if rule.name not in without:
                before, text = text, rule.change(text)
                if text != before:
                    found.add(rule.name)
    return found


def _compose(text: str) -> str:
    return unicodedata.normalize("NFC", text)


class _CharTable(dict[int, str]):
    """For str.translate: what every code point becomes, worked out when it is first met."""

    def __init__(self, change: Callable[[str], str]) -> None:
        super().__init__()
        self._change = change

    def __missing__(self, code: int) -> str:
        return self.setdefault(code, self._change(chr(code)))


def _without_mark(char: str) -> str:
    """Return "" for a stress mark or an invisible character (Unicode Cf; variation selectors
    follow an emoji).
    """
    if (
        char in "\u0300\u0301"
        or "\ufe00" <= char <= "\ufe0f"
        or unicodedata.category(char) == "Cf"
    ):
        return ""
    # Grave-accented е and и have code points of their own; in Russian the accent is a stress mark
    # there too.
    return {"\u0450": "е", "\u045d": "и", "\u0400": "Е", "\u040d": "И"}.get(char, char)


_UNMARKED = _CharTable(_without_mark)


def _remove_stress(text: str) -> str:
    return text.translate(_UNMARKED)


def _replace_yo(text: str) -> str:
    return re.sub("ё|е\u0308", "е", re.sub("Ё|Е\u0308", "Е", text))


# Tags of HTML and VTT, which may touch words. No tag crosses a line.
_FORMATTING = re.compile(
    r"</?(?:a|b|i|u|s|p|c|v|em|strong|font|span|div|br|ruby|rt|lang)(?:\.[\w.-]+)?"
    r"(?:[ \t]+[\w:-]+=[^<>\n]*|[ \t]*/?)>"
    r"|<lang[ \t]+[\w-]+>"
    r"|(?<!\w)<v(?:\.[\w.-]+)?[ \t][^<>\n]*>"  # a voice begins a cue: in «x<v и y>z» it is text
    r"|<(?:[0-9]+:)?[0-9]{2}:[0-9]{2}\.[0-9]{3}>",
    re.IGNORECASE,
)
# [смех], <unk>, one or several in a row; but a[i][j], «x<y и y>z» and List<int> are text, for they
# touch a word. `<` starts a tag only before a letter or `/`: in «если a < b и c > d» nothing is a
# tag.
_TAGS = re.compile(r"(?<![\w\]>])(?:\[[^\[\]\n]*\]|</?[^\W\d_][^<>\n]*>)++(?!\w)")


def _remove_tags(text: str) -> str:
    return _TAGS.sub(" ", _FORMATTING.sub(" ", text))


# A percent sign is said, so it stays, as a word: «50%» is «50 %», and meets «процентов» as an
# equivalence.
_BLANKS = _CharTable(
    lambda char: (
        " % " if char == "%" else " " if unicodedata.category(char)[0] in "PS" else char
    )
)
_KEPT = (
    r"(?<=[A-Za-z])(?:\+\+?|#)(?![+#])(?![^\W\d_])"  # C++, C++17, C#, but a+b is two words
    r"|(?<=[0-9])[.,](?=[0-9])"  # 3.14, 3,14
    r"|(?<=[^\W_])[-\u2010\u2011](?=[^\W_])"  # кое-что: the next rule's
    # A minus stands where a number can begin: after white space, an opening mark or an operator.
    # 3-5, 10%–20% and «— 5» have none, nor has «2020 –2024».
    r"|(?<![0-9]\s)(?<![^\s(\[{«„“\"'=<>≤≥≈:,;/*×·^|])[-\u2212\u2013](?=[0-9])"
)
_KEPT_RU = re.compile(_KEPT)
_KEPT_EN = re.compile(_KEPT + r"|(?<=[^\W\d_])['’‘ʼ`](?=[^\W\d_])")
_ONE_MARK = {
    **dict.fromkeys("\u2010\u2011\u2212\u2013", "-"),
    **dict.fromkeys("’‘ʼ`", "'"),
}


def _remove_punctuation(text: str, kept: re.Pattern[str]) -> str:
    pieces, end = [], 0
    for mark in kept.finditer(text):
        pieces += [
            text[end : mark.start()].translate(_BLANKS),
            _ONE_MARK.get(mark[0], mark[0]),
        ]
        end = mark.end()
    return "".join([*pieces, text[end:].translate(_BLANKS)])


def _remove_hyphens(text: str) -> str:
    return re.sub(r"(?<=[^\W_])[-\u2010\u2011](?=[^\W_])", " ", text)


def _single_spaces(text: str) -> str:
    return " ".join(text.split())


@cache
def _whisper(name: str) -> Callable[[str], str]:
    from whisper import normalizers

    normaliser: Callable[[str], str] = getattr(normalizers, name)()
    return normaliser


_RU = (
    TextRule("nfc", _compose),  # one code point for a letter and its mark (й, ё)
    # stress marks, soft hyphens and invisible characters off
    TextRule("stress", _remove_stress),
    TextRule("case", str.lower),
    TextRule("yo", _replace_yo),
    TextRule(
        "tags", _remove_tags
    ),  # [...] and <...> off, but for a[i] and x<y, which touch a word; <b> may
    # Off, but for C++, C#, 3.14, -5, % and inner hyphens.
    TextRule("punctuation", lambda text: _remove_punctuation(text, _KEPT_RU)),
    TextRule("hyphens", _remove_hyphens),  # a hyphen inside a word is a space
    TextRule("spaces", _single_spaces),
)
# don't stays too
_EN_PUNCTUATION = TextRule(
    "punctuation", lambda text: _remove_punctuation(text, _KEPT_EN)
)
_EN = tuple(
    _EN_PUNCTUATION if rule.name == "punctuation" else rule
    for rule in _RU
    if rule.name != "yo"
)
_PROFILES = MappingProxyType(
    {
        "raw": (),
        "ru": _RU,
        "en": _EN,
        # openai-whisper's own, for comparison with published figures
        "whisper-basic": (
            TextRule(
                "whisper-basic", lambda text: _whisper("BasicTextNormalizer")(text)
            ),
        ),
        "whisper-english": (
            TextRule(
                "whisper-english", lambda text: _whisper("EnglishTextNormalizer")(text)
            ),
        ),
    }
)
