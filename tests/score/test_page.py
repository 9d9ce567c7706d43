"""The page of a report: whole in itself, every error in it, and nothing in the texts is more than
text.
"""

from __future__ import annotations

import re
import tomllib
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from konspekt.course.glossary import Glossary, GlossaryTerm
from konspekt.course.templates import shipped_folder
from konspekt.score.alignment import align
from konspekt.score.analysis import ScoringOptions
from konspekt.score.page import page
from konspekt.score.pairing import Pair
from konspekt.score.profiles import normalise
from konspekt.score.report import Report, score_files
from konspekt.score.uncertainty import Mapsswe, NoInterval, confidence_interval, mapsswe

VOID = {"meta", "input", "br", "link", "img", "rect", "path"}


class Page(HTMLParser):
    """What a browser would make of a page: elements with their attributes, text by where it
    stands.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        # of the text: what stands in which element, cell by cell
        self.cells: list[list[tuple[str, str]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "p" and self.in_row:
            self.cells.append([])
        if tag not in VOID:
            self.open.append(tag)
        if tag == "div" and dict(attrs).get("class") == "row":
            self.row = len(self.open)

    row = 0

    @property
    def in_row(self) -> bool:
        return bool(self.row) and len(self.open) >= self.row

    def handle_endtag(self, tag: str) -> None:
        assert tag in VOID or self.open.pop() == tag, f"</{tag}> in {self.open[-3:]}"

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "script"):
            self.text += data
        if self.in_row and "p" in self.open and self.open[-1] not in ("b", "a"):
            self.cells[-1].append((self.open[-1], data))

    def values(self, name: str) -> list[str]:
        return [attrs[name] or "" for _, attrs in self.elements if name in attrs]

    def read(self, side: str, system: int = 0, systems: int = 1) -> str:
        """One side of the text: `del` the reference, `ins` a hypothesis."""
        other = {"del": "ins", "ins": "del"}[side]
        shown = (
            text
            for cell in self.cells[system::systems]
            for element, text in cell
            if element != other
        )
        return " ".join(" ".join(shown).split())


def report(folder: Path, reference: str, *hypothesis: str, **options: object) -> Report:
    """Real files, scored; texts with an arrow are SRT."""

    def write(name: str, text: str) -> Path:
        path = folder / (name + (".srt" if "-->" in text else ".txt"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    names = [f"system{number}" for number in range(1, len(hypothesis) + 1)]
    pair = Pair(
        "lec1",
        write("ref", reference),
        tuple(write(f"{n}/hyp", h) for n, h in zip(names, hypothesis, strict=True)),
    )
    sound = options.pop("sound", None)
    scoring = ScoringOptions(**{"profile": "ru", **options})  # type: ignore[arg-type]
    return score_files([pair], names, scoring, sounds=[sound])  # type: ignore[list-item]


def srt(*texts: str, seconds: int = 20) -> str:
    def stamp(second: int) -> str:
        return f"00:{second // 60:02d}:{second % 60:02d},000"

    cues = enumerate(texts)
    return "\n".join(
        f"{i + 1}\n{stamp(i * seconds)} --> {stamp((i + 1) * seconds)}\n{text}\n"
        for i, text in cues
    )


REFERENCE = "Мы учим модель на GPU, и она сходится.\nПотом считаем потери."
HYPOTHESIS = "Мы учим модели на ГПУ и она она сходится. Считаем потери"


# --------------------------------------------------------------------------------------------------


def test_tags_are_balanced_and_ids_are_unique_and_every_anchor_leads_somewhere(
    tmp_path: Path,
) -> None:
    glossary = Glossary((GlossaryTerm("GPU", ("джипию",)), GlossaryTerm("модель", ())))
    reference = srt(*["одно слово за другим, и так всю минуту"] * 30)
    hypothesis = srt(*["одно слова за другим и вся минута прошла"] * 28)
    for made in (
        report(tmp_path / "a", REFERENCE, HYPOTHESIS, glossary=glossary),
        report(
            tmp_path / "b",
            reference,
            hypothesis,
            reference,
            sound=tmp_path / "a.mp3",
            glossary=glossary,
        ),
    ):
        found = Page(page(made, language="ru"))
        assert found.open == []
        ids = found.values("id")
        assert len(ids) == len(set(ids))
        assert {href.removeprefix("#") for href in found.values("href")} <= set(ids)
        assert {
            name for value in found.values("aria-labelledby") for name in value.split()
        } <= set(ids)


def test_the_page_loads_nothing_from_anywhere(tmp_path: Path) -> None:
    html = page(report(tmp_path, REFERENCE, HYPOTHESIS), language="ru")
    found = Page(html)
    assert found.values("src") == []
    assert all(href.startswith("#") for href in found.values("href"))
    assert not {tag for tag, _ in found.elements} & {
        "link",
        "img",
        "iframe",
        "object",
        "embed",
        "base",
        "audio",
    }
    assert not re.search(r"https?:|url\(|@import|fetch\(|XMLHttp", html)
    policy = next(
        attrs["content"] for _, attrs in found.elements if attrs.get("http-equiv")
    )
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    assert "script-src 'sha256-" in policy


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    assert page(report(tmp_path / "a", REFERENCE, HYPOTHESIS), language="ru") == page(
        report(tmp_path / "b", REFERENCE, HYPOTHESIS), language="ru"
    )


def test_a_reference_a_hypothesis_or_both_may_be_empty_among_others(
    tmp_path: Path,
) -> None:
    texts = {
        "ref1": "",
        "hyp1": "что послышалось",
        "ref2": "что сказано",
        "hyp2": "",
        "ref3": "",
        "hyp3": "",
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
    pairs = [
        Pair(f"lec{n}", tmp_path / f"ref{n}.txt", (tmp_path / f"hyp{n}.txt",))
        for n in (1, 2, 3)
    ]
    pairs.append(Pair("lec4", tmp_path / "ref2.txt", (None,)))
    found = Page(
        page(score_files(pairs, ["система"], ScoringOptions("ru")), language="ru")
    )
    cells = [
        " ".join("".join(text for _, text in cell).split()) for cell in found.cells
    ]
    assert cells == [
        "что послышалось",
        "что сказано",
        "(слов нет ни в эталоне, ни в расшифровке)",
        "что сказано",
    ]
    assert "в эталоне нет слов" in found.text
    assert "lec4: расшифровки нет: все слова считаются пропусками" in found.text
    assert len(found.values("id")) == len(set(found.values("id")))


def test_a_lecture_of_twenty_thousand_words_is_under_three_megabytes(
    tmp_path: Path,
) -> None:
    words = [f"слово{number % 997}" for number in range(20_000)]
    reference = "\n".join(
        " ".join(words[at : at + 12]) for at in range(0, len(words), 12)
    )
    hypothesis = " ".join(
        "иначе" if at % 7 == 3 else word for at, word in enumerate(words) if at % 41
    )
    html = page(report(tmp_path, reference, hypothesis), language="ru")
    assert len(html.encode()) < 3_000_000


# --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "word",
    [
        "<script>alert(1)</script>",
        "{{7*7}}",
        '"><img',
        "</style><b>",
        "&lt;",
        "{%raw%}",
    ],
)
@pytest.mark.parametrize("side", ["reference", "hypothesis"])
def test_a_hostile_word_is_text(tmp_path: Path, word: str, side: str) -> None:
    reference, hypothesis = (f"раз {word} два", "раз другое два")
    made = report(
        tmp_path,
        *((reference, hypothesis) if side == "said" else (hypothesis, reference)),
        profile="raw",
    )
    found = Page(page(made, language="ru", title=word))
    assert word in found.read("del" if side == "said" else "ins")
    assert not {"img", "alert"} & {tag for tag, _ in found.elements}
    assert [tag for tag, _ in found.elements].count("script") == 1
    assert found.open == []


def test_no_text_reaches_the_script(tmp_path: Path) -> None:
    html = page(
        report(tmp_path, REFERENCE, HYPOTHESIS), language="ru", title="Заголовок"
    )
    (script,) = re.findall(r"<script>(.*)</script>", html, re.DOTALL)
    assert script == (shipped_folder() / "score" / "report.js").read_text(
        encoding="utf-8"
    )


# --------------------------------------------------------------------------------------------------


def test_the_words_of_the_text_in_order_are_the_reference_s_and_the_hypothesis_s(
    tmp_path: Path,
) -> None:
    made = report(tmp_path, REFERENCE, HYPOTHESIS)
    found, analysis = (
        Page(page(made, language="ru")),
        made.systems[0].lectures[0].analysis,
    )
    assert normalise(found.read("del"), "ru").split() == list(analysis.reference.words)
    assert normalise(found.read("ins"), "ru").split() == list(analysis.hypothesis.words)


def test_a_written_word_of_which_only_a_part_is_wrong_is_shown_once(
    tmp_path: Path,
) -> None:
    found = Page(
        page(
            report(tmp_path, "Это онлайн-курс, да.", "Это онлайн круг да"),
            language="ru",
        )
    )
    assert found.read("del") == "Это онлайн курс да."
    assert found.read("ins") == "Это онлайн круг да."


def test_every_word_of_an_error_is_in_the_text_whatever_the_paragraphs(
    tmp_path: Path,
) -> None:
    reference = " ".join(f"слово{number}." for number in range(400))
    hypothesis = " ".join(
        f"слово{number}" if number % 5 else f"иначе{number} ещё"
        for number in range(399)
    )
    made = report(tmp_path, reference, hypothesis)
    found, analysis = (
        Page(page(made, language="ru")),
        made.systems[0].lectures[0].analysis,
    )
    assert 4 <= len(found.cells) <= 6
    assert normalise(found.read("del"), "ru").split() == list(analysis.reference.words)
    for edit in analysis.readable:
        if edit.kind != "equal":
            for word in analysis.hypothesis.words[edit.hyp_start : edit.hyp_end]:
                assert word in found.text.replace("ё", "е")


def test_two_systems_stand_in_two_columns_of_the_same_paragraphs(
    tmp_path: Path,
) -> None:
    html = page(report(tmp_path, REFERENCE, HYPOTHESIS, REFERENCE), language="ru")
    found = Page(html)
    assert "--systems: 2" in html
    assert len(found.cells) == 2 * sum(
        attrs.get("class") == "row" for _, attrs in found.elements
    )
    assert (
        found.read("del", 0, 2)
        == found.read("del", 1, 2)
        == " ".join(REFERENCE.split())
    )
    assert "неразличимы" in found.text


def test_systems_compared_with_other_alternates_have_a_text_each(
    tmp_path: Path,
) -> None:
    made = report(
        tmp_path, "один {два / три} четыре", "один два четыре", "один три четыре"
    )
    found = Page(page(made, language="ru"))
    assert [cell[0][1].strip() for cell in found.cells] == [
        "один два четыре",
        "один три четыре",
    ]
    assert "у каждой свой текст" in found.text


def test_a_bar_of_the_chart_leads_to_its_paragraph(tmp_path: Path) -> None:
    said = srt(
        *[
            f"{number} раз повторим слова"
            for number in ["пять", "шесть", "семь", "восемь", "девять"]
        ],
        seconds=60,
    )
    html = page(report(tmp_path, said, "совсем не то"), language="ru")
    assert len(re.findall(r'<rect class="hit"', html)) == 5
    assert "1:00–2:00: ошибок 4, слов 4" in Page(html).text


# --------------------------------------------------------------------------------------------- figu


def test_what_is_not_known_is_a_dash_with_its_reason(tmp_path: Path) -> None:
    found = Page(page(report(tmp_path, REFERENCE, HYPOTHESIS), language="en"))
    assert found.text.count("times are not known") == 4
    assert "an interval needs 10" in found.text


def test_reasons_are_told_in_the_language_of_the_page(tmp_path: Path) -> None:
    text = Page(
        page(report(tmp_path, REFERENCE, HYPOTHESIS, REFERENCE), language="ru")
    ).text
    assert "отрезков речи: 1, а для интервала нужно 10" in text
    assert not re.search("blocks of speech|segments|difference is", text)


def test_every_reason_that_the_figures_can_give_is_told_in_russian() -> None:
    russian = tomllib.loads(
        (shipped_folder() / "score" / "words.toml").read_text(encoding="utf-8")
    )["ru"]["reasons"]
    reference, hypothesis = ["а", "б", "в", "г"] * 3, ["а", "б", "в", "x"] * 3
    right, wrong = align(reference, reference), align(reference, hypothesis)
    given = (
        confidence_interval([]),
        confidence_interval([(1, 100)] * 10),
        mapsswe(right, right),
        mapsswe(wrong, right),
        mapsswe(wrong, wrong),
    )
    for found in given:
        assert isinstance(found, NoInterval | Mapsswe)
        assert found.reason is not None
        assert re.sub(r"-?\d+", "{}", found.reason) in russian


def test_terms_tell_what_they_turned_into_and_are_proposed_for_the_glossary(
    tmp_path: Path,
) -> None:
    glossary = Glossary((GlossaryTerm("токенизатор", ()),))
    hypothesis = "Берём токинизатор и учим"
    found = Page(
        page(
            report(tmp_path, "Берём токенизатор и учим", hypothesis, glossary=glossary),
            language="ru",
        )
    )
    assert '"токенизатор" = ["токинизатор"]' in found.text
    assert "t" in next(value for value in found.values("data-e"))
    assert "terms" in found.values("name")
    both = Page(
        page(
            report(
                tmp_path,
                "Берём токенизатор и учим",
                hypothesis,
                hypothesis,
                glossary=glossary,
            ),
            language="ru",
        )
    )
    assert {"Все термины: system1", "Все термины: system2"} <= set(
        both.text.splitlines()
    )
    without = Page(page(report(tmp_path, REFERENCE, HYPOTHESIS), language="ru"))
    assert "terms" not in without.values("name")


def test_confusions_beyond_the_fifty_most_frequent_are_folded_away(
    tmp_path: Path,
) -> None:
    said = " ".join(f"слово{number}" for number in range(60))
    found = Page(page(report(tmp_path, said, " ".join(["иное"] * 60)), language="ru"))
    assert "остальное: 10" in found.text


def test_the_foot_names_the_files_and_their_hashes_and_no_folder(
    tmp_path: Path,
) -> None:
    made = report(tmp_path, REFERENCE, HYPOTHESIS, without=("yo",))
    html = page(made, language="ru")
    scored = made.systems[0].lectures[0]
    assert scored.hypothesis is not None
    assert {scored.reference.sha256, scored.hypothesis.sha256} <= set(
        re.findall(r"[0-9a-f]{64}", html)
    )
    assert "без правил yo" in html
    assert str(tmp_path) not in html


# --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "lang", "heading"),
    [("ru", "ru", "В цифрах"), ("en", "en", "In figures"), ("de", "en", "In figures")],
)
def test_the_page_speaks_the_language_of_the_lecture_else_english(
    tmp_path: Path, language: str, lang: str, heading: str
) -> None:
    html = page(report(tmp_path, REFERENCE, HYPOTHESIS), language=language)
    assert f'<html lang="{lang}">' in html
    assert heading in html


def test_both_languages_have_the_same_words_with_the_same_places() -> None:
    tables = tomllib.loads(
        (shipped_folder() / "score" / "words.toml").read_text(encoding="utf-8")
    )
    english, russian = tables["en"], tables["ru"]
    assert english.keys() == russian.keys()
    assert english["rules_do"].keys() == russian["rules_do"].keys()
    for name, form in english.items():
        if isinstance(form, str):
            assert sorted(re.findall(r"\{\w*\}", form)) == sorted(
                re.findall(r"\{\w*\}", russian[name])
            ), name


# --------------------------------------------------------------------------------------------------


def test_a_sound_is_named_by_the_way_to_it_whatever_its_name(tmp_path: Path) -> None:
    sound = tmp_path / "записи" / 'лекция 1: "начало" #2?.mp3'
    html = page(
        report(tmp_path, srt(REFERENCE), HYPOTHESIS, sound=sound),
        language="ru",
        sound_base=tmp_path / "out",
    )
    (src,) = Page(html).values("src")
    assert re.fullmatch(r"[A-Za-z0-9%./_~-]+", src)
    assert unquote(src) == '../записи/лекция 1: "начало" #2?.mp3'
    assert "data-t=" in html


def test_without_a_folder_for_the_page_a_sound_has_its_own_address(
    tmp_path: Path,
) -> None:
    html = page(
        report(tmp_path, REFERENCE, HYPOTHESIS, sound=tmp_path / "a b.mp3"),
        language="ru",
    )
    assert Page(html).values("src") == [(tmp_path / "a b.mp3").as_uri()]


def test_where_no_sound_is_known_nothing_plays(tmp_path: Path) -> None:
    found = Page(page(report(tmp_path, srt(REFERENCE), HYPOTHESIS), language="ru"))
    assert "audio" not in {tag for tag, _ in found.elements}
    assert found.values("data-t") == []
