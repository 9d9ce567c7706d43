"""The first steps of a new user: what is missing is named, with what to do."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from konspekt.build import doctor
from konspekt.cli.main import main
from tests.courses import LECTURE, make_course


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_an_empty_course_is_one_line_that_says_what_to_put_where(
    tmp_path: Path,
) -> None:
    course = tmp_path / "my-course"
    assert run("new", course).exit_code == 0
    done = run("build", course)
    assert done.exit_code == 1
    assert done.output == (
        f"konspekt: {course / 'recordings'}: no recordings yet. Copy recordings there (week01.mp3) "
        "or raw transcripts (week01.raw.txt), then build again.\n"
    )
    assert "no recordings yet. Copy recordings there" in run("status", course).output


def test_a_second_pass_without_a_first_names_commands_that_can_be_typed(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.mp3").write_bytes(b"ID3")
    done = run("second-pass", tmp_path / "a.mp3", "--output", tmp_path / "o")
    assert done.exit_code == 1
    transcribe = f"konspekt transcribe {tmp_path}/a.mp3 --output {tmp_path}/o"
    clean = f"konspekt clean {tmp_path}/o/raw.json --output {tmp_path}/o"
    assert f"First: {transcribe}, then {clean}." in done.output


def test_notes_say_that_the_language_model_was_not_used(tmp_path: Path) -> None:
    (tmp_path / "a.raw.txt").write_text(LECTURE, encoding="utf-8")
    assert run("clean", tmp_path / "a.raw.txt", "--output", tmp_path).exit_code == 0
    transcript = tmp_path / "transcript.json"
    model = ("--llm-url", "http://127.0.0.1:1/v1", "--llm-model", "x")
    done = run("notes", transcript, "--output", tmp_path, *model)
    assert done.exit_code == 0, done.output
    assert (
        "Note: The language model cannot be used, chapters without its" in done.output
    )


def test_an_address_among_the_lectures_is_named_as_one(tmp_path: Path) -> None:
    listed = '[[lectures]]\nfiles = ["https://example.org/week01.mp3"]\n'
    done = run("build", make_course(tmp_path / "c", listed), "--until", "transcribe")
    assert done.exit_code == 1
    assert "this is an address, not a file. Download the recording" in done.output


def test_a_reference_alone_lacks_its_hypothesis(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("слово", encoding="utf-8")
    done = run("score", tmp_path / "a.txt")
    assert done.exit_code == 2
    assert "The hypothesis is missing: konspekt score" in done.output


def test_doctor_fails_where_there_is_no_course_whether_the_folder_was_named_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remedy = "Make one: konspekt new FOLDER, or name a course: konspekt doctor FOLDER."
    monkeypatch.chdir(tmp_path)
    for done, course_toml in (
        (run("doctor", tmp_path), tmp_path / "course.toml"),
        (run("doctor"), Path("course.toml")),
    ):
        assert done.exit_code == 1
        words = f"missing  course: there is no {course_toml}\n         {remedy}\n"
        assert words in done.output
        assert done.output.count("missing  ") == 1


@pytest.mark.parametrize("is_here", [False, True])
def test_doctor_outside_a_course_misses_no_whisper_that_nobody_named(
    is_here: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr(doctor, "answers", lambda *_: False)
    file = tmp_path / "whisper" / "small.pt"
    if is_here:
        file.parent.mkdir()
        file.write_bytes(b"x")
    words = f"in {file}" if is_here else f"462 MB to fetch, not in {file} yet"
    output = run("doctor").output
    assert f"ok       Whisper where none is named: small ({words})\n" in output


def test_doctor_fails_where_a_model_that_the_course_needs_is_missing(
    tmp_path: Path,
) -> None:
    course = make_course(tmp_path / "c", '[transcribe]\nmodel = "missing.pt"\n')
    assert run("doctor", course).exit_code == 0, "its lectures came as text"
    (course / "recordings" / "a.mp3").write_bytes(b"x")
    done = run("doctor", course)
    assert done.exit_code == 1
    assert "missing  Whisper: " in done.output


def test_doctor_says_in_one_line_how_a_named_model_can_be_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(doctor, "answers", lambda *_: False)
    course = make_course(tmp_path / "c", '[transcribe]\nmodel = "small"\n')
    (course / "recordings" / "a.mp3").write_bytes(b"x")
    done = run("doctor", course)
    assert done.exit_code == 1
    sought = tmp_path / "whisper" / "small.pt"
    assert (
        f"missing  Whisper 'small' (462 MB) is not in {sought} and cannot be"
        in done.output
    )
    for way in (
        "Connect to the network",
        "copy that file",
        'model = "path.pt" in [transcribe]',
        "NAME.raw.txt",
    ):
        assert way in done.output


@pytest.mark.parametrize(
    ("named", "why"),
    [
        ("./models/mine", "is not there"),
        ("recordings", "holds no model"),
        ("some-model", "it is not on this machine and no hub is reached"),
    ],
)
def test_doctor_fails_where_the_embeddings_that_the_course_names_cannot_be_had(
    named: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    course = make_course(tmp_path / "c", f'[clean]\nembeddings = "{named}"\n')
    done = run("doctor", course)
    assert done.exit_code == 1
    missing = f"missing  the embedding model '{named}': "
    line = next(line for line in done.output.splitlines() if missing in line)
    assert line.endswith(why)
    assert 'Set embeddings in [clean] to "auto"' in done.output


def test_doctor_takes_embeddings_from_a_folder_with_a_model(tmp_path: Path) -> None:
    course = make_course(tmp_path / "c", '[clean]\nembeddings = "mine"\n')
    (course / "mine").mkdir()
    (course / "mine" / "modules.json").write_text("[]")
    assert "ok       embeddings: mine" in run("doctor", course).output


def test_the_system_is_named_and_what_it_lacks_is_passed_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("torch")  # before: it loads what the system's name tells it
    monkeypatch.setattr("sys.platform", "darwin")
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    monkeypatch.delattr(os, "sched_getaffinity")
    done = run("doctor")
    assert "ok       macOS on " in done.output
    assert "(untested; Konspekt is tested on Linux)" in done.output
    assert done.exit_code == 0, done.output


ENGLISH = """\
[Chunk start 0.00s]: The inverted index keeps a list of documents for every word.
[Chunk start 30.00s]: Without it a search reads every text in turn, and that takes long.
"""


@pytest.mark.parametrize(
    ("text", "options", "language"),
    [
        (LECTURE, (), "ru"),
        (ENGLISH, (), "en"),
        (ENGLISH, ("--language", "de"), "de"),
        (LECTURE, ("--language", "uk"), "uk"),
    ],
)
def test_the_language_is_the_transcript_s_unless_a_person_names_one(
    text: str, options: tuple[str, ...], language: str, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    out = tmp_path / "out"
    done = run(
        "clean", tmp_path / "a.txt", "--output", out, "--embeddings", "none", *options
    )
    assert done.exit_code == 0, done.output
    assert json.loads((out / "transcript.json").read_bytes())["language"] == language


def test_the_site_is_in_the_language_of_its_transcripts(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(ENGLISH, encoding="utf-8")
    out = tmp_path / "out"
    run("clean", tmp_path / "a.txt", "--output", out, "--embeddings", "none")
    run("notes", out / "transcript.json", "--output", out)
    from konspekt.build.site import site_alone

    assert (
        site_alone([out], tmp_path / "site", language=None, title="").language == "en"
    )
    assert (
        site_alone([out], tmp_path / "site", language="ru", title="").language == "ru"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("c", "--model", "small"), "--model is for a recording outside a course"),
        (("c", "--output", "out"), "--output is for a recording outside a course"),
        (("a.mp3", "--output", "out", "--lecture", "a"), "so no lecture 'a'"),
        (
            ("a.mp3",),
            "the folder with its transcript is not named. Name it with --output: ",
        ),
        (("c", "--lecture", "b"), "no lecture 'b' with sound. With sound there are: a"),
    ],
)
def test_a_second_pass_of_what_cannot_have_one_is_one_line_with_what_to_do(
    arguments: tuple[str, ...],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    course = make_course(tmp_path / "c")
    (course / "recordings" / "a.mp3").write_bytes(b"x")
    (tmp_path / "a.mp3").write_bytes(b"x")
    done = run("second-pass", *arguments)
    assert done.exit_code == 1
    assert words in done.output
    assert len(done.output.splitlines()) == 1
    assert not (tmp_path / "out").exists()
