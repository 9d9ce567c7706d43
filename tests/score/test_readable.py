"""What people read: near words face each other, and no count changes."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from konspekt.data import Alignment
from konspekt.score.alignment import align, count
from konspekt.score.readable import align_readably
from tests.score.test_alignment import changed, zipf

WORDS = st.lists(
    st.sampled_from(["спуск", "спуска", "по", "градиент", "градиента", "а", "и"]),
    max_size=30,
)


def pairs(reference: str, hypothesis: str) -> list[tuple[str, str]]:
    reference_words, hypothesis_words = reference.split(), hypothesis.split()
    found = align_readably(
        reference_words, hypothesis_words, align(reference_words, hypothesis_words)
    )
    return [
        (
            " ".join(reference_words[edit.ref_start : edit.ref_end]),
            " ".join(hypothesis_words[edit.hyp_start : edit.hyp_end]),
        )
        for edit in found
        if edit.kind != "equal"
    ]


def counts(alignment: Alignment) -> list[int]:
    return [
        count(alignment, kind) for kind in ("equal", "substitute", "delete", "insert")
    ]


def test_a_near_word_faces_the_word_it_stands_for() -> None:
    assert pairs("метод градиентного спуска", "метод спуск") == [
        ("градиентного", ""),
        ("спуска", "спуск"),
    ]
    assert pairs("на языке питон", "питоне на языке") == [("", "питоне"), ("питон", "")]


def test_right_words_are_not_given_up_for_near_ones() -> None:
    assert pairs(
        "раз два три четыре пять шесть конец лекции", "конец лекции продолжение следует"
    ) == [
        ("раз два три четыре пять шесть", ""),
        ("", "продолжение следует"),
    ]


def test_of_words_that_may_face_each_other_those_of_one_time_do() -> None:
    known = align_readably(
        ["лес", "лес"],
        ["лес"],
        align(["лес", "лес"], ["лес"]),
        [(0, 1), (60, 61)],
        [(60, 61)],
    )
    assert [edit.kind for edit in known] == ["delete", "equal"]
    reference, hypothesis = ["лес", "бор"], ["роща"]
    one, other = (
        align_readably(
            reference,
            hypothesis,
            align(reference, hypothesis),
            [(0, 1), (60, 61)],
            [(at, at + 1)],
        )
        for at in (0, 60)
    )
    assert [[edit.kind for edit in found] for found in (one, other)] == [
        ["substitute", "delete"],
        ["delete", "substitute"],
    ]


@given(WORDS, WORDS)
def test_it_has_the_counts_of_the_one_that_counts_and_covers_both_sides(
    reference: list[str], hypothesis: list[str]
) -> None:
    counting = align(reference, hypothesis)
    late = [(float(number), number + 1.0) for number in range(20, 20 + len(hypothesis))]
    timed = align_readably(
        reference,
        hypothesis,
        counting,
        [(2.0 * at, 2.0 * at) for at in range(len(reference))],
        late,
    )
    found = align_readably(reference, hypothesis, counting)
    assert counts(found) == counts(timed) == counts(counting)
    ends = [(0, 0), *((edit.ref_end, edit.hyp_end) for edit in found)]
    assert [
        *((edit.ref_start, edit.hyp_start) for edit in found),
        (len(reference), len(hypothesis)),
    ] == ends
    for edit in found:
        same = (
            reference[edit.ref_start : edit.ref_end]
            == hypothesis[edit.hyp_start : edit.hyp_end]
        )
        assert same == (edit.kind == "equal")


def test_a_lecture_keeps_its_counts_and_a_lost_page_stays_one_run() -> None:
    rng = random.Random(0)
    reference = zipf(6000, rng)
    hypothesis = [
        *changed(reference[:2000], rng, 0.2),
        *changed(reference[4000:], rng, 0.2),
    ]
    counting = align(reference, hypothesis)
    assert counts(align_readably(reference, hypothesis, counting)) == counts(counting)
