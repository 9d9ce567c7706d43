"""Intervals over blocks of a lecture and tests of two systems."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.data import Alignment
from konspekt.score.alignment import align, count
from konspekt.score.uncertainty import (
    Block,
    Interval,
    NoInterval,
    blocks_of,
    confidence_interval,
    errors_per_block,
    known_times,
    mapsswe,
    paired_difference,
)

WORDS = st.lists(st.sampled_from("абвг"), max_size=40)
BLOCKS = st.lists(
    st.integers(1, 200).flatmap(
        lambda words: st.tuples(st.integers(0, words), st.just(words))
    )
)
MANY_BLOCKS = BLOCKS.filter(lambda blocks: len(blocks) >= 10)


def total(alignment: Alignment) -> int:
    return (
        count(alignment, "substitute")
        + count(alignment, "delete")
        + count(alignment, "insert")
    )


# --------------------------------------------------------------------------------------------------


def test_a_block_is_sixty_seconds_of_speech_where_the_times_are_known() -> None:
    assert blocks_of(7, starts=[0.0, 30.0, 59.0, 60.0, 119.0, 121.0, 170.0]) == (
        0,
        3,
        5,
        7,
    )


def test_a_break_ends_a_block_and_makes_none_of_its_own() -> None:
    assert blocks_of(5, starts=[0.0, 10.0, 900.0, 910.0, 950.0]) == (0, 2, 5)


def test_what_is_left_below_half_a_minute_joins_the_block_before() -> None:
    assert blocks_of(4, starts=[0.0, 60.0, 120.0, 149.0]) == (0, 1, 4)
    assert blocks_of(4, starts=[0.0, 60.0, 120.0, 150.0]) == (0, 1, 2, 4)


def test_a_word_without_a_time_stays_with_the_word_before_and_time_never_runs_back() -> (
    None
):
    assert known_times([None, 5.0, None, 3.0, 8.0]) == [5.0, 5.0, 5.0, 5.0, 8.0]
    # the last block has one word and 0 s
    assert blocks_of(4, starts=[None, 0.0, None, 60.0]) == (0, 4)


def test_times_with_a_hole_of_150_words_are_no_times() -> None:
    assert known_times([0.0, *[None] * 149, 60.0]) is not None
    assert known_times([0.0, *[None] * 150, 60.0]) is None
    assert known_times([]) is known_times(None) is known_times([None]) is None
    assert blocks_of(301, starts=[0.0, *[None] * 300]) == (0, 150, 301)


def test_paragraphs_are_joined_up_to_a_hundred_words_and_the_rest_joins_the_last() -> (
    None
):
    assert blocks_of(390, paragraphs=[0, 60, 120, 219, 220, 300]) == (
        0,
        120,
        220,
        390,
    )  # 300 to 390 are only 90


def test_a_paragraph_of_300_words_or_more_is_cut_evenly() -> None:
    assert blocks_of(560, paragraphs=[0, 110, 410]) == (0, 110, 260, 410, 560)
    assert blocks_of(409, paragraphs=[0, 110]) == (0, 110, 409)


def test_without_times_and_paragraphs_a_block_has_about_150_words() -> None:
    assert blocks_of(299) == (0, 299)
    assert blocks_of(460) == (0, 153, 306, 460)
    assert len(blocks_of(20_000)) - 1 == 133


def test_an_empty_reference_is_one_block_that_takes_the_insertions() -> None:
    assert blocks_of(0) == blocks_of(0, starts=[], paragraphs=[]) == (0, 0)
    assert errors_per_block(align([], ["а", "б"]), (0, 0)) == ((2, 0),)
    assert errors_per_block((), (0, 0)) == ((0, 0),)


def test_times_must_be_as_many_as_the_words() -> None:
    with pytest.raises(ValueError, match="1 times for 2 words"):
        blocks_of(2, starts=[0.0])


@given(st.integers(0, 2000), st.lists(st.integers(-10, 2100)))
def test_blocks_cover_the_reference_and_none_is_empty(
    words: int, paragraphs: list[int]
) -> None:
    boundaries = blocks_of(words, paragraphs=paragraphs)
    assert (boundaries[0], boundaries[-1]) == (0, words)
    assert words == 0 or all(first < end for first, end in pairwise(boundaries))
    assert all(end - first >= min(100, words) for first, end in pairwise(boundaries))


@given(st.lists(st.none() | st.floats(0, 7200), min_size=1))
def test_blocks_by_time_cover_the_reference_and_none_is_empty(
    starts: list[float | None],
) -> None:
    boundaries = blocks_of(len(starts), starts=starts)
    assert (boundaries[0], boundaries[-1]) == (0, len(starts))
    assert all(first < end for first, end in pairwise(boundaries))


def test_an_insertion_belongs_to_the_block_of_the_word_before_it() -> None:
    # а б | в г: э before а (first block), ю after б (first block), б wrong, г left out, я at the
    # end (in place of г).
    alignment = align("абвг", "эахювя")
    assert errors_per_block(alignment, (0, 2, 4)) == ((3, 2), (1, 2))


def test_a_run_of_errors_is_shared_by_the_blocks_it_covers() -> None:
    assert errors_per_block(align("абвгд", "ад"), (0, 2, 3, 5)) == (
        (1, 2),
        (1, 1),
        (1, 2),
    )


@pytest.mark.parametrize("boundaries", [(), (0,), (0, 1), (1, 2), (0, 3)])
def test_blocks_that_do_not_cover_the_reference_are_refused(
    boundaries: tuple[int, ...],
) -> None:
    with pytest.raises(ValueError, match="do not cover the 2 words"):
        errors_per_block(align("аб", "аб"), boundaries)


@given(WORDS, WORDS, st.lists(st.integers(0, 40)))
def test_block_sums_are_the_counts_of_the_whole(
    reference: list[str], hypothesis: list[str], cuts: list[int]
) -> None:
    alignment = align(reference, hypothesis)
    boundaries = [
        0,
        *sorted(cut for cut in cuts if cut <= len(reference)),
        len(reference),
    ]
    blocks = errors_per_block(alignment, boundaries)
    assert sum(errors for errors, _ in blocks) == total(alignment)
    assert sum(words for _, words in blocks) == len(reference)


# --------------------------------------------------------------------------------------------------


@given(MANY_BLOCKS)
def test_an_interval_holds_the_rate_itself(blocks: list[Block]) -> None:
    interval = confidence_interval(blocks, resamples=300)
    rate = sum(errors for errors, _ in blocks) / sum(words for _, words in blocks)
    if isinstance(interval, Interval):
        assert 0 <= interval.low <= rate <= interval.high <= 1


@given(MANY_BLOCKS, st.randoms())
def test_the_order_of_the_blocks_changes_nothing_and_the_same_seed_gives_the_same(
    blocks: list[Block], rng: random.Random
) -> None:
    mixed = rng.sample(blocks, len(blocks))
    assert confidence_interval(mixed, resamples=50) == confidence_interval(
        blocks, resamples=50
    )
    assert paired_difference(mixed, mixed, resamples=50) == paired_difference(
        blocks, blocks, resamples=50
    )


def test_the_interval_is_that_of_the_binomial_where_blocks_are_all_wrong_or_all_right() -> (
    None
):
    # 20 of 100 blocks wrong: the share of wrong blocks drawn is binomial(100, 0.2), whose 2.5 % and
    # 97.5 % quantiles are 0.12 and 0.28; 4,000 resamples put each within 0.01.
    interval = confidence_interval([(1, 1)] * 20 + [(0, 1)] * 80, resamples=4000)
    assert isinstance(interval, Interval)
    assert interval.low == pytest.approx(0.12, abs=0.0101)
    assert interval.high == pytest.approx(0.28, abs=0.0101)
    assert (interval.level, interval.blocks) == (0.95, 100)


def test_a_lower_level_gives_a_shorter_interval_within() -> None:
    blocks = [(errors, 100) for errors in range(20)]
    wide, narrow = confidence_interval(blocks), confidence_interval(blocks, level=0.5)
    assert isinstance(wide, Interval)
    assert isinstance(narrow, Interval)
    assert wide.low < narrow.low < narrow.high < wide.high


def test_clustered_errors_make_the_interval_wider() -> None:
    spread = confidence_interval([(14, 100), (16, 100)] * 10)
    clustered = confidence_interval([(0, 100), (30, 100)] * 10)
    assert isinstance(spread, Interval)
    assert isinstance(clustered, Interval)
    assert clustered.high - clustered.low > 10 * (spread.high - spread.low)


def test_there_is_no_interval_under_ten_blocks_with_words() -> None:
    for blocks in ([], [(1, 10)] * 9, [(1, 10)] * 9 + [(5, 0)] * 5):
        found = confidence_interval(blocks)
        assert isinstance(found, NoInterval)
        assert (
            found.reason
            == f"blocks of speech: {9 if blocks else 0}, and an interval needs 10"
        )


def test_there_is_no_interval_where_all_blocks_have_the_same_rate() -> None:
    found = confidence_interval([(0, 10)] * 20)
    assert isinstance(found, NoInterval)
    assert "no spread" in found.reason


@pytest.mark.parametrize("wrong", [{"level": 1.0}, {"level": 0.0}, {"resamples": 0}])
def test_a_level_outside_nought_to_one_and_no_resamples_are_refused(
    wrong: dict[str, float],
) -> None:
    with pytest.raises(ValueError, match=r"level|resamples"):
        confidence_interval([(1, 2)] * 12, **wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"level|resamples"):
        paired_difference([(1, 2)] * 12, [(1, 2)] * 12, **wrong)  # type: ignore[arg-type]


def test_blocks_are_drawn_in_pairs_so_a_small_steady_gain_is_seen() -> None:
    a = [(errors, 100) for errors in range(10, 30)]
    # 1 or 2 errors fewer in each
    b = [(errors - 1 - errors % 2, 100) for errors in range(10, 30)]
    found = paired_difference(a, b)
    assert found.difference == pytest.approx(0.015)
    assert isinstance(found.interval, Interval)
    assert 0.01 <= found.interval.low <= 0.015 <= found.interval.high <= 0.02
    assert (found.p_better, found.distinguishable) == (1.0, True)
    back = paired_difference(b, a)
    assert back.difference == pytest.approx(-0.015)
    assert (back.p_better, back.distinguishable) == (0.0, True)


def test_a_gain_in_some_blocks_and_a_loss_in_others_is_not_distinguishable() -> None:
    a, b = [(10, 100), (20, 100)] * 10, [(20, 100), (11, 100)] * 10
    found = paired_difference(a, b)
    assert found.difference == pytest.approx(-10 / 2000)
    assert found.distinguishable is False
    assert found.p_better is not None
    assert 0.2 < found.p_better < 0.5


def test_a_system_and_itself_are_not_distinguishable() -> None:
    blocks = [(errors, 100) for errors in range(20)]
    found = paired_difference(blocks, blocks)
    assert (found.difference, found.p_better, found.distinguishable) == (
        0.0,
        None,
        False,
    )
    assert isinstance(found.interval, NoInterval)


def test_under_ten_blocks_it_is_not_said_whether_two_systems_differ() -> None:
    found = paired_difference([(1, 10)] * 3, [(5, 10)] * 3)
    assert found.difference == pytest.approx(-0.4)
    assert (found.p_better, found.distinguishable) == (None, None)
    assert paired_difference([], []).difference is None


def test_two_systems_must_be_scored_over_the_same_blocks() -> None:
    with pytest.raises(ValueError, match="same blocks"):
        paired_difference([(1, 10), (1, 10)], [(1, 10)])


def test_blocks_of_two_readings_of_a_reference_keep_their_own_words() -> None:
    found = paired_difference([(2, 10)] * 12, [(1, 11), (1, 10)] * 6)
    assert found.difference == pytest.approx(24 / 120 - 12 / 126)


# --------------------------------------------------------------------------------------------------


def test_mapsswe_is_that_of_nist() -> None:
    # sc_stats of SCTK 2.4.10 on these alignments: 7 segments, mean .571, standard deviation .976, Z
    # 1.549. By hand, the errors of A and B in them: 1-0 1-1 0-1 3-1 1-1 1-0 1-0; differences 1 0 -1
    # 2 0 1 1; mean 4/7, variance 20/21.
    reference = "dkicfkhkbkaheiddhiihgcdcigabckaeaehk"
    a = align(reference, "dkicfdhkbkaheeiddhiibckcigabdckagaeik")
    b = align(reference, "dkicfkhkbkfheiddkiihgcdcgadckaeaehk")
    found = mapsswe(a, b)
    assert found.segments == 7
    assert found.z == pytest.approx((4 / 7) / (20 / 21 / 7) ** 0.5)
    assert found.z == pytest.approx(1.549, abs=5e-4)
    assert found.p == pytest.approx(0.121, abs=5e-4)


def test_a_segment_ends_after_two_words_that_both_have_right() -> None:
    reference = "абвгдежз"
    right = align(reference, reference)
    one_between, two_between = (
        align(reference, "эбэгдежз"),
        align(reference, "эбвэдежз"),
    )
    assert mapsswe(one_between, right).segments == 1
    assert mapsswe(two_between, right).segments == 2
    assert mapsswe(right, two_between).segments == 2
    assert (
        mapsswe(align(reference, "эбвгдежз"), align(reference, "абэгдежз")).segments
        == 1
    )


def test_an_insertion_opens_a_segment_and_begins_the_count_of_right_words_again() -> (
    None
):
    reference = "абвгде"
    right = align(reference, reference)
    # б right, then ю inserted
    assert mapsswe(align(reference, "эбюэвгде"), right).segments == 1
    assert mapsswe(align(reference, "абвгдею"), right).segments == 1
    assert mapsswe(align(reference, "юабвгдею"), right).segments == 2


def test_z_is_the_mean_difference_over_its_standard_error() -> None:
    # Three segments with 2-0, 1-0 and 0-1: differences 2, 1, -1; mean 2/3, variance (16/9 + 1/9 +
    # 25/9) / 2 = 7/3; z = (2/3) / sqrt(7/9) = 2 / sqrt(7) = 0.756; p = 2 (1 - Phi(0.756)) = 0.450.
    reference = "аабвгддежзии"
    a = align(reference, "ээбвэддежзии")
    b = align(reference, "аабвгддэжзии")
    found = mapsswe(a, b)
    assert found.segments == 3
    assert found.z == pytest.approx(2 / 7**0.5)
    assert found.p == pytest.approx(0.4497, abs=5e-4)
    back = mapsswe(b, a)
    assert back.z == pytest.approx(-2 / 7**0.5)
    assert back.p == found.p


def test_the_test_says_why_there_is_no_z() -> None:
    right = align("абвгде", "абвгде")
    assert (
        mapsswe(right, right).reason
        == "segments with an error: 0, and the test needs 2"
    )
    assert mapsswe((), ()).segments == 0
    assert (
        mapsswe(right, align("абвгде", "эбвгде")).reason
        == "segments with an error: 1, and the test needs 2"
    )
    found = mapsswe(right, align("абвгде", "эбвгдэ"))
    assert (found.z, found.p, found.segments) == (None, None, 2)
    assert found.reason == "the difference is -1 in every segment"


def test_references_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="same reference"):
        mapsswe(align("а", "а"), align("аб", "аб"))


@given(WORDS, WORDS)
def test_a_system_does_not_differ_from_itself(
    reference: list[str], hypothesis: list[str]
) -> None:
    alignment = align(reference, hypothesis)
    found = mapsswe(alignment, alignment)
    assert (found.z, found.p) == (None, None)
    assert found.reason is not None
    assert "as many errors" in found.reason or found.segments < 2


@given(WORDS, WORDS, WORDS)
def test_the_two_ways_round_differ_in_the_sign_of_z_alone(
    reference: list[str], left: list[str], right: list[str]
) -> None:
    a, b = align(reference, left), align(reference, right)
    there, back = mapsswe(a, b), mapsswe(b, a)
    assert (there.segments, there.p) == (back.segments, back.p)
    assert there.z == (None if back.z is None else -back.z)
    assert there.p is None or 0 <= there.p <= 1
