"""What costs a transcription, and what never does: every setting, by what the stages' files rest
on.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from konspekt.artifacts.store import Hashes
from konspekt.build.jobs import CLEAN
from konspekt.build.second_pass import SECOND_PASS_STAGE
from konspekt.build.stage import Stage, Tools, course_job
from konspekt.build.transcribe import TRANSCRIBE
from konspekt.course.course import Course, load_course
from konspekt.course.settings import (
    CleanOptions,
    NotesOptions,
    SiteOptions,
    TranscribeOptions,
)
from tests.courses import make_course

# Another value of every setting in [transcribe], and whether it transcribes the recordings anew.
TRANSCRIBES: Mapping[str, tuple[Any, bool]] = {
    "model": ('"other.pt"', True),
    "engine": ('"faster-whisper"', True),
    "language": ('"en"', True),
    "window": (20.0, True),
    "overlap": (4.0, True),
    "batch_size": (4, True),
    "track": (2, True),
    "vad": ('"none"', True),
    "windows": ('"grid"', True),
    "languages": ('["ru", "de"]', True),
    "beam_size": (2, True),
    "temperatures": ("[0.0]", True),
    "word_times": ("true", True),
    "glossary": (
        "false",
        False,
    ),  # the course has none: nothing else is in Whisper's prompt
    # what was transcribed on one is no worse than what is on the other
    "device": (
        '"cpu"',
        False,
    ),
    "chunk_window": (25.0, False),  # of transcripts, not of sound
    "max_hours": (20.0, False),
    "second_pass": ("false", False),
    # of another engine
    "endpoint": ('{ base_url = "http://localhost:1/v1", model = "m" }', False),
}


def made_of(folder: Path, settings: str, stage: Stage) -> Mapping[str, Any]:
    """The options that a stage of a lecture with sound rests on."""
    course = load_course(with_settings(folder, settings))
    (lecture,) = (one for one in course.lectures if one.is_sound)
    return stage.options(course_job(course, lecture, Tools(Hashes.load(None))))


def with_settings(folder: Path, settings: str) -> Path:
    if not folder.exists():
        make_course(folder)
        (folder / "recordings" / "sound.wav").write_bytes(b"sound")
        for name in ("whisper.pt", "other.pt"):
            (folder / name).write_bytes(name.encode())
    (folder / "course.toml").write_text(
        f'title = "Course"\n{settings}', encoding="utf-8"
    )
    return folder


@pytest.mark.parametrize("setting", TRANSCRIBES)
def test_a_setting_of_transcription_transcribes_again_or_not(
    setting: str, tmp_path: Path
) -> None:
    value, again = TRANSCRIBES[setting]
    before = made_of(tmp_path / "c", '[transcribe]\nmodel = "whisper.pt"\n', TRANSCRIBE)
    model = "" if setting == "model" else 'model = "whisper.pt"\n'
    after = made_of(
        tmp_path / "c", f"[transcribe]\n{model}{setting} = {value}\n", TRANSCRIBE
    )
    assert (before != after) == again


def test_every_setting_of_transcription_is_in_the_table() -> None:
    assert set(TRANSCRIBES) == set(TranscribeOptions.model_fields)


SETTINGS = [
    *(
        f"[clean]\n{name} = {value}\n"
        for name, value in (
            ("embeddings", '"none"'),
            ("without", '["loops"]'),
            ("only", '["loops"]'),
        )
    ),
    *(
        f"[notes]\n{name} = {value}\n"
        for name, value in (("terms", 3), ("statements_per_chapter", 3))
    ),
    '[notes.llm]\nbase_url = "http://localhost:1/v1"\nmodel = "m"\n',
    '[site]\nsound = "none"\n',
]


@pytest.mark.parametrize("settings", SETTINGS)
def test_no_setting_of_a_later_stage_ever_transcribes_again(
    settings: str, tmp_path: Path
) -> None:
    base = '[transcribe]\nmodel = "whisper.pt"\n'
    for stage in (TRANSCRIBE, SECOND_PASS_STAGE):
        before = made_of(tmp_path / "c", base, stage)
        assert made_of(tmp_path / "c", base + settings, stage) == before
    if settings.startswith("[clean]"):
        assert made_of(tmp_path / "c", base + settings, CLEAN) != made_of(
            tmp_path / "c", base, CLEAN
        )


def test_every_later_setting_is_in_the_list() -> None:
    listed = "".join(SETTINGS)
    for table in (CleanOptions, NotesOptions, SiteOptions):
        assert all(
            f"{name} = " in listed or f".{name}]" in listed
            for name in table.model_fields
        )
    assert {"transcribe", "clean", "notes", "site"} <= set(Course.__dataclass_fields__)
