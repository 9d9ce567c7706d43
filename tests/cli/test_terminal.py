"""What a person sees while Konspekt works: how far, how fast, how long still; and after Ctrl-C how
to go on.
"""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from konspekt.cli.terminal import LINE_EVERY, Pace, lines, show
from tests.courses import COMMAND
from tests.sounds import murmur, tiny_whisper, write_wav


class Clock:
    """A clock that the test turns."""

    def __init__(self) -> None:
        self.second = 0.0

    def __call__(self) -> float:
        return self.second


def test_nothing_that_is_shown_steers_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show("recordings/q\u202excod\x1b[2J\x07 is not used\n  nor this")
    assert capsys.readouterr().out == "recordings/qxcod [2J  is not used\n  nor this\n"


def test_speed_position_and_time_left() -> None:
    clock = Clock()
    pace = Pace(clock)
    assert (pace.in_sound(), pace.speed, pace.time_left()) == ("", None, "")
    pace.report(0, 3600)
    assert (pace.in_sound(), pace.time_left()) == ("0:00 of 1:00:00", "")
    clock.second = 100
    pace.report(200, 3600)
    assert pace.in_sound() == "3:20 of 1:00:00, 2.0× real time"
    assert pace.time_left() == "28:20 left"
    clock.second = 160  # a long batch: no report, but the time goes by
    assert pace.time_left() == "27:20 left"
    clock.second = 10_000
    assert pace.time_left() == "0:00 left"


def test_what_an_earlier_run_decoded_is_no_speed_of_this_one() -> None:
    clock = Clock()
    pace = Pace(clock)
    pace.report(3000, 3600)
    assert pace.speed is None
    clock.second = 10
    pace.report(3030, 3600)
    assert pace.speed == 3
    assert pace.left == 190


def test_nothing_to_do_is_no_division_by_nothing() -> None:
    pace = Pace(Clock())
    for _ in range(2):
        pace.report(0, 0)
        pace.report(5, 5)
    assert (pace.speed, pace.left) == (None, None)


def test_a_log_gets_a_line_a_minute(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    progress = lines("week05 transcribing", clock)
    progress(0, 3600)
    for number in range(1, 31):
        clock.second = number * LINE_EVERY / 10
        progress(number * 60, 3600)
    said = capsys.readouterr().err.splitlines()
    assert (
        said[0] == "week05 transcribing: 10:00 of 1:00:00, 10.0× real time, 5:00 left"
    )
    assert len(said) == 3


def test_work_that_goes_before_has_a_name_and_a_speed_of_its_own(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = Clock()
    progress = lines("week05 transcribing", clock)
    progress(0, 3600, "finding speech")
    clock.second = LINE_EVERY
    progress(1800, 3600, "finding speech")
    progress(0, 3600)
    clock.second = 2 * LINE_EVERY
    progress(60, 3600)
    assert capsys.readouterr().err.splitlines() == [
        "week05 transcribing, finding speech: 30:00 of 1:00:00, 30.0× real time, 1:00 left",
        "week05 transcribing: 1:00 of 1:00:00, 1.0× real time, 59:00 left",
    ]


@pytest.fixture
def course(tmp_path: Path) -> Path:
    tiny_whisper(tmp_path / "tiny.pt")
    write_wav(tmp_path / "lecture.wav", murmur(200))
    return tmp_path


def in_terminal(folder: Path, *arguments: str, stop: bool = False) -> tuple[int, str]:
    """Exit code of a command in a terminal, and all that it wrote there; Ctrl-C is typed at the
    first speed.
    """
    keyboard, screen = pty.openpty()
    process = subprocess.Popen(
        [COMMAND, *arguments],
        stdin=screen,
        stdout=screen,
        stderr=screen,
        cwd=folder,
        start_new_session=True,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "120"},
        preexec_fn=lambda: os.close(
            os.open(os.ttyname(screen), os.O_RDWR)
        ),  # makes it the controlling terminal
    )
    os.close(screen)
    said = ""
    with suppress(OSError):  # the terminal closes with the last process in it
        while select.select([keyboard], [], [], 120)[0] and (
            some := os.read(keyboard, 2**16)
        ):
            said += some.decode(errors="replace")
            if stop and "real time" in said:
                os.write(keyboard, b"\x03")
                stop = False
    os.close(keyboard)
    return process.wait(), said


TRANSCRIBE = ("build", "--until", "transcribe")
COURSE = """title = "Course"
[transcribe]
model = "tiny.pt"
language = "ru"
device = "cpu"
vad = "none"
temperatures = [0.0]
batch_size = 2
"""


def plain(said: str) -> str:
    return re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", said)


@pytest.mark.slow
def test_ctrl_c_in_a_terminal_says_what_is_kept_and_the_same_command_goes_on(
    course: Path,
) -> None:
    """Each run shows a bar with position and speed; the second begins where the first was
    stopped.
    """
    (course / "recordings").mkdir()
    (course / "lecture.wav").rename(course / "recordings" / "lecture.wav")
    (course / "course.toml").write_text(COURSE, encoding="utf-8")
    code, said = in_terminal(course, *TRANSCRIBE, stop=True)
    assert re.search(
        r"lecture transcribing .* \d:\d\d of 3:20, \d+\.\d× real time \d+:\d\d left",
        plain(said),
    ), said
    last = plain(said).replace("^C", "").strip().splitlines()[-1].strip()
    assert (
        last
        == "konspekt: stopped; what is finished is kept. Run the same command to go on."
    )
    assert code == 130
    journal = next((course / ".konspekt" / "journals").iterdir()).read_bytes()
    code, said = in_terminal(course, *TRANSCRIBE)
    assert (code, "0:00 of 3:20" in said, "Made: transcribe" in plain(said)) == (
        0,
        False,
        True,
    )
    assert journal.count(b"\n") >= 2
