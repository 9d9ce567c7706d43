"""The small parts: addresses, words, the picture, the paragraphs of a transcript."""

from __future__ import annotations

import datetime
import gettext
import io
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.course.templates import shipped_folder
from konspekt.data import Gap, Removal, Sentence, Transcript
from konspekt.errors import SiteError
from konspekt.site.figure import Map, axis, draw, spans_of
from konspekt.site.forms import SLOT, fill
from konspekt.site.nodes import At, Literal, Mark, Ref, SentenceAnchor, Text, block
from konspekt.site.removed import describe, joins, number_removals, seams
from konspekt.site.render import catalogue
from konspekt.site.slugs import anchor, slug, slugs
from konspekt.site.transcript import marks_of, paragraphs_by_chapter
from konspekt.site.views import with_terms
from konspekt.site.words import load_words
from tests.site.pages import LOOP, WORDING

WORDS = shipped_folder() / "site" / "words.toml"


@pytest.mark.parametrize(
    ("name", "address"), [("week05", "week05"), ("Week_05", "week-05"), ("a.b", "a-b")]
)
def test_an_ascii_name_is_its_own_address(name: str, address: str) -> None:
    assert slug(name) == address


@given(st.text(max_size=100))
def test_an_address_is_safe_whatever_the_name(name: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug(name))
    assert len(slug(name)) < 80


@given(
    st.lists(
        st.sampled_from(
            ["лекция 1", "лекция-1", "week_1", "week-1", "week.1", "日本", "", "é"]
        ),
        unique=True,
    )
)
def test_different_names_have_different_addresses(names: list[str]) -> None:
    assert len(set(slugs(names))) == len(names)


def test_a_russian_name_can_be_read_in_its_address() -> None:
    assert slug("лекция 5").startswith("lektsiya-5-")


def test_a_sentences_anchor_is_its_id() -> None:
    assert anchor("24:203") == "t-24-203"


def test_words_of_another_language_are_english() -> None:
    assert load_words(WORDS, "kk").transcript_title == "Transcript"
    assert load_words(WORDS, "kk").language == "kk"


def test_both_languages_say_the_same_things() -> None:
    import tomllib

    tables = tomllib.loads(WORDS.read_text(encoding="utf-8"))
    # what English pages need no words for
    translated = {
        "theme",
        "problems",
        "dropped_because",
    }
    assert set(tables["ru"]) - translated == set(tables["en"])
    for name, entry in tables["en"].items():
        if isinstance(entry, dict):
            assert set(tables["ru"][name]) == set(entry)
        for code, text in entry.items() if isinstance(entry, dict) else [(name, entry)]:
            other = (
                tables["ru"][name][code]
                if isinstance(entry, dict)
                else tables["ru"][name]
            )
            if isinstance(text, str):
                assert sorted(slot[1] for slot in SLOT.finditer(text)) == sorted(
                    s[1] for s in SLOT.finditer(other)
                )


def test_dates_and_numbers_as_the_language_writes_them() -> None:
    day = datetime.date(2026, 5, 9)
    assert load_words(WORDS, "ru").date(day) == "9 мая 2026 г."
    assert load_words(WORDS, "en").date(day) == "May 9, 2026"
    assert load_words(WORDS, "ru").number(5.25, 1) == "5,2"


def test_an_unknown_reason_is_shown_by_its_name() -> None:
    assert load_words(WORDS, "ru").reason("echo") == "echo"


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        *(
            (0, "0 окон"),
            (1, "1 окно"),
            (2, "2 окна"),
            (4, "4 окна"),
            (5, "5 окон"),
            (11, "11 окон"),
            (12, "12 окон"),
        ),
        *(
            (14, "14 окон"),
            (21, "21 окно"),
            (22.0, "22 окна"),
            (25, "25 окон"),
            (111, "111 окон"),
            (1001, "1001 окно"),
        ),
    ],
)
def test_a_russian_word_agrees_with_its_number(number: float, shown: str) -> None:
    assert (
        fill("{n:окно|окна|окон}", {"n": number}, load_words(WORDS, "ru").number)
        == shown
    )


def test_other_numbers_and_other_languages() -> None:
    russian, english = (load_words(WORDS, language).number for language in ("ru", "en"))
    assert (
        fill("{rate.1:символ|символа|символов}", {"rate": 0.73}, russian)
        == "0,7 символа"
    )
    assert (
        fill("{rate:символ|символа|символов}", {"rate": 27.9}, russian) == "28 символов"
    )
    assert (
        fill("{rate.1:character|characters}", {"rate": 1.04}, english)
        == "1.0 characters"
    )
    assert [fill("{n:time|times}", {"n": n}, english) for n in (1, 2, 0)] == [
        "1 time",
        "2 times",
        "0 times",
    ]


@pytest.mark.parametrize(
    "figure", [None, "", True, [1], float("nan"), float("inf"), 10**400]
)
def test_a_sentence_whose_figure_says_nothing_is_none(figure: object) -> None:
    assert fill("{n} окон", {"n": figure}, load_words(WORDS, "ru").number) is None
    assert fill("{n} окон", {}, load_words(WORDS, "ru").number) is None
    assert (
        fill("{n:окно|окна|окон}", {"n": "5"}, load_words(WORDS, "ru").number) is None
    )


def test_a_figures_text_is_no_form() -> None:
    figures = {"unit": "{words} {unit.__class__} {0}", "words": "x"}
    assert (
        fill("«{unit}» {}", figures, load_words(WORDS, "ru").number)
        == "«{words} {unit.__class__} {0}» {}"
    )


@pytest.mark.parametrize(
    ("code", "evidence", "said"),
    [
        ("", {"words": "in English"}, "in English"),
        ("echo", {"words": "in English"}, "in English"),
        (
            "long-loop",
            {"words": "in English", "unit": "да", "periods": 9},
            "in English",
        ),
        ("long-loop", {"unit": "да", "periods": 9}, ""),
        (
            "credit",
            {"words": 7},
            "по виду это титры или подпись к субтитрам: лектор так не говорит",
        ),
        ("", {"words": 7}, ""),
        ("", {}, ""),
    ],
)
def test_evidence_without_a_sentence_is_shown_in_its_own_words(
    code: str, evidence: dict[str, object], said: str
) -> None:
    assert load_words(WORDS, "ru", WORDING).because(code, evidence) == said


def test_words_that_do_not_parse_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "words.toml").write_text("[en", encoding="utf-8")
    with pytest.raises(SiteError, match="cannot be read"):
        load_words(tmp_path / "words.toml", "ru")


def test_the_catalogue_is_read_by_gettext() -> None:
    messages = {"On this page": "На этой странице", "Next": "Дальше"}
    read = gettext.GNUTranslations(io.BytesIO(catalogue(messages)))
    assert {key: read.gettext(key) for key in messages} == messages


# --------------------------------------------------------------------------------------------------


def test_stretches_read_back() -> None:
    assert spans_of("0:05-1:10 1:00:00-1:00:01") == ((5, 70), (3600, 3601))
    with pytest.raises(ValueError, match="not a stretch"):
        spans_of("0:05")


def test_the_picture_says_what_it_shows() -> None:
    names = {"kept": "распознано <b>", "not-transcribed": "не распознано"}
    picture = draw(
        Map(100.0, {"kept": ((0, 50),), "not-transcribed": ((50, 60),)}),
        "Запись",
        names,
        "map",
    )
    figure = ElementTree.fromstring(picture)
    assert figure.findtext("svg/title") == "Запись"
    assert (
        figure.findtext("svg/desc")
        == "распознано <b>: 0:00–0:50; не распознано: 0:50–1:00"
    )
    assert [bar.get("class") for bar in figure.findall("svg/rect")] == [
        "ground",
        "kept",
        "not-transcribed",
    ]
    assert [bar.get("width") for bar in figure.findall("svg/rect")] == [
        "1000",
        "500.0",
        "100.0",
    ]


@given(st.floats(1, 400_000))
def test_the_axis_has_few_marks_inside(duration: float) -> None:
    marks = axis(duration)
    assert len(marks) <= 12
    assert all(0 < mark <= duration for mark in marks)


# --------------------------------------------------------------------------------------------------


def sentence(number: int, start: float, end: float) -> Sentence:
    return Sentence(
        f"{number}:0", number, start, 0, 5, start, end, f"Предложение {number}. "
    )


def removal(start: float, reason: str = "loop") -> Removal:
    return Removal(0, 0.0, 0, 1, start, start + 1, "x", reason, {}, code="long-loop")


def test_joins_are_counted_seams_are_listed_apart_the_rest_has_numbers() -> None:
    removals = [
        removal(9),
        removal(2, "overlap"),
        removal(5, "tail"),
        removal(1, "silence"),
    ]
    words = load_words(WORDS, "ru", WORDING)
    assert [[r.start for r in group] for group in number_removals(removals, words)] == [
        [1],
        [9],
    ]
    assert [block(seam) for seam in seams(removals, words)] == [":at:`0:05` «x»"]
    assert joins(removals) == 1


def test_alike_removals_share_a_number_and_say_all_their_times() -> None:
    words = load_words(WORDS, "ru", WORDING)
    (group,) = number_removals([removal(61), removal(1), removal(31)], words)
    shown = block(describe(group, words))
    assert shown == ":at:`0:01` :at:`0:31` :at:`1:01` **зацикливание** ×3: «x»"


def test_a_long_text_in_the_evidence_is_shortened() -> None:
    evidence = {**LOOP, "unit": "общую " * 200}
    shown = block(
        describe(
            [replace(removal(1), evidence=evidence)], load_words(WORDS, "ru", WORDING)
        )
    ).replace("\n", " ")
    assert shown.count("общую") == 66
    assert "(и ещё слов: 134)» повторяется примерно 3 раза подряд" in shown


def test_a_mark_stands_in_its_gap_else_after_its_sentence_else_before_all() -> None:
    first, gap = sentence(0, 10, 15), Gap(20.0, 30.0, "removed")
    transcript = Transcript("x", "ru", (first,), (gap,))
    marks = marks_of(
        transcript,
        [[removal(2), removal(12)], [removal(25), removal(26)], [removal(31)]],
    )
    assert marks == {None: (1,), first: (1, 3), gap: (2,)}


def test_paragraphs_end_at_gaps_pauses_and_after_a_while() -> None:
    spoken = [
        sentence(0, 0, 5),
        sentence(1, 5, 10),
        sentence(2, 16, 20),
        sentence(3, 21, 30),
        sentence(4, 58, 60),
    ]
    transcript = Transcript(
        "x", "ru", tuple(spoken), (Gap(30.0, 57.0, "not transcribed"),)
    )
    ((*paragraphs,),) = paragraphs_by_chapter(
        transcript, (), (), lambda gap: "не распознано"
    )
    assert [block(paragraph.nodes) for paragraph in paragraphs] == [
        ":at:`0:00` :said:`t-0-0 0:00.0` Предложение 0. :said:`t-1-0 0:05.0` Предложение 1.",
        ":at:`0:16` :said:`t-2-0 0:16.0` Предложение 2. :said:`t-3-0 0:21.0` Предложение 3.",
        "[0:30–0:57: не распознано]",
        ":at:`0:58` :said:`t-4-0 0:58.0` Предложение 4.",
    ]


def test_a_sentence_cut_at_a_windows_edge_stays_in_one_paragraph() -> None:
    cut = replace(sentence(0, 0, 50), text="и подведём ")
    transcript = Transcript(
        "x", "ru", (cut, sentence(1, 50, 80), sentence(2, 80, 95)), ()
    )
    ((*paragraphs,),) = paragraphs_by_chapter(transcript, (), (), lambda gap: gap.cause)
    assert [block(paragraph.nodes).count(":said:") for paragraph in paragraphs] == [
        2,
        1,
    ]


# --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("node", "rst"),
    [
        (Ref("t-a-1-2", 65.0), ":ref:`1:05 <t-a-1-2>`"),
        (Ref("lecture-a"), ":ref:`lecture-a`"),
        (Ref("lecture-a", words="Вся лекция"), ":ref:`Вся лекция <lecture-a>`"),
        (At(3725.9), ":at:`1:02:05`"),
        (SentenceAnchor("t-1-2", 725.37), ":said:`t-1-2 12:05.3`"),
        (Mark(12), "[12]_"),
        (Literal("a`b"), "a\\`b"),
        (Text("*"), "\\*"),
    ],
)
def test_each_node_has_its_rendering(
    node: Ref | At | SentenceAnchor | Mark | Literal | Text, rst: str
) -> None:
    assert block(node) == rst


@pytest.mark.parametrize(
    "node",
    [
        Ref("a b"),
        Ref("`"),
        SentenceAnchor("x>y", 1.0),
        Ref("a", words="x <javascript:y>"),
    ],
)
def test_a_label_or_an_anchor_that_is_none_is_refused(
    node: Ref | SentenceAnchor,
) -> None:
    with pytest.raises(ValueError, match="no"):
        block(node)


@pytest.mark.parametrize(
    ("text", "rst"),
    [
        ("Списки posting list и C++.", "Списки ``posting list`` и ``C++``."),
        (
            "Метрика nDCG, A/B тесты, LLMки",
            "Метрика ``nDCG``, ``A/B`` тесты, ``LLM``\\ ки",
        ),
        ("T5-модель", "``T5``-модель"),
        ("Без терминов", "Без терминов"),
    ],
)
def test_latin_words_of_a_russian_statement_are_terms(text: str, rst: str) -> None:
    assert block(with_terms(text, "ru")) == rst


def test_an_english_statement_has_no_terms_of_its_own() -> None:
    assert block(with_terms("A posting list", "en")) == "A posting list"
