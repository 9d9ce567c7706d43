"""course.toml: every setting once, unknown ones refused, lectures found and ordered."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.course.course import load_course
from konspekt.course.recordings import natural_key, safe_id, stem_of
from konspekt.course.scaffold import course_toml, new_course
from konspekt.course.settings import TABLES, CourseFile
from konspekt.errors import CourseError


def course(folder: Path, toml: str = "", files: tuple[str, ...] = ()) -> Path:
    (folder / "recordings").mkdir()
    (folder / "course.toml").write_text(toml, encoding="utf-8")
    for name in files:
        (folder / "recordings" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "recordings" / name).write_bytes(b"x")
    return folder


def ids(folder: Path) -> list[str]:
    return [lecture.id for lecture in load_course(folder).lectures]


def test_an_empty_course_toml_is_a_course_with_defaults(tmp_path: Path) -> None:
    loaded = load_course(course(tmp_path))
    assert (loaded.title, loaded.language, loaded.lectures) == (tmp_path.name, "ru", ())


def test_recordings_are_found_in_the_order_people_count_and_other_files_are_not_lectures(
    tmp_path: Path,
) -> None:
    names = (
        "week10.mp3",
        "week2.MP3",
        "week1.raw.txt",
        "week1.reference.txt",
        "notes.txt",
        ".hidden.mp3",
        "a.json",
    )
    assert ids(course(tmp_path, files=names)) == ["week1", "week2", "week10"]


def test_listed_lectures_come_first_with_title_date_and_parts(tmp_path: Path) -> None:
    toml = """
    [[lectures]]
    files = ["b-1.mp3", "b-2.mp3"]
    id = "b"
    title = "Введение"
    date = 2026-09-01
    speakers = ["А. Б."]
    """
    first, second = load_course(
        course(tmp_path, toml, ("a.mp3", "b-1.mp3", "b-2.mp3"))
    ).lectures
    assert (first.id, first.title, str(first.date), first.speakers) == (
        "b",
        "Введение",
        "2026-09-01",
        ("А. Б.",),
    )
    assert [path.name for path in first.files] == ["b-1.mp3", "b-2.mp3"]
    assert second.id == "a"


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("titel = 'x'", "unknown setting 'titel'"),
        ("[transcribe]\nspeed = 2", "unknown setting 'transcribe.speed'"),
        ("[transcribe]\nwindow = 31", "less than or equal to 30"),
        (
            "[transcribe]\nwindow = 8\noverlap = 5",
            "overlap is more than half of window",
        ),
        ("[[lectures]]\nfiles = 'a.mp3'", "a list in [ ] is wanted"),
        (
            "[[lectures]]\nfiles = ['a.mp3']\ndate = '01.09.2026'",
            "a date is written 2026-09-01",
        ),
        ("language = 'RU'", "two or three small letters"),
        ("language = 'Russian'", "setting 'language'"),
        ("[notes.llm]\nmodel = 'm'", "setting 'notes.llm.base_url'"),
        ("title = ", "cannot be read"),
        ("[[lectures]]\nfiles = ['../etc/passwd']", "not a file in recordings/"),
        ("[[lectures]]\nfiles = ['/etc/passwd']", "not a file in recordings/"),
        ("[[lectures]]\nfiles = []", "setting 'lectures.0.files'"),
    ],
)
def test_a_wrong_setting_is_one_line_with_its_name(
    tmp_path: Path, toml: str, said: str
) -> None:
    with pytest.raises(CourseError, match=r"course\.toml") as caught:
        load_course(course(tmp_path, toml))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_key_written_into_the_settings_is_not_echoed(tmp_path: Path) -> None:
    toml = "[notes.llm]\nbase_url='http://x'\nmodel='m'\napi_key_env = 'sk-CANARY-7f3a'"
    with pytest.raises(CourseError) as caught:
        load_course(course(tmp_path, toml))
    assert "CANARY" not in str(caught.value)


def test_no_course_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="konspekt new"):
        load_course(tmp_path)


@pytest.mark.parametrize(
    "names", [("a.mp3", "a.wav"), ("a.mp3", "A.raw.txt"), ("a b.mp3", "a-b.mp3")]
)
def test_two_files_that_would_share_an_id_are_an_error(
    tmp_path: Path, names: tuple[str, str]
) -> None:
    with pytest.raises(CourseError, match="would share the id") as caught:
        load_course(course(tmp_path, files=names))
    assert all(name in str(caught.value) for name in names)


@pytest.mark.parametrize(
    ("files", "listed", "said"),
    [
        ((), '["gone.mp3"]', "not there"),
        ((), f'["{"x" * 300}.mp3"]', "not there"),
        (("a.mp3",), '["a.mp3", "a.mp3"]', "listed twice"),
        (
            ("a.mp3", "b.raw.txt"),
            '["a.mp3", "b.raw.txt"]',
            "mixes sound and transcripts",
        ),
        (("a.pdf",), '["a.pdf"]', "not a kind of recording"),
    ],
)
def test_a_listed_lecture_that_cannot_be_is_reported_and_the_others_go_on(
    tmp_path: Path, files: tuple[str, ...], listed: str, said: str
) -> None:
    folder = course(tmp_path, f"[[lectures]]\nfiles = {listed}", (*files, "good.mp3"))
    loaded = load_course(folder)
    assert [said in str(problem) for problem in loaded.missing] == [True]
    assert "good" in [lecture.id for lecture in loaded.lectures]


def test_a_link_to_nowhere_is_reported_and_an_unreadable_file_says_so(
    tmp_path: Path,
) -> None:
    folder = course(tmp_path, files=("a.mp3",))
    (folder / "recordings" / "b.mp3").symlink_to("/nowhere/b.mp3")
    (problem,) = load_course(folder).missing
    assert "a link to nowhere" in str(problem)
    (folder / "course.toml").write_bytes("title = 'Курс'".encode("cp1251"))
    with pytest.raises(CourseError, match="not UTF-8"):
        load_course(folder)


@given(st.text())
def test_an_id_is_a_safe_file_name(name: str) -> None:
    made = safe_id(name)
    assert made
    assert "/" not in made
    assert made[0] not in ".-"
    assert "\0" not in made
    assert Path(made).name == made
    assert safe_id(made) == made


@given(st.lists(st.text(max_size=8)))
def test_any_names_can_be_ordered(names: list[str]) -> None:
    sorted(names, key=natural_key)


def test_an_ending_of_two_parts_goes_whole() -> None:
    assert (
        stem_of(Path("week05.raw.txt"))
        == stem_of(Path("week05.reference.srt"))
        == stem_of(Path("week05.MP3"))
        == "week05"
    )


def test_the_file_that_new_writes_is_a_course_with_every_setting_explained(
    tmp_path: Path,
) -> None:
    new_course(tmp_path / "course", 'Курс "А"')
    assert load_course(tmp_path / "course").title == 'Курс "А"'
    text = (tmp_path / "course" / "course.toml").read_text(encoding="utf-8")
    uncommented = "\n".join(
        line[1:] if line.startswith("#") and not line.startswith("# ") else line
        for line in text.splitlines()
    )
    settings = CourseFile.model_validate(tomllib.loads(uncommented))
    assert settings.notes.llm is not None
    assert settings.transcribe.window == CourseFile().transcribe.window


def test_new_never_overwrites_a_course(tmp_path: Path) -> None:
    new_course(tmp_path, "A")
    with pytest.raises(CourseError, match="a course already"):
        new_course(tmp_path, "B")


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"])))
def test_any_title_can_be_written_and_read(title: str) -> None:
    assert tomllib.loads(course_toml(title))["title"] == title


def test_a_title_that_is_no_text_can_be_written() -> None:
    assert tomllib.loads(course_toml("Курс \udcff"))["title"] == "Курс ?"


def test_a_folder_inside_recordings_is_named_unless_a_lecture_takes_a_file_of_it(
    tmp_path: Path,
) -> None:
    toml = "[[lectures]]\nfiles = ['part10/a.mp3']"
    names = ("part10/a.mp3", "part9/b.mp3", "part2/c.mp3", ".cache/d.mp3", "e.mp3")
    loaded = load_course(course(tmp_path, toml, names))
    assert [lecture.id for lecture in loaded.lectures] == ["a", "e"]
    assert [line.split(":")[0] for line in loaded.ignored] == [
        "recordings/part2/ is not used",
        "recordings/part9/ is not used",
    ]


def test_a_folder_whose_name_is_no_text_is_named_too(tmp_path: Path) -> None:
    folder = course(tmp_path)
    (folder / "recordings" / "a\udcff").mkdir()
    loaded = load_course(folder)
    assert (loaded.missing, len(loaded.ignored)) == ((), 1)


def test_the_words_above_each_table_of_a_new_course_toml_are_whole_sentences() -> None:
    lines = course_toml("A").splitlines()
    heads = [number for number, line in enumerate(lines) if line.lstrip("#")[:1] == "["]
    assert len(heads) == len(TABLES) + 1
    for number in heads:
        assert lines[number - 1].startswith("# "), lines[number]
        assert lines[number - 1].endswith("."), lines[number - 1]
        assert "  " not in lines[number - 1]
