"""A setting that names what does not exist is named by build, doctor and status, in one way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from konspekt.cli.main import main
from tests.courses import make_course
from tests.small_whisper import small_whisper

RULE = "clean.only names no rule: 'nope'. The rules are: loops, "
ENGINE = (
    "there is no engine 'nope'. Known: whisper, faster-whisper, endpoint. "
    "Correct engine in [transcribe]."
)
LANGUAGE = "Whisper does not know the language 'xx'. Name another language in course.toml or none: "
COURSE_LANGUAGE = "there is no language 'xx'. Correct language in course.toml: "
TRANSCRIBE = f'[transcribe]\nmodel = "{small_whisper()}"\n'
WRONG_SETTINGS = [
    ('title = "x"\nlanguage = "xx"\n[clean]\nembeddings = "none"\n', COURSE_LANGUAGE),
    ('[clean]\nembeddings = "none"\nonly = ["nope"]\n', RULE),
    (f'{TRANSCRIBE}engine = "nope"\n', ENGINE),
    (f'{TRANSCRIBE}language = "xx"\n', LANGUAGE),
    (f'{TRANSCRIBE}languages = ["ru", "xx"]\n', LANGUAGE),
]


def run(command: str, course: Path) -> Result:
    return CliRunner().invoke(main, [command, str(course)])


def course_with_sound(folder: Path, settings: str) -> Path:
    course = make_course(folder, settings)
    (course / "recordings" / "a.mp3").write_bytes(b"x")
    return course


@pytest.mark.parametrize(("settings", "words"), WRONG_SETTINGS)
def test_build_stops_at_once_and_says_so_in_one_line(
    settings: str, words: str, tmp_path: Path
) -> None:
    done = run("build", course_with_sound(tmp_path / "c", settings))
    assert done.exit_code == 1
    assert len(done.output.splitlines()) == 1, done.output
    assert done.output.startswith(f"konspekt: {words}")


@pytest.mark.parametrize(("settings", "words"), WRONG_SETTINGS)
def test_doctor_fails_with_the_words_and_the_remedy_of_build(
    settings: str, words: str, tmp_path: Path
) -> None:
    done = run("doctor", course_with_sound(tmp_path / "c", settings))
    what, remedy = words.split(". ", 1)
    assert done.exit_code == 1
    assert f"missing  {what}\n         {remedy}" in done.output
    assert done.output.count(what) == 1
    assert "--engine nope" not in done.output


@pytest.mark.parametrize(("settings", "words"), WRONG_SETTINGS)
def test_status_shows_it_in_one_line_beside_what_is_due(
    settings: str, words: str, tmp_path: Path
) -> None:
    done = run("status", course_with_sound(tmp_path / "c", settings))
    assert done.exit_code == 0
    lines = [line for line in done.output.splitlines() if line.startswith(words)]
    assert len(lines) == 1
    assert "week1: due: transcribe" in done.output


def test_all_that_is_wrong_is_named_by_doctor_and_status(tmp_path: Path) -> None:
    both = f'[clean]\nonly = ["nope"]\n{TRANSCRIBE}engine = "nope"\n'
    course = course_with_sound(tmp_path / "c", both)
    for command in ("doctor", "status"):
        said = run(command, course).output
        assert "clean.only names no rule: 'nope'" in said
        assert "there is no engine 'nope'" in said


def test_corrections_for_all_lectures_that_cannot_be_read_are_named_too(
    tmp_path: Path,
) -> None:
    course = make_course(tmp_path / "c")
    (course / "corrections.toml").write_text("[[drop]]\nwhy = 'x'\n", encoding="utf-8")
    words = (
        f"{course / 'corrections.toml'}: [[drop]] 1: it says neither a text nor a time"
    )
    for command in ("build", "doctor", "status"):
        done = run(command, course)
        assert words in done.output, command
        assert done.exit_code == (0 if command == "status" else 1)


@pytest.mark.parametrize(
    "setting", ['engine = "nope"', 'language = "xx"', 'languages = ["xx"]']
)
def test_whisper_s_settings_stop_no_course_without_sound(
    setting: str, tmp_path: Path
) -> None:
    course = make_course(tmp_path / "c", f"[transcribe]\n{setting}\n")
    for command in ("build", "doctor", "status"):
        done = run(command, course)
        assert done.exit_code == 0, done.output
        assert "nope" not in done.output
        assert "Whisper does not know" not in done.output


@pytest.mark.parametrize("command", ["build", "doctor", "status"])
@pytest.mark.parametrize("language", ["xx", "zzz"])
def test_the_language_of_a_course_of_texts_is_checked_too(
    language: str, command: str, tmp_path: Path
) -> None:
    course = course_in(tmp_path / "c", language)
    done = run(command, course)
    assert f"there is no language '{language}'" in done.output
    assert done.exit_code == (0 if command == "status" else 1)


@pytest.mark.parametrize("language", ["ky", "yue"])
def test_texts_may_be_in_a_language_that_whisper_does_not_know_or_iso_calls_otherwise(
    language: str, tmp_path: Path
) -> None:
    course = course_in(tmp_path / "c", language)
    done = run("build", course)
    assert done.exit_code == 0, done.output
    assert run("status", course).output == "week1: done\nsite: done\n"


def course_in(folder: Path, language: str) -> Path:
    head = f'title = "x"\nlanguage = "{language}"\n'
    return make_course(folder, f'{head}[clean]\nembeddings = "none"\n')


def test_a_new_course_without_recordings_is_checked_for_whisper_too(
    tmp_path: Path,
) -> None:
    course = make_course(tmp_path / "c", '[transcribe]\nengine = "nope"\n')
    for recording in (course / "recordings").iterdir():
        recording.unlink()
    done = run("doctor", course)
    assert done.exit_code == 1
    assert "there is no engine 'nope'" in done.output


def test_checking_a_course_with_sound_loads_no_torch(tmp_path: Path) -> None:
    course = course_with_sound(tmp_path / "c", '[transcribe]\nlanguage = "ru"\n')
    script = (
        "import sys\nfrom pathlib import Path\n"
        "from konspekt.build.settings import find_wrong_settings\n"
        "from konspekt.course.course import load_course\n"
        f"assert find_wrong_settings(load_course(Path({str(course)!r}))) == []\n"
        "assert not {'torch', 'whisper'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_a_glossary_that_cannot_be_read_is_named_where_whisper_gets_its_terms(
    tmp_path: Path,
) -> None:
    course = course_with_sound(tmp_path / "c", TRANSCRIBE)
    (course / "glossary.toml").write_text('LLM = "эл эл эм"\n', encoding="utf-8")
    words = f"{course / 'glossary.toml'}: term 'LLM': a text, where a list of texts is"
    for command in ("build", "doctor", "status"):
        assert words in run(command, course).output, command
    off = f"{TRANSCRIBE}glossary = false\n"
    (course / "course.toml").write_text(off, encoding="utf-8")
    assert words not in run("doctor", course).output
