"""The alignment that counts: the fewest errors, then the fewest substitutions, at any length."""

from __future__ import annotations

import random
from itertools import pairwise

import kaldialign
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from konspekt.data import Alignment
from konspekt.score import alignment as module
from konspekt.score.alignment import align, count

FEW = st.lists(st.sampled_from("абвг"), max_size=12)
SOME = st.lists(st.sampled_from("абвгдежз"), max_size=60)


def kinds(reference: str, hypothesis: str) -> list[str]:
    return [edit.kind for edit in align(reference.split(), hypothesis.split())]


def counts(alignment: Alignment) -> tuple[int, int, int]:
    return (
        count(alignment, "substitute"),
        count(alignment, "delete"),
        count(alignment, "insert"),
    )


def fewest_substitutions(
    reference: list[str], hypothesis: list[str]
) -> tuple[int, int]:
    """The fewest errors and with them the fewest substitutions, by the plain recurrence."""
    table = [[(column, 0) for column in range(len(hypothesis) + 1)]]
    for row, item in enumerate(reference, start=1):
        table.append([(row, 0)])
        for column, other in enumerate(hypothesis, start=1):
            wrong = int(item != other)
            errors, substitutions = table[row - 1][column - 1]
            both = (errors + wrong, substitutions + wrong)
            deleted = (table[row - 1][column][0] + 1, table[row - 1][column][1])
            inserted = (table[row][column - 1][0] + 1, table[row][column - 1][1])
            table[row].append(min(both, deleted, inserted))
    return table[-1][-1]


def changed(words: list[str], rng: random.Random, share: float) -> list[str]:
    """A hypothesis: words replaced, dropped and put in."""
    found = []
    for word in words:
        chance = rng.random()
        if chance < share * 0.6:
            found.append(rng.choice(words))
        elif chance < share * 0.8:
            continue
        else:
            found.append(word)
        if rng.random() < share * 0.2:
            found.append(rng.choice(words))
    return found


def zipf(count: int, rng: random.Random) -> list[str]:
    """Words as frequent as in speech: few forms make most of it."""
    return [f"w{int(rng.paretovariate(0.9))}" for _ in range(count)]


def test_a_tie_goes_to_the_alignment_with_fewer_substitutions() -> None:
    assert kinds("а б", "б в") == ["delete", "equal", "insert"]  # not two substitutions
    assert kinds("а", "б") == ["substitute"]


@given(FEW, FEW)
def test_both_sides_are_covered_in_order_each_word_once(
    reference: list[str], hypothesis: list[str]
) -> None:
    found = align(reference, hypothesis)
    ends = [(0, 0), *((edit.ref_end, edit.hyp_end) for edit in found)]
    starts = [
        *((edit.ref_start, edit.hyp_start) for edit in found),
        (len(reference), len(hypothesis)),
    ]
    assert ends == starts
    assert all(one.kind != two.kind for one, two in pairwise(found))
    for edit in found:
        same = (
            reference[edit.ref_start : edit.ref_end]
            == hypothesis[edit.hyp_start : edit.hyp_end]
        )
        assert same == (edit.kind == "equal")


@given(SOME, SOME)
def test_errors_are_the_fewest_and_substitutions_the_fewest_of_those(
    reference: list[str], hypothesis: list[str]
) -> None:
    substitutions, deletions, insertions = counts(align(reference, hypothesis))
    assert (
        substitutions + deletions + insertions,
        substitutions,
    ) == fewest_substitutions(reference, hypothesis)


@given(SOME, SOME)
def test_errors_are_kaldialigns_and_substitutions_never_more(
    reference: list[str], hypothesis: list[str]
) -> None:
    theirs = kaldialign.edit_distance(reference, hypothesis)
    substitutions, deletions, insertions = counts(align(reference, hypothesis))
    assert substitutions + deletions + insertions == theirs["total"]
    assert substitutions <= theirs["sub"]


@given(SOME, SOME)
def test_tables_by_rows_and_halved_tables_give_the_same_counts(
    reference: list[str], hypothesis: list[str]
) -> None:
    whole = counts(align(reference, hypothesis))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_IN_PYTHON", 0)
        assert counts(align(reference, hypothesis)) == whole
        patch.setattr(module, "_TABLE", 20)
        assert counts(align(reference, hypothesis)) == whole


@given(
    SOME.map(lambda words: words * 4),
    SOME.map(lambda words: words * 4),
    st.integers(0, 2**32),
)
def test_cut_into_islands_the_errors_stay_the_fewest(
    reference: list[str], hypothesis: list[str], seed: int
) -> None:
    near = changed(reference, random.Random(seed), 0.2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_WHOLE", 0)
        for other in (hypothesis, near):
            found = align(reference, other)
            assert sum(counts(found)) == Levenshtein.distance(reference, other)
            assert [edit.ref_end for edit in found][-1:] == [len(reference)] * bool(
                found
            )


@pytest.mark.parametrize("share", [0.05, 0.15, 0.4])
def test_cut_into_islands_the_substitutions_of_a_lecture_are_the_fewest(
    share: float,
) -> None:
    rng = random.Random(1)
    for _ in range(6):
        reference = zipf(1200, rng)
        hypothesis = changed(reference, rng, share)
        substitutions, deletions, insertions = counts(align(reference, hypothesis))
        theirs = kaldialign.edit_distance(reference, hypothesis)
        assert substitutions + deletions + insertions == theirs["total"]
        assert substitutions <= theirs["sub"]


@pytest.mark.parametrize("repeated", [["да"] * 9, ["да"] * 20, ["да", "нет"] * 8])
def test_words_said_over_and_over_in_a_long_lecture_hide_no_hit(
    repeated: list[str],
) -> None:
    lecture = [f"слово{n}" for n in range(2100)]
    alignment = align([*lecture, "вот", *repeated], [*lecture, *repeated, "всё"])
    assert [edit.kind for edit in alignment] == ["equal", "delete", "equal", "insert"]


def test_a_lost_block_and_a_loop_in_a_long_lecture_cost_no_more_than_they_must() -> (
    None
):
    rng = random.Random(2)
    reference = zipf(20_000, rng)
    hypothesis = [
        *reference[:5000],
        *reference[7000:9000],
        *(["да"] * 1000),
        *reference[9000:],
    ]
    substitutions, deletions, insertions = counts(align(reference, hypothesis))
    assert substitutions + deletions + insertions == Levenshtein.distance(
        reference, hypothesis
    )
    assert deletions - insertions == 1000


def test_texts_that_have_nothing_in_common_are_substituted() -> None:
    found = align([f"a{n}" for n in range(3000)], [f"b{n}" for n in range(2500)])
    assert counts(found) == (2500, 500, 0)
