"""What a person meets at the command line: help, errors of one line, no traceback, no progress bar
in a file.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from konspekt import __version__
from konspekt.cli.main import main
from tests.courses import LECTURE, ROOT, konspekt, make_course
from tests.sounds import tone, write_wav


def raw_text(folder: Path, text: str = LECTURE) -> Path:
    path = folder / "week1.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_version_and_help_of_every_command() -> None:
    assert konspekt("--version").stdout == f"konspekt, version {__version__}\n"
    for name in main.commands:
        done = konspekt(name, "--help")
        assert done.returncode == 0
        assert done.stdout.startswith("Usage: ")


@pytest.mark.parametrize("command", main.commands)
def test_help_has_one_word_for_a_folder(command: str) -> None:
    shown = CliRunner().invoke(main, [command, "--help"]).output
    assert not re.search(r"\bDIR(ECTORY)?\b", shown)


def test_shell_completion_is_given_as_click_gives_it() -> None:
    done = konspekt(_KONSPEKT_COMPLETE="bash_source")
    assert "complete -o nosort -F _konspekt_completion konspekt" in done.stdout


def test_a_recording_goes_all_the_way_stage_by_stage_outside_a_course(
    tmp_path: Path,
) -> None:
    file, out = raw_text(tmp_path), tmp_path / "out"
    for arguments in (
        ("transcribe", file, "--output", out),
        ("clean", out / "raw.json", "--output", out, "--embeddings", "none"),
        ("notes", out / "transcript.json", "--output", out),
        ("site", out, "--output", tmp_path / "site", "--title", "Неделя 1"),
    ):
        done = konspekt(*arguments)
        assert (done.returncode, done.stderr) == (0, "")
    assert "Неделя 1" in (tmp_path / "site" / "html" / "index.html").read_text(
        encoding="utf-8"
    )


def test_a_file_whose_name_is_no_text_is_refused_before_it_is_transcribed(
    tmp_path: Path,
) -> None:
    """Archives of other systems unpack to such names; no artifact can hold them."""
    file = os.fsencode(tmp_path / "lecture") + b"\xff.raw.txt"
    Path(os.fsdecode(file)).write_bytes(raw_text(tmp_path).read_bytes())
    done = konspekt("transcribe", os.fsdecode(file), "--output", tmp_path / "out")
    assert done.returncode == 1
    assert done.stderr.endswith(": the file's name is not UTF-8. Rename it.\n")
    assert not (tmp_path / "out").exists()


def test_an_empty_output_is_no_folder(tmp_path: Path) -> None:
    done = konspekt("transcribe", raw_text(tmp_path), "--output", "")
    assert done.returncode == 2
    assert "a folder has a name" in done.stderr


def test_a_wrong_track_is_named_by_its_option_alone(tmp_path: Path) -> None:
    done = konspekt(
        "transcribe", raw_text(tmp_path), "--output", tmp_path / "out", "--track", "0"
    )
    assert done.returncode == 2
    assert re.search(r"Error: --track: \S", done.stderr), done.stderr


def test_clean_takes_a_raw_transcript_of_any_name_and_keeps_what_it_read(
    tmp_path: Path,
) -> None:
    done = konspekt(
        "clean",
        raw_text(tmp_path),
        "--output",
        tmp_path / "out",
        "--embeddings",
        "none",
    )
    assert (done.returncode, done.stderr) == (0, "")
    raw = json.loads((tmp_path / "out" / "raw.json").read_text(encoding="utf-8"))
    assert len(raw["windows"]) == 5
    made, transcribed = done.stdout.splitlines()
    assert made == f"Made: {tmp_path / 'out'}"
    assert transcribed.startswith(
        "Transcribed: 1:10 of 2:10 of the recording (54 %; where in it somebody speaks is not "
        "known); "
    )
    again = konspekt(
        "clean",
        raw_text(tmp_path),
        "--output",
        tmp_path / "out",
        "--embeddings",
        "none",
    )
    assert again.stdout.splitlines() == [f"Up to date: {tmp_path / 'out'}", transcribed]


def test_a_raw_transcript_of_konspekt_s_own_is_taken_as_it_is(tmp_path: Path) -> None:
    konspekt("transcribe", raw_text(tmp_path), "--output", tmp_path / "one")
    konspekt(
        "clean",
        tmp_path / "one" / "raw.json",
        "--output",
        tmp_path / "two",
        "--embeddings",
        "none",
    )
    assert (tmp_path / "two" / "raw.json").read_bytes() == (
        tmp_path / "one" / "raw.json"
    ).read_bytes()
    assert (tmp_path / "two" / "transcript.json").is_file()


def test_clean_takes_several_transcripts_of_the_same_sound_and_names_their_files(
    tmp_path: Path,
) -> None:
    for name in ("small", "turbo"):
        (tmp_path / name).mkdir()
    first, second = raw_text(tmp_path / "small"), raw_text(tmp_path / "turbo")
    out = tmp_path / "out"
    arguments = ("clean", first, second, "--output", out, "--embeddings", "none")
    said = [konspekt(*arguments).stdout.splitlines()[0] for _ in range(2)]
    assert said == [f"Made: {out}", f"Up to date: {out}"]
    raw = json.loads((out / "raw.json").read_text(encoding="utf-8"))
    assert {h["id"]: h["how"]["source"] for h in raw["windows"]} == {
        number: "small/week1.txt" if number < 5 else "turbo/week1.txt"
        for number in range(10)
    }
    segments = json.loads((out / "transcript.json").read_text(encoding="utf-8"))[
        "segments"
    ]
    assert {segment["source"] for segment in segments} == {"small/week1.txt"}
    refused = konspekt("clean", out / "raw.json", second, "--output", out)
    assert (refused.returncode, "would be written over it" in refused.stderr) == (
        1,
        True,
    )


def test_clean_runs_only_the_rules_named_less_those_left_out(tmp_path: Path) -> None:
    rules = ("--only", "seams", "--only", "loops", "--without", "seams")
    done = konspekt(
        "clean",
        raw_text(tmp_path),
        "--output",
        tmp_path / "out",
        "--embeddings",
        "none",
        *rules,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "out" / "removed.jsonl").read_bytes() == b""
    without = json.loads((tmp_path / "out" / "quality.json").read_bytes())["without"]
    assert without[:8] == [
        f"{x}: the rule was left out"
        for x in (
            "recurring",
            "credits",
            "captions",
            "silence",
            "doubtful",
            "seams",
            "translations",
            "outliers",
        )
    ]


def test_what_the_person_gave_is_never_written_over(tmp_path: Path) -> None:
    file = tmp_path / "transcript.txt"
    file.write_text(LECTURE, encoding="utf-8")
    done = konspekt("clean", file, "--output", tmp_path)
    assert done.returncode == 1
    assert "written over" in done.stderr
    assert file.read_text(encoding="utf-8") == LECTURE


def test_a_file_that_is_not_konspekt_s_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "manifest.json").write_text("mine")
    done = konspekt("clean", raw_text(tmp_path), "--output", tmp_path / "out")
    assert "manifest.json is there and not from Konspekt" in done.stderr
    assert (tmp_path / "out" / "manifest.json").read_text() == "mine"


BAD = {
    "no course": (("build", "{tmp}"), "konspekt new"),
    "no such folder": (("build", "{tmp}/nowhere"), "there is no course here"),
    "unknown lecture": (
        ("build", "{course}", "--lecture", "week9"),
        "There are: week1",
    ),
    "a course is there": (("new", "{course}"), "a course already"),
    "missing file": (("clean", "{tmp}/gone.txt", "--output", "{tmp}/o"), "not there"),
    "no transcript": (("clean", "{tmp}/plain.txt", "--output", "{tmp}/o"), "plain.txt"),
    "binary": (("clean", "{tmp}/binary.json", "--output", "{tmp}/o"), "binary.json"),
    "sound to clean": (
        ("clean", "{tmp}/a.wav", "--output", "{tmp}/o"),
        "this is sound",
    ),
    "text named mp3": (
        ("transcribe", "{tmp}/list.mp3", "--output", "{tmp}/o"),
        "list.mp3",
    ),
    "unknown Whisper": (
        ("transcribe", "{tmp}/a.wav", "--output", "{tmp}/o", "--model", "huge"),
        "huge",
    ),
    "no checkpoint": (
        ("transcribe", "{tmp}/a.wav", "--output", "{tmp}/o", "--model", "no.pt"),
        "no.pt",
    ),
    "broken transcript": (
        ("notes", "{tmp}/binary.json", "--output", "{tmp}/o"),
        "binary.json",
    ),
    "nothing for a page": (
        ("site", "{tmp}", "--output", "{tmp}/o"),
        "Run the stages before",
    ),
    "unknown rule": (
        ("clean", "{tmp}/lecture.txt", "--output", "{tmp}/o", "--without", "magic"),
        "Invalid value for '--without': 'magic' is not one of: loops, recurring",
    ),
    "no such rule alone": (
        ("clean", "{tmp}/lecture.txt", "--output", "{tmp}/o", "--only", "magic"),
        "Invalid value for '--only': 'magic' is not one of: loops, recurring",
    ),
    "a file in the way": (
        ("clean", "{tmp}/lecture.txt", "--output", "{tmp}/plain.txt/o"),
        "plain.txt",
    ),
    "wrong language": (
        ("transcribe", "{tmp}/a.wav", "--output", "{tmp}/o", "--language", "Russian"),
        "language",
    ),
}


@pytest.fixture(scope="module")
def bad_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bad")
    (folder / "plain.txt").write_text("Просто текст.", encoding="utf-8")
    (folder / "lecture.txt").write_text(LECTURE, encoding="utf-8")
    (folder / "binary.json").write_bytes(bytes(range(256)))
    (folder / "empty.txt").write_text("")
    write_wav(folder / "a.wav", tone(1))
    (folder / "list.mp3").write_text("#EXTM3U\nfile:///etc/passwd\n")
    make_course(folder / "course")
    return folder


@pytest.mark.parametrize("name", BAD)
def test_an_error_is_one_line_with_what_to_do_and_exit_code_1(
    bad_files: Path, name: str
) -> None:
    arguments, said = BAD[name]
    filled = [a.format(tmp=bad_files, course=bad_files / "course") for a in arguments]
    done = konspekt(*filled, HF_HUB_OFFLINE="1")
    assert done.returncode in (1, 2), done.stdout + done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert "bug" not in done.stderr
    if done.returncode == 1:
        assert done.stderr.startswith("konspekt: ")
        assert len(done.stderr.splitlines()) == 1


def test_an_error_before_the_work_leaves_no_half_made_files(
    bad_files: Path, tmp_path: Path
) -> None:
    konspekt("clean", bad_files / "plain.txt", "--output", tmp_path / "o")
    assert [
        path
        for path in (tmp_path / "o").rglob("*")
        if path.is_file() and path.name != "lock"
    ] == []


def test_quiet_prints_nothing_but_results_and_verbose_names_every_stage(
    tmp_path: Path,
) -> None:
    folder = make_course(tmp_path / "c")
    assert konspekt("--quiet", "build", folder, "--until", "clean").stdout == ""
    folder = make_course(tmp_path / "d")
    said = konspekt("--verbose", "build", folder, "--until", "clean").stdout
    assert re.search(
        r"week1 transcribing: done in .* s \(not made yet\)\nweek1 cleaning: done", said
    )


def test_no_progress_bar_and_no_colour_when_the_output_is_not_a_terminal(
    tmp_path: Path,
) -> None:
    done = konspekt("build", make_course(tmp_path / "c"))
    assert "\x1b" not in done.stdout + done.stderr
    assert "\r" not in done.stdout + done.stderr
    assert done.stderr == ""


def test_a_bug_of_ours_is_one_line_and_its_traceback_is_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("konspekt.course.scaffold.new_course", broken)
    result = CliRunner().invoke(main, ["new", str(tmp_path / "c")])
    assert result.exit_code == 70
    report = Path(re.search(r"report it with (\S+)", result.output)[1])  # type: ignore[index]
    assert "RuntimeError: boom" in report.read_text(encoding="utf-8")
    assert len(result.output.splitlines()) == 1
    report.unlink()


def test_doctor_names_what_is_there_and_what_to_do_about_the_rest(
    tmp_path: Path,
) -> None:
    folder = make_course(tmp_path / "c", '[transcribe]\nmodel = "missing.pt"\n')
    (folder / "recordings" / "a.mp3").write_bytes(b"x")
    done = konspekt("doctor", folder, HF_HUB_OFFLINE="1")
    assert re.search(r"^ok +openai-whisper \d", done.stdout, re.M)
    assert re.search(r"^missing +Whisper: .*\n +\S", done.stdout, re.M)


def test_doctor_does_not_take_a_folder_for_a_whisper_that_says_it_is_none(
    tmp_path: Path,
) -> None:
    folder = make_course(tmp_path / "c", '[transcribe]\nmodel = "./other"\n')
    (folder / "recordings" / "a.mp3").write_bytes(b"x")
    (folder / "other").mkdir()
    (folder / "other" / "model.safetensors").write_bytes(b"x")
    (folder / "other" / "config.json").write_text(
        '{"model_type": "whisper", "vocab_size": 51900}'
    )
    done = konspekt("doctor", folder, HF_HUB_OFFLINE="1")
    assert re.search(
        r"^missing +Whisper: this is no Whisper \(.*\n +Give the folder",
        done.stdout,
        re.M,
    ), done.stdout


def test_doctor_explains_a_wrong_course(tmp_path: Path) -> None:
    folder = make_course(tmp_path / "c", "[transcribe]\nspeed = 1\n")
    done = konspekt("doctor", folder)
    assert done.returncode == 1
    assert "unknown setting 'transcribe.speed'" in done.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_while_it_still_loads_it_ends_with_one_line_and_exit_code_130(
    number: int,
) -> None:
    script = f"""
import os, sys
class Stopping:
    def find_spec(self, name, path=None, target=None):
        if name == "konspekt.cli.main":
            os.kill(os.getpid(), {int(number)})
sys.meta_path.insert(0, Stopping())
from konspekt.__main__ import main
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (
        130,
        "",
        "konspekt: stopped\n",
    )


def test_a_job_in_the_background_of_a_script_goes_on_after_a_ctrl_c() -> None:
    """Shells let such a job ignore the signal, and what it ignores it goes on ignoring."""
    script = (
        "import signal, sys, konspekt.__main__ as start; signal.signal(signal.SIGINT, "
        "signal.SIG_IGN); "
    )
    script += "import konspekt.cli.main as cli; "
    script += (
        "cli.main = lambda **_: print(signal.getsignal(signal.SIGINT) is signal.SIG_IGN); "
        "start.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "True\n"


def test_the_package_runs_as_the_command_does() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "konspekt", "--version"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, f"konspekt, version {__version__}\n")
