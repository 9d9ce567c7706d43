"""The list of formats is enough: one more in it is at work everywhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from konspekt.formats import FORMATS
from tests.courses import ROOT, make_course
from tests.formats.added import FORMAT
from tests.formats.documented import undocumented

TEXT = "Сегодня мы говорим об обратном индексе. Он хранит для каждого слова список документов."
LINES = f"0 9.5 {TEXT}\n10 19 Без индекса поиск читает все тексты подряд, а это очень долго.\n"


def konspekt(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.formats.added", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=ROOT
    )


def told(*arguments: str | Path) -> str:
    done = konspekt(*arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.cues"
    path.write_text(LINES, encoding="utf-8")
    return path


def test_stages_read_it_outside_a_course(file: Path, tmp_path: Path) -> None:
    told("transcribe", file, "--output", tmp_path / "out")
    assert '"model": "cue-lines"' in (tmp_path / "out" / "raw.json").read_text(
        encoding="utf-8"
    )
    told("clean", file, "--embeddings", "none", "--output", tmp_path / "cleaned")
    kept = (tmp_path / "cleaned" / "transcript.txt").read_text(encoding="utf-8")
    assert kept.startswith("Сегодня мы говорим об обратном индексе.\n")
    figures = told("score", file, file).splitlines()[1]
    assert figures.split()[:2] == ["ru", "0.000"]


def test_what_is_wrong_in_it_is_one_line_in_all_stages(tmp_path: Path) -> None:
    broken = tmp_path / "b.cues"
    broken.write_text("x 1 да\n")
    said = f"konspekt: {broken}: line 1: 'x' is not a time in seconds. Correct it.\n"
    for command in ("transcribe", "clean"):
        assert konspekt(command, broken, "--output", tmp_path / "out").stderr == said
    assert konspekt("score", broken, broken).stderr == said


def test_help_names_it(file: Path) -> None:
    for command in ("transcribe", "score"):
        assert "Cue lines" in " ".join(told(command, "--help").split())
    other = file.with_suffix(".docx")
    other.write_text("а")
    assert "Cue lines (.cues)" in konspekt("score", file, other).stderr


def test_a_course_builds_a_lecture_and_its_score_of_it_and_the_page_has_its_words(
    tmp_path: Path,
) -> None:
    course = make_course(tmp_path / "course")
    recordings = course / "recordings"
    (recordings / "week1.raw.txt").unlink()
    (recordings / "week1.raw.cues").write_text(LINES, encoding="utf-8")
    (recordings / "week1.reference.cues").write_text(LINES, encoding="utf-8")
    told("build", course)
    output = course / "output"
    assert (output / "lectures" / "week1" / "score.json").is_file()
    page = (output / "site" / "html" / "lectures" / "week1.html").read_text(
        encoding="utf-8"
    )
    assert "готовая расшифровка (строки с временем)" in page


def test_the_readme_and_the_page_on_scoring_are_missing_it() -> None:
    assert undocumented(FORMATS) == []
    assert undocumented((*FORMATS, FORMAT)) == [
        "README.md: .raw.cues",
        "docs/scoring.md: Cue lines",
    ]
