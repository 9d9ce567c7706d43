"""Of alternatives and places of a wildcard those are taken that cost least as words are counted,
numbers and all.
"""

from __future__ import annotations

from itertools import combinations_with_replacement, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.score import readings as module
from konspekt.score import score
from konspekt.score.comparing import compare


@pytest.mark.parametrize(
    ("reference", "hypothesis"),
    [
        ("{в две тысячи двадцать четвёртом|в двадцать четвёртом} году", "в 2024 году"),
        ("{онлайн курс|вебинар} начался", "онлайнкурс начался"),
        ("около {пятидесяти процентов|половины}", "около 50%"),
        ("{двадцать|} пять", "25"),
        ("{@ / двадцать} пять {шесть|}", "25"),
        ("{сто {двадцать|тридцать}|ноль} пять", "125"),
        ("{|сто} двадцать {|пять}", "125"),
    ],
)
def test_an_alternative_that_says_the_same_in_other_words_is_no_error(
    reference: str, hypothesis: str
) -> None:
    assert score(reference, hypothesis, "ru").errors == 0


@pytest.mark.parametrize(
    ("reference", "hypothesis", "ignored"),
    [
        ("ну <*> двадцать", "ну не слышно 20", (1, 2)),
        ("ну <*> двадцать пять процентов", "ну не слышно 25 процентов", (1, 2)),
        ("двадцать <*> ну", "20 не слышно ну", (1, 2)),
        ("<*> онлайн курс", "э э онлайнкурс", (0, 1)),
        ("<*> 1984 <*>", "в тысяча девятьсот восемьдесят четвёртом году", (0, 5)),
        ("{пять|<*> двадцать}", "э 20", (0,)),
    ],
)
def test_a_wildcard_leaves_what_the_words_beside_it_say(
    reference: str, hypothesis: str, ignored: tuple[int, ...]
) -> None:
    compared = compare(reference, hypothesis, "ru")
    assert compared.ignored == ignored
    assert all(edit.kind == "equal" for edit in compared.alignment)


def test_an_alternative_in_the_same_words_goes_before_one_in_others() -> None:
    assert compare("{двадцать пять|25} лет", "25 зим", "ru").reference_text == "25 лет"
    assert compare("{двадцать пять|25|25} лет", "25", "ru").reference_text == "25 лет"


def test_a_rule_left_out_is_left_out_of_the_choice_too() -> None:
    assert score("{двадцать|} пять", "25", "ru", without=["numbers"]).errors == 1
    assert (
        score("{онлайн курс|вебинар}", "онлайнкурс", "ru", without=["compounds"]).errors
        == 1
    )


@pytest.mark.parametrize("length", [7, 40])
@pytest.mark.parametrize("wildcard", ["<*> ", ""])
def test_in_a_long_text_it_is_the_same(wildcard: str, length: int) -> None:
    reference, hypothesis = "", ""
    for block in range(6):
        words = " ".join(
            f"слово{chr(ord('а') + block)}{chr(ord('а') + number % 30) * 2}"
            for number in range(length)
        )
        reference += f"{words} {{двадцать|}} пять {words} {{лишь|}} тут "
        reference += f"{words} ну {wildcard}двадцать "
        hypothesis += (
            f"{words} 25 {words} лишь {words} ну {'э э ' if wildcard else ''}20 "
        )
    result = score(reference, hypothesis, "ru")
    assert (result.errors, result.deletions) == (6, 6)


def test_of_more_readings_than_are_tried_one_slot_after_the_other_is() -> None:
    assert score("{двадцать|} пять слов " * 9, "25 слов " * 9, "ru").errors == 0


# --- against all readings ---

WORDS = st.sampled_from(
    [
        "двадцать",
        "пять",
        "20",
        "25",
        "5",
        "тысяч",
        "онлайн",
        "курс",
        "онлайнкурс",
        "и",
        "%",
    ]
)
PARTS = st.lists(WORDS, max_size=2)
SLOTS = st.lists(PARTS, min_size=2, max_size=3).map(tuple)
TREES = st.lists(st.one_of(WORDS, WORDS, SLOTS, st.just("<*>")), max_size=4)
HYPOTHESES = st.lists(WORDS, max_size=6)


def written(tree: list[str | tuple[list[str], ...]]) -> str:
    return " ".join(
        item if isinstance(item, str) else "{" + "|".join(map(" ".join, item)) + "}"
        for item in tree
    )


def fewest(
    reference: list[str], hypothesis: list[str], profile: str
) -> tuple[int, int]:
    """Errors and substitutions of one reading with its wildcards at every place."""
    stretches: list[list[str]] = [[]]
    for word in reference:
        if word == "<*>":
            stretches.append([])
        else:
            stretches[-1].append(word)
    every = []
    for places in combinations_with_replacement(
        range(len(hypothesis) + 1), 2 * len(stretches) - 2
    ):
        ends = [0, *places, len(hypothesis)]
        scores = [
            score(
                " ".join(stretch),
                " ".join(hypothesis[begin:end]),
                profile,
                markup=False,
            )
            for stretch, begin, end in zip(
                stretches, ends[::2], ends[1::2], strict=True
            )
        ]
        every.append(
            (
                sum(one.errors for one in scores),
                sum(one.substitutions for one in scores),
            )
        )
    return min(every)


@pytest.mark.parametrize("profile", ["raw", "ru"])
@given(TREES.filter(lambda tree: tree.count("<*>") < 3), HYPOTHESES)
def test_no_reading_has_fewer_errors(
    profile: str, tree: list[str | tuple[list[str], ...]], hypothesis: list[str]
) -> None:
    choices = product(*([[item]] if isinstance(item, str) else item for item in tree))
    reference = [
        [
            word
            for part in choice
            for word in ([part] if isinstance(part, str) else part)
        ]
        for choice in choices
    ]
    if tree.count("<*>") == 2:
        hypothesis = hypothesis[:3]
    result = score(written(tree), " ".join(hypothesis), profile)
    assert (result.errors, result.substitutions) == min(
        fewest(one, hypothesis, profile) for one in reference
    )


@given(TREES, HYPOTHESES, st.sampled_from([0, 10, 100]))
def test_what_is_too_much_to_try_has_never_more_errors_than_before(
    tree: list[str | tuple[list[str], ...]], hypothesis: list[str], most: int
) -> None:
    reference, found = written(tree), " ".join(hypothesis)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_TRIES", most)
        tried = score(reference, found, "ru").errors
        patch.setattr(module, "_CELLS", -1)
        assert tried <= score(reference, found, "ru").errors
