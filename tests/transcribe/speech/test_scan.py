"""A recording is scanned before Whisper is loaded, with progress; --strict refuses what is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from konspekt.cli.main import main
from konspekt.course.settings import TranscribeOptions
from konspekt.transcribe import batches, scan_parts
from konspekt.transcribe.speech import plan
from konspekt.transcribe.speech.scan import CHECKING_SOUND
from tests.courses import make_course
from tests.sounds import RATE_HZ, murmur, write_float_wav, write_wav


def cut_short(path: Path) -> Path:
    content = write_wav(path, murmur(60)).read_bytes()
    path.write_bytes(content[: len(content) // 2])
    return path


def damaged(path: Path) -> Path:
    samples = murmur(40)
    samples[RATE_HZ * 20 : RATE_HZ * 21] = np.nan
    return write_float_wav(path, samples)


LOST = {
    "was cut short: 0:29 of 1:00": cut_short,
    "is damaged, and silent there: 1.1 s in 1 place": damaged,
}


@pytest.fixture
def missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails where Whisper, or the voice activity detector, is asked."""

    def asked(*_: Any) -> None:
        raise AssertionError("it was decoded")

    monkeypatch.setattr(batches, "load_engine", asked)
    monkeypatch.setattr(plan, "_plan_file", asked)


def konspekt(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.mark.usefixtures("missing")
@pytest.mark.parametrize("message", LOST)
def test_strict_refuses_what_is_cut_short_or_damaged_before_anything_is_decoded(
    message: str, course: Path, tmp_path: Path
) -> None:
    path = LOST[message](tmp_path / "a.wav")
    done = konspekt(
        "transcribe",
        path,
        "--output",
        tmp_path / "out",
        "--model",
        course / "tiny.pt",
        "--strict",
    )
    assert (done.exit_code, len(done.stderr.splitlines())) == (1, 1)
    assert message in done.stderr
    assert not (tmp_path / "out" / "raw.json").exists()


@pytest.mark.usefixtures("missing")
def test_strict_refuses_it_in_a_course_too_and_names_the_part(
    course: Path, tmp_path: Path
) -> None:
    model = (course / "tiny.pt").resolve()
    lecture = '[[lectures]]\nfiles = ["whole.wav", "cut.wav"]\n'
    folder = make_course(tmp_path / "c", f'[transcribe]\nmodel = "{model}"\n{lecture}')
    (folder / "recordings" / "week1.raw.txt").unlink()
    write_wav(folder / "recordings" / "whole.wav", murmur(5))
    cut_short(folder / "recordings" / "cut.wav")
    done = konspekt("build", folder, "--until", "transcribe", "--strict")
    assert done.exit_code == 1
    assert "recordings/cut.wav was cut short: 0:29 of 1:00" in done.stderr


def test_parts_come_one_after_another_with_positions_on_one_time_line(
    tmp_path: Path,
) -> None:
    paths = [
        write_wav(tmp_path / "a.wav", murmur(40)),
        write_wav(tmp_path / "b.wav", murmur(50)),
    ]
    told: list[tuple[float, float]] = []

    def progress(done: float, total: float, doing: str = "") -> None:
        assert doing == CHECKING_SOUND
        told.append((done, total))

    parts = list(scan_parts(paths, ("a.wav", "b.wav"), TranscribeOptions(), progress))
    assert [(part.start, part.duration) for part in parts] == [(0, 40), (40, 50)]
    assert told == sorted(told)
    assert {total for _, total in told} == {90}
    assert told[0][0] == 0
    assert told[-1][0] > 70
