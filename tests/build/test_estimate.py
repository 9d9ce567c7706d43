"""How long a build will take is said with both passes, by what was measured here before."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from konspekt.build import estimate as estimating
from konspekt.build.estimate import (
    SECOND_PASS_GUESS,
    Meter,
    estimate,
    guess,
    whisper_of,
)
from konspekt.course.course import load_course
from konspekt.data import DecodedWindow, How, RawTranscript, Recording, no_progress
from konspekt.models.whisper import choose
from tests.courses import make_course
from tests.small_whisper import small_whisper
from tests.sounds import murmur, write_wav

MODEL = f'model = "{small_whisper()}"\ndevice = "cpu"\n'


def course_of(folder: Path, settings: str = "") -> Path:
    made = make_course(folder, f"[transcribe]\n{MODEL}{settings}")
    write_wav(made / "recordings" / "sound.wav", murmur(10))
    return made


def said(folder: Path, *, engine: str = "whisper") -> estimating.Estimate:
    course = load_course(folder)
    choice = replace(choose(small_whisper(), "cpu", folder), engine=engine)
    found = estimate(course, [x for x in course.lectures if x.is_sound], choice)
    assert found is not None
    return found


class Clock:
    """A clock that the test turns."""

    second = 0.0

    def monotonic(self) -> float:
        return self.second


def metered(monkeypatch: pytest.MonkeyPatch, *reports: tuple[float, float]) -> Meter:
    """A meter that was told of (seconds of sound, when)."""
    clock = Clock()
    monkeypatch.setattr(estimating, "time", clock)
    meter = Meter(no_progress)
    for done, when in reports:
        clock.second = when
        meter(done, 600.0)
    return meter


def test_without_a_measurement_the_second_pass_is_guessed(tmp_path: Path) -> None:
    found = said(course_of(tmp_path / "c"))
    assert (found.speed, found.second_pass, found.measured) == (
        guess("small.pt", "cpu"),
        SECOND_PASS_GUESS,
        False,
    )
    assert "(a guess until it runs, the second pass included)" in found.in_words()


def test_switched_off_it_is_not_counted(tmp_path: Path) -> None:
    found = said(course_of(tmp_path / "c", "second_pass = false\n"))
    assert found.second_pass == 0
    assert "the second pass" not in found.in_words()


def test_what_both_passes_took_here_counts_for_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = course_of(tmp_path / "c")
    work = load_course(folder).work
    work.mkdir()
    metered(monkeypatch, (0, 0), (300, 100), (600, 200)).remember(work, "small.pt")
    metered(monkeypatch, (0, 0), (40, 20), (80, 50)).remember_second_pass(
        work, "small.pt", 600
    )
    assert json.loads((work / "speed.json").read_bytes()) == {
        "small.pt": 3.0,
        "small.pt second pass": 0.25,
    }
    found = said(folder)
    assert (found.speed, found.second_pass, found.measured) == (3.0, 0.25, True)


def test_the_speed_of_one_engine_says_nothing_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = course_of(tmp_path / "c")
    work = load_course(folder).work
    work.mkdir()
    metered(monkeypatch, (0, 0), (600, 200)).remember(
        work, "small.pt by faster-whisper"
    )
    assert (said(folder).speed, said(folder).measured) == (
        guess("small.pt", "cpu"),
        False,
    )
    assert (
        said(folder, engine="faster-whisper").speed,
        said(folder, engine="faster-whisper").measured,
    ) == (3.0, True)


@pytest.mark.parametrize(
    ("device", "engine", "what"),
    [
        ("cpu", "whisper", "small"),
        ("cuda", "whisper", "small on cuda"),
        ("cuda", "faster-whisper", "small on cuda by faster-whisper"),
        (None, None, "small"),
    ],
)
def test_a_speed_is_kept_by_the_engine_that_the_windows_name(
    device: str | None, engine: str | None, what: str
) -> None:
    window = DecodedWindow(
        0, 0.0, 29.0, "ru", (), How("small", device=device, engine=engine)
    )
    assert (
        whisper_of(RawTranscript(Recording("lecture", ()), "small", None, (window,)))
        == what
    )


def test_what_computes_is_said_where_it_is_not_the_usual_engine(tmp_path: Path) -> None:
    folder = course_of(tmp_path / "c")
    assert said(folder).in_words().endswith("Whisper: small.pt on the processor.")
    words = said(folder, engine="faster-whisper").in_words()
    assert words.endswith(
        "Whisper: small.pt on the processor, computed by faster-whisper."
    )


def test_a_run_that_went_on_measures_only_what_it_decoded_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    metered(monkeypatch, (400, 0), (600, 100)).remember(tmp_path, "small.pt")
    assert json.loads((tmp_path / "speed.json").read_bytes()) == {"small.pt": 2.0}


def test_too_short_a_run_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    metered(monkeypatch, (0, 0), (60, 10)).remember(tmp_path, "small.pt")
    metered(monkeypatch).remember(tmp_path, "small.pt")
    metered(monkeypatch, (0, 0), (10, 10)).remember_second_pass(
        tmp_path, "small.pt", 600
    )
    assert not (tmp_path / "speed.json").exists()


def test_what_goes_before_decoding_is_no_part_of_the_speed_that_is_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(estimating, "time", clock)
    told: list[str] = []
    meter = Meter(lambda done, total, doing="": told.append(doing))
    for done, second, doing in (
        (0, 0.0, "finding speech"),
        (1000, 5.0, "finding speech"),
        (0, 5.0, ""),
        (1000, 105.0, ""),
    ):
        clock.second = second
        meter(done, 1000, doing)
    meter.remember(tmp_path, "small")
    assert json.loads((tmp_path / "speed.json").read_bytes()) == {"small": 10.0}
    assert told == ["finding speech"] * 2 + [""] * 2
