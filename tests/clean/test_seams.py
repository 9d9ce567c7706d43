"""Seams: once what both have, the neighbour's words for an invented ending, nothing where nothing
agrees.
"""

import random

import pytest
from rapidfuzz.distance import Levenshtein

from konspekt.data import DecodedWindow, How, Segment
from konspekt.text.words import tokens
from tests.clean.cases import (
    LECTURE,
    cleaned,
    cleaned_raw,
    kept,
    overlapping,
    raw_of,
    removed,
    timed_window,
    windows_of,
)


def test_what_both_hold_is_kept_once() -> None:
    shared = "и через двадцать шагов остаётся одна карточка."
    result = cleaned(
        overlapping(f"Делим ящик пополам, {shared}", f"{shared} Такова сила логарифма.")
    )
    assert kept(result).count("двадцать") == kept(result).count("карточка") == 1
    assert {r.reason for r in result.removals} == {"overlap"}
    assert all(
        r.evidence["theirs"] and r.other_window is not None for r in result.removals
    )


def test_an_invented_ending_goes_and_the_neighbours_words_stay() -> None:
    a = f"{LECTURE[0]} Удаление мы разберём подробно, потому что все его любят и ждут."
    b = f"Удаление мы разберём подробно, потому что в учебниках оно описано плохо. {LECTURE[1]}"
    result = cleaned(overlapping(a, b))
    (tail,) = [r for r in result.removals if r.reason == "tail"]
    assert tail.text == "все его любят и ждут."
    assert tail.evidence["theirs"].startswith("в учебниках оно")
    assert "потому что в учебниках" in kept(result).replace("  ", " ")


def test_an_ending_spelled_otherwise_is_an_overlap() -> None:
    a = f"{LECTURE[0]} Этот замер под названием кодэвол"
    b = f"Этот замер под названием Code Eval был сделан для русского языка. {LECTURE[1]}"
    assert {r.reason for r in cleaned(overlapping(a, b)).removals} == {"overlap"}


def test_terms_in_another_script_do_not_break_the_seam() -> None:
    a = f"{LECTURE[0]} Тогда метрика токен и вся задача кеша"
    b = f"Тогда метрика token и вся задача кеша решается сама. {LECTURE[1]}"
    assert removed(cleaned(overlapping(a, b)), "tail") == []
    assert len(removed(cleaned(overlapping(a, b)), "overlap")) == 2


def test_numbers_are_transcribed_in_words_and_in_figures() -> None:
    a = f"{LECTURE[0]} Ошибка равна, то есть примерно сорок процентов."
    b = f"Ошибка равна, то есть примерно 40%. {LECTURE[1]}"
    assert removed(cleaned(overlapping(a, b)), "tail") == []


def test_two_windows_that_differ_between_their_first_and_last_words_meet() -> None:
    a = f"{LECTURE[0]} Возьмём простой пример. Вчера модель ошиблась десять раз."
    b = f"простой пример. В тексте сто слов, а модель ошиблась десять раз. {LECTURE[1]}"
    result = cleaned(overlapping(a, b))
    assert kept(result).count("пример") == kept(result).count("ошиблась") == 1
    assert "Возьмём простой пример. В тексте сто слов, а модель ошиблась" in kept(
        result
    ).replace("  ", " ")


def test_no_agreement_cuts_nothing() -> None:
    assert cleaned(overlapping(*LECTURE)).removals == ()


def test_windows_that_share_no_sound_are_not_joined() -> None:
    assert cleaned([(0.0, LECTURE[0]), (30.0, LECTURE[0])]).removals == ()


def test_a_window_inside_another_cuts_nothing_of_it() -> None:
    outer = timed_window(0, 0.0, [(6.0, "раз"), (7.0, "два")])
    inner = timed_window(1, 5.0, [(6.0, "раз"), (7.0, "два")], length=10.0)
    assert cleaned_raw(raw_of([outer, inner])).removals == ()


def test_a_stub_that_repeats_its_neighbour_goes_whole() -> None:
    result = cleaned(
        overlapping(
            f"{LECTURE[0]} Надеюсь, ответил. Да, спасибо.", "Да, спасибо.", LECTURE[1]
        )
    )
    assert removed(result) == ["Да, спасибо."]
    assert result.removals[0].window == 1
    assert any(gap.cause == "uncertain" for gap in result.transcript.gaps)


def test_words_said_twice_at_two_times_are_two() -> None:
    first = timed_window(
        0, 0.0, [(10.0, "Это"), (11.0, "верно."), (25.5, "Да,"), (26.0, "да.")]
    )
    later = timed_window(
        1, 25.0, [(29.0, "Да,"), (29.5, "да."), (31.0, "Дальше"), (32.0, "списки.")]
    )
    assert cleaned_raw(raw_of([first, later])).removals == ()
    same = timed_window(
        1, 25.0, [(25.6, "Да,"), (26.1, "да."), (31.0, "Дальше"), (32.0, "списки.")]
    )
    assert kept(cleaned_raw(raw_of([first, same]))).casefold().count("да, да") == 1


def test_a_guessed_time_within_a_segment_does_not_part_what_both_edges_share() -> None:
    """A slow speaker: within a segment of 17 s a word's time by its place is seconds off."""
    lead = "I regard this as a way to record the sound of a room, and"
    shared = "not so much as a demonstration of a physical fact."
    segment = Segment(67.0, 84.0, f" {lead} {shared}")
    left = DecodedWindow(0, 65.9, 84.7, "en", (segment,), How("base"))
    ending = f" {shared[:-1]}, but more as a way to smooth out what I say."
    right = DecodedWindow(
        1, 79.7, 100.0, "en", (Segment(79.7, 99.0, ending),), How("base")
    )
    result = cleaned_raw(raw_of([left, right]))
    assert kept(result).count("demonstration") == 1


def test_one_strong_word_at_both_edges_meets() -> None:
    a = "Речь пойдёт о роли отечественной школы, самостоятельной, творческой"
    b = "творческой и очень уважаемой в мире, и о том, как она повлияла на инженеров."
    assert kept(cleaned(overlapping(a, b))).count("творческой") == 1


def test_one_short_word_at_both_edges_is_no_meeting() -> None:
    a = "Речь пойдёт о роли отечественной школы, самостоятельной, и мы"
    b = "мы очень уважаем в мире тех, о ком пойдёт речь."
    assert removed(cleaned(overlapping(a, b))) == []


def test_of_a_definition_said_twice_the_later_saying_meets() -> None:
    definition = "Точность это доля релевантных документов среди найденных."
    a = f"{LECTURE[0]} {definition} Их путают, поэтому повторю. {definition}"
    b = f"Поэтому повторю. {definition} Теперь пример. {LECTURE[1]}"
    result = cleaned(overlapping(a, b))
    assert removed(result, "tail") == []
    assert kept(result).count("доля релевантных") == 2


@pytest.mark.parametrize("shared", [2.0, 5.0])
@pytest.mark.parametrize("begun", ["Точностью называется", "Повторяю. Точностью"])
def test_a_definition_that_both_begin_to_repeat_meets_there(
    shared: float, begun: str
) -> None:
    """The first saying is longer than the sound that both hold."""
    rest = (
        "доля документов, которые действительно отвечают на запрос, среди всех, которые "
        "система нам показала."
    )
    a = (
        f"{LECTURE[0][:200]} Записываем. Точностью называется {rest} "
        f"{'Повторяю. ' if begun[0] == 'Т' else ''}{begun}"
    )
    b = f"{begun} {'' if begun[0] == 'Т' else 'называется '}{rest} Все записали? {LECTURE[1]}"
    result = cleaned([(0.0, a), (30.0 - shared, b)])
    assert removed(result, "tail") == []
    assert (
        words(kept(result)).count("показала")
        == words(kept(result)).count("называется")
        == 2
    )
    assert words(kept(result)).count("повторяю") == 1


def test_many_short_words_in_the_shared_seconds_meet_where_they_were_said() -> None:
    digits = " ".join(
        "31415926535897932384626433832795028841971693993751058209749445923078164062862089986280348253421"
    )
    rate = 20.0  # ten digits a second
    text = f"{LECTURE[0][:150]} {digits}. {LECTURE[1]}"
    result = cleaned(windows_of(text, rate=rate, length=15.0, step=10.0), length=15.0)
    assert words(kept(result)) == words(text)


@pytest.mark.parametrize("rate", [10.0, 13.0, 16.0, 21.0])
@pytest.mark.parametrize(
    ("length", "step"), [(30.0, 25.0), (29.0, 24.0), (30.0, 20.0), (15.0, 12.0)]
)
def test_a_clean_text_cut_into_windows_comes_back(
    rate: float, length: float, step: float
) -> None:
    text = " ".join(LECTURE)
    result = cleaned(
        windows_of(text, rate=rate, length=length, step=step), length=length
    )
    said, back = ([t.folded for t in tokens(part)] for part in (text, kept(result)))
    assert Levenshtein.distance(said, back) <= 0.005 * len(said)
    assert {r.reason for r in result.removals} <= {"overlap"}


def test_kept_sentences_read_in_order() -> None:
    result = cleaned(windows_of(" ".join(LECTURE)))
    places = [(s.window, s.char_start) for s in result.transcript.sentences]
    assert places == sorted(places)
    starts = [s.start for s in result.transcript.sentences]
    assert starts == sorted(starts)


@pytest.mark.parametrize(
    "said",
    [
        "база бывает простая база и супер база, супер база, как её называет коллега",
        "получилось очень-очень хорошо, очень хорошо, очень хорошо, правда",
        (
            "мастер пишет, реплика читает, мастер пишет, реплика читает, мастер пишет, реплика "
            "читает, и так по кругу"
        ),
        "ноль, ноль, ноль, ноль, ноль, один, один, ноль, ноль, ноль, вот так и читается",
    ],
)
def test_what_was_said_twice_at_a_seam_is_kept_twice_wherever_the_seam_falls(
    said: str,
) -> None:
    for shift in range(0, 48, 6):
        text = f"{LECTURE[2][: 330 + shift].rsplit(' ', 1)[0]} {said}. {LECTURE[3]}"
        assert words(kept(cleaned(windows_of(text)))) == words(text)


def test_a_seam_does_not_fall_inside_what_is_written_as_one_word() -> None:
    shared = "пишут на страницах проекта example.org и рядом"
    result = cleaned(
        overlapping(
            f"{LECTURE[0]} Их адреса {shared}", f"{shared} в списках. {LECTURE[1]}"
        )
    )
    assert "example.org" in kept(result)


def test_windows_that_share_more_sound_than_is_usual_are_not_joined() -> None:
    """Aligning takes the square of what two windows share, and their ends would meet by chance."""
    text = " ".join(LECTURE * 20)
    assert cleaned([(0.0, text), (5.0, text)], length=3600.0).removals == ()


def test_what_has_no_spaces_for_pages_is_not_compared_letter_by_letter() -> None:
    rng = random.Random(1)
    one, other = ("".join(rng.choices("абвгдежзик", k=150_000)) for _ in range(2))
    windows = overlapping(
        f"{LECTURE[0]} {one}", f"{other} {LECTURE[1]}", f"{one} {LECTURE[2]}"
    )
    assert removed(cleaned(windows)) == []


def words(text: str) -> list[str]:
    return [word.folded for word in tokens(text)]
