"""A rule from this file, put into the one list of rules, is at work everywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from konspekt.build import course as building
from konspekt.build.course import Wanted
from konspekt.clean import clean, wording
from konspekt.clean.context import Context
from konspekt.clean.reasons import Code, Reason
from konspekt.clean.rule import Rule
from konspekt.clean.rules import RULES
from konspekt.cli.main import main
from konspekt.course.course import load_course
from konspekt.course.settings import CleanOptions
from konspekt.course.templates import shipped_folder
from konspekt.data import How, RawTranscript, Removal
from konspekt.site.words import PageWords, load_words
from tests.build.test_build import Silent
from tests.builders import raw_transcript
from tests.clean.cases import LECTURE, overlapping, removed
from tests.courses import make_course

BELL = Reason("bell", {"en": "a bell", "ru": "звонок"})
RINGS = Code(
    "bell-rings",
    BELL,
    {"en": "it rings {count:time|times}", "ru": "звенит {count:раз|раза|раз}"},
)


def bells(context: Context) -> Iterator[Removal]:
    """Take sentences that say nothing but «Дзынь»."""
    for index, window in enumerate(context.windows):
        for start, end in context.sentences(index):
            text = window.text[start:end]
            if text.strip(" .!") == "Дзынь":
                why = RINGS.because("it rings 1 time", {"count": 1})
                yield context.removal(index, (start, end), why)


RULE = Rule(
    "bells",
    bells,
    (RINGS,),
    {
        "en": "the rule bells: bells stay in the text",
        "ru": "правила bells: звонки остались",
    },
    version=7,
    judges_one_window=True,
)


@pytest.fixture(autouse=True)
def _rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """The list of rules with one more at its end."""
    assert isinstance(RULES, dict)
    monkeypatch.setitem(RULES, RULE.name, RULE)


def recording(*texts: str) -> RawTranscript:
    return raw_transcript(overlapping(*texts))


def words(language: str) -> PageWords:
    return load_words(shipped_folder() / "site" / "words.toml", language, wording())


def test_it_judges_the_first_pass() -> None:
    result = clean(
        recording(f"Дзынь! {LECTURE[0]}"), CleanOptions(), None, language="ru"
    )
    assert removed(result, "bell") == ["Дзынь!"]


def test_it_judges_the_second_pass_before_that_is_compared() -> None:
    raw = recording(LECTURE[0], "", "", LECTURE[1])
    second = raw_transcript([(30.0, f"{LECTURE[2]} Дзынь!")]).windows[0]
    again = replace(
        raw, windows=(replace(second, id=4, how=How("small", pass_number=2)),)
    )
    result = clean(raw, CleanOptions(), None, language="ru", second_pass=again)
    assert [(r.window, r.text) for r in result.removals if r.reason == "bell"] == [
        (4, "Дзынь!")
    ]


def test_it_can_be_left_out_and_run_alone() -> None:
    raw = recording(f"Дзынь! {LECTURE[0]} Субтитры сделал DimaTorzok")
    alone = clean(raw, CleanOptions(only=("bells",)), None, language="ru")
    assert removed(alone) == ["Дзынь!"]
    without = clean(raw, CleanOptions(without=("bells",)), None, language="ru")
    assert removed(without) == ["Субтитры сделал DimaTorzok"]
    assert "bells: the rule was left out" in without.quality.without


@pytest.mark.parametrize(
    ("language", "reason", "because", "left_out"),
    [
        ("ru", "звонок", "звенит 2 раза", "правила bells: звонки остались"),
        ("en", "a bell", "it rings 2 times", "the rule bells: bells stay in the text"),
    ],
)
def test_the_page_has_its_words_in_both_languages(
    language: str, reason: str, because: str, left_out: str
) -> None:
    page = words(language)
    assert page.reason("bell") == reason
    assert page.because("bell-rings", {"count": 2}) == because
    assert page.without("bells: the rule was left out") == left_out


def test_the_commands_know_it(tmp_path: Path) -> None:
    raw = tmp_path / "week1.raw.txt"
    raw.write_text(f"[Chunk start 0.00s]: Дзынь! {LECTURE[0]}\n", encoding="utf-8")
    output = tmp_path / "out"
    run = [*("clean", str(raw), "--output", str(output), "--embeddings", "none")]
    assert invoke(*run, "--only", "bells") == ""
    (removal,) = lines_of(output / "removed.jsonl")
    assert (removal["reason"], removal["code"]) == ("bell", "bell-rings")
    assert "bell: it rings 1 time" in invoke("explain", str(output), "0")
    assert "bells" in completed("konspekt clean --only be")
    assert "bells" in completed("konspekt clean --without be")


def test_a_course_is_built_with_it_and_cleaned_again_when_its_version_rises(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = make_course(
        tmp_path / "course", week1=f"[Chunk start 0.00s]: Дзынь! {LECTURE[0]}\n"
    )
    assert "week1 clean" in built(course)
    (removal,) = lines_of(course / "output" / "lectures" / "week1" / "removed.jsonl")
    assert removal["reason"] == "bell"
    assert built(course) == ""
    assert isinstance(RULES, dict)
    monkeypatch.setitem(RULES, RULE.name, replace(RULE, version=8))
    assert "week1 clean" in built(course)


def built(folder: Path) -> str:
    """Return what was brought up to date, up to cleaning."""
    course, watcher = load_course(folder), Silent()
    with building.open_course(course) as tools:
        building.build(course, tools, watcher, Wanted("clean"))
    assert not watcher.errors
    return "\n".join(watcher.stages)


def invoke(*arguments: str) -> str:
    result = CliRunner().invoke(main, ["--quiet", *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def completed(line: str) -> list[str]:
    """Return what the shell offers at the end of a line."""
    shown = {"_KONSPEKT_COMPLETE": "bash_complete", "COMP_WORDS": line}
    shown["COMP_CWORD"] = str(len(line.split()) - 1)
    result = CliRunner().invoke(main, prog_name="konspekt", env=shown)
    return [row.partition(",")[2] for row in result.stdout.splitlines()]


def lines_of(path: Path) -> list[Mapping[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
