"""A window leaves the recording's main language only on strong evidence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from konspekt.data import DecodedWindow, How, Segment
from konspekt.transcribe.main_language import (
    choose_answer,
    find_main_language,
    find_other_language,
)


def window(
    probs: dict[str, float],
    *,
    seconds: float = 28.0,
    avg_logprob: float | None = -0.3,
    no_speech_prob: float = 0.01,
    ratio: float = 1.5,
    text: str = " Слова.",
) -> DecodedWindow:
    segment = Segment(
        0.0,
        seconds,
        text,
        avg_logprob=avg_logprob,
        no_speech_prob=no_speech_prob,
        compression_ratio=ratio,
    )
    language = max(probs, key=lambda code: probs[code], default=None)
    how = How("base", language_probs=probs)
    return DecodedWindow(0, 0.0, seconds, language, (segment,) if text else (), how)


RUSSIAN = window({"ru": 0.98, "en": 0.02})
ENGLISH = window({"en": 0.9, "ru": 0.1})
DOUBTFUL = window({"en": 0.55, "ru": 0.45})


def test_the_main_language_is_that_of_most_of_the_speech() -> None:
    assert find_main_language([RUSSIAN, ENGLISH, RUSSIAN]) == "ru"
    assert find_main_language([ENGLISH, DOUBTFUL, RUSSIAN, ENGLISH]) == "en"
    assert find_main_language([]) is None


def test_a_long_window_counts_more_than_a_short_one() -> None:
    short = replace(ENGLISH, end=5.0)
    assert find_main_language([RUSSIAN, short, short]) == "ru"


def test_windows_without_speech_do_not_count() -> None:
    noise = window({"en": 0.99}, no_speech_prob=0.9)
    silent = window({"en": 0.99}, text="")
    assert find_main_language([RUSSIAN, noise, noise, silent, silent]) == "ru"


@pytest.mark.parametrize(
    ("windows", "main"),
    [
        ([DOUBTFUL], "ru"),  # no clear majority: the course's own
        ([RUSSIAN, ENGLISH], "ru"),
        ([ENGLISH, ENGLISH, RUSSIAN], "en"),
        ([ENGLISH], "en"),  # a guest's lecture
    ],
)
def test_a_lecture_leaves_the_course_s_language_by_a_clear_majority_only(
    windows: list[DecodedWindow], main: str
) -> None:
    assert find_main_language(windows, ("ru", "en")) == main


def test_a_window_of_which_only_the_language_is_known_counts_for_it() -> None:
    known = DecodedWindow(0, 0.0, 28.0, "kk", RUSSIAN.segments, How("server"))
    assert find_main_language([known, known, RUSSIAN]) == "kk"


def test_a_window_that_left_the_main_language_is_decoded_in_it_too() -> None:
    assert find_other_language(ENGLISH, "ru") == "ru"
    assert find_other_language(window({"en": 0.9}, text=""), "ru") is None


def test_a_window_in_the_main_language_is_decoded_in_another_if_that_is_likely() -> (
    None
):
    assert find_other_language(RUSSIAN, "ru") is None
    assert find_other_language(window({"ru": 0.7, "en": 0.3}), "ru") == "en"
    assert (
        find_other_language(window({"ru": 0.75, "en": 0.1, "uk": 0.15}), "ru") is None
    )


def chosen(first: DecodedWindow, other: DecodedWindow) -> str | None:
    """Return the language that is chosen; the other is that of the alternative."""
    decoded = choose_answer(first, other, "ru")
    (alternative,) = decoded.alternatives
    assert {decoded.language, alternative.language} == {first.language, other.language}
    return decoded.language


def in_language(code: str, avg_logprob: float, ratio: float = 1.5) -> DecodedWindow:
    answer = window({code: 1.0}, avg_logprob=avg_logprob, ratio=ratio)
    return replace(answer, how=How("base"))


def sure(first: DecodedWindow, avg_logprob: float) -> DecodedWindow:
    return replace(first, segments=window({}, avg_logprob=avg_logprob).segments)


def test_the_answer_of_which_whisper_is_surer_is_chosen_and_the_other_kept_beside() -> (
    None
):
    assert chosen(sure(ENGLISH, -0.5), in_language("ru", -0.33)) == "ru"
    assert chosen(sure(ENGLISH, -0.3), in_language("ru", -0.5)) == "en"
    doubtful = window({"ru": 0.6, "en": 0.4}, avg_logprob=-0.7)
    assert chosen(doubtful, in_language("en", -0.5)) == "en"


def test_of_two_answers_as_sure_the_one_in_the_main_language_is_chosen() -> None:
    assert chosen(sure(DOUBTFUL, -0.3), in_language("ru", -0.33)) == "ru"


def test_a_language_of_which_whisper_is_sure_is_left_for_a_much_surer_text_only() -> (
    None
):
    assert chosen(sure(ENGLISH, -0.3), in_language("ru", -0.29)) == "en"
    assert chosen(sure(DOUBTFUL, -0.3), in_language("ru", -0.29)) == "ru"


def test_an_answer_that_repeats_itself_does_not_win() -> None:
    assert chosen(sure(ENGLISH, -0.9), in_language("ru", -0.1, ratio=3.0)) == "en"


def test_an_answer_that_leaves_much_out_does_not_win() -> None:
    full = window({"ru": 0.4, "en": 0.6}, avg_logprob=-0.7, text=" Слова и слова.")
    assert chosen(full, replace(in_language("ru", -0.3))) == "en"
    part = window({"ru": 0.4, "en": 0.6}, avg_logprob=-0.3, text=" Words.")
    long = window({"ru": 1.0}, avg_logprob=-0.7, text=" Слова и слова.")
    assert chosen(part, long) == "ru"


def test_without_figures_or_another_text_the_first_answer_stays() -> None:
    unknown = window({"en": 0.9}, avg_logprob=None)
    assert chosen(unknown, in_language("ru", -0.1)) == "en"
    assert chosen(ENGLISH, replace(RUSSIAN, segments=())) == "en"
