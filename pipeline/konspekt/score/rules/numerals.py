"""Which runs of words form a number, and its value: Russian and English, spoken or in digits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from konspekt.score.rules.number_words import (
    CARDINALS,
    DENOMINATORS,
    HALVES,
    MINUSES,
    ONE_AND_A_HALF,
    ORDINAL_ENDINGS,
    ORDINALS,
    OTHER_ENDINGS,
    POINTS,
    ROUND_ORDINALS,
    SCALE_ORDINALS,
    SCALES,
    WHOLES,
    ZEROS,
)

Kind = Literal["cardinal", "ordinal", "digits"]

# 18 digits hold every number that is said; a leading zero (05, 007) is read digit by digit and is
# no value.
_WHOLE = re.compile(r"0|[1-9][0-9]{0,17}")
_DECIMAL = re.compile(r"(0|[1-9][0-9]{0,17})[.,]([0-9]{1,18})")
_COMMA_GROUPS = re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{3}){1,5}(?:\.[0-9]{1,18})?")
_NEXT_GROUP = re.compile(r"[0-9]{3}([.,][0-9]{1,18})?")
_WITH_ENDING = re.compile(r"(0|[1-9][0-9]{0,17})-?([а-яa-z]{1,3})")
# The minus of -5, a key of its own; no word has a space, and «-» between spaces is a dash.
_MINUS = " -"
_DIGITS = frozenset("0123456789")


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number at words `first` to `last`, both included.

    `digits` is a number written in digits that may be read as a cardinal or an ordinal (16, 2-х, 5
    тысяч); one with an ordinal's ending (16-й) is an `ordinal`.
    """

    first: int
    last: int
    value: Fraction
    kind: Kind


@dataclass(frozen=True, slots=True)
class _NumberPart:
    """A value and the index of the word after it."""

    end: int
    value: Fraction
    ordinal: bool = False


def numeral_readings(words: Sequence[str]) -> tuple[Numeral, ...]:
    """Return the numbers among `words` from left to right, each as long as grammar allows, with its
    other readings.

    «двадцать три» is one number, «два три» two. «1 000 000» and «5 тысяч» are one. So are «16 й» (a
    hyphen taken off), «минус пять», «три целых пять десятых» and «два с половиной миллиона». Case
    and ё do not matter, gender and case of the Russian forms are not checked for agreement. Other
    readings: «100 200» as two numbers, «2024 я» as 2024, 1,000 as 1000. «минус пять» may be 5 (in
    «пять минус три» it may be no number's sign); the one of -5 always is.
    """
    keys, places = _keys(words)
    found: dict[Numeral, None] = {}
    for span in _spans(keys):
        found.update(dict.fromkeys((span, *_other_readings(keys, span))))
    return tuple(
        replace(one, first=places[one.first], last=places[one.last]) for one in found
    )


def _keys(words: Sequence[str]) -> tuple[list[str], list[int]]:
    """Return the keys by which the words are looked up, and the word of each: -5 has two."""
    keys: list[str] = []
    places: list[int] = []
    for place, word in enumerate(words):
        key = word.lower().replace("ё", "е") or " "
        parts = (_MINUS, key[1:]) if key[0] == "-" and key[1:2] in _DIGITS else (key,)
        keys += parts
        places += [place] * len(parts)
    return keys, places


def _spans(keys: list[str]) -> Iterator[Numeral]:
    i = 0
    while i < len(keys):
        span = _longest_at(keys, i)
        if span is not None:
            yield span
        i = i + 1 if span is None else span.last + 1


def _other_readings(keys: list[str], span: Numeral) -> Iterator[Numeral]:
    sign = keys[span.first] if _is_minus(keys[span.first]) else ""
    first = span.first + bool(sign)
    inside = range(first, span.last + 1)
    readings = [replace(span, first=first, value=-span.value)] if sign else [span]
    if all(keys[i][0] in _DIGITS or _is_ending(keys[i]) for i in inside):
        readings += [
            Numeral(i, i, value, kind)
            for i in inside
            for value, kind in _read_digits(keys[i])
        ]
    for reading in readings:
        if sign and reading.first == first:
            yield replace(reading, first=first - 1, value=-reading.value)
        if sign != _MINUS or reading.first > first:
            yield reading


def _is_minus(key: str) -> bool:
    return key == _MINUS or key in MINUSES


def _longest_at(keys: list[str], i: int) -> Numeral | None:
    """Return the longest number that starts at word `i`."""
    if not _is_minus(keys[i]):
        return _without_sign(keys, i)
    number = _without_sign(keys, i + 1) if i + 1 < len(keys) else None
    return replace(number, first=i, value=-number.value) if number else None


def _without_sign(keys: list[str], i: int) -> Numeral | None:
    written = _read_digit_run(keys, i)
    spoken = max(
        (part for part in (_sum(keys, i), _amount(keys, i)) if part),
        key=lambda part: part.end,
        default=None,
    )
    if spoken is None or (written is not None and written.last + 1 >= spoken.end):
        return written
    in_digits = any(key[0] in _DIGITS for key in keys[i : spoken.end])
    kind: Kind = "ordinal" if spoken.ordinal else "digits" if in_digits else "cardinal"
    return Numeral(i, spoken.end - 1, spoken.value, kind)


def _read_digits(key: str) -> list[tuple[Fraction, Kind]]:
    """Return the values of one word of digits, the likelier first (3,141 is a decimal in
    Russian, 3141 in English).
    """
    if _WHOLE.fullmatch(key):
        return [(Fraction(key), "digits")]
    found: list[tuple[Fraction, Kind]] = []
    if decimal := _DECIMAL.fullmatch(key):
        found.append((Fraction(f"{decimal[1]}.{decimal[2]}"), "digits"))
    if _COMMA_GROUPS.fullmatch(key):
        found.append((Fraction(key.replace(",", "")), "digits"))
    ending = _WITH_ENDING.fullmatch(key)
    if ending and _is_ending(ending[2]):
        found.append((Fraction(ending[1]), _kind_of(ending[2])))
    return found


def _read_digit_run(keys: list[str], i: int) -> Numeral | None:
    """Return the numbers in digits: one word (16, 3,14, 16-й), groups of thousands (1 000
    000,5), an ending in a word of its own (16 й).
    """
    if not (meanings := _read_digits(keys[i])):
        return None
    if not _WHOLE.fullmatch(keys[i]):
        return Numeral(i, i, *meanings[0])
    end = i + 1
    if len(keys[i]) <= 3 and keys[i] != "0":
        while end - i < 6 and (group := _NEXT_GROUP.fullmatch(_at_word(keys, end))):
            end += 1
            if group[1]:
                return Numeral(
                    i,
                    end - 1,
                    Fraction("".join(keys[i:end]).replace(",", ".")),
                    "digits",
                )
    value = Fraction("".join(keys[i:end]))
    if end < len(keys) and _is_ending(keys[end]) and not keys[end].isascii():
        return Numeral(i, end, value, _kind_of(keys[end]))
    return Numeral(i, end - 1, value, "digits")


def _is_ending(key: str) -> bool:
    return key in ORDINAL_ENDINGS or key in OTHER_ENDINGS


def _kind_of(ending: str) -> Kind:
    return "ordinal" if ending in ORDINAL_ENDINGS else "digits"


def _sum(keys: list[str], i: int) -> _NumberPart | None:
    """Return a whole number: parts below a thousand, each but the last with a smaller scale than
    the one before.
    """
    if keys[i] in ZEROS:
        return _NumberPart(i + 1, Fraction(0))
    if keys[i] in ROUND_ORDINALS:
        return _NumberPart(i + 1, Fraction(ROUND_ORDINALS[keys[i]]), ordinal=True)
    total, end, below = 0, i, 10**15
    while True:
        part = _below_thousand(keys, end + (end > i and _at_word(keys, end) == "and"))
        if part and part.ordinal:
            return _NumberPart(part.end, total + part.value, ordinal=True)
        after = part.end if part else end
        scale_word = _at_word(keys, after)
        scale = SCALES.get(scale_word) or SCALE_ORDINALS.get(scale_word, below)
        if scale < below:
            total, end, below = (
                total + int(part.value if part else 1) * scale,
                after + 1,
                scale,
            )
            if scale_word in SCALE_ORDINALS:
                return _NumberPart(end, Fraction(total), ordinal=True)
            continue
        if (
            part and scale_word not in SCALES
        ):  # «две тысячи три тысячи»: the three belongs to the next number
            total, end = total + int(part.value), after
        return _NumberPart(end, Fraction(total)) if end > i else None


def _below_thousand(keys: list[str], i: int) -> _NumberPart | None:
    """Return hundreds, tens, units: every next word must fit into the zeros that the one before
    has left.
    """
    value, end, room = 0, i, 1000
    while end < len(keys):
        key = keys[end]
        if key in ("hundred", "hundredth") and (
            end == i or (value < 100 and value % 10)
        ):  # fifteen hundred
            value, end, room = max(value, 1) * 100, end + 1, 100
            if key == "hundredth":
                return _NumberPart(end, Fraction(value), ordinal=True)
            continue
        if (
            key == "and"
            and end > i
            and keys[end - 1] == "hundred"
            and _below_hundred(_at_word(keys, end + 1))
        ):
            end += 1
            continue
        if 0 < ORDINALS.get(key, 0) < room or (key in ORDINALS and end == i):
            return _NumberPart(end + 1, Fraction(value + ORDINALS[key]), ordinal=True)
        in_digits = _WHOLE.fullmatch(key) is not None
        number = int(key) if in_digits else CARDINALS.get(key, 0)
        if not 0 < number < room:
            break
        value, end = value + number, end + 1
        room = (
            0
            if in_digits or number % 10 or number == 10
            else 10
            if number % 100
            else 100
        )
    return _NumberPart(end, Fraction(value)) if end > i else None


def _below_hundred(key: str) -> bool:
    return 0 < CARDINALS.get(key, ORDINALS.get(key, 0)) < 100


def _amount(keys: list[str], i: int) -> _NumberPart | None:
    """Return a number with a part after the point, in words or before a scale: 1,5 миллиона,
    полтора, два с половиной.
    """
    written = _read_digits(keys[i])
    amount: _NumberPart | None
    if keys[i] in ONE_AND_A_HALF:
        amount = _NumberPart(i + 1, Fraction(3, 2))
    elif (
        written
        and written[0][1] == "digits"
        and not keys[i][-1].isalpha()
        and not _WHOLE.fullmatch(keys[i])
    ):
        amount = _NumberPart(i + 1, written[0][0])
    else:
        whole = _sum(keys, i)
        amount = None if whole is None or whole.ordinal else _with_fraction(keys, whole)
    scale = None if amount is None else SCALES.get(_at_word(keys, amount.end))
    return (
        _NumberPart(amount.end + 1, amount.value * scale)
        if amount and scale
        else amount
    )


def _with_fraction(keys: list[str], whole: _NumberPart) -> _NumberPart | None:
    """Return the decimal that what follows makes of a whole number; None if nothing does."""
    word, end = _at_word(keys, whole.end), whole.end
    for half in HALVES:
        if tuple(keys[end : end + len(half)]) == half:
            return _NumberPart(end + len(half), whole.value + Fraction(1, 2))
    if word in DENOMINATORS:
        return _NumberPart(end + 1, whole.value / DENOMINATORS[word])
    if word in WHOLES:
        start = end + 1 + (_at_word(keys, end + 1) == "и")
        parts = _sum(keys, start) if start < len(keys) else None
        divisor = (
            DENOMINATORS.get(_at_word(keys, parts.end))
            if parts and not parts.ordinal
            else None
        )
        return (
            _NumberPart(parts.end + 1, whole.value + parts.value / divisor)
            if parts and divisor
            else None
        )
    return _after_point(keys, whole) if word in POINTS else None


def _after_point(keys: list[str], whole: _NumberPart) -> _NumberPart | None:
    """Return zeros, then digits or one number: «ноль точка ноль один», «три точка четырнадцать»,
    "three point one four".
    """
    digits, end = "", whole.end + 1
    while end < len(keys):
        part = _sum(keys, end)
        if (
            part is None
            or part.ordinal
            or (digits.strip("0") and (part.value >= 10 or len(digits.strip("0")) > 15))
        ):
            break
        digits, end = digits + str(part.value), part.end
        if part.value >= 10:
            break
    return _NumberPart(end, whole.value + Fraction(f"0.{digits}")) if digits else None


def _at_word(keys: list[str], i: int) -> str:
    return keys[i] if i < len(keys) else ""
