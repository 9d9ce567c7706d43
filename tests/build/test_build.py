"""A course is brought up to date, what is finished is left alone, and a stop at any moment costs
little.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from konspekt.artifacts import files
from konspekt.build import course as building
from konspekt.build.course import Outcome
from konspekt.build.stage import StageInfo
from konspekt.clean import check_tiling
from konspekt.course.course import load_course
from konspekt.data import Progress, no_progress
from konspekt.errors import KonspektError
from tests.courses import (
    COMMAND,
    LECTURE,
    REFERENCE,
    contents,
    konspekt,
    make_course,
    picture,
)
from tests.endpoints import Stub
from tests.notes.builders import answering
from tests.sounds import murmur, tiny_whisper, write_wav


class Silent:
    """A watcher that remembers what it is told."""

    def __init__(self) -> None:
        self.stages: list[str] = []
        self.errors: list[str] = []

    @contextmanager
    def at_work(self, lecture: str, stage: StageInfo, why: str) -> Iterator[Progress]:
        self.stages.append(f"{lecture} {stage.name}: {why}")
        yield no_progress

    def report_failure(self, error: KonspektError) -> None:
        self.errors.append(str(error))


def run(folder: Path, until: str = "site") -> tuple[Outcome, Silent]:
    course, watcher = load_course(folder), Silent()
    with building.open_course(course) as tools:
        return building.build(course, tools, watcher, building.Wanted(until)), watcher


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course of one lecture with a reference, built. Not to be changed."""
    folder = make_course(tmp_path_factory.mktemp("course") / "built")
    (folder / "recordings" / "week1.reference.txt").write_text(
        REFERENCE, encoding="utf-8"
    )
    outcome, watcher = run(folder)
    assert watcher.errors == []
    assert outcome.index is not None
    return folder


def test_every_stage_leaves_its_files(built: Path) -> None:
    lecture = {
        path.name for path in (built / "output" / "lectures" / "week1").iterdir()
    }
    assert lecture == {
        *(
            "manifest.json",
            "raw.json",
            "transcript.json",
            "removed.jsonl",
            "quality.json",
            "notes.json",
            "score.json",
        ),
        *("transcript.txt", "transcript.srt", "transcript.vtt"),
    }
    assert (built / "output" / "site" / "html" / "index.html").is_file()
    assert (built / "output" / "site" / "source" / "index.rst").is_file()


def test_a_second_build_changes_no_byte_and_no_time_stamp(built: Path) -> None:
    before = picture(built / "output")
    outcome, watcher = run(built)
    assert (outcome.made, watcher.stages) == ([], [])
    assert picture(built / "output") == before


def test_law_1_holds_from_the_files_alone(built: Path) -> None:
    folder = built / "output" / "lectures" / "week1"
    raw, transcript = (
        files.load_raw(folder / "raw.json"),
        files.load_transcript(folder / "transcript.json"),
    )
    check_tiling(raw, transcript, files.load_removals(folder / "removed.jsonl"))
    assert [h.text for h in raw.windows] == [
        line.partition("]: ")[2] for line in LECTURE.splitlines()
    ]


def test_the_wer_against_the_reference_is_reported(built: Path) -> None:
    outcome, _ = run(built)
    assert [(score.recording, score.normalised.wer) for score in outcome.scores] == [
        ("week1", 0.0)
    ]


def test_the_same_input_gives_the_same_bytes_elsewhere(
    built: Path, tmp_path: Path
) -> None:
    folder = make_course(tmp_path / "another place")
    (folder / "recordings" / "week1.reference.txt").write_text(
        REFERENCE, encoding="utf-8"
    )
    run(folder)
    assert contents(folder / "output") == contents(built / "output")


def test_a_setting_of_cleaning_never_transcribes_again(tmp_path: Path) -> None:
    folder = make_course(tmp_path / "c")
    run(folder, until="notes")
    before = picture(folder / "output")["lectures/week1/raw.json"]
    rewrite(
        folder / "course.toml",
        'embeddings = "none"',
        'embeddings = "none"\nwithout = ["loops"]',
    )
    _, watcher = run(folder, until="notes")
    assert watcher.stages[0] == "week1 clean: setting without changed"
    assert picture(folder / "output")["lectures/week1/raw.json"] == before


def test_another_choice_of_rules_cleans_again(tmp_path: Path) -> None:
    folder = make_course(tmp_path / "c")
    run(folder, until="clean")
    rewrite(
        folder / "course.toml",
        'embeddings = "none"',
        'embeddings = "none"\nonly = ["loops", "seams"]',
    )
    _, watcher = run(folder, until="clean")
    assert watcher.stages == ["week1 clean: setting only changed"]


CORRECTIONS = """
[[drop]]
text = "частое слово весит меньше"
[[replace]]
text = "обратном индексе"
with = "`обратном` **индексе** <script>"
[[redact]]
text = "формула BM25"
"""


def test_corrections_clean_again_never_transcribe_and_survive_every_run(
    tmp_path: Path,
) -> None:
    folder = make_course(tmp_path / "c", week1=LECTURE, week2=LECTURE)
    (folder / "recordings" / "week1.reference.txt").write_text(
        REFERENCE.replace("BM25 ", ""), encoding="utf-8"
    )
    run(folder, until="notes")
    raw = picture(folder / "output")["lectures/week1/raw.json"]
    (folder / "recordings" / "week1.corrections.toml").write_text(
        CORRECTIONS, encoding="utf-8"
    )
    _, watcher = run(folder)
    assert watcher.errors == []
    assert watcher.stages[0] == "week1 clean: recordings/week1.corrections.toml changed"
    stages = [line.split(":")[0] for line in watcher.stages]
    assert stages == ["week1 clean", "week1 notes", "week1 score", " site"]
    made = contents(folder / "output")
    assert picture(folder / "output")["lectures/week1/raw.json"] == raw
    page = made["site/html/lectures/week1.html"].decode()
    assert "`обратном` **индексе** &lt;script&gt;" in page
    own = {
        name: content
        for name, content in made.items()
        if "week1" in name and not name.endswith("raw.json")
    }
    assert not any(b"BM25" in content for content in own.values())
    law = folder / "output" / "lectures" / "week1"
    check_tiling(
        files.load_raw(law / "raw.json"),
        files.load_transcript(law / "transcript.json"),
        files.load_removals(law / "removed.jsonl"),
    )
    assert run(folder)[1].stages == []
    shutil.rmtree(folder / "output" / "lectures")
    run(folder)
    assert contents(folder / "output") == made


def test_corrections_of_a_course_hold_for_every_lecture_and_what_none_has_is_said(
    tmp_path: Path,
) -> None:
    folder = make_course(
        tmp_path / "c", a=LECTURE, b="[Chunk start 0.00s]: Другая лекция, спасибо."
    )
    (folder / "corrections.toml").write_text(
        '[[drop]]\ntext = "Спасибо"\n[[drop]]\ntext = "ранжирование"\n[[drop]]\ntext = "нигде"',
        encoding="utf-8",
    )
    (folder / "recordings" / "b.corrections.toml").write_text(
        '[[keep]]\ntext = "нет"', encoding="utf-8"
    )
    outcome, watcher = run(folder, until="clean")
    assert watcher.errors == []
    said = [
        "b.corrections.toml: [[keep]] 1 («нет») matches nothing",
        "corrections.toml: [[drop]] 3 («нигде») matches nothing in any lecture",
    ]
    assert outcome.notices == said
    for name in "ab":
        text = (folder / "output" / "lectures" / name / "transcript.txt").read_text(
            encoding="utf-8"
        )
        assert "пасибо" not in text
    assert run(folder, until="clean")[0].notices == said


def test_broken_corrections_fail_their_lecture_in_one_line_and_those_of_a_course_the_build(
    tmp_path: Path,
) -> None:
    folder = make_course(tmp_path / "c", a=LECTURE, b=LECTURE)
    broken = folder / "recordings" / "a.corrections.toml"
    broken.write_text("[[drop]\n", encoding="utf-8")
    outcome, watcher = run(folder, until="clean")
    assert len(watcher.errors) == 1
    assert watcher.errors[0].startswith(f"{broken}: cannot be read: ")
    assert outcome.made == [("a", "transcribe"), ("b", "transcribe"), ("b", "clean")]
    broken.rename(folder / "corrections.toml")
    with pytest.raises(KonspektError, match="cannot be read"):
        run(folder, until="clean")


def test_corrections_of_no_recording_are_named(tmp_path: Path) -> None:
    folder = make_course(tmp_path / "c")
    (folder / "recordings" / "week9.corrections.toml").write_text("", encoding="utf-8")
    why = "recordings/week9.corrections.toml is not used: no recording of that name lies beside it"
    assert load_course(folder).ignored == (why,)


def test_cleaning_alone_reads_the_corrections_beside_the_recording_and_says_what_had_no_effect(
    tmp_path: Path,
) -> None:
    (tmp_path / "week1.raw.txt").write_text(LECTURE, encoding="utf-8")
    toml = '[[drop]]\ntext = "без индекса"\n[[drop]]\ntext = "нигде"'
    (tmp_path / "week1.corrections.toml").write_text(toml, encoding="utf-8")
    done = konspekt(
        "clean",
        "week1.raw.txt",
        "--output",
        "out",
        "--embeddings",
        "none",
        cwd=tmp_path,
    )
    assert (
        "Note: week1.corrections.toml: [[drop]] 2 («нигде») matches nothing."
        in done.stdout
    )
    text = (tmp_path / "out" / "transcript.txt").read_text(encoding="utf-8")
    assert "Без индекса" not in text
    again = konspekt(
        "clean",
        "out/raw.json",
        "--output",
        "out2",
        "--embeddings",
        "none",
        cwd=tmp_path,
    )
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "out2" / "transcript.txt").read_text(encoding="utf-8") == text


def test_a_changed_recording_is_made_again_and_the_others_are_left_alone(
    tmp_path: Path,
) -> None:
    folder = make_course(tmp_path / "c", a=LECTURE, b=LECTURE)
    run(folder, until="notes")
    rewrite(folder / "recordings" / "a.raw.txt", "Спасибо", "Хорошо")
    _, watcher = run(folder, until="notes")
    assert [line.split(":")[0] for line in watcher.stages] == [
        "a transcribe",
        "a clean",
        "a notes",
    ]
    assert "recordings/a.raw.txt changed" in watcher.stages[0]


def test_a_new_time_stamp_alone_makes_nothing_again(tmp_path: Path) -> None:
    folder = make_course(tmp_path / "c")
    run(folder, until="notes")
    os.utime(folder / "recordings" / "week1.raw.txt")
    assert run(folder, until="notes")[0].made == []


def test_an_artifact_that_is_damaged_or_gone_is_made_again(tmp_path: Path) -> None:
    folder = make_course(tmp_path / "c")
    run(folder, until="notes")
    before = contents(folder / "output")
    (folder / "output" / "lectures" / "week1" / "transcript.srt").unlink()
    (folder / "output" / "lectures" / "week1" / "raw.json").write_text("{")
    run(folder, until="notes")
    assert contents(folder / "output") == before


def test_a_reference_taken_away_takes_its_score_with_it(tmp_path: Path) -> None:
    folder = make_course(tmp_path / "c")
    reference = folder / "recordings" / "week1.reference.txt"
    reference.write_text(REFERENCE, encoding="utf-8")
    assert run(folder, until="score")[0].scores
    reference.unlink()
    assert not run(folder, until="score")[0].scores
    assert not (folder / "output" / "lectures" / "week1" / "score.json").exists()


def test_a_broken_recording_is_one_line_and_the_others_go_on(tmp_path: Path) -> None:
    folder = make_course(tmp_path / "c", a="no chunks here", b=LECTURE)
    (folder / "recordings" / "c.mp3").write_text("#EXTM3U\nb.raw.txt\n")
    (folder / "recordings" / "d.wav").write_bytes(b"")
    done = konspekt("build", folder)
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert [
        name in line
        for line, name in zip(lines, ("a.raw.txt", "c.mp3", "d.wav"), strict=True)
    ] == [True] * 3
    assert "Traceback" not in done.stderr
    assert (folder / "output" / "lectures" / "b" / "notes.json").is_file()
    assert "Open file://" in done.stdout


def test_a_lecture_of_several_parts_lies_on_one_time_line(tmp_path: Path) -> None:
    settings = (
        '[[lectures]]\nfiles = ["a.raw.txt", "b.raw.txt"]\nid = "both"\ntitle = "Обе '
        'части"\n'
    )
    folder = make_course(tmp_path / "c", settings, a=LECTURE, b=LECTURE)
    run(folder)
    raw = files.load_raw(folder / "output" / "lectures" / "both" / "raw.json")
    assert [(part.path, part.start) for part in raw.recording.parts] == [
        ("recordings/a.raw.txt", 0.0),
        ("recordings/b.raw.txt", 130.0),
    ]
    assert raw.windows[5].start == 130.0
    assert "Обе части" in (
        folder / "output" / "site" / "source" / "index.rst"
    ).read_text(encoding="utf-8")


def test_status_names_folders_of_lectures_that_are_gone(tmp_path: Path) -> None:
    folder = make_course(tmp_path / "c", a=LECTURE, b=LECTURE)
    run(folder, until="clean")
    (folder / "recordings" / "b.raw.txt").unlink()
    assert (
        "output/lectures/b: of no recording any more"
        in konspekt("status", folder).stdout
    )


def test_the_order_of_parts_is_part_of_what_a_lecture_is(tmp_path: Path) -> None:
    settings = '[[lectures]]\nfiles = ["a.raw.txt", "b.raw.txt"]\nid = "both"\n'
    folder = make_course(
        tmp_path / "c", settings, a=LECTURE, b=LECTURE.replace("Спасибо", "Хорошо")
    )
    run(folder, until="transcribe")
    rewrite(
        folder / "course.toml", '"a.raw.txt", "b.raw.txt"', '"b.raw.txt", "a.raw.txt"'
    )
    assert run(folder, until="transcribe")[0].made == [("both", "transcribe")]


def test_a_lecture_of_several_parts_is_scored_against_all_their_references_or_none(
    tmp_path: Path,
) -> None:
    settings = '[[lectures]]\nfiles = ["a.raw.txt", "b.raw.txt"]\nid = "both"\n'
    folder = make_course(tmp_path / "c", settings, a=LECTURE, b=LECTURE)
    (folder / "recordings" / "a.reference.txt").write_text(REFERENCE, encoding="utf-8")
    outcome, _ = run(folder, until="score")
    assert outcome.scores == []
    assert any("a.reference.txt is not used" in notice for notice in outcome.notices)
    (folder / "recordings" / "B.Reference.TXT").write_text(REFERENCE, encoding="utf-8")
    (score,) = run(folder, until="score")[0].scores
    assert score.normalised.wer == 0.0


def test_a_folder_inside_recordings_is_named_by_build_and_status(
    tmp_path: Path,
) -> None:
    folder = make_course(tmp_path / "c")
    (folder / "recordings" / "sub").mkdir()
    (folder / "recordings" / "sub" / "week2.raw.txt").write_text(LECTURE)
    words = (
        "recordings/sub/ is not used: files in folders are used where [[lectures]] lists them "
        '(files = ["sub/…"])'
    )
    assert words in konspekt("status", folder).stdout.splitlines()
    assert f"Note: {words}." in konspekt("build", folder).stdout.splitlines()


def test_a_changed_language_is_named_as_course_toml_names_it(tmp_path: Path) -> None:
    settings = 'title = "x"\nlanguage = "ru"\n[clean]\nembeddings = "none"\n'
    folder = make_course(tmp_path / "c", settings)
    run(folder, until="clean")
    rewrite(folder / "course.toml", 'language = "ru"', 'language = "kk"')
    stages = run(folder, until="clean")[1].stages
    assert stages == ["week1 clean: setting language changed"]


def test_a_listed_file_is_found_however_its_name_is_composed(tmp_path: Path) -> None:
    folder = make_course(
        tmp_path / "c", '[[lectures]]\nfiles = ["йод.raw.txt"]\ntitle = "Йод"\n'
    )
    (folder / "recordings" / "week1.raw.txt").rename(
        folder / "recordings" / "и\u0306од.raw.txt"
    )
    assert [lecture.title for lecture in load_course(folder).lectures] == ["Йод"]


def test_a_name_that_is_no_text_is_reported_and_the_others_go_on(
    tmp_path: Path,
) -> None:
    folder = make_course(tmp_path / "c")
    (folder / "recordings" / os.fsdecode(b"lek\xff.raw.txt")).write_text(
        LECTURE, encoding="utf-8"
    )
    done = konspekt("build", folder, "--until", "clean")
    assert done.returncode == 1
    assert "name is not UTF-8" in done.stderr
    assert (folder / "output" / "lectures" / "week1" / "transcript.json").is_file()


@pytest.mark.weights
def test_a_setting_that_changes_no_text_transcribes_nothing_again(
    sound_course: Path, tmp_path: Path
) -> None:
    folder = copy_of(sound_course, tmp_path / "c")
    run(folder, until="transcribe")
    rewrite(
        folder / "course.toml",
        'model = "tiny.pt"',
        'model = "./tiny.pt"\nmax_hours = 20',
    )
    assert run(folder, until="transcribe")[0].made == []


def test_a_whisper_that_cannot_be_had_stops_no_transcript(
    sound_course: Path, tmp_path: Path
) -> None:
    folder = copy_of(sound_course, tmp_path / "c")
    rewrite(folder / "course.toml", "tiny.pt", "gone.pt")
    done = konspekt("build", folder, "--until", "clean")
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "gone.pt" in done.stderr
    assert (folder / "output" / "lectures" / "text" / "transcript.json").is_file()


@pytest.mark.weights
def test_the_time_it_will_take_is_said_of_recordings_that_can_be_opened_only(
    sound_course: Path, tmp_path: Path
) -> None:
    folder = copy_of(sound_course, tmp_path / "c")
    (folder / "recordings" / "broken.mp3").write_text("#EXTM3U\n")
    said = konspekt("build", folder, "--until", "transcribe").stdout
    assert said.startswith("To transcribe: 1 recording, 1:50 of sound. About 1 min")
    assert (
        "To transcribe" not in konspekt("build", folder, "--until", "transcribe").stdout
    )


@pytest.mark.weights
def test_a_recording_cut_short_is_used_and_said_and_strict_refuses_it(
    sound_course: Path, tmp_path: Path
) -> None:
    folder = copy_of(sound_course, tmp_path / "c")
    sound = folder / "recordings" / "sound.wav"
    sound.write_bytes(sound.read_bytes()[: 60 * 32_000])
    done = konspekt("build", folder)
    assert done.returncode == 0
    assert (
        "Note: recordings/sound.wav was cut short: 0:59 of 1:50 are there."
        in done.stdout
    )
    page = (folder / "output" / "site" / "html" / "lectures" / "sound.html").read_text(
        encoding="utf-8"
    )
    assert "1:50" in page
    done = konspekt("build", folder, "--strict")
    assert done.returncode == 1
    assert "was cut short" in done.stderr


def test_a_recording_that_broke_keeps_its_old_page_and_the_page_says_so(
    tmp_path: Path,
) -> None:
    folder = make_course(tmp_path / "c")
    run(folder)
    (folder / "recordings" / "week1.raw.txt").write_text("no chunks", encoding="utf-8")
    outcome, watcher = run(folder)
    assert len(watcher.errors) == 1
    source = (
        folder / "output" / "site" / "source" / "lectures" / "week1.rst"
    ).read_text(encoding="utf-8")
    assert "Страница старше записи и не обновлена." in source
    assert outcome.failed[0].what[:30] not in source


def test_the_site_takes_only_what_a_stage_committed(tmp_path: Path) -> None:
    folder = make_course(tmp_path / "c", a=LECTURE, b=LECTURE)
    run(folder)
    transcript = folder / "output" / "lectures" / "a" / "transcript.json"
    transcript.write_text(
        transcript.read_text(encoding="utf-8").replace("Частое", "Чужое"),
        encoding="utf-8",
    )
    konspekt("build", folder, "--lecture", "b")
    pages = folder / "output" / "site" / "html" / "lectures"
    assert not (pages / "a.html").exists() or "Чужое" not in (
        pages / "a.html"
    ).read_text(encoding="utf-8")
    run(folder)
    assert "Частое" in (pages / "a.html").read_text(encoding="utf-8")


def test_sound_copied_into_the_site_keeps_files_of_one_name_apart(
    tmp_path: Path,
) -> None:
    listed = "".join(
        f'[[lectures]]\nfiles = ["{week}/rec.wav"]\nid = "{week}"\n'
        for week in ("w1", "w2")
    )
    settings = f'[transcribe]\nmodel = "tiny.pt"\nlanguage = "ru"\n[site]\nsound = "copy"\n{listed}'
    folder = make_course(tmp_path / "c", settings, other=LECTURE)
    tiny_whisper(folder / "tiny.pt")
    for seed, week in enumerate(("w1", "w2")):
        (folder / "recordings" / week).mkdir()
        write_wav(folder / "recordings" / week / "rec.wav", murmur(20 + seed, seed))
    assert run(folder)[1].errors == []
    copied = {
        path.name: path.read_bytes()
        for path in (folder / "output" / "site" / "html" / "_sound").iterdir()
    }
    originals = {
        week: (folder / "recordings" / week / "rec.wav").read_bytes()
        for week in ("w1", "w2")
    }
    assert copied == {"w1-1.wav": originals["w1"], "w2-1.wav": originals["w2"]}
    before = picture(folder / "output")
    assert run(folder)[0].made == []
    assert picture(folder / "output") == before


def test_status_says_what_is_due_and_why(tmp_path: Path) -> None:
    folder = make_course(tmp_path / "c")
    assert (
        "week1: due: transcribe (not made yet), clean (after transcribe)"
        in konspekt("status", folder).stdout
    )
    run(folder)
    assert konspekt("status", folder).stdout == "week1: done\nsite: done\n"
    rewrite(folder / "course.toml", 'title = "Курс"', 'title = "Другой курс"')
    assert (
        konspekt("status", folder).stdout
        == "week1: done\nsite: due: setting title changed\n"
    )


def test_a_second_build_on_one_course_says_who_holds_it(tmp_path: Path) -> None:
    folder = make_course(tmp_path / "c")
    with building.open_course(load_course(folder)):
        done = konspekt("build", folder)
    assert done.returncode == 1
    assert f"in use by process {os.getpid()} on " in done.stderr
    assert len(done.stderr.splitlines()) == 1


# ------------------------------------------------------------------------------------------ stopped


@pytest.fixture(scope="session")
def sound_course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with a recording of two minutes, a transcript, and a Whisper of its own. Not to be
    changed.
    """
    folder = make_course(
        tmp_path_factory.mktemp("course") / "sound",
        '[transcribe]\nmodel = "tiny.pt"\nlanguage = "ru"\nvad = "none"\nbatch_size = 1\n',
        text=LECTURE,
    )
    tiny_whisper(folder / "tiny.pt")
    write_wav(folder / "recordings" / "sound.wav", murmur(110))
    return folder


def copy_of(course: Path, folder: Path) -> Path:
    subprocess.run(["cp", "-r", "--preserve=timestamps", course, folder], check=True)
    return folder


def build_killed_when(
    happens: Callable[[Path], bool], folder: Path, *, until: str = "site"
) -> bool:
    """Kills a build, itself alone, as soon as something happens in the course; whether it was still
    at work.
    """
    process = subprocess.Popen(
        [COMMAND, "build", str(folder), "--until", until],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while process.poll() is None and not happens(folder):
        time.sleep(0.002)
    at_work = process.poll() is None
    if at_work:
        process.kill()
    process.wait()
    return at_work


def decoded_batches(folder: Path) -> int:
    journal = folder / ".konspekt" / "journals" / "sound.jsonl"
    return journal.read_bytes().count(b"\n") - 1 if journal.exists() else 0


MOMENTS: tuple[Callable[[Path], bool], ...] = (
    lambda folder: decoded_batches(folder) >= 1,
    lambda folder: decoded_batches(folder) >= 3,
    lambda folder: (folder / "output" / "lectures" / "sound" / "raw.json").exists(),
    lambda folder: (
        folder / "output" / "lectures" / "sound" / "transcript.srt"
    ).exists(),
    lambda folder: (folder / "output" / "lectures" / "text" / "notes.json").exists(),
    lambda folder: any((folder / ".konspekt").glob("site-*/html")),
    lambda folder: (folder / "output" / "site" / "html").exists(),
)


@pytest.mark.slow
def test_killed_again_and_again_a_build_ends_with_the_bytes_of_an_undisturbed_one(
    sound_course: Path, tmp_path: Path
) -> None:
    whole = copy_of(sound_course, tmp_path / "whole")
    assert konspekt("build", whole).returncode == 0
    stopped = copy_of(sound_course, tmp_path / "stopped")
    killed = [build_killed_when(moment, stopped) for moment in MOMENTS]
    assert sum(killed) >= 5, f"too few builds were killed at work: {killed}"
    done = konspekt("build", stopped)
    assert done.returncode == 0, done.stderr
    assert contents(stopped / "output") == contents(whole / "output")
    assert not list(stopped.rglob("*.konspekt-tmp"))
    assert not list((stopped / ".konspekt").glob("site-*"))


@pytest.mark.weights
def test_ctrl_c_is_one_line_and_exit_code_130(
    sound_course: Path, tmp_path: Path
) -> None:
    folder = copy_of(sound_course, tmp_path / "c")
    process = subprocess.Popen(
        [COMMAND, "build", folder],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    while process.poll() is None and decoded_batches(folder) < 1:
        time.sleep(0.002)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert (process.returncode, len(said.splitlines())) == (130, 1)
    assert "what is finished is kept" in said


@pytest.mark.slow
def test_what_was_decoded_before_a_kill_is_not_decoded_again(
    sound_course: Path, tmp_path: Path
) -> None:
    folder = copy_of(sound_course, tmp_path / "c")
    assert build_killed_when(
        lambda folder: decoded_batches(folder) >= 1, folder, until="transcribe"
    )
    journal = folder / ".konspekt" / "journals" / "sound.jsonl"
    mark_first_batch(journal, "MARK")
    done = konspekt("build", folder, "--until", "transcribe")
    assert done.returncode == 0, done.stderr
    raw = files.load_raw(folder / "output" / "lectures" / "sound" / "raw.json")
    assert raw.windows[0].text == "MARK", "the first batch was decoded again"
    assert raw.windows[-1].end == 110.0
    assert not journal.exists(), "what the journal held is in raw.json"


def mark_first_batch(journal: Path, text: str) -> None:
    """Change the first batch of the journal: only a run that takes it from there can repeat it."""
    lines = journal.read_bytes().splitlines(keepends=True)
    payload = json.loads(lines[1][65:])
    payload["windows"][0]["segments"] = [{"start": 0.0, "end": 1.0, "text": text}]
    content = json.dumps(payload).encode()
    lines[1] = hashlib.sha256(content).hexdigest().encode() + b" " + content + b"\n"
    journal.write_bytes(b"".join(lines))


# ---------------------------------------------------------------------------------------------- wit


def with_model(url: str) -> str:
    return f'[notes.llm]\nbase_url = "{url}"\nmodel = "tiny"\ntimeout = 20\n'


def test_a_language_model_that_cannot_be_reached_leaves_the_outline_and_is_asked_again(
    tmp_path: Path,
) -> None:
    with Stub(answering("S1 | Обратный индекс")).running() as stub:
        url = stub.url
    # nobody listens there any more
    folder = make_course(tmp_path / "c", with_model(url))
    run(folder)
    notes = files.load_notes(folder / "output" / "lectures" / "week1" / "notes.json")
    assert (notes.method, len(notes.problems)) == ("outline", 1)
    page = (folder / "output" / "site" / "html" / "lectures" / "week1.html").read_text(
        encoding="utf-8"
    )
    assert (
        "Языковая модель недоступна, главы без её текста составлены без неё: 127.0.0.1"
        in page
    )
    assert (
        "week1: due: notes (the language model could not be used last time)"
        in konspekt("status", folder).stdout
    )


def test_a_language_model_s_statements_reach_the_page_with_the_host_they_come_from(
    tmp_path: Path,
) -> None:
    with Stub(
        answering("# Обратный индекс\nS2 | Список документов для каждого слова")
    ).running() as stub:
        folder = make_course(tmp_path / "c", with_model(stub.url))
        run(folder)
        asked = len(stub.requests)
        assert run(folder)[0].made == []
        assert len(stub.requests) == asked
    page = (folder / "output" / "site" / "html" / "lectures" / "week1.html").read_text(
        encoding="utf-8"
    )
    assert "Список документов для каждого слова" in page
    assert "127.0.0.1" in page
