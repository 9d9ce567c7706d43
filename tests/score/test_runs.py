"""Loops, made-up speech and skipped speech are found and measured."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.data import EditKind, Region
from konspekt.score.alignment import align, count
from konspekt.score.runs import (
    ErrorRun,
    count_capped_errors,
    excess_repetition,
    insertions_in_silence,
    runs,
    speech_without_words,
    words_a_minute,
)

WORDS = st.lists(st.sampled_from("абвг"), max_size=40)
SPANS = st.lists(
    st.tuples(st.integers(0, 200), st.integers(0, 30)).map(
        lambda span: (float(span[0]), float(sum(span)))
    ),
    max_size=12,
)


def seconds(text: str) -> list[tuple[float, float]]:
    """One word a second, half a second long."""
    return [(float(at), at + 0.5) for at in range(len(text))]


# --------------------------------------------------------------------------------------------------


def test_a_run_has_at_least_so_many_words_of_its_kind() -> None:
    alignment = align("абвгд", "абэюявгд")
    assert runs(alignment, "insert", 3) == (ErrorRun(3, 2, 2, 2, 5),)
    assert runs(alignment, "insert", 4) == runs(alignment, "delete", 1) == ()
    assert runs(alignment, "equal", 3) == (ErrorRun(3, 2, 5, 5, 8),)
    assert runs(align("абв", "аэю"), "substitute", 2) == (ErrorRun(2, 1, 3, 1, 3),)


def test_inserted_words_have_the_time_of_the_hypothesis() -> None:
    found = runs(
        align("аб", "аэюб"),
        "insert",
        2,
        hyp_times=seconds("аэюб"),
        ref_times=[(50.0, 51.0)] * 2,
    )
    assert (found[0].start, found[0].end) == (1.0, 2.5)
    assert (
        runs(align("аб", "аэюб"), "insert", 2, ref_times=seconds("аб"))[0].start is None
    )


def test_deleted_words_have_their_own_time_or_lie_in_the_hole_of_the_hypothesis() -> (
    None
):
    alignment = align("абвг", "аг")
    assert runs(alignment, "delete", 2, ref_times=seconds("абвг")) == (
        ErrorRun(2, 1, 3, 1, 1, 1.0, 2.5),
    )
    assert runs(alignment, "delete", 2, hyp_times=[(0.0, 0.5), (60.0, 60.5)]) == (
        ErrorRun(2, 1, 3, 1, 1, 0.5, 60.0),
    )
    # two windows overlap
    assert (
        runs(alignment, "delete", 2, hyp_times=[(0.0, 9.0), (8.0, 9.0)])[0].end == 9.0
    )
    assert runs(alignment, "delete", 2) == (ErrorRun(2, 1, 3, 1, 1),)


def test_a_hole_at_an_end_of_the_hypothesis_is_open_there() -> None:
    first = runs(align("абв", "в"), "delete", 2, hyp_times=[(30.0, 30.5)])
    last = runs(align("абв", "а"), "delete", 2, hyp_times=[(30.0, 30.5)])
    assert [(run.start, run.end) for run in (*first, *last)] == [
        (None, 30.0),
        (30.5, None),
    ]
    assert runs(align("абв", ""), "delete", 2, hyp_times=[])[0].start is None


def test_words_without_a_time_leave_the_time_to_the_others() -> None:
    times = [None, (1.0, 1.5), (2.0, 2.5), None]
    assert runs(align("", "абвг"), "insert", 4, hyp_times=times) == (
        ErrorRun(4, 0, 0, 0, 4, 1.0, 2.5),
    )


@given(WORDS, WORDS, st.sampled_from(["equal", "substitute", "delete", "insert"]))
def test_runs_of_one_word_and_more_are_all_there_is_of_a_kind(
    reference: list[str], hypothesis: list[str], kind: EditKind
) -> None:
    alignment = align(reference, hypothesis)
    assert sum(run.words for run in runs(alignment, kind, 1)) == count(alignment, kind)


# --------------------------------------------------------------------------------------------------


def test_of_a_run_of_insertions_four_count() -> None:
    five = ["мы", "учим", "модель", "на", "данных"]
    alignment = align(five, five + ["продолжение", "следует"] * 30)
    assert count(alignment, "insert") == 60  # a word error rate of 1200 %
    assert count_capped_errors(alignment) == 4  # 80 %
    assert count_capped_errors(alignment, at_most=0) == 0


def test_the_cap_leaves_every_other_error() -> None:
    # э six times inserted, of which 4 count, в written as ю, г and е left out.
    assert count_capped_errors(align("абвгде", "ээээээабюд")) == 4 + 1 + 1 + 1


@given(WORDS, WORDS, st.integers(0, 6))
def test_capped_errors_are_never_more_than_the_errors_and_the_cap_is_each_runs_own(
    reference: list[str], hypothesis: list[str], at_most: int
) -> None:
    alignment = align(reference, hypothesis)
    errors = len(reference) - count(alignment, "equal") + count(alignment, "insert")
    beyond = sum(run.words - at_most for run in runs(alignment, "insert", at_most + 1))
    assert count_capped_errors(alignment, at_most) == errors - beyond


# --------------------------------------------------------------------------------------------------


def test_a_loop_of_two_words_counts_every_run_of_five_after_the_first_turn() -> None:
    # 60 words have 56 runs of five, the first two are new.
    assert excess_repetition(["а"], ["продолжение", "следует"] * 30) == 54


def test_a_loop_counts_however_long_its_turns_are() -> None:
    turn = [f"слово{number}" for number in range(12)]
    # a turn of 12 words has 8 runs of five
    assert excess_repetition(turn, turn * 2) == 8
    assert excess_repetition(turn, turn * 3) == 8 + 12


def test_what_the_lecturer_repeats_is_no_excess() -> None:
    said = ["да", "да", "да", "да", "да", "да", "это", "так"]
    assert excess_repetition(said, said) == 0
    assert excess_repetition(["да", "да", "да"], ["да", "да", "да"]) == 0
    assert excess_repetition(said, ["да", "это", "так"]) == 0  # never negative


def test_a_phrase_that_comes_back_later_is_no_loop() -> None:
    phrase, other = (
        ["на", "этом", "я", "хочу", "закончить"],
        [f"слово{number}" for number in range(7)],
    )
    assert excess_repetition([], phrase + other + phrase) == 0
    assert excess_repetition([], phrase + phrase) == 1


def test_four_words_hold_no_run_of_five_and_runs_have_words() -> None:
    assert excess_repetition([], ["да"] * 5) == 0
    assert excess_repetition([], ["да"] * 6) == 1
    assert excess_repetition([], ["да"] * 3, n=1) == 2
    with pytest.raises(ValueError, match="runs of 0 words"):
        excess_repetition([], [], n=0)


@given(WORDS, WORDS, st.integers(1, 6))
def test_repetition_beyond_the_reference_is_never_negative_and_none_against_itself(
    reference: list[str], hypothesis: list[str], n: int
) -> None:
    assert 0 <= excess_repetition(reference, hypothesis, n) <= len(hypothesis)
    assert excess_repetition(hypothesis, hypothesis, n) == 0


# --------------------------------------------------------------------------------------------------


def test_words_a_minute() -> None:
    assert words_a_minute(300, 120.0) == 150
    assert words_a_minute(3, 0.0) is None


def test_inserted_words_that_touch_no_speech_are_in_silence() -> None:
    alignment = align("аб", "эаюбяъ")  # э ю я ъ inserted
    times = [(0.0, 1.0), (3.0, 3.5), (4.5, 5.5), (3.6, 4.0), (5.0, 6.0), None]
    speech = [Region(3.0, 5.0)]
    assert insertions_in_silence(alignment, times, speech) == (0,)
    assert insertions_in_silence(alignment, times, []) == (0, 2, 4)
    assert insertions_in_silence(alignment, [(8.0, 9.0)] * 6, speech) == (
        0,
        2,
        4,
        5,
    )  # а and б are not inserted


def test_a_pause_under_a_second_is_speech() -> None:
    alignment = align("", "а")
    assert (
        insertions_in_silence(
            alignment, [(2.2, 2.4)], [Region(0.0, 2.0), Region(2.9, 5.0)]
        )
        == ()
    )
    assert insertions_in_silence(
        alignment, [(2.2, 2.4)], [Region(3.0, 5.0), Region(0.0, 2.0)]
    ) == (0,)


def test_times_must_be_as_many_as_the_words_of_the_hypothesis() -> None:
    with pytest.raises(ValueError, match="1 times for 2 words"):
        insertions_in_silence(align("", "аб"), [None], [])


def test_five_seconds_of_speech_without_a_word_are_found() -> None:
    speech = [Region(0.0, 20.0), Region(30.0, 34.0), Region(40.0, 45.0)]
    times = [(5.0, 6.0), (7.0, 8.0), None, (12.9, 13.0)]
    assert speech_without_words(speech, times) == (
        (0.0, 5.0),
        (13.0, 20.0),
        (40.0, 45.0),
    )
    assert speech_without_words(speech, times, at_least=6.0) == ((13.0, 20.0),)
    assert speech_without_words([], times) == ()


def test_short_stretches_with_short_pauses_are_one() -> None:
    assert speech_without_words([Region(0.0, 3.0), Region(3.5, 6.0)], []) == (
        (0.0, 6.0),
    )
    assert speech_without_words([Region(0.0, 3.0), Region(4.0, 7.0)], []) == ()


@given(SPANS, SPANS)
def test_every_second_of_speech_is_covered_by_a_word_or_without_words(
    speech: list[tuple[float, float]], hypothesis: list[tuple[float, float]]
) -> None:
    found = speech_without_words(
        [Region(*span) for span in speech], list(hypothesis), at_least=0.0
    )
    for second in range(240):
        at = second + 0.5
        spoken = any(start < at < end for start, end in speech)
        has_word = any(start < at < end for start, end in hypothesis)
        assert any(start < at < end for start, end in found) == (
            spoken and not has_word
        )
