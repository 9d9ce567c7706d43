"""The words of Russian and English numerals in all their forms, with their values; ё is written е
throughout.

Built from stems and endings; the tests hold every form against the OpenCorpora dictionary
(pymorphy3).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType


def _words(text: str) -> list[str]:
    return text.split()


_ADJECTIVE = _words("ый ой ого ому ым ом ая ую ою ое ые ых ыми")
_NOUN = ["", *_words("а у ом е ы ов ам ами ах")]
# 5 … 9: the stem of the direct form and of the others, then the stem of the ordinal.
_FROM_FIVE = (
    (5, "пят", "пят", "пят"),
    (6, "шест", "шест", "шест"),
    (7, "сем", "сем", "седьм"),
    (8, "восем", "восьм", "восьм"),
    (9, "девят", "девят", "девят"),
)
_TEENS = (
    "десят одиннадцат двенадцат тринадцат четырнадцат пятнадцат шестнадцат семнадцат "
    "восемнадцат девятнадцат"
)
_TEN_TO_THIRTY = (
    *enumerate(_TEENS.split(), start=10),
    (20, "двадцат"),
    (30, "тридцат"),
)
_SMALL = {
    1: "один одна одно одни одного одной одному одну одною одним одном одними одних",
    2: "два две двух двум двумя двое двоих двоим двоими",
    3: "три трех трем тремя трое троих троим троими",
    4: "четыре четырех четырем четырьмя четверо четверых четверым четверыми",
    40: "сорок сорока",
    90: "девяносто девяноста",
    100: "сто ста",
    150: "полтораста полутораста",
    500: "полтысячи полутысячи",
    200: "двести двухсот двумстам двумястами двухстах",
    300: "триста трехсот тремстам тремястами трехстах",
    400: "четыреста четырехсот четыремстам четырьмястами четырехстах",
}
_THIRD = (
    "третий третья третье третьего третьей третьему третью третьею третьим третьем третьи "
    "третьих третьими"
)
_ENGLISH = _words(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen "
    "eighteen nineteen"
)
_ENGLISH_TENS = _words("twenty thirty forty fifty sixty seventy eighty ninety")
_ENGLISH_ORDINALS = dict(
    pair.split(":")
    for pair in _words(
        "one:first two:second three:third five:fifth eight:eighth nine:ninth twelve:twelfth"
    )
)


def _russian_cardinals() -> Iterator[tuple[str, int]]:
    for value, forms in _SMALL.items():
        yield from ((form, value) for form in forms.split())
    for n, stem, other, _ in _FROM_FIVE:
        yield from (
            (form, n) for form in (f"{stem}ь", f"{other}и", f"{stem}ью", f"{other}ью")
        )
        if n < 9:
            tens = (
                f"{stem}ьдесят",
                f"{other}идесяти",
                f"{stem}ьюдесятью",
                f"{other}ьюдесятью",
            )
            yield from ((form, 10 * n) for form in tens)
        hundreds = ("ьсот", "ьюстами"), ("исот", "истам", "истах", "ьюстами")
        yield from (
            (s + ending, 100 * n)
            for s, ends in zip((stem, other), hundreds, strict=True)
            for ending in ends
        )
    yield from (
        (stem + ending, n) for n, stem in _TEN_TO_THIRTY for ending in ("ь", "и", "ью")
    )
    collectives = "пятер шестер семер восьмер девятер десятер"
    for n, stem in enumerate(collectives.split(), start=5):
        yield from ((stem + ending, n) for ending in ("о", "ых", "ым", "ыми"))


def _ordinal_stems() -> Iterator[tuple[str, int]]:
    yield from (
        ("нулев", 0),
        ("перв", 1),
        ("втор", 2),
        ("четверт", 4),
        ("сороков", 40),
        ("девяност", 90),
    )
    yield from (("сот", 100), ("двухсот", 200), ("трехсот", 300), ("четырехсот", 400))
    yield from ((stem, n) for n, stem in _TEN_TO_THIRTY)
    for n, _, other, ordinal in _FROM_FIVE:
        yield from ((ordinal, n), (f"{other}исот", 100 * n))
        if n < 9:
            yield f"{other}идесят", 10 * n


def _english_pairs() -> Iterator[tuple[str, str, int]]:
    """Yield cardinal, ordinal, value; `twenty-one` also as one word, for texts that keep their
    hyphens.
    """
    small = [
        (word, _ENGLISH_ORDINALS.get(word, f"{word}th"), n)
        for n, word in enumerate(_ENGLISH, start=1)
    ]
    yield from small
    for n, ten in enumerate(_ENGLISH_TENS, start=2):
        yield ten, f"{ten[:-1]}ieth", 10 * n
        yield from (
            (f"{ten}-{word}", f"{ten}-{ordinal}", 10 * n + unit)
            for word, ordinal, unit in small[:9]
        )


def _adjectives(stems: Iterator[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    return ((stem + ending, value) for stem, value in stems for ending in _ADJECTIVE)


def _round_stems() -> Iterator[tuple[str, int]]:
    """Return stems that are one word each: тысячный, двухтысячный, пятидесятитысячный,
    двухмиллионный.
    """
    parts = [
        ("", 1),
        ("двух", 2),
        ("трех", 3),
        ("четырех", 4),
        ("сорока", 40),
        ("девяноста", 90),
        ("сто", 100),
    ]
    parts += [(f"{other}и", n) for n, _, other, _ in _FROM_FIVE]
    parts += [(f"{stem}и", n) for n, stem in _TEN_TO_THIRTY]
    parts += [(f"{other}идесяти", 10 * n) for n, _, other, _ in _FROM_FIVE if n < 9]
    for stem, scale in (("тысячн", 10**3), ("миллионн", 10**6), ("миллиардн", 10**9)):
        yield from ((part + stem, n * scale) for part, n in parts)


def _scales() -> Iterator[tuple[str, int]]:
    yield from (
        (f"тысяч{ending}", 10**3)
        for ending in ["", *_words("а и е у ей ью ею ам ами ах")]
    )
    for stem, value in (("миллион", 10**6), ("миллиард", 10**9), ("триллион", 10**12)):
        yield from ((stem + ending, value) for ending in _NOUN)
    yield from (("тыс", 10**3), ("млн", 10**6), ("млрд", 10**9), ("трлн", 10**12))
    yield from (
        ("thousand", 10**3),
        ("million", 10**6),
        ("billion", 10**9),
        ("trillion", 10**12),
    )


WordValues = Mapping[str, int]

ZEROS = frozenset(
    [*(f"н{o}л{e}" for o in "оу" for e in _words("ь я ю ем е и ей ям ями ях")), "zero"]
)
CARDINALS: WordValues = MappingProxyType(
    {**dict(_russian_cardinals()), **{word: n for word, _, n in _english_pairs()}}
)
ORDINALS: WordValues = MappingProxyType(
    {
        **dict(_adjectives(_ordinal_stems())),
        **dict.fromkeys(_THIRD.split(), 3),
        **{word: n for _, word, n in _english_pairs()},
    }
)
# Ordinals that no other word of the number goes with.
ROUND_ORDINALS: WordValues = MappingProxyType(dict(_adjectives(_round_stems())))
SCALES: WordValues = MappingProxyType(dict(_scales()))
SCALE_ORDINALS: WordValues = MappingProxyType(
    {"thousandth": 10**3, "millionth": 10**6, "billionth": 10**9}
)
ONE_AND_A_HALF = frozenset({"полтора", "полторы", "полутора"})
# «три целых четырнадцать сотых»: the word after the whole part, and what the part after it is
# divided by.
WHOLES = frozenset({"целая", "целой", "целую", "целых", "целым", "целыми"})
DENOMINATORS: WordValues = MappingProxyType(
    {
        stem + ending: value
        for stem, value in (
            ("десят", 10),
            ("сот", 100),
            ("тысячн", 1000),
            ("десятитысячн", 10_000),
        )
        for ending in ("ая", "ой", "ую", "ых", "ым", "ыми")
    }
)
MINUSES = frozenset({"минус", "minus"})
POINTS = frozenset({"точка", "запятая", "point"})
HALVES = (("с", "половиной"), ("and", "a", "half"))
# 5-го, 1950-е, 1st: an ending that only an ordinal has, and one that a cardinal may have too (2-х,
# 2-м, 5-ю, 5-ти).
ORDINAL_ENDINGS = frozenset(
    _words("й ый ой ий го ого его му ому ему я ая ья ую ое ые е st nd rd th")
)
OTHER_ENDINGS = frozenset(_words("х ых м ым ом ю ти мя ми"))
PERCENTS = frozenset([*(f"процент{ending}" for ending in _NOUN), "percent"])
