"""`konspekt score`: files, folders, a course; what is printed, what is written, when it exits with
1.
"""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest

from tests.courses import LECTURE, REFERENCE, konspekt, make_course


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    (tmp_path / "reference.txt").write_text("Всем привет, начнём.", encoding="utf-8")
    srt = "1\n00:00:00,000 --> 00:00:01,000\nвсем привет начнем да\n"
    (tmp_path / "hypothesis.srt").write_text(srt, encoding="utf-8")
    (tmp_path / "exact.md").write_text("# Всем привет\n\nНачнём!\n", encoding="utf-8")
    return tmp_path


def rows(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def test_raw_and_normalised_stand_together_with_what_each_rule_takes_away(
    texts: Path,
) -> None:
    done = konspekt("score", texts / "reference.txt", texts / "hypothesis.srt")
    head, normalised, raw, *rest = done.stdout.splitlines()
    assert head.split() == [
        "WER",
        "95",
        "%",
        "CER",
        "hits",
        "sub",
        "del",
        "ins",
        "words",
    ]
    assert normalised.split() == ["ru", "0.333", "0.167", "3", "0", "0", "1", "3"]
    assert raw.split()[:2] == ["raw", "1.333"]
    assert "no 95 % interval: blocks of speech: 1, and an interval needs 10" in rest
    assert "errors each rule takes away: punctuation 2, case 1, yo 1" in rest


def test_several_hypotheses_are_set_against_the_first(texts: Path) -> None:
    done = konspekt(
        "score", texts / "reference.txt", texts / "hypothesis.srt", texts / "exact.md"
    )
    assert [row[:2] for row in rows(done.stdout)[1:7]] == [
        *(["hypothesis"], ["ru", "0.333"], ["raw", "1.333"]),
        *(["exact"], ["ru", "0.000"], ["raw", "0.667"]),
    ]
    assert done.stdout.splitlines()[-1].startswith(
        "hypothesis and exact: WER differs by 0.333; no interval: blocks of"
    )
    assert done.stdout.splitlines()[-1].endswith("not distinguishable")


def test_a_rule_that_is_left_out_leaves_its_errors(texts: Path) -> None:
    done = konspekt(
        "score", texts / "reference.txt", texts / "hypothesis.srt", "--without", "yo"
    )
    assert rows(done.stdout)[1][:2] == ["ru", "0.667"]
    assert "yo" not in done.stdout


def test_folders_are_paired_by_name_and_a_missing_one_is_all_deletions(
    tmp_path: Path,
) -> None:
    for folder, names in (
        ("reference", ("week1", "week2")),
        ("hypothesis", ("week1", "week3")),
    ):
        (tmp_path / folder).mkdir()
        for name in names:
            (tmp_path / folder / f"{name}.txt").write_text(
                "Всем привет", encoding="utf-8"
            )
    done = konspekt("score", tmp_path / "reference", tmp_path / "hypothesis")
    assert [row[:2] for row in rows(done.stdout)[1:4]] == [
        ["week1", "0.000"],
        ["week2", "1.000"],
        ["ru", "0.500"],
    ]
    assert (
        "week2: no hypothesis of this name; all its words are deletions" in done.stdout
    )
    assert (
        f"not scored, as no reference has its name: {tmp_path / 'hypothesis' / 'week3.txt'}"
        in done.stdout
    )


def test_the_diff_marks_reference_and_hypothesis_without_colours_in_a_file(
    texts: Path,
) -> None:
    (texts / "hypothesis.srt").write_text(
        "1\n00:01:05,000 --> 00:01:06,000\nвсем примет начнем да\n", encoding="utf-8"
    )
    done = konspekt(
        "score", texts / "reference.txt", texts / "hypothesis.srt", "--diff"
    )
    assert (
        done.stdout.splitlines()[0] == "1:05 Всем [-привет,-] {+примет+} начнём. {+да+}"
    )


@pytest.mark.parametrize(("limit", "code"), [("0.34", 0), ("0.33", 1)])
def test_max_wer_decides_the_exit_code(texts: Path, limit: str, code: int) -> None:
    done = konspekt(
        "score", texts / "reference.txt", texts / "hypothesis.srt", "--max-wer", limit
    )
    assert done.returncode == code
    assert done.stderr == (
        f"konspekt: {texts / 'hypothesis.srt'}: WER 0.333 is above --max-wer 0.33. "
        "Look at the errors with --diff, or raise --max-wer.\n"
        if code
        else ""
    )


def test_json_holds_what_is_needed_to_make_it_again(texts: Path) -> None:
    konspekt(
        "score",
        texts / "reference.txt",
        texts / "hypothesis.srt",
        "--json",
        texts / "score.json",
        "--without",
        "yo",
    )
    found = json.loads((texts / "score.json").read_text(encoding="utf-8"))
    assert (found["profile"], found["without"]) == ("ru", ["yo"])
    lecture = found["systems"][0]["lectures"][0]
    assert lecture["normalised"]["errors"] == 2
    assert len(lecture["reference"]["sha256"]) == 64
    first = (texts / "score.json").read_bytes()
    konspekt(
        "score",
        texts / "reference.txt",
        texts / "hypothesis.srt",
        "--json",
        texts / "score.json",
        "--without",
        "yo",
    )
    assert (texts / "score.json").read_bytes() == first


def test_csv_has_every_word_and_no_cell_that_a_spreadsheet_would_run(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.txt").write_text("формула =1+1 тут", encoding="utf-8")
    (tmp_path / "b.txt").write_text("формула =2+2 тут", encoding="utf-8")
    konspekt(
        "score",
        tmp_path / "a.txt",
        tmp_path / "b.txt",
        "--profile",
        "raw",
        "--csv",
        tmp_path / "tables",
    )
    words = list(
        csv.reader(
            (tmp_path / "tables" / "words.csv")
            .read_text(encoding="utf-8-sig")
            .splitlines()
        )
    )
    assert [row[2:5] for row in words] == [
        ["kind", "reference", "hypothesis"],
        ["equal", "формула", "формула"],
        ["substitute", "'=1+1", "'=2+2"],
        ["equal", "тут", "тут"],
    ]
    assert {path.name for path in (tmp_path / "tables").iterdir()} == {
        "scores.csv",
        "confusions.csv",
        "words.csv",
    }


def test_terms_of_a_glossary_are_counted(tmp_path: Path) -> None:
    (tmp_path / "reference.txt").write_text(
        "Возьмём LLM и Kafka, снова LLM", encoding="utf-8"
    )
    (tmp_path / "hypothesis.txt").write_text(
        "Возьмём эл эл эм и кофта, снова LLM", encoding="utf-8"
    )
    (tmp_path / "glossary.toml").write_text(
        'LLM = ["эл эл эм"]\nKafka = []\n', encoding="utf-8"
    )
    done = konspekt(
        "score",
        tmp_path / "reference.txt",
        tmp_path / "hypothesis.txt",
        "--glossary",
        tmp_path / "glossary.toml",
        "--csv",
        tmp_path / "tables",
    )
    assert (
        "terms: 2 of 3 mentions found (1 exact, 1 as a variant, 0 inflected), 0 false"
        in done.stdout
    )
    assert "terms missed: Kafka → кофта ×1" in done.stdout
    assert "Kafka,missed,kafka,кофта" in (tmp_path / "tables" / "terms.csv").read_text(
        encoding="utf-8-sig"
    )


def test_two_transcripts_without_a_reference_agree_so_far(texts: Path) -> None:
    done = konspekt(
        "score", texts / "hypothesis.srt", texts / "exact.md", "--agreement"
    )
    assert (
        done.stdout.splitlines()[0]
        == "exact: 75.0% of 4 places agree (0 other words, 1 missing, 0 more)"
    )


def test_a_course_is_scored_lecture_by_lecture_and_gets_a_page(tmp_path: Path) -> None:
    course = make_course(tmp_path / "course", week1=LECTURE)
    (course / "recordings" / "week1.reference.txt").write_text(
        REFERENCE, encoding="utf-8"
    )
    (course / "glossary.toml").write_text("LLM = []\n", encoding="utf-8")
    early = konspekt("score", course)
    assert (early.returncode, "First: konspekt build" in early.stderr) == (1, True)
    konspekt("build", course, "--until", "clean")
    done = konspekt("score", course)
    assert rows(done.stdout)[1][:2] == ["ru", "0.000"]
    assert (
        done.stdout.splitlines()[-1]
        == f"Open {(course / 'output' / 'score.html').resolve().as_uri()}"
    )
    assert "week1" in (course / "output" / "score.html").read_text(encoding="utf-8")
    assert konspekt("score", cwd=course).returncode == 0


def test_a_lecture_without_a_transcript_counts_as_deletions_and_the_exit_code_says_so(
    tmp_path: Path,
) -> None:
    course = make_course(tmp_path / "course", week1=LECTURE, week2=LECTURE)
    for name in ("week1", "week2"):
        (course / "recordings" / f"{name}.reference.txt").write_text(
            REFERENCE, encoding="utf-8"
        )
    konspekt("build", course, "--until", "clean", "--lecture", "week1")
    done = konspekt("score", course)
    assert done.returncode == 1
    assert [row[:2] for row in rows(done.stdout)[1:4]] == [
        ["week1", "0.000"],
        ["week2", "1.000"],
        ["ru", "0.500"],
    ]
    assert (
        "week2: no hypothesis of this name; all its words are deletions" in done.stdout
    )


@pytest.mark.parametrize(
    "options",
    [
        *(
            ("--json", "reference.txt"),
            ("--html", "hypothesis.srt"),
            ("--json", "g.toml", "--glossary", "g.toml"),
        ),
        *(
            ("--json", "x", "--html", "x"),
            ("--html", "course.toml"),
            ("--json", "/dev/null"),
            ("--html", "."),
        ),
    ],
)
def test_nothing_that_was_given_is_written_over(
    texts: Path, options: tuple[str, ...]
) -> None:
    (texts / "g.toml").write_text("LLM = []\n")
    before = {path.name: path.read_bytes() for path in texts.iterdir()}
    done = konspekt("score", "reference.txt", "hypothesis.srt", *options, cwd=texts)
    assert done.returncode != 0
    assert {path.name: path.read_bytes() for path in texts.iterdir()} == before


@pytest.mark.parametrize("limit", ["nan", "inf", "-0.1", "much"])
def test_a_limit_that_is_no_rate_is_an_error_of_usage(texts: Path, limit: str) -> None:
    assert (
        konspekt(
            "score",
            texts / "reference.txt",
            texts / "hypothesis.srt",
            "--max-wer",
            limit,
        ).returncode
        == 2
    )


def test_a_name_that_is_no_text_is_written_with_a_mark_in_its_place(
    texts: Path,
) -> None:
    name = os.fsdecode(b"b\xff.txt")
    (texts / name).write_text("всем привет", encoding="utf-8")
    done = konspekt(
        "score",
        texts / "reference.txt",
        texts / name,
        "--json",
        texts / "a.json",
        "--csv",
        texts / "tables",
    )
    assert done.returncode == 0
    assert (
        json.loads((texts / "a.json").read_text(encoding="utf-8"))["systems"][0]["name"]
        == "b?"
    )


def test_markup_of_a_reference_may_be_left_out_like_a_rule(tmp_path: Path) -> None:
    (tmp_path / "reference.txt").write_text("код {a|b}", encoding="utf-8")
    for option, wer in (((), "0.500"), (("--without", "markup"), "0.000")):
        done = konspekt(
            "score",
            tmp_path / "reference.txt",
            tmp_path / "reference.txt",
            "--profile",
            "raw",
            *option,
        )
        assert rows(done.stdout)[1][:2] == ["raw", wer]


def test_the_language_is_that_of_all_references_together(tmp_path: Path) -> None:
    for folder in ("reference", "hypothesis"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.txt").write_text("short", encoding="utf-8")
    (tmp_path / "reference" / "b.txt").write_text(
        "ещё всё о нём и о многом другом", encoding="utf-8"
    )
    (tmp_path / "hypothesis" / "b.txt").write_text(
        "еще все о нем и о многом другом", encoding="utf-8"
    )
    assert rows(
        konspekt("score", tmp_path / "reference", tmp_path / "hypothesis").stdout
    )[3][:2] == [
        "ru",
        "0.000",
    ]


def test_a_word_written_as_hundreds_has_a_page(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("слово " * 200, encoding="utf-8")
    (tmp_path / "b.txt").write_text("/".join(["слово"] * 200), encoding="utf-8")
    done = konspekt(
        "score",
        tmp_path / "b.txt",
        tmp_path / "a.txt",
        "--html",
        tmp_path / "page.html",
    )
    assert (done.returncode, done.stderr) == (0, "")


BAD = {
    "a text for sound": (
        ("reference.txt", "reference.txt", "--sound", "reference.txt"),
        "is not the sound of what is scored",
    ),
    "empty reference": (
        ("empty.txt", "reference.txt"),
        "empty.txt: the reference has no words",
    ),
    "no such file": (
        ("reference.txt", "gone.txt"),
        "gone.txt: there is no such file or folder",
    ),
    "an address": (
        ("reference.txt", "https://example.org/a.txt"),
        "this is an address, not a file. Download it first",
    ),
    "wrong encoding": (
        ("reference.txt", "koi8.txt"),
        "koi8.txt: this is not text in UTF-8",
    ),
    "broken JSON": (("reference.txt", "broken.json"), "broken.json"),
    "sound": (
        ("reference.txt", "a.wav"),
        "a.wav: this is sound. First: konspekt transcribe a.wav --output FOLDER.",
    ),
    "a folder with a file": (("reference.txt", "folder"), "Give a file for a file"),
    "unknown profile": (
        ("reference.txt", "reference.txt", "--profile", "fast"),
        "no profile 'fast'",
    ),
    "unknown rule": (
        ("reference.txt", "reference.txt", "--without", "magic"),
        "no rule 'magic'",
    ),
    "no glossary": (
        ("reference.txt", "reference.txt", "--glossary", "gone.toml"),
        "gone.toml: there is no glossary here",
    ),
    "no sound": (("reference.txt", "reference.txt", "--sound", "gone.mp3"), "gone.mp3"),
    "windows that overlap": (
        ("reference.txt", "chunks.txt"),
        "chunks.txt: the windows at 0 s and 25 s share sound",
    ),
    "cues out of order": (
        ("reference.txt", "order.ctm"),
        "line 2: the word starts before the one above it",
    ),
    "no course": ((".",), "there is no course here"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_line_with_file_cause_and_remedy(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / "reference.txt").write_text("Всем привет", encoding="utf-8")
    (tmp_path / "empty.txt").write_text("")
    (tmp_path / "koi8.txt").write_bytes("Всем привет".encode("koi8-r"))
    (tmp_path / "broken.json").write_text('{"segments": [')
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    (tmp_path / "folder").mkdir()
    (tmp_path / "chunks.txt").write_text(
        "[Chunk start 0.00s]: да\n[Chunk start 25.00s]: да\n", encoding="utf-8"
    )
    (tmp_path / "order.ctm").write_text(
        "a 1 2.0 0.5 да\na 1 1.0 0.5 нет\n", encoding="utf-8"
    )
    arguments, said = BAD[name]
    done = konspekt("score", *arguments, cwd=tmp_path)
    assert done.returncode == 1
    assert said in done.stderr
    assert done.stderr.startswith("konspekt: ")
    assert len(done.stderr.splitlines()) == 1


def test_a_reference_alone_is_asked_for_its_hypothesis(texts: Path) -> None:
    done = konspekt("score", texts / "reference.txt")
    assert (
        done.returncode,
        "The hypothesis is missing: konspekt score" in done.stderr,
    ) == (
        2,
        True,
    )


def test_one_side_with_times_is_said(texts: Path) -> None:
    done = konspekt("score", texts / "reference.txt", texts / "hypothesis.srt")
    assert (
        "only the hypothesis has times, so silence and missing speech are not judged"
        in done.stdout
    )


def test_what_a_terminal_obeys_does_not_reach_it(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("раз \x1b[31mдва три", encoding="utf-8")
    (tmp_path / "b.txt").write_text("раз \x1b]0;owned\x07 три", encoding="utf-8")
    done = konspekt(
        "score", tmp_path / "a.txt", tmp_path / "b.txt", "--profile", "raw", "--diff"
    )
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    assert "\x07" not in done.stdout


def test_scoring_loads_neither_torch_nor_whisper(texts: Path) -> None:
    import subprocess
    import sys

    code = (
        "import sys\nfrom konspekt.cli.main import main\n"
        f"main(['score', {str(texts / 'reference.txt')!r}, {str(texts / 'hypothesis.srt')!r}], "
        f"standalone_mode=False)\n"
        "assert not {'torch', 'whisper', 'sphinx', 'sentence_transformers'} & set(sys.modules)\n"
    )
    assert (
        subprocess.run(
            [sys.executable, "-c", code], check=False, capture_output=True
        ).returncode
        == 0
    )


def test_every_form_of_a_transcript_scores_the_same_and_against_itself_0(
    tmp_path: Path,
) -> None:
    (tmp_path / "week1.txt").write_text(LECTURE, encoding="utf-8")
    konspekt(
        "clean",
        tmp_path / "week1.txt",
        "--output",
        tmp_path / "o",
        "--embeddings",
        "none",
    )
    for name in (
        "transcript.json",
        "transcript.txt",
        "transcript.srt",
        "transcript.vtt",
    ):
        done = konspekt(
            "score", tmp_path / "o" / "transcript.json", tmp_path / "o" / name
        )
        assert rows(done.stdout)[1][:2] == ["ru", "0.000"], name
    done = konspekt(
        "score", tmp_path / "o" / "transcript.json", tmp_path / "o" / "raw.json"
    )
    assert "share sound" in done.stderr


def test_the_sound_of_a_course_s_only_scored_lecture_may_be_named(
    tmp_path: Path,
) -> None:
    """It came as text, or its recording has moved."""
    course = make_course(tmp_path / "course", week1=LECTURE, week2=LECTURE)
    recordings = course / "recordings"
    (recordings / "week1.reference.txt").write_text(REFERENCE, encoding="utf-8")
    sound = tmp_path / "elsewhere.mp3"
    sound.write_bytes(b"x")
    konspekt("build", course, "--until", "clean")
    done = konspekt("score", course, "--sound", sound)
    assert (done.returncode, done.stderr) == (0, "")
    page = (course / "output" / "score.html").read_text(encoding="utf-8")
    assert "../../elsewhere.mp3" in page
    (recordings / "week2.reference.txt").write_text(REFERENCE, encoding="utf-8")
    done = konspekt("score", course, "--sound", sound)
    assert done.returncode == 1
    assert "is not the sound of what is scored" in done.stderr
