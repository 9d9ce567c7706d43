"""When words are said: those of the file keep their times, whatever else was chosen around them."""

from __future__ import annotations

from konspekt.formats import SpokenWord, Utterance
from konspekt.score.letter_clock import apply_choice, carry_times
from konspekt.score.sides import side_of


def spoken(*words: tuple[str, float, float]) -> Utterance:
    said = tuple(SpokenWord(*word) for word in words)
    return Utterance(
        "",
        " ".join(word.text for word in said),
        said[0].start,
        said[-1].end,
        words=said,
    )


def timed(utterance: Utterance) -> list[tuple[str, float, float]]:
    return [(word.text, word.start, word.end) for word in utterance.words]


def test_an_alternate_shares_out_its_own_time_and_no_other() -> None:
    said = spoken(
        ("да", 0.0, 1.0),
        ("{лес / бор густой}", 2.0, 4.0),
        ("{вот / @}", 5.0, 6.0),
        ("день", 900.0, 901.0),
    )
    (found,) = apply_choice([said], "да бор густой день")
    assert timed(found) == [
        ("да", 0, 1),
        ("бор", 2, 2.6666666666666665),
        ("густой", 2.6666666666666665, 4),
        ("день", 900, 901),
    ]


def test_alternates_beside_each_other_keep_apart_and_may_be_several_words_of_the_file() -> (
    None
):
    said = spoken(
        ("{а", 0.0, 1.0),
        ("/", 1.0, 1.0),
        ("б}", 1.0, 2.0),
        ("{в", 10.0, 11.0),
        ("/", 11.0, 11.0),
        ("г}", 11.0, 12.0),
    )
    (found,) = apply_choice([said], "б в")
    assert timed(found) == [("б", 0, 2), ("в", 10, 12)]


def test_an_alternate_over_several_utterances_makes_one_of_these_alone() -> None:
    said = [
        Utterance("", text, start, start + 1.0)
        for start, text in enumerate(["да", "{раз", "два / три}", "нет"])
    ]
    found = apply_choice(said, "да\nтри\nнет")
    assert [(one.text, one.start, one.end) for one in found] == [
        ("да", 0, 1),
        ("три", 1, 3),
        ("нет", 3, 4),
    ]


def test_a_rule_that_looks_at_several_words_leaves_the_others_their_times() -> None:
    said = spoken(
        ("так", 0.0, 1.0),
        ("[громкий", 2.0, 3.0),
        ("смех]", 3.0, 4.0),
        ("вот", 1800.0, 1801.0),
    )
    assert side_of([said], "ru").times == ((0.0, 1.0), (1800.0, 1801.0))


def test_words_that_replaced_others_share_their_time() -> None:
    times = [(0.0, 1.0), (1.0, 2.0), (2.0, 3.0)]
    assert carry_times(["а", "бв", "г"], times, ["а", "ё", "ж", "г"]) == [
        (0, 1),
        (1, 1.5),
        (1.5, 2),
        (2, 3),
    ]
    assert carry_times(["а"], [None], ["б"]) == [None]
