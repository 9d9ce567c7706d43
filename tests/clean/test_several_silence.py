"""Two transcripts, and silences that one or both of them fill: repetition and pauses tell where
room cannot.
"""

from __future__ import annotations

import random

import pytest

from konspekt.score import score
from tests.clean.cases import kept, removed
from tests.clean.several_cases import together
from tests.clean.silence_cases import Form, Style, talk, transcript, window
from tests.clean.test_several import by_time

FORMS: tuple[tuple[Form, Form], ...] = (
    ("segments", "segments"),
    ("words", "words"),
    ("text", "words"),
)
WHO = ("the first", "the second", "both", "the first, and the second loses passages")

BEFORE = (1.0, "Сегодня речь пойдёт о деревьях поиска.")


@pytest.mark.slow
@pytest.mark.parametrize("language", ["ru", "en"])
def test_what_fills_silences_falls_fivefold_and_deletions_grow_at_most_two_and_a_half_fold(
    language: str,
) -> None:
    deletions = [0, 0]
    for who in WHO:
        one, two = _counts(language, who)
        assert one[0] >= 50
        assert 5 * two[0] <= one[0], who
        deletions = [deletions[0] + one[1], deletions[1] + two[1]]
    assert deletions[1] <= 2.5 * deletions[0]


def _counts(language: str, who: str) -> tuple[list[int], list[int]]:
    """Insertions and deletions of the transcript that makes up more, and of both together, of three
    talks.
    """
    one, two = [0, 0], [0, 0]
    styles: tuple[Style, ...] = ("one", "fill", "loop")
    for forms, style in zip(FORMS, styles, strict=True):
        chance = random.Random(f"{language} {who} {style}")
        said = talk(language, chance)
        first = window(
            said, language, chance, own=0, style=None if who == WHO[1] else style
        )
        invented = style if who in WHO[1:3] else None
        second = window(
            said, language, chance, own=1, style=invented, loses_passages=who == WHO[3]
        )
        alone = [
            score(said.text, " ".join(word for word, _, _ in words), language)
            for words in (first, second)
        ]
        worse = max(alone, key=lambda found: found.insertions)
        both = together(
            transcript(first, forms[0]), transcript(second, forms[1]), language=language
        )
        found = score(said.text, kept(both), language)
        one = [one[0] + worse.insertions, one[1] + worse.deletions]
        two = [two[0] + found.insertions, two[1] + found.deletions]
    return one, two


def test_the_same_few_words_again_and_again_are_no_speech_that_the_other_missed() -> (
    None
):
    said = " ".join(["Это был очень"] * 3)
    first = by_time(BEFORE, (4.0, said), (8.0, "Теперь разберём удаление внимательно."))
    result = together(
        first, by_time(BEFORE, (8.0, "Теперь разберём удаление внимательно."))
    )
    assert removed(result, "unsupported") == [said]
    assert "and more than once" in result.removals[0].evidence["words"]


def test_what_one_alone_says_in_two_places_goes_and_what_it_alone_says_once_stays() -> (
    None
):
    made_up, once = (
        "Это был очень долгий день для каждого.",
        "Половина карточек отпадает на каждом шаге сразу.",
    )
    honest = (
        BEFORE,
        (7.0, "Представьте картотеку с карточками."),
        (14.0, "Карточки лежат по алфавиту всегда."),
    )
    more = (3.6, made_up), (8.9, made_up), (16.3, once)
    end = (19.5, "Теперь разберём удаление внимательно.")
    result = together(by_time(*sorted((*honest, *more, end))), by_time(*honest, end))
    assert removed(result, "unsupported") == [made_up, made_up]
    assert once in kept(result)
    assert "and more than once" in result.removals[0].evidence["words"]


def test_a_few_words_that_stand_apart_go_though_they_fill_their_time() -> None:
    alone = "Он подошёл к окну и увидел, что на улице идёт снег, и долго смотрел."
    end = "Теперь разберём удаление внимательно."
    for pause, stays in ((0.2, True), (2.2, False)):
        start = 3.6
        after = start + 0.4 * len(alone.split()) + pause
        result = together(
            by_time(BEFORE, (start, alone), (after, end)), by_time(BEFORE, (after, end))
        )
        assert (alone in kept(result)) is stays
    assert (
        "they stand apart from what is said around them"
        in result.removals[0].evidence["words"]
    )


def test_a_long_passage_that_the_other_missed_stays_though_it_begins_after_a_pause() -> (
    None
):
    passage = (
        "Правила простые, корень чёрный, у красного оба потомка чёрные, а число чёрных узлов на "
        "любом пути одинаково. "
        "Отсюда следует, что самый длинный путь не более чем вдвое длиннее самого короткого, "
        "значит, высота "
        "логарифмическая при любых данных, и базы данных пользуются другими деревьями, широкими, "
        "с сотнями ключей."
    )
    after = 8.0 + 0.4 * len(passage.split())
    end = (after, "Теперь разберём удаление внимательно.")
    assert passage in kept(
        together(by_time(BEFORE, (6.0, passage), end), by_time(BEFORE, end))
    )


def test_six_words_of_three_kinds_are_a_loop_too() -> None:
    said = "Это был очень это был очень"
    first = by_time(BEFORE, (4.0, said), (6.8, "Теперь разберём удаление внимательно."))
    result = together(
        first, by_time(BEFORE, (6.8, "Теперь разберём удаление внимательно."))
    )
    assert removed(result, "unsupported") == [said]
    assert "the same few words again and again" in result.removals[0].evidence["words"]
