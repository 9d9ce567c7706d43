"""What the loops rule takes, and the honest repetition it must leave."""

import pytest

from konspekt.clean.rules.loops import MIN_SPOKEN_CHARS
from konspekt.data import DecodedWindow, How, Segment
from tests.clean.cases import (
    LECTURE,
    apart,
    cleaned,
    cleaned_raw,
    kept,
    overlapping,
    raw_of,
    removed,
)

BEFORE = (
    "Мы перебираем все пары ключей и записываем, какие из них ближе всего друг к другу,"
)


def loop_of(text: str) -> list[str]:
    return removed(cleaned(apart(text)), "loop")


@pytest.mark.parametrize(
    "unit",
    [
        "то есть,",
        "номер",
        "в этой таблице,",
        "мы снова делим ящик пополам.",
        "И дальше.",
    ],
)
def test_a_loop_faster_than_speech_goes_from_where_it_begins(unit: str) -> None:
    loop = " ".join([unit] * (900 // len(unit)))
    assert loop_of(f"{BEFORE} {loop}") == [loop]


def test_a_loop_with_small_variations_is_a_loop() -> None:
    loop = (
        "И мы получаем новый список. И мы получаем свой список. И так мы получаем новый список. "
        * 8
    )
    assert loop_of(f"{BEFORE[:-1]}. {loop}") == [loop.strip()]


def test_the_word_in_which_the_decoder_was_stopped_goes_with_its_loop() -> None:
    loop = "общую " * 130 + "общ"
    assert loop_of(f"{BEFORE} {loop}") == [loop]


def test_a_stem_after_a_capital_that_follows_a_comma_goes_with_its_loop() -> None:
    loop = "Вот здесь, " + " ".join(["к примеру,"] * 80)
    assert loop_of(f"{BEFORE} {loop}") == [loop]


def test_a_sentence_begun_honestly_is_kept_up_to_its_loop() -> None:
    assert "Среднее получается" in kept(
        cleaned(apart("Среднее получается " + "ноль пять, " * 90))
    )


def test_a_loop_spread_over_normal_segments_is_seen() -> None:
    segments = tuple(Segment(i, i + 1.0, " Берём ещё одно.") for i in range(28))
    result = cleaned_raw(
        raw_of([DecodedWindow(0, 0.0, 30.0, "ru", segments, How("small"))])
    )
    assert removed(result, "loop") == ["Берём ещё одно. " * 27 + "Берём ещё одно."]


def test_drawn_out_letters_are_a_loop() -> None:
    assert loop_of(f"{BEFORE} {'а' * 800}") == ["а" * 800]


def test_a_loop_that_the_neighbour_has_too_stays() -> None:
    chant = "господи помилуй, " * 14
    windows = [(0.0, f"Поют так: {chant}"), (25.0, f"{chant} и на этом всё.")]
    assert removed(cleaned(windows, "seams"), "loop") == []


@pytest.mark.parametrize(
    "text",
    [
        "Ещё раз, ещё раз, ещё раз: корень всегда чёрный.",
        (
            "Становится меньше и меньше, и меньше, снова и снова, очень-очень медленно, very very "
            "slowly."
        ),
        (
            "Печатаем block block block block block block block block block block block block и "
            "смотрим."
        ),
        (
            "По буквам: S-T-R-I-N-G, ещё раз S T R I N G, ноль ноль ноль ноль ноль ноль ноль ноль "
            "ноль ноль."
        ),
        "Ответ 0 0 0 0 0 0 0 0 0 0 0 0, а в двоичном виде 1000000 и 0000000000000000.",
        "Да, да, да, да, да, да, да, да, да, да.",
        (
            "Тише, мыши, кот на крыше. Тише, мыши, кот на крыше. Тише, мыши, кот на крыше. А "
            "котята "
            "ещё выше."
        ),
        "if x if y if z return x if x if y return y if x return z else return x return y return z",
        (
            "Раз, два, три, четыре, пять, шесть, семь, восемь, девять, десять, одиннадцать, "
            "двенадцать."
        ),
        (
            "Да, да, да, да, нет, да, да, да, да, да, нет, да, да, да, да, да, да, да, нет, да, "
            "да, "
            "да, нет, да, да, да."
        ),
        "В строке одни нули: " + "0 " * 60,
    ],
)
def test_what_a_lecturer_repeats_stays(text: str) -> None:
    for start in range(0, len(LECTURE), 2):
        assert loop_of(f"{LECTURE[start][:200]} {text}") == []
    assert loop_of(text) == []


CODE = " ".join(
    f"Для i от нуля до n, для j от нуля до m, {name} от i, j равно нулю."
    for name in "abcd"
)
SONG = " ".join(
    f"{n} green bottles hanging on the wall, {n} green bottles hanging on the wall, and if one "
    f"green bottle should "
    f"accidentally fall, there will be {less} green bottles hanging on the wall."
    for n, less in (
        ("Ten", "nine"),
        ("Nine", "eight"),
        ("Eight", "seven"),
        ("Seven", "six"),
    )
)
MILLION = "Миллион это единица и шесть нулей: один, " + "ноль, " * 6
MILLIARD = (
    "а миллиард это единица и девять нулей: один, "
    + "ноль, " * 9
    + "и это ещё не всё, что бывает в банке."
)
DRILL = " ".join(
    f"I would like some {what}, please."
    for what in ("bread", "milk", "tea", "rice", "salt", "soup", "jam")
)


@pytest.mark.parametrize("text", [CODE, SONG, f"{MILLION} {MILLIARD}", DRILL])
def test_what_returns_within_a_turn_is_not_counted_as_turns_of_its_own(
    text: str,
) -> None:
    assert len(text) > MIN_SPOKEN_CHARS
    assert (
        loop_of(f"{LECTURE[0][:100]} {text}")
        == loop_of(f"{LECTURE[0][:100]} {text} {LECTURE[1][:100]}")
        == []
    )


@pytest.mark.parametrize("loop", ["Да. " * 40, "я " * 60, "a " * 41, "и так " * 25])
def test_a_short_unit_said_again_and_again_without_a_change_is_a_loop_at_any_rate(
    loop: str,
) -> None:
    windows = overlapping(
        LECTURE[0], f"Вы поняли. {loop}", f"Да, это так. Да, верно. {LECTURE[2]}"
    )
    assert removed(cleaned(windows), "loop") == [loop.strip()]


def test_a_loop_in_which_a_word_changes_every_time_goes_where_it_is_faster_than_speech() -> (
    None
):
    words = [
        "тогда",
        "потом",
        "снова",
        "теперь",
        "всегда",
        "завтра",
        "вчера",
        "опять",
        "сразу",
        "скоро",
        "здесь",
    ] * 3
    loop = " ".join(f"И {word} мы можем сделать это." for word in words)
    assert loop_of(f"{BEFORE[:-1]}. {loop}") == [loop.removeprefix("И тогда ")]
    # eight turns in their time may be a drill
    assert loop_of(f"{LECTURE[0][:100]} {loop[:270]}") == []


def test_a_definition_read_twice_stays() -> None:
    definition = (
        "Полнота это доля найденных документов среди всех релевантных, и считают её на "
        "размеченном наборе."
    )
    assert (
        cleaned(
            apart(f"{definition} Повторю. {definition} И последний раз. {definition}")
        ).removals
        == ()
    )


def test_evidence_says_what_comes_how_often_and_how_fast() -> None:
    (removal,) = cleaned(apart(BEFORE + " то есть," * 90)).removals
    assert removal.reason == "loop"
    assert removal.evidence["unit"] == "то есть"
    assert removal.evidence["periods"] > 80
    assert "faster than anyone speaks" in removal.evidence["words"]
    assert 4.0 < removal.start < 7.0  # what precedes it was spoken at the usual rate
    assert removal.end == 30.0
