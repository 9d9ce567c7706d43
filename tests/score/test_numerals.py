"""A number is found whatever its form, and two numbers beside each other stay two."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.score.rules.number_words import (
    CARDINALS,
    ORDINALS,
    ROUND_ORDINALS,
    SCALES,
    ZEROS,
)
from konspekt.score.rules.numerals import Numeral, numeral_readings

# A whole line is one number: the line, its value. Cardinals first.
CARDINAL = """
ноль 0|нуля 0|нулём 0|нулю 0|один 1|одна 1|одного 1|одной 1|одним 1|одну 1|два 2|две 2|двух 2|двум 2|двумя 2|двое 2
три 3|трёх 3|трем 3|тремя 3|четыре 4|четырёх 4|четырьмя 4|пять 5|пяти 5|пятью 5|шестью 6|семи 7|восемь 8|восьми 8
восемью 8|восьмью 8|девяти 9|десять 10|десятью 10|одиннадцать 11|двенадцати 12|тринадцатью 13|четырнадцать 14
пятнадцати 15|шестнадцать 16|семнадцать 17|восемнадцатью 18|девятнадцать 19|двадцать 20|двадцатью 20|тридцати 30
сорок 40|сорока 40|пятьдесят 50|пятидесяти 50|пятьюдесятью 50|шестьдесят 60|семидесяти 70|восьмидесяти 80
восемьюдесятью 80|восьмьюдесятью 80|девяносто 90|девяноста 90|сто 100|ста 100|двести 200|двухсот 200|двумстам 200
двумястами 200|двухстах 200|триста 300|тремястами 300|четырёхсот 400|четыремстам 400|пятьсот 500|пятьюстами 500
шестисот 600|семистам 700|восьмисот 800|восемьюстами 800|девятистах 900|тысяча 1000|тысячи 1000|тысячу 1000
тысячей 1000|тысячью 1000|миллион 1000000|миллиона 1000000|миллионов 1000000|миллиард 1000000000
двадцать три 23|двадцати пяти 25|сорока двух 42|сто один 101|сто двадцать пять 125|двумястами сорока тремя 243
девятьсот девяносто девять 999|одна тысяча 1000|тысяча один 1001|две тысячи 2000|сто тысяч 100000
двадцать одна тысяча триста сорок две 21342|пять миллионов двести тысяч 5200000|миллион тысяча 1001000
двух миллиардов трёхсот миллионов 2300000000|тысяча девятьсот восемьдесят четыре 1984|двум тысячам двадцати 2020
полтора 3/2|полторы 3/2|полутора 3/2|полтора миллиона 1500000|полторы тысячи 1500|два с половиной 5/2
два с половиной миллиона 2500000|три целых четырнадцать сотых 157/50|ноль целых пять десятых 1/2
одна целая и две десятых 6/5|две целых одна тысячная 2001/1000|пять десятых 1/2|двадцать пять сотых 1/4
три целых пять десятых миллиона 3500000|ноль точка пять 1/2|ноль точка ноль один 1/100|три точка четырнадцать 157/50
one 1|nineteen 19|twenty-one 21|twenty one 21|ninety-nine 99|hundred 100|one hundred 100|one hundred and five 105
three hundred forty two 342|two thousand twenty four 2024|two thousand and five 2005|one million 1000000
six hundred thousand 600000|two and a half 5/2|three point one four 157/50|zero 0|zero point five 1/2
минус пять -5|минус двадцать три -23|минус две тысячи пять -2005|минус полтора -3/2|минус три целых пять десятых -7/2
minus five -5|minus twenty one -21|minus three point one four -157/50
"""
ORDINAL = """
нулевой 0|первый 1|первого 1|первыми 1|вторая 2|второй 2|третий 3|третьего 3|третья 3|четвёртом 4|пятую 5|шестой 6
седьмых 7|восьмая 8|девятому 9|десятый 10|одиннадцатом 11|девятнадцатый 19|двадцатых 20|тридцатое 30|сороковые 40
пятидесятые 50|шестидесятых 60|семидесятых 70|восьмидесятые 80|девяностых 90|сотый 100|двухсотый 200|пятисотая 500
девятисотого 900|тысячный 1000|двухтысячный 2000|двухтысячных 2000|пятитысячный 5000|стотысячный 100000
миллионный 1000000|двухмиллионный 2000000|сорок первый 41|сорок первого 41|двадцать первого 21|сто пятый 105
тысяча девятьсот сорок первом 1941|две тысячи двадцать четвёртом 2024|две тысячи двадцать четвёртого 2024
тысяча девятьсот пятидесятые 1950|две тысячи первый 2001|миллион первый 1000001
first 1|second 2|third 3|eighth 8|twelfth 12|twentieth 20|twenty-first 21|twenty first 21|one hundred and first 101
two hundredth 200|two thousandth 2000
16-й 16|5-го 5|1950-е 1950|16й 16|16 й 16|5 го 5|1950 е 1950|1-я 1|2024-му 2024|1st 1|22nd 22|2 000 й 2000
минус первый -1|-1-й -1|-1 й -1
"""
DIGITS = """
0 0|5 5|16 16|2024 2024|1000000 1000000|1 000 000 1000000|12 500 12500|3.14 157/50|3,14 157/50|0,5 1/2|0.001 1/1000
1,000,000 1000000|2-х 2|2 х 2|5-ти 5|5 тысяч 5000|100 тысяч 100000|1,5 миллиона 1500000|2 млн 2000000|5 тыс 5000
2 миллиона 500 тысяч 2500000|5 тысяч 300 5300|две тысячи 24 2024|3 целых 14 сотых 157/50|2 с половиной 5/2
минус 5 -5|-5 -5|-3,14 -157/50|-5 тысяч -5000|minus 5 -5|1 000,5 2001/2|1 000.5 2001/2|12 345 678,25 49382713/4
1,000.5 2001/2|1,000,000.25 4000001/4|-1 000,5 -2001/2|-1,000.5 -2001/2|минус 1 000 -1000
"""
CASES = [
    (line.rpartition(" ")[0], Fraction(line.rpartition(" ")[2]), kind)
    for table, kind in (
        (CARDINAL, "cardinal"),
        (ORDINAL, "ordinal"),
        (DIGITS, "digits"),
    )
    for line in table.strip().replace("\n", "|").split("|")
]


def longest(words: Sequence[str]) -> tuple[Numeral, ...]:
    """The readings that are not another reading of words read before."""
    found = numeral_readings(words)
    within = [
        any(a.first <= b.first and b.last <= a.last for a in found[:i])
        for i, b in enumerate(found)
    ]
    return tuple(
        numeral for numeral, other in zip(found, within, strict=True) if not other
    )


def test_there_are_at_least_150_written_cases() -> None:
    assert len({text for text, _, _ in CASES}) >= 150


@pytest.mark.parametrize(("text", "value", "kind"), CASES)
def test_a_form_of_a_numeral_has_its_value(
    text: str, value: Fraction, kind: Any
) -> None:
    words = text.split()
    assert longest(words) == (Numeral(0, len(words) - 1, value, kind),)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("два три", [2, 3]),
        ("пять шесть", [5, 6]),
        ("двадцать десять", [20, 10]),
        ("двадцать двадцать", [20, 20]),
        ("десять пять", [10, 5]),
        ("пять сто", [5, 100]),
        ("сто двести", [100, 200]),
        ("двадцать пять шесть", [25, 6]),
        ("первый второй", [1, 2]),
        ("двадцатый первый", [20, 1]),
        ("две тысячи три тысячи", [2000, 3000]),
        ("тысяча миллион", [1000, 1_000_000]),
        ("ноль пять", [0, 5]),
        ("20 5", [20, 5]),
        ("1 2 3", [1, 2, 3]),
        ("сто человек и двести книг", [100, 200]),
        ("one two", [1, 2]),
        ("two thousand three thousand", [2000, 3000]),
        ("three целых", [3]),
        ("5 -100", [5, -100]),
        ("-5 -6", [-5, -6]),
        ("пять минус три", [5, -3]),
        ("fifteen hundred", [1500]),
        ("twenty five hundred", [2500]),
        ("ten hundred", [10, 100]),
        ("восьмеро полутораста полтысячи", [8, 150, 500]),
        ("минус минус пять", [-5]),
        ("две тысячи -5", [2000, -5]),
        ("1 000,5 000", [Fraction(2001, 2)]),
        ("- 5", [5]),
        ("три целых пять", [3, 5]),
    ],
)
def test_numbers_beside_each_other_stay_apart(text: str, values: list[int]) -> None:
    assert [span.value for span in longest(text.split())] == values


@pytest.mark.parametrize(
    "text",
    [
        "",
        "стол",
        "05 007",
        "1.2.3",
        "4o",
        "1/2",
        "gpt4",
        "сотня",
        "первичный",
        "пятёрка",
        "целых",
        "точка",
        "%",
        "²",
        "-",
        "-05",
        "минус",
    ],
)
def test_what_is_no_number_is_none(text: str) -> None:
    assert longest(text.split()) == ()


def test_empty_words_and_very_long_digits_are_no_number_and_no_failure() -> None:
    assert longest(["", "9" * 5000, "1." + "9" * 5000]) == ()


def test_a_number_stands_where_its_words_do() -> None:
    found = longest(["в", "Две", "тысячи", "двадцать", "ЧЕТВЁРТОМ", "году", "5", "раз"])
    assert [(span.first, span.last, span.value) for span in found] == [
        (1, 4, 2024),
        (6, 6, 5),
    ]


def test_digits_have_other_readings() -> None:
    assert {(n.first, n.last, n.value) for n in numeral_readings(["100", "200"])} == {
        (0, 1, 100_200),
        (0, 0, 100),
        (1, 1, 200),
    }
    assert (0, 0, 2024) in [
        (n.first, n.last, n.value) for n in numeral_readings(["2024", "я"])
    ]
    assert {n.value for n in numeral_readings(["1,500"])} == {Fraction(3, 2), 1500}
    assert [n.value for n in numeral_readings(["5", "тысяч"])] == [5000]


def test_a_minus_that_is_a_word_may_be_left_out_of_a_number() -> None:
    def readings(text: str) -> set[tuple[int, int, int]]:
        return {(n.first, n.last, int(n.value)) for n in numeral_readings(text.split())}

    assert readings("-5") == {(0, 0, -5)}
    assert readings("-100 200") == {(0, 1, -100_200), (0, 0, -100), (1, 1, 200)}
    assert readings("минус пять") == {(0, 1, -5), (1, 1, 5)}
    assert readings("минус 100 200") == {
        (0, 2, -100_200),
        (1, 2, 100_200),
        (0, 1, -100),
        (1, 1, 100),
        (2, 2, 200),
    }
    assert len(numeral_readings(["минус", "5"])) == 2


_ONES = """
один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать
четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать
"""
ONES = _ONES.split()
TENS = [
    "двадцать",
    "тридцать",
    "сорок",
    "пятьдесят",
    "шестьдесят",
    "семьдесят",
    "восемьдесят",
    "девяносто",
]
HUNDREDS = [
    "сто",
    "двести",
    "триста",
    "четыреста",
    "пятьсот",
    "шестьсот",
    "семьсот",
    "восемьсот",
    "девятьсот",
]


def spelled(number: int) -> str:
    """A cardinal below a million in the nominative."""
    if number == 0:
        return "ноль"
    thousands, rest = divmod(number, 1000)
    words = []
    if thousands:
        last = thousands % 10 if thousands % 100 not in range(11, 15) else 0
        words += [
            {"один": "одна", "два": "две"}.get(word, word)
            for word in below_thousand(thousands)
        ]
        words.append(
            {1: "тысяча", 2: "тысячи", 3: "тысячи", 4: "тысячи"}.get(last, "тысяч")
        )
    return " ".join(words + below_thousand(rest))


def below_thousand(number: int) -> list[str]:
    words = [HUNDREDS[number // 100 - 1]] if number >= 100 else []
    number %= 100
    if number >= 20:
        words.append(TENS[number // 10 - 2])
        number %= 10
    return words + ([ONES[number - 1]] if number else [])


@given(st.integers(0, 999_999))
def test_a_spelled_number_is_read_back(number: int) -> None:
    words = spelled(number).split()
    assert longest(words) == (Numeral(0, len(words) - 1, Fraction(number), "cardinal"),)


def test_every_number_below_a_thousand_and_every_thousand_is_read_back() -> None:
    for number in (*range(1000), *range(0, 1_000_000, 1000)):
        assert [span.value for span in longest(spelled(number).split())] == [number]


@given(st.integers(0, 10**15), st.sampled_from(["", " ", ","]))
def test_digits_are_read_back_with_any_separator_of_thousands(
    number: int, separator: str
) -> None:
    if 1000 <= number < 1_000_000 and separator == ",":
        separator = ""  # 3,141 is a decimal first
    words = f"{number:,}".replace(",", separator).split()
    assert longest(words)[0].value == number


@given(
    st.lists(
        st.sampled_from(
            [
                *ONES,
                *TENS,
                *HUNDREDS,
                "тысяч",
                "й",
                "5",
                "000",
                "целых",
                "сотых",
                "point",
                "и",
                "минус",
                "-5",
            ]
        )
    )
)
def test_numbers_are_in_order_and_apart(words: list[str]) -> None:
    spans = longest(words)
    assert all(0 <= span.first <= span.last < len(words) for span in spans)
    assert all(a.last < b.first for a, b in itertools.pairwise(spans))


def test_every_form_that_the_dictionary_knows_has_its_value() -> None:
    import pymorphy3

    analyzer = pymorphy3.MorphAnalyzer()
    tables = {
        **CARDINALS,
        **ORDINALS,
        **ROUND_ORDINALS,
        **SCALES,
        **dict.fromkeys(ZEROS, 0),
    }
    bases = [(word, n) for n, word in enumerate(ONES, start=1)]
    bases += [(word, 10 * n) for n, word in enumerate(TENS, start=2)]
    bases += [(word, 100 * n) for n, word in enumerate(HUNDREDS, start=1)]
    bases += [
        ("ноль", 0),
        ("нуль", 0),
        ("тысяча", 1000),
        ("миллион", 10**6),
        ("миллиард", 10**9),
    ]
    ordinals = (
        "первый второй третий четвёртый пятый шестой седьмой восьмой девятый десятый "
        "одиннадцатый двенадцатый"
    )
    bases += [(word, n) for n, word in enumerate(ordinals.split(), start=1)]
    bases += [
        ("двадцатый", 20),
        ("сороковой", 40),
        ("пятидесятый", 50),
        ("девяностый", 90),
        ("сотый", 100),
    ]
    bases += [
        ("двухсотый", 200),
        ("восьмисотый", 800),
        ("тысячный", 1000),
        ("миллионный", 10**6),
    ]
    for base, value in bases:
        parses = [
            parse
            for parse in analyzer.parse(base)
            if parse.tag.POS in ("NUMR", "NOUN", "ADJF")
        ]
        for form in parses[0].lexeme:
            word = form.word.replace("ё", "е")
            if not any(
                mark in form.tag for mark in ("Infr", "Supr")
            ) and not word.startswith("тыщ"):
                assert tables.get(word) == value, (base, word)
