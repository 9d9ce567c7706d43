"""Windows whose language is in doubt are decoded in two languages, once, the same in every run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pytest

from konspekt.artifacts.store import canonical_json
from konspekt.course.settings import TranscribeOptions
from konspekt.data import DecodedWindow, RawTranscript
from konspekt.transcribe import transcribe
from konspekt.transcribe.engines.engine import EngineOptions
from konspekt.transcribe.redecoding import SUFFIX
from konspekt.transcribe.speech.windows import Window
from tests.sounds import write_wav
from tests.transcribe.scripted import (
    FILES,
    OPTIONS,
    ScriptedEngine,
    listed,
    sound_of,
)

STOP = {"after": -1}  # so many batches
Decoded = list[tuple[int, tuple[str, ...]]]  # ids and languages of what was decoded
RUSSIAN_COURSE = OPTIONS.model_copy(
    update={"languages": ("ru", "en"), "temperatures": (0.0,), "batch_size": 1}
)


class StopError(Exception):
    """Raised in the place of a kill."""


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("course")
    (folder / "whisper.pt").write_bytes(b"no weights")
    for number, stretches in enumerate(FILES):
        write_wav(folder / f"{number}.wav", sound_of(stretches))
    return folder


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> Decoded:
    """What the engine decodes, until it is stopped after as many windows."""
    seen: Decoded = []
    decode = ScriptedEngine.decode

    def watched(
        engine: ScriptedEngine, windows: Sequence[Window], options: EngineOptions
    ) -> list[DecodedWindow]:
        if len(seen) == STOP["after"]:
            raise StopError
        seen.extend((window.id, options.languages) for window in windows)
        return decode(engine, windows, options)

    monkeypatch.setattr(ScriptedEngine, "decode", watched)
    return seen


def transcribe_course(
    course: Path, journal: Path, options: TranscribeOptions = RUSSIAN_COURSE
) -> RawTranscript:
    paths = [course / "0.wav", course / "1.wav"]
    names = [path.name for path in paths]
    with listed():
        return transcribe(
            "lecture", paths, names, options, folder=course, journal=journal
        )


def content(raw: RawTranscript) -> bytes:
    return canonical_json(asdict(raw))


def test_only_doubtful_windows_are_decoded_once_more_and_both_answers_are_held(
    course: Path, tmp_path: Path, decoded: Decoded
) -> None:
    raw = transcribe_course(course, tmp_path / "journal")
    twice = [window for window in raw.windows if window.alternatives]
    first, again = decoded[: -len(twice)], decoded[-len(twice) :]
    assert {languages for _, languages in first} == {("ru", "en")}
    ((main,),) = {languages for _, languages in again}
    assert [number for number, _ in again] == [window.id for window in twice]
    for window in twice:
        (other,) = window.alternatives
        assert {window.language, other.language} == {"ru", "en"}
        assert all(
            window.start <= one.start <= one.end <= round(window.end, 3)
            for one in other.segments
        )
    others = [window for window in raw.windows if not window.alternatives]
    assert {window.language for window in others} == {main}


def test_a_window_is_decoded_once_more_without_the_same_pauses(
    course: Path, tmp_path: Path
) -> None:
    """The script answers by the length of the sound: other sound would have other times."""
    raw = transcribe_course(course, tmp_path / "journal")
    spliced = [one for one in raw.windows if one.left_out and one.alternatives]
    assert spliced
    for window in spliced:
        (pause,) = window.left_out
        assert window.start < pause.start < pause.end < window.end
        times = [(one.start, one.end) for one in window.segments]
        (other,) = window.alternatives
        assert [(one.start, one.end) for one in other.segments] == times


def test_with_a_language_that_is_set_nothing_is_decoded_twice(
    course: Path, tmp_path: Path, decoded: Decoded
) -> None:
    options = RUSSIAN_COURSE.model_copy(update={"language": "en"})
    raw = transcribe_course(course, tmp_path / "journal", options)
    assert not any(window.alternatives for window in raw.windows)
    assert {window.language for window in raw.windows} == {"en"}
    assert {languages for _, languages in decoded} == {("en",)}


@pytest.mark.parametrize("batches", [0, 1])
def test_a_run_that_was_stopped_goes_on_to_the_same_and_decodes_no_batch_twice(
    course: Path,
    tmp_path: Path,
    decoded: Decoded,
    monkeypatch: pytest.MonkeyPatch,
    batches: int,
) -> None:
    whole = transcribe_course(course, tmp_path / "other")
    everything, twice = list(decoded), sum(bool(w.alternatives) for w in whole.windows)
    decoded.clear()
    journal = tmp_path / "journal"
    monkeypatch.setitem(STOP, "after", len(everything) - twice + batches)
    with pytest.raises(StopError):
        transcribe_course(course, journal)
    monkeypatch.setitem(STOP, "after", -1)
    assert journal.with_name(journal.name + SUFFIX).exists() == bool(batches)
    assert content(transcribe_course(course, journal)) == content(whole)
    assert decoded == everything
