"""A setting from this file, put into its table and given an option, is at work everywhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic import Field

from konspekt.artifacts.store import Hashes
from konspekt.build.jobs import CLEAN
from konspekt.build.stage import Job, Stage, Tools, course_job
from konspekt.cli import clean as clean_module
from konspekt.cli import transcribe as transcribe_module
from konspekt.cli.main import main
from konspekt.cli.options import SettingOption, settings_of
from konspekt.cli.terminal import Terminal
from konspekt.course import course as courses
from konspekt.course import scaffold, settings
from konspekt.course.settings import CleanOptions, CourseFile, TranscribeOptions
from konspekt.errors import CourseError
from tests.courses import make_course
from tools import reference


class WithDoubt(CleanOptions):
    """[clean]: what is removed."""

    doubt: float = Field(0.5, ge=0, le=1, description="How much doubt removes a word.")


class WithDoubtFile(CourseFile):
    """course.toml."""

    clean: WithDoubt = WithDoubt()


@pytest.fixture
def _field(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tables of course.toml with one setting more."""
    tables = {**settings.TABLES, "clean": WithDoubt}
    monkeypatch.setattr(settings, "CleanOptions", WithDoubt)
    for module in (settings, scaffold):
        monkeypatch.setattr(module, "TABLES", tables)
    for module in (courses, scaffold, reference):
        monkeypatch.setattr(module, "CourseFile", WithDoubtFile)


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> list[Job]:
    """The jobs that commands run; nothing is made."""
    met: list[Job] = []

    def note(_: Terminal, job: Job, __: Stage, **_more: bool) -> None:
        met.append(job)
        raise CourseError("that will do", path="here", remedy="Stop.")

    monkeypatch.setattr(clean_module, "run_stage", note)
    return met


def add_option(monkeypatch: pytest.MonkeyPatch, command: str, setting: str) -> None:
    """Give a command the option that `setting_option(setting)` stands for."""
    option = SettingOption(
        [f"--{setting.partition('.')[2].replace('_', '-')}"], setting=setting
    )
    one = main.commands[command]
    monkeypatch.setattr(one, "params", [*one.params, option])


@pytest.mark.usefixtures("_field")
def test_course_toml_and_the_page_of_settings_explain_it() -> None:
    lines = scaffold.course_toml("A").splitlines()
    place = lines.index("#doubt = 0.5")
    assert lines[place - 1] == "# How much doubt removes a word."
    page = reference.settings()
    assert "`doubt`\n: How much doubt removes a word. (default `0.5`; 0 to 1)" in page


@pytest.mark.usefixtures("_field")
def test_a_wrong_value_is_named_and_another_one_cleans_again(tmp_path: Path) -> None:
    def options(value: str) -> object:
        folder = tmp_path / value
        make_course(folder, f"[clean]\nembeddings = 'none'\ndoubt = {value}\n")
        course = courses.load_course(folder)
        job = course_job(course, course.lectures[0], Tools(Hashes.load(None)))
        return CLEAN.options(job)

    assert options("0.25") != options("0.75")
    with pytest.raises(
        CourseError, match=r"setting 'clean\.doubt'.*less than or equal"
    ):
        options("2")


@pytest.mark.usefixtures("_field")
def test_its_option_reaches_the_stage(
    tmp_path: Path, jobs: list[Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    add_option(monkeypatch, "clean", "clean.doubt")
    (tmp_path / "a.srt").write_text(
        "1\n00:00:01,000 --> 00:00:02,000\nДа.\n", encoding="utf-8"
    )
    arguments = ["clean", str(tmp_path / "a.srt"), "--output", str(tmp_path / "out")]
    CliRunner().invoke(main, [*arguments, "--doubt", "0.25"])
    assert jobs[0].clean == WithDoubt(doubt=0.25)
    wrong = CliRunner().invoke(main, [*arguments, "--doubt", "2"])
    assert wrong.exit_code == 2
    assert "--doubt: input should be less than or equal to 1" in wrong.output
    shown = CliRunner().invoke(main, ["clean", "--help"]).output
    words = "How much doubt removes a word. [default: 0.5]"
    assert words in " ".join(shown.split())


@pytest.mark.parametrize("command", ["transcribe", "second-pass"])
def test_a_setting_that_had_no_option_reaches_both_passes(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_option(monkeypatch, command, "transcribe.beam_size")
    made: list[TranscribeOptions] = []

    def note(table: type[TranscribeOptions], **given: object) -> None:
        made.append(settings_of(table, **given))
        raise CourseError("that will do", path="here", remedy="Stop.")

    monkeypatch.setattr(transcribe_module, "settings_of", note)
    (tmp_path / "a.wav").write_bytes(b"sound")
    arguments = [command, str(tmp_path / "a.wav"), "--output", str(tmp_path / "out")]
    CliRunner().invoke(main, [*arguments, "--beam-size", "2", "--track", "3"])
    assert made == [TranscribeOptions(beam_size=2, track=3)]


def test_in_a_course_its_option_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_option(monkeypatch, "second-pass", "transcribe.beam_size")
    make_course(tmp_path / "c")
    done = CliRunner().invoke(
        main, ["second-pass", str(tmp_path / "c"), "--beam-size", "2"]
    )
    assert "--beam-size is for a recording outside a course" in done.output
