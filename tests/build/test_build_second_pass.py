"""A build transcribes again what the first pass missed: once, by its files' keys, never for a
setting of cleaning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from konspekt.artifacts import files
from konspekt.artifacts.store import Hashes, hash_bytes
from konspekt.build.course import plan
from konspekt.build.stage import Tools
from konspekt.clean import check_tiling, join_passes
from konspekt.cli.main import main
from konspekt.course.course import load_course
from konspekt.data import How, Part, RawTranscript, Recording, SecondPassCandidate
from tests.build.test_build import rewrite, run
from tests.builders import decoded_window
from tests.clean.cases import LECTURE
from tests.courses import contents, make_course, picture

SETTINGS = '[transcribe]\nmodel = "whisper.pt"\nbatch_size = 2\n'
TEXTS = (LECTURE[0], "", LECTURE[2])  # of windows of 29 s; the second one is missed


def decode_first(
    recording_id: str, paths: Sequence[Path], names: Sequence[str], *_: Any, **__: Any
) -> RawTranscript:
    """Stands for the first pass, which misses a window."""
    part = Part(names[0], 0.0, 87.0, hash_bytes(paths[0].read_bytes()))
    decoded_windows = tuple(
        decoded_window(n, 29.0 * n, text, length=29.0) for n, text in enumerate(TEXTS)
    )
    return RawTranscript(
        Recording(recording_id, (part,)), "whisper.pt", None, decoded_windows
    )


def decode_second(
    raw: RawTranscript, worth: Sequence[SecondPassCandidate], *_: Any, **__: Any
) -> RawTranscript:
    """Stand for the second pass, which finds what was missed."""
    assert [(w.start, w.end) for w in worth] == [(29, 58)]
    decoded = replace(
        decoded_window(3, 29, LECTURE[1], length=29.0), how=How("whisper.pt", {}, 2)
    )
    return replace(raw, windows=(decoded,))


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("konspekt.build.transcribe.transcribe", decode_first)
    monkeypatch.setattr("konspekt.build.second_pass.run_second_pass", decode_second)
    folder = make_course(tmp_path / "c", SETTINGS)
    (folder / "recordings" / "week1.raw.txt").unlink()
    (folder / "whisper.pt").write_bytes(b"weights")
    (folder / "recordings" / "sound.wav").write_bytes(b"sound")
    return folder


def konspekt(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def stages(folder: Path) -> list[str]:
    return [line.split(":")[0] for line in run(folder, until="clean")[1].stages]


def test_gaps_get_a_second_pass_and_are_cleaned_once_more_and_never_a_third_time(
    course: Path,
) -> None:
    done = ["sound transcribe", "sound clean", "sound second-pass", "sound clean"]
    assert stages(course) == done
    at = course / "output" / "lectures" / "sound"
    raw, again = (
        files.load_raw(at / "raw.json"),
        files.load_raw(at / "second_pass.json"),
    )
    assert len(again.windows) == 1
    assert LECTURE[1] in " ".join(
        (at / "transcript.txt").read_text(encoding="utf-8").split()
    )
    assert {h.how.pass_number for h in again.windows} == {2}
    transcript, removals = (
        files.load_transcript(at / "transcript.json"),
        files.load_removals(at / "removed.jsonl"),
    )
    check_tiling(join_passes(raw, again), transcript, removals)
    quality = files.load_quality(at / "quality.json")
    assert quality.second_pass[0].gained is not None
    assert quality.missing == transcript.gaps
    before = picture(course / "output")
    assert stages(course) == []
    assert plan_of(course) == set()
    assert picture(course / "output") == before

    # Outside the course it is taken in as well.
    other = course.parent / "other"
    assert (
        konspekt(
            "clean", at / "raw.json", "--output", other, "--embeddings", "none"
        ).exit_code
        == 0
    )
    assert (other / "transcript.json").read_bytes() == (
        at / "transcript.json"
    ).read_bytes()

    # A setting of cleaning transcribes nothing again, and the list of stretches stays the same.
    rewrite(
        course / "course.toml",
        'embeddings = "none"',
        'embeddings = "none"\nwithout = ["loops"]',
    )
    assert stages(course) == ["sound clean"]
    rewrite(course / "course.toml", '\nwithout = ["loops"]', "")
    assert stages(course) == ["sound clean"]
    assert contents(course / "output") == {
        name: content for name, (content, _) in before.items()
    }

    # Switched off, it is as if it had never been.
    rewrite(
        course / "course.toml", "batch_size = 2", "batch_size = 2\nsecond_pass = false"
    )
    assert stages(course) == ["sound clean", "sound second-pass"]
    assert not (at / "second_pass.json").exists()
    assert (
        "second-pass: nothing was transcribed again"
        in files.load_quality(at / "quality.json").without
    )
    assert stages(course) == []
    refused = konspekt("second-pass", course)
    assert (refused.exit_code, "second_pass is off" in refused.output) == (1, True)

    # By hand in a course, then the build takes it in.
    rewrite(
        course / "course.toml", "batch_size = 2\nsecond_pass = false", "batch_size = 2"
    )
    assert konspekt("second-pass", course, "--lecture", "sound").exit_code == 0
    assert stages(course) == ["sound clean"]
    assert contents(course / "output") == {
        name: content for name, (content, _) in before.items()
    }


def plan_of(course: Path) -> set[tuple[str, str]]:
    due = plan(load_course(course), Tools(Hashes.load(None)))
    return {key for key in due if key[1] in ("transcribe", "clean", "second-pass")}


def test_a_glossary_transcribes_again_only_where_its_terms_are_in_the_prompt(
    course: Path,
) -> None:
    stages(course)
    glossary = course / "glossary.toml"
    glossary.write_text('LLM = ["эл эл эм"]\n', encoding="utf-8")
    assert ("sound", "transcribe") in plan_of(course)
    stages(course)
    glossary.write_text('LLM = ["ЛЛМ", "эл эл эм"]\n', encoding="utf-8")
    assert plan_of(course) == set(), "only the terms themselves are told"
    rewrite(
        course / "course.toml", "batch_size = 2", "batch_size = 2\nglossary = false"
    )
    stages(course)
    glossary.write_text("PyTorch = []\n", encoding="utf-8")
    assert plan_of(course) == set()


def test_without_a_setting_the_courses_language_and_english_may_be_spoken(
    course: Path,
) -> None:
    assert load_course(course).transcribe.languages == ("ru", "en")
    rewrite(
        course / "course.toml",
        "batch_size = 2",
        'batch_size = 2\nlanguages = ["kk", "ru"]',
    )
    assert load_course(course).transcribe.languages == ("kk", "ru")
    rewrite(course / "course.toml", 'languages = ["kk", "ru"]', 'language = "ru"')
    assert load_course(course).transcribe.languages == ()


def test_another_recording_forgets_the_second_pass_of_the_old_one(
    course: Path,
) -> None:
    stages(course)
    (course / "recordings" / "sound.wav").write_bytes(b"another sound")
    assert plan_of(course) == {
        ("sound", "transcribe"),
        ("sound", "clean"),
        ("sound", "second-pass"),
    }
    assert stages(course) == [
        "sound transcribe",
        "sound clean",
        "sound second-pass",
        "sound clean",
    ]


def test_a_lecture_that_came_as_text_has_no_second_pass(tmp_path: Path) -> None:
    folder = make_course(tmp_path / "c")
    assert stages(folder) == ["week1 transcribe", "week1 clean"]
    assert not (folder / "output" / "lectures" / "week1" / "second_pass.json").exists()
    assert any(
        line.startswith("no-sound")
        for line in files.load_quality(
            folder / "output" / "lectures" / "week1" / "quality.json"
        ).without
    )


@pytest.fixture
def transcribed(course: Path) -> Path:
    """The folder of a recording outside a course that had its second pass."""
    sound, out = course / "recordings" / "sound.wav", course.parent / "out"
    cleaning = ("clean", out / "raw.json", "--output", out, "--embeddings", "none")
    assert konspekt("transcribe", sound, "--output", out).exit_code == 0
    assert konspekt(*cleaning).exit_code == 0
    done = konspekt("second-pass", sound, "--output", out)
    assert done.exit_code == 0, done.output
    return out


def test_another_recording_is_refused_though_the_second_pass_is_up_to_date(
    course: Path, transcribed: Path
) -> None:
    sound, other = course / "recordings" / "sound.wav", course.parent / "other.wav"
    other.write_bytes(b"another sound")
    before = (transcribed / "second_pass.json").read_bytes()
    done = konspekt("second-pass", other, "--output", transcribed)
    changed = f"konspekt: {other}: the file has changed since the first pass. "
    assert done.exit_code == 1
    assert done.output.startswith(changed)
    assert len(done.output.splitlines()) == 1
    done = konspekt("second-pass", sound, other, "--output", transcribed)
    assert done.exit_code == 1
    assert "2 files are given; the first pass transcribed 1" in done.output
    done = konspekt("second-pass", sound, "--output", transcribed)
    assert done.output == f"Up to date: {transcribed}\n"
    assert (transcribed / "second_pass.json").read_bytes() == before


def test_a_recording_of_a_course_that_was_changed_is_refused_too(course: Path) -> None:
    stages(course)
    sound = course / "recordings" / "sound.wav"
    sound.write_bytes(b"another sound")
    done = konspekt("second-pass", course)
    assert done.exit_code == 1
    assert f"{sound}: the file has changed since the first pass" in done.output
