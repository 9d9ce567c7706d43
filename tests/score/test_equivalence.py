"""The same said in other words is found, and what only looks alike is not."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from konspekt.score.rules import Equal, apply, equivalences


def said(
    reference: str, hypothesis: str, profile: str = "ru"
) -> list[tuple[str, str, str]]:
    left, right = apply(reference, profile).split(), apply(hypothesis, profile).split()
    return [
        (
            " ".join(left[e.ref_first : e.ref_last + 1]),
            " ".join(right[e.hyp_first : e.hyp_last + 1]),
            e.rule,
        )
        for e in equivalences(left, right)
    ]


@pytest.mark.parametrize(
    ("reference", "hypothesis", "pairs"),
    [
        ("пятьдесят процентов", "50 процентов", "пятьдесят=50"),
        ("пятьдесят процентов", "50%", "пятьдесят=50, процентов=%"),
        ("50 %", "пятьюдесятью процентами", "50=пятьюдесятью, %=процентами"),
        ("fifty per cent", "50%", "fifty=50, per cent=%"),
        (
            "в две тысячи двадцать четвёртом году",
            "в 2024 году",
            "две тысячи двадцать четвертом=2024",
        ),
        ("от двух до пяти", "от 2 до 5", "двух=2, пяти=5"),
        ("сорок первый год", "41 год", "сорок первый=41"),
        ("сорок первый год", "41-й год", "сорок первый=41 й"),
        ("три целых четырнадцать сотых", "3,14", "три целых четырнадцать сотых=3,14"),
        ("миллион токенов", "1 000 000 токенов", "миллион=1 000 000"),
        ("миллион токенов", "1\u00a0000\u202f000 токенов", "миллион=1 000 000"),
        ("двадцать первого марта", "21 марта", "двадцать первого=21"),
        (
            "тысяча девятьсот пятидесятые",
            "1950-е",
            "тысяча девятьсот пятидесятые=1950 е",
        ),
        ("пять тысяч рублей", "5 тысяч рублей", "пять тысяч=5 тысяч"),
        ("полтора миллиона", "1,5 млн.", "полтора миллиона=1,5 млн"),
        ("1 000 000 слов", "1000000 слов", "1 000 000=1000000"),
        ("3.14", "3,14", "3.14=3,14"),
        ("сто двести", "100 200", "сто=100, двести=200"),
        ("в две тысячи пятом я учился", "в 2005 я учился", "две тысячи пятом=2005"),
        ("первая лекция", "1-я лекция", "первая=1 я"),
        ("one thousand five hundred", "1,500", "one thousand five hundred=1,500"),
        ("twenty-one", "21", "twenty one=21"),
        ("the second one", "the 2nd 1", "second=2nd, one=1"),
        ("один из них", "1 из них", "один=1"),
        ("минус пять", "-5", "минус пять=-5"),
        ("минус 5 градусов", "\u22125 градусов", "минус 5=-5"),
        ("minus five", "-5", "minus five=-5"),
        ("минус первый этаж", "-1 этаж", "минус первый=-1"),
        (
            "минус три целых пять десятых",
            "\u20133,5",
            "минус три целых пять десятых=-3,5",
        ),
        ("пять минус три", "5 минус 3", "пять=5, минус три=минус 3"),
        ("пять минус три", "5-3", "пять=5, три=3"),
        ("1 000,5", "1000,5", "1 000,5=1000,5"),
        ("1,000.5", "1000.5", "1,000.5=1000.5"),
        ("1 000,5 м", "1000,5 м", "1 000,5=1000,5"),
        ("the second", "the 2nd", "second=2nd"),
        ("twenty second", "22nd", "twenty second=22nd"),
        ("twenty second", "22", "twenty second=22"),
    ],
)
def test_numbers_of_one_value_are_equal(
    reference: str, hypothesis: str, pairs: str
) -> None:
    expected = [(*pair.split("="), "numbers") for pair in pairs.split(", ")]
    assert said(reference, hypothesis) == expected
    turned = [(b, a, rule) for a, b, rule in said(hypothesis, reference)]
    assert turned == expected


@pytest.mark.parametrize(
    ("reference", "hypothesis", "profile"),
    [
        ("два три", "23", "ru"),
        ("двадцать три", "20 3", "ru"),
        ("пять", "пятый", "ru"),
        ("пять", "пяти", "ru"),
        ("одна", "один", "ru"),
        ("миллион", "один миллион", "ru"),
        ("в 5", "в 15", "ru"),
        ("пять", "15", "ru"),
        ("двадцать пять", "20", "ru"),
        ("двадцать пять", "5", "ru"),
        ("1 5", "15", "ru"),
        ("3.1", "3.10", "ru"),
        ("16й", "шестнадцать", "ru"),
        ("5", "5", "ru"),
        ("процент", "процентов", "ru"),
        ("мой", "мои", "ru"),
        ("всё", "все", "ru"),
        ("C++", "C#", "ru"),
        ("C++", "C", "ru"),
        ("C#", "C", "ru"),
        ("GPT-4o", "GPT 40", "ru"),
        ("3.14", "314", "ru"),
        ("замок", "замки", "ru"),
        ("ab cd", "ac bd", "en"),
        ("-5", "5", "ru"),
        ("-5", "пять", "ru"),
        ("1 -5", "1-5", "ru"),
        ("минус пять", "минус пяти", "ru"),
        ("1,000.5", "1000.50", "en"),
        ("wait a second", "wait a 2", "en"),
        ("minus second", "-2", "en"),
        ("seconds", "2", "en"),
        ("seconds", "2nd", "en"),
    ],
)
def test_what_differs_stays_different(
    reference: str, hypothesis: str, profile: str
) -> None:
    assert (
        said(reference, hypothesis, profile)
        == said(hypothesis, reference, profile)
        == []
    )


@pytest.mark.parametrize(
    ("reference", "hypothesis", "pairs"),
    [
        ("онлайн курс", "онлайнкурс", "онлайн курс=онлайнкурс"),
        ("онлайн-курс", "онлайнкурс", "онлайн курс=онлайнкурс"),
        ("кое-кто", "коекто", "кое кто=коекто"),
        ("data set", "dataset", "data set=dataset"),
        ("Node.js и GPT-4", "nodejs и gpt4", "node js=nodejs, gpt 4=gpt4"),
        ("а бв г", "аб вг", "а бв г=аб вг"),
        ("г п т четыре", "гпт четыре", "г п т=гпт"),
        ("что бы то ни было", "чтобы тони было", "что бы=чтобы, то ни=тони"),
    ],
)
def test_words_joined_or_split_are_equal(
    reference: str, hypothesis: str, pairs: str
) -> None:
    assert said(reference, hypothesis) == [
        (*pair.split("="), "compounds") for pair in pairs.split(", ")
    ]


def test_a_compound_has_at_most_four_words() -> None:
    assert said("а б в г", "абвг") == [("а б в г", "абвг", "compounds")]
    assert said("а б в г д", "абвгд") == []


def test_rules_are_switched_off_one_by_one() -> None:
    left, right = ["два", "онлайн", "курса"], ["2", "онлайнкурса"]
    both = (Equal(0, 0, 0, 0, "numbers"), Equal(1, 2, 1, 1, "compounds"))
    assert equivalences(left, right) == both
    assert equivalences(left, right, numbers=False) == both[1:]
    assert equivalences(left, right, compounds=False) == both[:1]
    assert equivalences(left, right, numbers=False, compounds=False) == ()


def test_the_spans_are_chosen_that_leave_the_fewest_errors() -> None:
    # 2 could be either «два»; crossing pairs exclude each other, the longer one stays.
    assert said("три дата сет", "датасет 3") == [("дата сет", "датасет", "compounds")]
    assert said("2 яблока два", "два яблока 2") == [
        ("2", "два", "numbers"),
        ("два", "2", "numbers"),
    ]


def test_equal_words_are_not_taken_by_a_span() -> None:
    assert said("5 и пять", "5 и 5") == [("пять", "5", "numbers")]
    assert said("пять 5", "5") == []


def test_a_long_island_of_the_same_few_words_is_settled_whole() -> None:
    for times in (100, 200):  # by the table, and beyond it
        left, right = (
            ["и", "два", "слова", "пять"] * times,
            ["и", "2", "слова", "5"] * times,
        )
        assert len(equivalences(left, right)) == 2 * times


def test_nothing_equals_nothing() -> None:
    assert (
        equivalences([], [])
        == equivalences(["два"], [])
        == equivalences([], ["2"])
        == ()
    )


SOME = (
    "два две 2 -2 минус second двадцать 22 5 пять пятый тысяч 000 % процентов он лайн онлайн а "
    "б аб"
)
WORDS = st.lists(st.sampled_from(SOME.split()), max_size=9)


@given(WORDS, WORDS)
def test_spans_are_in_order_apart_and_never_the_same_words(
    reference: list[str], hypothesis: list[str]
) -> None:
    found = equivalences(reference, hypothesis)
    for a, b in itertools.pairwise(found):
        assert a.ref_last < b.ref_first
        assert a.hyp_last < b.hyp_first
    for span in found:
        left, right = (
            reference[span.ref_first : span.ref_last + 1],
            hypothesis[span.hyp_first : span.hyp_last + 1],
        )
        assert left
        assert right
        assert left != right
        assert span.rule == "numbers" or "".join(left) == "".join(right)


@given(WORDS, WORDS)
def test_spans_never_add_errors_and_leave_as_many_with_the_sides_swapped(
    left: list[str], right: list[str]
) -> None:
    fewest = errors(left, right)
    assert fewest <= Levenshtein.distance(left, right)
    assert fewest == errors(right, left)


def errors(left: list[str], right: list[str]) -> int:
    """What is left when the spans are written as on the left."""
    written, at = [], 0
    for span in equivalences(left, right):
        written += right[at : span.hyp_first] + left[span.ref_first : span.ref_last + 1]
        at = span.hyp_last + 1
    return Levenshtein.distance(left, written + right[at:])
