"""The shell offers lectures, models, engines, stages, rules and profiles."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from konspekt.cli.main import main
from konspekt.models.catalog import ENCODER_NAMES
from tests.courses import LECTURE, make_course


def offered(*arguments: str, begun: str = "") -> list[str]:
    completion = ShellComplete(main, {}, "konspekt", "_KONSPEKT_COMPLETE")
    return [item.value for item in completion.get_completions(list(arguments), begun)]


def test_commands_are_offered_by_their_names() -> None:
    assert set(offered(begun="s")) == {"second-pass", "site", "status", "score"}


@pytest.mark.parametrize(
    ("arguments", "begun", "names"),
    [
        (("build", "--until"), "se", ["second-pass"]),
        (("build", "--until"), "n", ["notes"]),
        (("transcribe", "--model"), "tur", ["turbo"]),
        (("transcribe", "--model"), "a", ["auto"]),
        (("transcribe", "--engine"), "f", ["faster-whisper"]),
        (("second-pass", "--device"), "c", ["cpu", "cuda"]),
        (("clean", "--without"), "lo", ["loops"]),
        (("clean", "--only"), "sea", ["seams"]),
        (("score", "--profile"), "whisper-", ["whisper-basic", "whisper-english"]),
        (("score", "--profile", "ru", "--without"), "punct", ["punctuation"]),
        (("score", "--without"), "mark", ["markup"]),
        (("clean", "--embeddings"), "", ["auto", "none", *ENCODER_NAMES]),
        (("clean", "--language"), "r", ["ro", "ru"]),
        (("transcribe", "--language"), "en", ["en"]),
    ],
)
def test_what_an_option_takes_is_offered(
    arguments: tuple[str, ...], begun: str, names: list[str]
) -> None:
    assert offered(*arguments, begun=begun) == names


@pytest.mark.parametrize("arguments", [("build",), ("second-pass",), ("explain",)])
def test_the_lectures_of_the_course_that_is_named_are_offered(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    course = make_course(tmp_path / "c", week1=LECTURE, week2=LECTURE)
    assert offered(*arguments, str(course), "--lecture", begun="week") == [
        "week1",
        "week2",
    ]


def test_where_there_is_no_course_no_lecture_is_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert offered("build", "--lecture") == []
