"""`konspekt explain`: what was decided around a time, from the files of a lecture, and the
sound of it.
"""

from __future__ import annotations

import shutil
import wave
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from konspekt.artifacts import files
from konspekt.artifacts.store import hash_file
from konspekt.data import Part
from tests.courses import LECTURE, contents, konspekt, make_course
from tests.sounds import murmur, write_wav

EXPLAINED = """\
week1 at 0:28 of 2:10: removed in window 0 in favour of window 1 (see 1, overlap); kept in window 1

Window 0, 0:00–0:30 (chunks, times within it are estimates)
  Сегодня мы говорим об обратном индексе. Обратный индекс хранит для каждого слова [-список документов.-] (1 overlap)
  1. 0:24–0:30 overlap: window 1 holds the same sound: 3 words at the end of window 0 are those at the beginning of \
window 1
     there, window 1 says: «список документов»

Window 1, 0:25–0:55 (chunks, times within it are estimates)
  [-Слова-] (2 overlap) список документов. Без индекса поиск читает все тексты подряд, а это очень долго.
  2. 0:25–0:26 overlap: window 0 holds the same sound: 3 words at the end of window 0 are those at the beginning of \
window 1
     there, window 0 says: «слова»

After: window 2, 0:50–1:20, shares 5.0 s of sound with window 1
  no text

Gap 0:30–0:33, uncertain: a few words stand alone in a long stretch
Gap 0:37–0:55, uncertain: a few words stand alone in a long stretch

[-removed-] (number and reason, if explained here), … the text goes on
"""


@pytest.fixture(scope="module")
def cleaned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a cleaned lecture, and beside it a course with the same one."""
    folder = tmp_path_factory.mktemp("cleaned")
    (folder / "week1.txt").write_text(LECTURE, encoding="utf-8")
    konspekt(
        "clean",
        folder / "week1.txt",
        "--output",
        folder / "out",
        "--embeddings",
        "none",
    )
    konspekt("build", make_course(folder / "course"), "--until", "clean")
    return folder


@pytest.fixture
def transcribed(cleaned: Path, tmp_path: Path) -> Path:
    """The same lecture as if it had been transcribed: its sound is a file beside the folder of its
    files.
    """
    shutil.copytree(cleaned / "out", tmp_path / "out")
    sound = write_wav(tmp_path / "week1.wav", murmur(130))
    raw = files.load_raw(tmp_path / "out" / "raw.json")
    parts = (Part("week1.wav", 0.0, 130.0, hash_file(sound)),)
    raw = replace(raw, recording=replace(raw.recording, parts=parts))
    (tmp_path / "out" / "raw.json").write_bytes(files.dump(raw))
    return tmp_path


def seconds_in(path: Path) -> float:
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (
            16_000,
            1,
            2,
        )
        return int(file.getnframes()) / 16_000


@pytest.mark.parametrize("time", ["0:28", "28", "28.0", "0:00:28"])
def test_explain_prints_what_was_decided_and_why_and_changes_nothing(
    cleaned: Path, time: str
) -> None:
    before = contents(cleaned)
    done = konspekt("explain", cleaned / "out", time)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == EXPLAINED
    assert contents(cleaned) == before


def test_a_lecture_of_a_course_is_named_by_its_id_or_its_folder(cleaned: Path) -> None:
    course = cleaned / "course"
    assert konspekt("explain", course, "28", "--lecture", "week1").stdout == EXPLAINED
    assert (
        konspekt("explain", ".", "28", "--lecture", "week1", cwd=course).stdout
        == EXPLAINED
    )
    assert (
        konspekt("explain", course / "output" / "lectures" / "week1", "28").stdout
        == EXPLAINED
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("out", "3:00"),
            "3:00 is after the end: week1 lasts 2:10 (130 s). Name an earlier time.",
        ),
        (
            ("out", "soon"),
            "'soon' is not a time. Times are written 12:05, 1:12:05, 725 or 725.5.",
        ),
        (
            ("course", "28"),
            "this is a course, and no lecture of it is named. Name one with --lecture. There are: week1.",
        ),
        (
            ("course", "28", "--lecture", "w"),
            "no lecture 'w' here. Name one with --lecture. There are: week1.",
        ),
        (
            ("out", "28", "--lecture", "week1"),
            "there is no course here, so no lecture 'week1'. Name the folder of a course",
        ),
        ((".", "28"), "no cleaned lecture is here. Clean it first"),
        (
            ("out", "28", "--wav", "a.wav"),
            "the lecture came as text, there is no sound of it.",
        ),
    ],
)
def test_what_cannot_be_explained_is_one_line_with_what_to_do(
    cleaned: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = konspekt("explain", *arguments, cwd=cleaned)
    assert done.returncode == 1
    assert said in done.stderr
    assert done.stderr.startswith("konspekt: ")
    assert len(done.stderr.splitlines()) == 1
    assert not (cleaned / "a.wav").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("clean", "week1.txt"), "Missing option '--output'."),
        (("clean", "out", "--output", "o"), "'out' is a directory."),
        (("explain", "out"), "Missing argument 'TIME'."),
        (("explain", "week1.txt", "28"), "'week1.txt' is a file."),
        (("explain", "out", "28", "--sound", "week1.wav"), "Missing option '--wav'"),
        (("explain", "out", "28", "--wav", "raw.json"), "its name ends in .wav"),
    ],
)
def test_a_wrong_use_is_named_and_changes_nothing(
    cleaned: Path, arguments: tuple[str, ...], said: str
) -> None:
    before = contents(cleaned)
    done = konspekt(*arguments, cwd=cleaned)
    assert done.returncode == 2
    assert said in done.stderr
    assert contents(cleaned) == before


def test_control_characters_of_a_transcript_do_not_reach_the_terminal(
    tmp_path: Path,
) -> None:
    text = "[Chunk start 0.00s]: Дерево\x1b[31m растёт\x07 вверх.\n"
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    konspekt(
        "clean",
        tmp_path / "a.txt",
        "--output",
        tmp_path / "out",
        "--embeddings",
        "none",
    )
    done = konspekt("explain", tmp_path / "out", "3")
    assert "  Дерево [31m растёт  вверх.\n" in done.stdout
    assert done.stdout.replace("\n", "").isprintable()


def test_wav_is_the_sound_from_5_s_before_what_was_removed_to_5_s_after_it(
    transcribed: Path,
) -> None:
    done = konspekt("explain", "out", "28", "--wav", "28.wav", cwd=transcribed)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == EXPLAINED + "\nMade: 28.wav (0:19–0:35)\n"
    assert seconds_in(transcribed / "28.wav") == pytest.approx(35 - 19.545, abs=0.001)
    with wave.open(str(transcribed / "28.wav")) as file:
        samples = np.frombuffer(file.readframes(16_000), "<i2") / 2**15
    first = round(19.545 * 16_000)
    assert samples == pytest.approx(murmur(130)[first : first + 16_000], abs=0.001)


def test_wav_is_10_s_on_each_side_where_nothing_was_removed_and_ends_with_the_sound(
    transcribed: Path,
) -> None:
    done = konspekt("explain", "out", "2:05", "--wav", "end.wav", cwd=transcribed)
    assert done.stdout.endswith("\nMade: end.wav (1:55–2:10)\n")
    assert seconds_in(transcribed / "end.wav") == 15.0


def test_the_sound_is_looked_for_before_anything_is_explained(cleaned: Path) -> None:
    done = konspekt("explain", "out", "28", "--wav", "a.wav", cwd=cleaned)
    assert (done.returncode, done.stdout) == (1, "")
    assert (
        "the lecture came as text, there is no sound of it. Name its recording with --sound."
        in done.stderr
    )


def test_the_sound_of_a_text_or_from_elsewhere_is_named(
    cleaned: Path, transcribed: Path
) -> None:
    moved = (transcribed / "week1.wav").rename(transcribed / "moved.wav")
    done = konspekt("explain", "out", "28", "--wav", "a.wav", cwd=transcribed)
    assert (
        "week1.wav: the recording is not there. Say where it is with --sound."
        in done.stderr
    )
    for folder, name in ((transcribed / "out", "b.wav"), (cleaned / "out", "c.wav")):
        done = konspekt(
            "explain", folder, "28", "--wav", transcribed / name, "--sound", moved
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert seconds_in(transcribed / name) == pytest.approx(15.455, abs=0.001)


def test_the_sound_of_a_course_is_found_in_it(transcribed: Path) -> None:
    course = make_course(transcribed / "course")
    folder = course / "output" / "lectures" / "week1"
    folder.parent.mkdir(parents=True)
    (transcribed / "out").rename(folder)
    raw = (folder / "raw.json").read_text(encoding="utf-8")
    (folder / "raw.json").write_text(
        raw.replace('"week1.wav"', '"recordings/week1.wav"'), encoding="utf-8"
    )
    (course / "recordings" / "week1.raw.txt").unlink()
    (transcribed / "week1.wav").rename(course / "recordings" / "week1.wav")
    for number, arguments in enumerate(
        ((course, "28", "--lecture", "week1"), (folder, "28"))
    ):
        done = konspekt(
            "explain",
            *arguments,
            "--wav",
            transcribed / f"{number}.wav",
            cwd=transcribed,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert (transcribed / f"{number}.wav").is_file()


def test_a_recording_that_changed_since_and_one_that_is_too_short_are_refused(
    transcribed: Path,
) -> None:
    write_wav(transcribed / "week1.wav", murmur(10))
    done = konspekt("explain", "out", "28", "--wav", "a.wav", cwd=transcribed)
    assert (
        "week1.wav: not what was transcribed: the file has changed since."
        in done.stderr
    )
    done = konspekt(
        "explain",
        "out",
        "28",
        "--wav",
        "a.wav",
        "--sound",
        "week1.wav",
        cwd=transcribed,
    )
    assert "week1.wav: its sound ends before 0:19." in done.stderr
    assert not (transcribed / "a.wav").exists()


def test_wav_writes_over_no_file(transcribed: Path) -> None:
    before = contents(transcribed)
    done = konspekt("explain", "out", "28", "--wav", "week1.wav", cwd=transcribed)
    assert (
        "week1.wav: the file is there already. Choose another name for --wav."
        in done.stderr
    )
    assert contents(transcribed) == before
