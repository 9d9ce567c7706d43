"""Errors under their words and in their minutes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.score.alignment import align, count
from konspekt.score.where import Stretch, confusions, errors_over_time, worst_minutes

WORDS = st.lists(st.sampled_from("абвг"), max_size=40)


def test_words_are_confused_one_by_one_not_in_runs() -> None:
    reference = ["мы", "учим", "модель", "снова", "учим", "сеть"]
    hypothesis = ["мы", "учили", "модели", "снова", "учили", "сеть"]
    found = confusions(align(reference, hypothesis), reference, hypothesis)
    assert found.substituted == {("учим", "учили"): 2, ("модель", "модели"): 1}
    assert found.substituted.most_common(1) == [(("учим", "учили"), 2)]


def test_words_left_out_and_put_in_are_counted() -> None:
    reference, hypothesis = (
        ["ну", "и", "вот", "и", "всё"],
        ["ну", "вот", "всё", "да", "да"],
    )
    found = confusions(align(reference, hypothesis), reference, hypothesis)
    assert (found.deleted, found.inserted, found.substituted) == (
        {"и": 2},
        {"да": 2},
        {},
    )


def test_an_alignment_of_other_texts_is_refused() -> None:
    with pytest.raises(IndexError):
        confusions(align("абв", "где"), "аб", "где")


@given(WORDS, WORDS)
def test_confusions_add_up_to_the_counts(
    reference: list[str], hypothesis: list[str]
) -> None:
    alignment = align(reference, hypothesis)
    found = confusions(alignment, reference, hypothesis)
    assert found.substituted.total() == count(alignment, "substitute")
    assert found.deleted.total() == count(alignment, "delete")
    assert found.inserted.total() == count(alignment, "insert")
    assert all(left != right for left, right in found.substituted)


def test_a_word_counts_in_the_minute_in_which_it_starts() -> None:
    # а 0:01, б 0:59.9 | в 1:00 | nothing | г 3:30; б is wrong, ю comes after г.
    found = errors_over_time(align("абвг", "аэвгю"), [1.0, 59.9, 60.0, 210.0], 215.0)
    assert found == (
        Stretch(0, 2, 1, 0.0, 60.0),
        Stretch(2, 3, 0, 60.0, 120.0),
        Stretch(3, 3, 0, 120.0, 180.0),
        Stretch(3, 4, 1, 180.0, 240.0),
    )
    assert [stretch.words for stretch in found] == [2, 1, 0, 1]


def test_minutes_reach_to_the_end_of_the_recording() -> None:
    assert len(errors_over_time(align("а", "а"), [5.0], 180.0)) == 3
    assert len(errors_over_time(align("а", "а"), [5.0], 180.1)) == 4
    assert len(errors_over_time(align("а", "а"), [60.0])) == 2


def test_a_word_without_a_time_is_in_the_minute_of_the_word_before() -> None:
    found = errors_over_time(align("абв", "эюя"), [None, 59.0, None], 100.0)
    assert [stretch.errors for stretch in found] == [3, 0]


def test_an_insertion_before_the_first_word_is_in_that_words_minute() -> None:
    found = errors_over_time(align("а", "эа"), [70.0], 100.0)
    assert [(stretch.errors, stretch.words) for stretch in found] == [(0, 0), (1, 1)]


def test_without_times_a_stretch_is_150_words() -> None:
    reference = [f"слово{number}" for number in range(310)]
    hypothesis = [*reference[:150], "другое", *reference[151:309]]
    expected = (Stretch(0, 150, 0), Stretch(150, 300, 1), Stretch(300, 310, 1))
    assert errors_over_time(align(reference, hypothesis), None) == expected
    assert (
        errors_over_time(align(reference, hypothesis), [0.0, *[None] * 309], 60.0)
        == expected
    )


def test_an_empty_reference_is_one_stretch() -> None:
    assert (
        errors_over_time(align("", "аб"), None)
        == errors_over_time(align("", "аб"), [], 60.0)
        == (Stretch(0, 0, 2),)
    )


def test_starts_must_be_as_many_as_the_words() -> None:
    with pytest.raises(ValueError, match="1 times for 2 words"):
        errors_over_time(align("аб", "аб"), [0.0])


@given(WORDS, WORDS, st.data(), st.none() | st.floats(0, 3000))
def test_minutes_add_up_to_the_counts(
    reference: list[str],
    hypothesis: list[str],
    data: st.DataObject,
    total: float | None,
) -> None:
    size = len(reference)
    starts = data.draw(
        st.none()
        | st.lists(st.none() | st.floats(0, 3000), min_size=size, max_size=size)
    )
    alignment = align(reference, hypothesis)
    found = errors_over_time(alignment, starts, total)
    wrong = len(reference) - count(alignment, "equal") + count(alignment, "insert")
    assert sum(stretch.errors for stretch in found) == wrong
    assert sum(stretch.words for stretch in found) == size


def test_the_worst_minutes_have_the_most_errors_the_earlier_first() -> None:
    minutes = [
        Stretch(at, at + 1, errors) for at, errors in enumerate([1, 3, 0, 2, 3, 1])
    ]
    assert [minute.ref_start for minute in worst_minutes(minutes, 4)] == [1, 4, 3, 0]
    # the one without an error is none of the worst
    assert len(worst_minutes(minutes)) == 5
    assert worst_minutes([]) == ()
