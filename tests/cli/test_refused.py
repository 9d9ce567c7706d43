"""What a command cannot do is refused in one line, before anything is printed or made."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from konspekt.cli.main import main
from konspekt.models.tokenizer import LANGUAGES
from tests.courses import LECTURE, make_course


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the commands run: a transcript, and what was cleaned of it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text(LECTURE, encoding="utf-8")
    return tmp_path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def clean_here() -> None:
    done = run("clean", "a.txt", "--output", "out", "--embeddings", "none")
    assert done.exit_code == 0, done.output


def refusal(*arguments: str | Path) -> str:
    """The line in which a command refuses; it printed and made nothing besides."""
    before = sorted(Path().rglob("*"))
    done = run(*arguments)
    assert done.exit_code == 1, done.output
    assert len(done.output.splitlines()) == 1, done.output
    assert done.output.startswith("konspekt: ")
    assert sorted(Path().rglob("*")) == before
    return done.output


@pytest.mark.parametrize(
    "command",
    [
        ("transcribe", "a.txt"),
        ("clean", "a.txt"),
        ("second-pass", "a.mp3"),
        ("notes", "transcript.json"),
        ("site", "out"),
    ],
)
@pytest.mark.parametrize("language", ["xx", "Russian"])
def test_a_language_that_whisper_does_not_know(
    command: tuple[str, ...], language: str
) -> None:
    said = refusal(*command, "--output", "o", "--language", language)
    assert f"Whisper does not know the language {language!r}" in said
    assert f": {' '.join(sorted(LANGUAGES))}.\n" in said


def test_a_rule_that_is_alone_and_left_out() -> None:
    rules = ("--only", "loops", "--without", "loops", "--without", "seams")
    done = run("clean", "a.txt", "--output", "o", *rules)
    assert done.exit_code == 2
    last = done.output.splitlines()[-1]
    assert last == (
        "Error: no rule is left: --without names every rule of --only; leave out one of them"
    )
    assert not Path("o").exists()
    settings = '[clean]\nonly = ["loops"]\nwithout = ["loops"]\n'
    said = refusal("build", make_course(Path("c"), settings))
    both = (
        "without in [clean] names every rule of only in [clean]; leave out one of them."
    )
    assert f"no rule is left: {both}" in said


@pytest.mark.parametrize("command", ["transcribe", "second-pass"])
@pytest.mark.parametrize("files", [("a.txt", "b.opus"), ("b.opus", "a.txt")])
def test_sound_among_transcripts(command: str, files: tuple[str, str]) -> None:
    Path("b.opus").write_bytes(b"OggS")
    said = refusal(command, *files, "--output", "o")
    assert said == (
        "konspekt: b.opus: one lecture mixes sound and transcripts. Name files of one kind.\n"
    )


def test_a_sound_that_is_not_there() -> None:
    clean_here()
    sound = ("--wav", "b.wav", "--sound", "gone.wav")
    said = refusal("explain", "out", "28", *sound)
    assert said == "konspekt: gone.wav: the file is not there. Check the name.\n"


@pytest.mark.parametrize(
    "name", ["out/raw.json", "out/quality.json", "out/transcript.srt", "a.txt"]
)
def test_notes_of_anything_but_a_cleaned_transcript(name: str) -> None:
    clean_here()
    assert refusal("notes", name, "--output", "o") == (
        f"konspekt: {name}: this is no transcript.json. Notes are taken of a cleaned transcript. "
        "Make it first: konspekt clean FILE --output FOLDER, then name FOLDER/transcript.json.\n"
    )


@pytest.mark.parametrize("name", ["a\u202eb", "a\nb", "a\x1bb", "a\ue000b"])
def test_a_new_course_whose_name_cannot_be_shown(name: str) -> None:
    assert "the folder's name cannot be shown as it is" in refusal("new", name)


def test_a_new_course_whose_name_is_no_text() -> None:
    name = os.fsdecode(b"c\xff")
    assert "the folder's name is not UTF-8. Choose another name." in refusal(
        "new", name
    )


def test_a_new_course_is_shown_by_the_name_it_has() -> None:
    done = run("new", "my  course")
    assert done.exit_code == 0
    assert "Made my  course/course.toml" in done.output
    assert done.output.endswith("\nkonspekt build 'my  course'\n")


def test_a_file_of_several_where_the_output_goes() -> None:
    clean_here()
    before = Path("out/raw.json").read_bytes()
    for command in ("clean", "transcribe"):
        said = refusal(command, "out/raw.json", "a.txt", "--output", "out")
        assert "out/raw.json: the output would be written over it" in said
    assert Path("out/raw.json").read_bytes() == before


ADDRESS = "https://example.org/week01"


@pytest.mark.parametrize(
    "arguments",
    [
        ("transcribe", ADDRESS, "--output", "o"),
        ("clean", ADDRESS, "--output", "o"),
        ("notes", ADDRESS, "--output", "o"),
        ("second-pass", ADDRESS, "--output", "o"),
        ("score", ADDRESS),
        ("score", "a.txt", ADDRESS),
        ("score", "a.txt", "a.txt", "--sound", ADDRESS),
        ("explain", "out", "28", "--wav", "b.wav", "--sound", ADDRESS),
    ],
)
def test_an_address_in_place_of_a_file(arguments: tuple[str, ...]) -> None:
    assert refusal(*arguments).endswith(
        "this is an address, not a file. Download it first, then name the file.\n"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("build", ADDRESS),
        ("new", ADDRESS),
        ("status", ADDRESS),
        ("doctor", ADDRESS),
        ("site", ADDRESS, "--output", "o"),
        ("clean", "a.txt", "--output", ADDRESS),
        ("explain", ADDRESS, "28"),
    ],
)
def test_an_address_in_place_of_a_folder(arguments: tuple[str, ...]) -> None:
    assert refusal(*arguments).endswith(
        "this is an address, not a folder. Name a folder on this machine.\n"
    )


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        (("--llm-url", "http://127.0.0.1:1/v1"), "--llm-model"),
        (("--llm-model", "x"), "--llm-url"),
    ],
)
def test_half_of_a_language_model(given: tuple[str, str], missing: str) -> None:
    done = run("notes", "a.txt", "--output", "o", *given)
    assert done.exit_code == 2
    assert f"Error: Missing option '{missing}'" in done.output


SPACED = "my lectures/week 1.mp3"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("clean", SPACED, "--output", "o"), f"transcribe '{SPACED}' --output FOLDER"),
        (("score", "a.txt", SPACED), f"transcribe '{SPACED}' --output FOLDER"),
        (
            ("second-pass", SPACED, "--output", "my out"),
            f"transcribe '{SPACED}' --output 'my out'",
        ),
        (
            ("second-pass", SPACED, "--output", "my out"),
            "clean 'my out/raw.json' --output 'my out'",
        ),
        (("clean", "./-a.mp3", "--output", "o"), "transcribe ./-a.mp3 --output FOLDER"),
    ],
)
def test_a_command_that_comes_first_can_be_typed(
    arguments: tuple[str, ...], line: str
) -> None:
    for name in (SPACED, "-a.mp3"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_bytes(b"ID3")
    done = run(*arguments)
    assert done.exit_code == 1
    assert f"konspekt {line}" in done.output


def test_a_hypothesis_that_is_missing_is_shown_in_a_command_that_can_be_typed() -> None:
    done = run("score", "my a.txt")
    assert done.exit_code == 2
    assert "konspekt score 'my a.txt' HYPOTHESIS" in done.output


def test_a_second_pass_of_a_course_that_came_as_text() -> None:
    assert refusal("second-pass", make_course(Path("c"), week1=LECTURE)) == (
        "konspekt: c: no lecture has sound. "
        "A second pass needs sound: put recordings into recordings/, and build.\n"
    )


def test_a_lecture_of_a_course_without_lectures() -> None:
    course = make_course(Path("c"))
    for path in (course / "recordings").iterdir():
        path.unlink()
    assert refusal("explain", course, "28") == (
        "konspekt: c: this is a course, and no lecture of it is named. "
        "Put recordings into recordings/, and build.\n"
    )
