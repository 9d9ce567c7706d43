"""Requests at a time: their answers keep their order, and the first failure ends them."""

from __future__ import annotations

import threading

import pytest

from konspekt.endpoint.at_once import AT_ONCE, map_at_once


def test_as_many_calls_as_allowed_run_at_once_and_answers_keep_their_order() -> None:
    together = threading.Barrier(AT_ONCE)

    def call(number: int) -> int:
        together.wait(timeout=20)  # none goes on alone
        return -number

    assert map_at_once(call, range(2 * AT_ONCE)) == [-n for n in range(2 * AT_ONCE)]


def test_nothing_is_made_of_nothing() -> None:
    assert map_at_once(lambda one: one, []) == []


def test_the_first_failure_by_order_is_raised_and_nothing_is_begun_after_it() -> None:
    begun: list[int] = []
    second_failed, over = threading.Event(), threading.Event()

    def call(number: int) -> None:
        begun.append(number)
        if number == 0:
            second_failed.wait(timeout=20)
        elif number == 1:
            second_failed.set()
        else:
            over.wait(timeout=20)
        raise ValueError(f"number {number}")

    with pytest.raises(ValueError, match="number 0"):
        map_at_once(call, range(100))
    over.set()
    # the two that failed made room for two more
    assert len(begun) <= AT_ONCE + 2
