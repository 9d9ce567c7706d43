"""A build hears again what the first listening missed: once, by its files' keys, never for a setting of cleaning."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import pipeline.transcribe
from pipeline import files
from pipeline.build import plan
from pipeline.clean import both_listenings, check_tiling
from pipeline.course import load_course
from pipeline.data import RawTranscript
from pipeline.jobs import Tools
from pipeline.store import Hashes
from tests.courses import contents, konspekt, make_course, picture
from tests.sounds import murmur, tiny_whisper, write_wav
from tests.test_build import rewrite, run

SETTINGS = '[transcribe]\nmodel = "tiny.pt"\nlanguage = "ru"\ndevice = "cpu"\nbatch_size = 2\n'


@pytest.fixture
def deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first listening misses the second window."""
    listen = pipeline.transcribe.transcribe

    def missing(*arguments: Any, **options: Any) -> RawTranscript:
        raw = listen(*arguments, **options)
        hearings = tuple(replace(h, segments=()) if h.id == 1 else h for h in raw.hearings)
        return replace(raw, hearings=hearings)

    monkeypatch.setattr(pipeline.transcribe, "transcribe", missing)


@pytest.fixture
def course(tmp_path: Path, deaf: None) -> Path:
    folder = make_course(tmp_path / "c", SETTINGS)
    (folder / "recordings" / "week1.raw.txt").unlink()
    tiny_whisper(folder / "tiny.pt")
    write_wav(folder / "recordings" / "sound.wav", murmur(70))
    return folder


def stages(folder: Path) -> list[str]:
    return [line.split(":")[0] for line in run(folder, until="clean")[1].stages]


def test_what_was_missed_is_heard_again_and_cleaned_once_more_and_never_a_third_time(course: Path) -> None:
    done = ["sound transcribe", "sound clean", "sound again", "sound clean"]
    assert stages(course) == done
    at = course / "output" / "lectures" / "sound"
    raw, again = files.load_raw(at / "raw.json"), files.load_raw(at / "again.json")
    assert again.hearings
    assert {h.how.listening for h in again.hearings} == {2}
    transcript, removals = files.load_transcript(at / "transcript.json"), files.load_removals(at / "removed.jsonl")
    check_tiling(both_listenings(raw, again), transcript, removals)
    quality = files.load_quality(at / "quality.json")
    assert quality.again[0].gained is not None
    assert quality.unheard == transcript.gaps
    before = picture(course / "output")
    assert stages(course) == []
    assert plan_of(course) == set()
    assert picture(course / "output") == before

    # Outside the course it is taken in as well.
    other = course.parent / "other"
    assert konspekt("clean", at / "raw.json", "--output", other, "--embeddings", "none").returncode == 0
    assert (other / "transcript.json").read_bytes() == (at / "transcript.json").read_bytes()

    # A setting of cleaning hears nothing again, nor does the list of stretches change with it.
    rewrite(course / "course.toml", 'embeddings = "none"', 'embeddings = "none"\nwithout = ["loops"]')
    assert stages(course) == ["sound clean"]
    rewrite(course / "course.toml", '\nwithout = ["loops"]', "")
    assert stages(course) == ["sound clean"]
    assert contents(course / "output") == {name: content for name, (content, _) in before.items()}

    # Switched off, it is as if it had never been.
    rewrite(course / "course.toml", "batch_size = 2", "batch_size = 2\nagain = false")
    assert stages(course) == ["sound clean", "sound again"]
    assert not (at / "again.json").exists()
    assert "again: nothing was heard again" in files.load_quality(at / "quality.json").without
    assert stages(course) == []
    refused = konspekt("transcribe", course, "--again")
    assert (refused.returncode, "again is off" in refused.stderr) == (1, True)

    # By hand in a course, then the build takes it in.
    rewrite(course / "course.toml", "batch_size = 2\nagain = false", "batch_size = 2")
    assert konspekt("transcribe", course, "--again", "--lecture", "sound").returncode == 0
    assert stages(course) == ["sound clean"]
    assert contents(course / "output") == {name: content for name, (content, _) in before.items()}


def plan_of(course: Path) -> set[tuple[str, str]]:
    due = plan(load_course(course), Tools(Hashes.load(None)))
    return {key for key in due if key[1] in ("transcribe", "clean", "again")}


def test_another_recording_forgets_what_was_heard_again_of_the_old_one(course: Path) -> None:
    stages(course)
    write_wav(course / "recordings" / "sound.wav", murmur(70, seed=3))
    assert plan_of(course) == {("sound", "transcribe"), ("sound", "clean"), ("sound", "again")}
    assert stages(course) == ["sound transcribe", "sound clean", "sound again", "sound clean"]


def test_a_lecture_that_came_as_text_is_not_heard_again(tmp_path: Path) -> None:
    folder = make_course(tmp_path / "c")
    assert stages(folder) == ["week1 transcribe", "week1 clean"]
    assert not (folder / "output" / "lectures" / "week1" / "again.json").exists()
    assert any(
        line.startswith("no-sound")
        for line in files.load_quality(folder / "output" / "lectures" / "week1" / "quality.json").without
    )
