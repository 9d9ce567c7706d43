"""A message names a setting as it can be set there: an option of the command, or course.toml."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

import konspekt
from konspekt.cli.main import COMMANDS, main
from konspekt.course.settings import TABLES, CourseFile
from konspekt.errors import name_setting, name_settings_for
from tests.courses import make_course

PACKAGE = Path(konspekt.__file__).parent
OPTIONS = {name for command in COMMANDS for one in command.params for name in one.opts}


def calls() -> Iterator[ast.Call]:
    """Every place where a message names a setting."""
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "name_setting":
                yield node


def named(call: ast.Call) -> str:
    """What a call returns; a value that is not known before it runs is "x"."""
    values = [
        ast.literal_eval(one) if isinstance(one, ast.Constant) else "x"
        for one in call.args
    ]
    options = {one.arg: ast.literal_eval(one.value) for one in call.keywords if one.arg}
    return name_setting(*values, **options)


EVERY = sorted({named(call) for call in calls()})


def test_messages_name_settings() -> None:
    assert len(EVERY) > 8


@pytest.mark.parametrize("setting", EVERY)
def test_outside_a_course_a_setting_is_an_option_that_a_command_has(
    setting: str,
) -> None:
    words = name_settings_for(setting, in_course=False)
    if words.startswith("--"):
        assert words.split()[0] in OPTIONS
        assert not re.search(r"[\[\](]", words)
    else:
        assert words.endswith("] of a course")


@pytest.mark.parametrize("setting", EVERY)
def test_in_a_course_a_setting_is_a_line_of_course_toml(setting: str) -> None:
    words = name_settings_for(setting, in_course=True)
    found = re.fullmatch(
        r'(\w+)(?: = "[^"]+")? in (?:course\.toml|\[([\w.]+)\])', words
    )
    assert found, words
    table = TABLES[found[2]] if found[2] else CourseFile
    assert found[1] in table.model_fields


def test_several_settings_of_one_sentence() -> None:
    device = name_setting("transcribe.device", "cpu")
    hours = name_setting("transcribe.max_hours", option=None)
    both = f"Choose {device}, or raise {hours} (12)."
    assert name_settings_for(both, in_course=False) == (
        "Choose --device cpu, or raise max_hours in [transcribe] of a course (12)."
    )
    assert name_settings_for(both, in_course=True) == (
        'Choose device = "cpu" in [transcribe], or raise max_hours in [transcribe] (12).'
    )


def said(*arguments: str | Path) -> str:
    return CliRunner().invoke(main, [str(argument) for argument in arguments]).output


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course with one recording and an engine that there is not."""
    made = make_course(tmp_path / "c", '[transcribe]\nengine = "fast"\n')
    (made / "recordings" / "a.mp3").write_bytes(b"ID3")
    return made


@pytest.mark.parametrize("command", ["build", "status", "doctor", "second-pass"])
def test_a_command_on_a_course_names_the_setting(command: str, course: Path) -> None:
    output = said(command, course)
    if command != "second-pass":
        assert "Correct engine in [transcribe]." in output
    assert "--engine" not in output
    assert " of a course" not in output


@pytest.mark.parametrize("command", ["clean", "notes", "site", "transcribe"])
def test_a_wrong_language_outside_a_course_names_the_option_alone(
    command: str, tmp_path: Path
) -> None:
    output = said(command, tmp_path / "a", "--output", tmp_path, "--language", "xx")
    assert "Name another --language or none: " in output
    assert "in [" not in output
    assert "course.toml" not in output


def test_a_missing_model_outside_a_course_names_the_option_alone(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.mp3").write_bytes(b"ID3")
    output = said(
        *("transcribe", tmp_path / "a.mp3", "--output", tmp_path / "o"),
        *("--model", "gone.pt"),
    )
    assert output.endswith("Correct --model.\n")


def test_one_function_alone_names_the_options_of_settings() -> None:
    """Outside the commands; `doctor` prints a whole command line, which names an option itself."""
    options = {one.split()[0] for one in EVERY if one.startswith("--")}
    for path in PACKAGE.rglob("*.py"):
        name = path.relative_to(PACKAGE).as_posix()
        if name.startswith("cli/") or name == "build/doctor.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                written = set(re.findall(r"--[a-z-]+", node.value))
                assert not written & options, name
