"""An engine is a file and its place in the list: settings, commands and doctor take it from
there.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from konspekt.build.doctor import examine
from konspekt.cli.main import main
from konspekt.cli.transcribe import transcribe as transcribe_command
from konspekt.course.course import load_course
from konspekt.course.settings import TranscribeOptions
from konspekt.data import DecodedWindow, How, Segment
from konspekt.errors import CourseError, ModelError
from konspekt.models.whisper import WhisperChoice
from konspekt.transcribe import transcribe
from konspekt.transcribe.engines import ENGINES, ctranslate
from konspekt.transcribe.engines.choice import possible_choices
from konspekt.transcribe.engines.engine import EngineKind, EngineOptions
from konspekt.transcribe.speech.windows import Window
from tests.courses import make_course
from tests.small_whisper import small_whisper, speech
from tests.sounds import murmur, write_wav


@dataclass(frozen=True)
class Parrot:
    """An engine that says the same of every window."""

    choice: WhisperChoice

    def decode(
        self, windows: Sequence[Window], ask: EngineOptions
    ) -> list[DecodedWindow]:
        how = How(self.choice.name, engine=self.choice.engine)
        return [
            DecodedWindow(
                window.id,
                window.start,
                window.end,
                "ru",
                (Segment(window.start, window.end, " Попка."),),
                how,
            )
            for window in windows
        ]


@pytest.fixture
def parrot(monkeypatch: pytest.MonkeyPatch) -> None:
    """A third engine, declared here and nowhere else."""
    kind = EngineKind(
        "parrot",
        "a bird",
        choose=lambda choice: replace(choice, engine="parrot"),
        load=Parrot,
    )
    monkeypatch.setitem(ENGINES, kind.name, kind)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course whose one recording the third engine is to transcribe."""
    settings = (
        f'[transcribe]\nmodel = "{small_whisper()}"\nengine = "parrot"\n'
        'vad = "none"\nsecond_pass = false\n'
    )
    folder = make_course(
        tmp_path / "course", settings, week1="[Chunk start 0.00s]: Начали."
    )
    write_wav(folder / "recordings" / "sound.wav", speech(10))
    return folder


@pytest.mark.usefixtures("parrot")
def test_an_engine_that_is_listed_transcribes_a_course_that_names_it(
    course: Path, tmp_path: Path
) -> None:
    options = load_course(course).transcribe
    path = course / "recordings" / "sound.wav"
    raw = transcribe(
        "sound",
        [path],
        ["sound.wav"],
        options,
        folder=course,
        journal=tmp_path / "journal",
    )
    assert [window.text for window in raw.windows] == [" Попка."]
    assert {window.how.engine for window in raw.windows} == {"parrot"}


@pytest.mark.usefixtures("parrot")
def test_an_engine_that_is_listed_is_one_of_the_commands_choices(
    course: Path, tmp_path: Path
) -> None:
    arguments = [
        "transcribe",
        str(course / "recordings" / "sound.wav"),
        "--model",
        small_whisper(),
    ]
    arguments += ["--engine", "parrot", "--output", str(tmp_path / "out")]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    raw = json.loads((tmp_path / "out" / "raw.json").read_bytes())
    assert raw["windows"][0]["how"]["engine"] == "parrot"
    (option,) = (one for one in transcribe_command.params if one.name == "engine")
    context = click.Context(transcribe_command)
    assert [item.value for item in option.shell_complete(context, "p")] == ["parrot"]
    assert "[whisper|faster-whisper|endpoint|parrot]" in transcribe_command.get_help(
        context
    )


@pytest.mark.usefixtures("parrot")
def test_doctor_names_the_engine_that_is_used_and_how_to_compare_it_with_the_others(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> dict[str, frozenset[str]]:
        raise ModelError("not there", remedy=ctranslate.INSTALL)

    monkeypatch.setattr(ctranslate, "compute_types", missing)
    found = [finding.what for finding in examine(course)]
    assert "engine parrot: a bird" in found
    assert (
        'engine = "whisper" (PyTorch) runs here too and may be faster: compare the speed that '
        "konspekt transcribe FILE --output FOLDER shows with --engine parrot and --engine whisper"
    ) in found
    assert not [what for what in found if "faster-whisper" in what], (
        "it is not installed"
    )


@pytest.mark.parametrize("supported", [{"float32"}, {"float32", "int8"}])
def test_doctor_names_ctranslate2_where_it_runs_and_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, supported: set[str]
) -> None:
    types = {"cpu": frozenset(supported), "cuda": frozenset[str]()}
    monkeypatch.setattr(ctranslate, "compute_types", lambda: types)
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.chdir(tmp_path)
    found = [finding.what for finding in examine(None)]
    assert "engine whisper: PyTorch" in found
    assert any(
        what.startswith('engine = "faster-whisper"')
        and what.endswith("with --engine whisper and --engine faster-whisper")
        for what in found
    )


def test_an_engine_that_is_not_listed_is_refused_with_those_that_are(
    tmp_path: Path,
) -> None:
    with pytest.raises(CourseError) as caught:
        possible_choices(TranscribeOptions(engine="auto"), tmp_path)
    assert str(caught.value) == (
        "there is no engine 'auto'. Known: whisper, faster-whisper, endpoint. "
        "Correct --engine (engine in [transcribe])."
    )
    sound = write_wav(tmp_path / "a.wav", murmur(1))
    arguments = [
        "transcribe",
        str(sound),
        "--engine",
        "auto",
        "--output",
        str(tmp_path / "out"),
    ]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 2
    assert "'auto' is not one of: whisper, faster-whisper, endpoint." in done.output
