"""The window plan: regions on the time line of the recording, windows that follow them, the same
after every stop.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from konspekt.artifacts.store import canonical_json
from konspekt.clean import clean
from konspekt.course.settings import CleanOptions, TranscribeOptions
from konspekt.data import RawTranscript, Region
from konspekt.transcribe import Grid, transcribe
from konspekt.transcribe.speech import plan
from konspekt.transcribe.speech.scan import FINDING_SPEECH
from konspekt.transcribe.speech.vad import FRAME
from tests.sounds import RATE_HZ, murmur, tiny_whisper, write_wav

Sound = NDArray[np.float32]
OPTIONS = TranscribeOptions(model="tiny.pt", batch_size=1, language="ru", device="cpu")


class LevelDetector:
    """A detector that takes for speech whatever is loud."""

    identity = "level 1"
    runs = 0

    def probabilities(self, blocks: Iterable[Sound]) -> Iterator[Sound]:
        LevelDetector.runs += 1
        whole = np.concatenate(list(blocks))
        filled = np.concatenate(
            [whole, np.zeros(-len(whole) % FRAME, np.float32)]
        ).reshape(-1, FRAME)
        yield (np.abs(filled).max(axis=1) > 0.001).astype(np.float32)


@pytest.fixture(autouse=True)
def level_detector(monkeypatch: pytest.MonkeyPatch) -> None:
    LevelDetector.runs = 0
    monkeypatch.setitem(plan.DETECTORS, "silero", LevelDetector)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`one.wav`: 20 s of sound between silences of 10 and 15 s; `two.wav`: 40 s of it after a
    minute of silence.
    """
    at = tmp_path_factory.mktemp("plan")
    tiny_whisper(at / "tiny.pt")
    loud = np.clip(murmur(40), -0.4, 0.4) + np.float32(0.05)
    silence = np.zeros(60 * RATE_HZ, np.float32)
    first = [silence[: 10 * RATE_HZ], loud[: 20 * RATE_HZ], silence[: 15 * RATE_HZ]]
    write_wav(at / "one.wav", np.concatenate(first))
    write_wav(at / "two.wav", np.concatenate([silence, loud]))
    return at


def transcribe_files(
    folder: Path, journal: Path, *names: str, **settings: Any
) -> RawTranscript:
    options = OPTIONS.model_copy(update=settings)
    return transcribe(
        "a", [folder / n for n in names], names, options, folder=folder, journal=journal
    )


def test_regions_and_windows_of_several_files_lie_on_one_time_line(
    folder: Path, tmp_path: Path
) -> None:
    raw = transcribe_files(folder, tmp_path / "j", "one.wav", "two.wav")
    assert raw.speech is not None
    near = [
        (pytest.approx(a, abs=0.04), pytest.approx(b, abs=0.04))
        for a, b in ((10, 30), (105, 145))
    ]
    assert [(region.start, region.end) for region in raw.speech] == near
    assert [part.duration for part in raw.recording.parts] == [45, 100]
    assert raw.windows[0].start == pytest.approx(9, abs=0.04)
    assert raw.windows[0].end == pytest.approx(31, abs=0.04)
    assert raw.windows[1].start == pytest.approx(104, abs=0.04)
    assert raw.windows[-1].end == 145
    assert all(decoded.end - decoded.start <= 29 for decoded in raw.windows)
    assert [decoded.id for decoded in raw.windows] == list(range(len(raw.windows)))


def test_the_grid_stays_available_with_regions_and_without(
    folder: Path, tmp_path: Path
) -> None:
    grid = transcribe_files(folder, tmp_path / "a", "one.wav", windows="grid")
    none = transcribe_files(folder, tmp_path / "b", "one.wav", vad="none")
    assert [(h.start, h.end) for h in none.windows] == list(Grid(29, 5).windows(45))
    assert grid.windows == none.windows
    assert grid.speech
    assert none.speech is None
    assert not (tmp_path / "b.plan").exists()


def test_a_recording_in_which_nobody_speaks_has_no_window_and_no_gap(
    folder: Path, tmp_path: Path
) -> None:
    write_wav(tmp_path / "silent.wav", np.zeros(70 * RATE_HZ, np.float32))
    tiny_whisper(tmp_path / "tiny.pt")
    raw = transcribe_files(tmp_path, tmp_path / "j", "silent.wav")
    assert (raw.speech, raw.windows, raw.recording.duration) == ((), (), 70)
    result = clean(raw, CleanOptions(), None, language="ru")
    assert (
        result.transcript.gaps,
        result.quality.speech,
        result.quality.second_pass,
    ) == (
        (),
        0,
        (),
    )


def test_a_run_that_goes_on_does_not_detect_speech_again(
    folder: Path, tmp_path: Path
) -> None:
    whole = transcribe_files(folder, tmp_path / "j", "two.wav")
    lines = (tmp_path / "j").read_bytes().splitlines(keepends=True)
    (tmp_path / "j").write_bytes(b"".join(lines[:2]))
    second = transcribe_files(folder, tmp_path / "j", "two.wav")
    assert canonical_json(asdict(second)) == canonical_json(asdict(whole))
    assert (tmp_path / "j").read_bytes() == b"".join(lines)
    assert LevelDetector.runs == 1


def test_the_detectors_pass_is_reported_as_work_before(
    folder: Path, tmp_path: Path
) -> None:
    told: list[tuple[str, float, float]] = []

    def progress(done: float, total: float, doing: str = "") -> None:
        told.append((doing, done, total))

    paths = [folder / "one.wav", folder / "two.wav"]
    names = ("one.wav", "two.wav")
    transcribe(
        "a",
        paths,
        names,
        OPTIONS,
        folder=folder,
        journal=tmp_path / "j",
        progress=progress,
    )
    before = [(done, total) for doing, done, total in told if doing == FINDING_SPEECH]
    assert [doing for doing, _, _ in told] == [FINDING_SPEECH] * len(before) + [""] * (
        len(told) - len(before)
    )
    assert before == sorted(before)
    assert before[0] == (0, 145)
    assert before[-1][0] > 115
    assert told[len(before)] == ("", 0, 145)


def test_a_run_stopped_while_speech_is_sought_leaves_nothing_behind(
    folder: Path, tmp_path: Path
) -> None:
    def stop(done: float, total: float, doing: str = "") -> None:
        if doing and done > 20:
            raise KeyboardInterrupt

    arguments = ("a", [folder / "two.wav"], ("two.wav",), OPTIONS)
    with pytest.raises(KeyboardInterrupt):
        transcribe(*arguments, folder=folder, journal=tmp_path / "j", progress=stop)
    assert list(tmp_path.iterdir()) == []
    whole = transcribe_files(folder, tmp_path / "other", "two.wav")
    assert canonical_json(
        asdict(transcribe_files(folder, tmp_path / "j", "two.wav"))
    ) == canonical_json(asdict(whole))


@pytest.mark.parametrize("content", [b"", b"no plan", b"cut"])
def test_a_damaged_plan_is_made_again_and_is_the_same(
    content: bytes, folder: Path, tmp_path: Path
) -> None:
    whole = transcribe_files(folder, tmp_path / "j", "one.wav")
    before = (tmp_path / "j.plan").read_bytes()
    (tmp_path / "j.plan").write_bytes(before[:-9] if content == b"cut" else content)
    assert transcribe_files(folder, tmp_path / "j", "one.wav") == whole
    assert (tmp_path / "j.plan").read_bytes() == before
    assert not (tmp_path / "j.old").exists()


@pytest.mark.parametrize(
    "setting",
    [{"windows": "grid"}, {"vad": "none"}, {"window": 20.0}, {"overlap": 2.0}],
)
def test_another_setting_of_windows_transcribes_again(
    setting: dict[str, Any], folder: Path, tmp_path: Path
) -> None:
    transcribe_files(folder, tmp_path / "j", "two.wav")
    transcribe_files(folder, tmp_path / "j", "two.wav", **setting)
    assert (tmp_path / "j.old").is_file()


def test_another_detector_transcribes_again(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    transcribe_files(folder, tmp_path / "j", "one.wav")
    monkeypatch.setattr(LevelDetector, "identity", "level 2")
    transcribe_files(folder, tmp_path / "j", "one.wav")
    assert LevelDetector.runs == 2
    assert (tmp_path / "j.old").is_file()


def test_speech_without_text_is_a_gap_and_a_candidate_for_the_second_pass(
    folder: Path, tmp_path: Path
) -> None:
    raw = transcribe_files(folder, tmp_path / "j", "one.wav", "two.wav")
    deaf = replace(
        raw, windows=tuple(replace(decoded, segments=()) for decoded in raw.windows)
    )
    result = clean(deaf, CleanOptions(), None, language="ru")
    found = [(gap.start, gap.end, gap.cause) for gap in result.transcript.gaps]
    assert found == [
        (pytest.approx(10, abs=0.04), pytest.approx(30, abs=0.04), "not transcribed"),
        (pytest.approx(105, abs=0.04), 145, "not transcribed"),
    ]
    assert result.quality.missing == result.transcript.gaps
    assert result.quality.speech == pytest.approx(60, abs=0.1)
    assert {(w.start, w.cause) for w in result.quality.second_pass} == {
        (gap.start, gap.cause) for gap in result.quality.missing
    }


def test_regions_of_speech_that_no_window_holds_are_gaps_too() -> None:
    file = plan.FilePlan(((0, 16_000),), ())
    assert plan.WindowPlan((file, file)).speech([0.0, 50.0]) == (
        Region(0, 1),
        Region(50, 51),
    )
    assert plan.WindowPlan((file, plan.FilePlan())).speech([0.0, 50.0]) is None
