"""What the loops rule takes, and the honest repetition it must leave."""

import pytest

from pipeline.data import Hearing, How, Segment
from tests.clean.cases import LECTURE, apart, cleaned, cleaned_raw, kept, raw_of, removed

BEFORE = "Мы перебираем все пары ключей и записываем, какие из них ближе всего друг к другу,"


def loop_of(text: str) -> list[str]:
    return removed(cleaned(apart(text)), "loop")


@pytest.mark.parametrize("unit", ["то есть,", "номер", "в этой таблице,", "мы снова делим ящик пополам.", "И дальше."])
def test_a_loop_faster_than_speech_goes_from_where_it_begins(unit: str) -> None:
    loop = " ".join([unit] * (900 // len(unit)))
    assert loop_of(f"{BEFORE} {loop}") == [loop]


def test_a_loop_with_small_variations_is_a_loop() -> None:
    loop = "И мы получаем новый список. И мы получаем свой список. И так мы получаем новый список. " * 8
    assert loop_of(f"{BEFORE[:-1]}. {loop}") == [loop.strip()]


def test_the_word_in_which_the_decoder_was_stopped_goes_with_its_loop() -> None:
    loop = "общую " * 130 + "общ"
    assert loop_of(f"{BEFORE} {loop}") == [loop]


def test_a_stem_after_a_capital_that_follows_a_comma_goes_with_its_loop() -> None:
    loop = "Вот здесь, " + " ".join(["к примеру,"] * 80)
    assert loop_of(f"{BEFORE} {loop}") == [loop]


def test_a_sentence_begun_honestly_is_kept_up_to_its_loop() -> None:
    assert "Среднее получается" in kept(cleaned(apart("Среднее получается " + "ноль пять, " * 90)))


def test_a_loop_spread_over_normal_segments_is_seen() -> None:
    segments = tuple(Segment(i, i + 1.0, " Берём ещё одно.") for i in range(28))
    result = cleaned_raw(raw_of([Hearing(0, 0.0, 30.0, "ru", segments, How("small"))]))
    assert removed(result, "loop") == ["Берём ещё одно. " * 27 + "Берём ещё одно."]


def test_drawn_out_letters_are_a_loop() -> None:
    assert loop_of(f"{BEFORE} {'а' * 800}") == ["а" * 800]


def test_a_loop_that_the_neighbour_hears_too_stays() -> None:
    chant = "господи помилуй, " * 14
    windows = [(0.0, f"Поют так: {chant}"), (25.0, f"{chant} и на этом всё.")]
    assert removed(cleaned(windows, "seams"), "loop") == []


@pytest.mark.parametrize(
    "text",
    [
        "Ещё раз, ещё раз, ещё раз: корень всегда чёрный.",
        "Становится меньше и меньше, и меньше, снова и снова, очень-очень медленно, very very slowly.",
        "Печатаем block block block block block block block block block block block block и смотрим.",
        "По буквам: S-T-R-I-N-G, ещё раз S T R I N G, ноль ноль ноль ноль ноль ноль ноль ноль ноль ноль.",
        "Ответ 0 0 0 0 0 0 0 0 0 0 0 0, а в двоичном виде 1000000 и 0000000000000000.",
        "Да, да, да, да, да, да, да, да, да, да.",
        "Тише, мыши, кот на крыше. Тише, мыши, кот на крыше. Тише, мыши, кот на крыше. А котята ещё выше.",
        "if x if y if z return x if x if y return y if x return z else return x return y return z",
        "Раз, два, три, четыре, пять, шесть, семь, восемь, девять, десять, одиннадцать, двенадцать.",
    ],
)
def test_what_a_lecturer_repeats_stays(text: str) -> None:
    for start in range(0, len(LECTURE), 2):
        assert loop_of(f"{LECTURE[start][:200]} {text}") == []
    assert loop_of(text) == []


def test_a_definition_read_twice_stays() -> None:
    definition = "Полнота это доля найденных документов среди всех релевантных, и считают её на размеченном наборе."
    assert cleaned(apart(f"{definition} Повторю. {definition} И последний раз. {definition}")).removals == ()


def test_evidence_says_what_comes_how_often_and_how_fast() -> None:
    (removal,) = cleaned(apart(BEFORE + " то есть," * 90)).removals
    assert removal.reason == "loop"
    assert removal.evidence["unit"] == "то есть"
    assert removal.evidence["periods"] > 80
    assert "faster than anyone speaks" in removal.evidence["words"]
    assert 4.0 < removal.start < 7.0  # what precedes it was spoken at the usual rate
    assert removal.end == 30.0
