"""NAME.corrections.toml and corrections.toml: what they may say, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from konspekt.course.corrections import Entry, load_corrections
from konspekt.course.recordings import Recordings
from konspekt.errors import CourseError
from tests.courses import konspekt

EVERY_KIND = """
[[replace]]
text = "хаггинг  фейс"
with = " Hugging Face "
[[keep]]
text = "ещё раз"
at = "12:05"
[[drop]]
from = "1:15:00"
to = 4520.5
why = "разговор\\nв зале"
[[redact]]
text = "Иван Петров"
[[drop]]
at = "0:10"
"""


def written(folder: Path, toml: str | bytes) -> Path:
    path = folder / "week05.corrections.toml"
    path.write_bytes(toml.encode() if isinstance(toml, str) else toml)
    return path


def test_entries_are_read_by_kind_with_their_numbers_and_times_in_seconds(
    tmp_path: Path,
) -> None:
    name = "week05.corrections.toml"
    assert load_corrections(written(tmp_path, EVERY_KIND)) == (
        Entry("keep", name, 1, text="ещё раз", at=725.0),
        Entry("drop", name, 1, start=4500.0, end=4520.5, note="разговор в зале"),
        Entry("drop", name, 2, at=10.0),
        Entry("replace", name, 1, text="хаггинг фейс", new="Hugging Face"),
        Entry("redact", name, 1, text="Иван Петров"),
    )
    assert load_corrections(written(tmp_path, "")) == ()


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("[[drop]]\n", "[[drop]] 1: it says neither a text nor a time"),
        ('[[drop]]\ntext = "…"', "[[drop]] 1: the text has no words"),
        ('[[drop]]\nat = "12:65"', "[[drop]] 1 at: '12:65' is not a time"),
        ("[[drop]]\nat = 12:05", "cannot be read: "),
        (
            "[[drop]]\nat = 12:05:00",
            '[[drop]] 1 at: a time is written in quotes: "12:05"',
        ),
        ("[[drop]]\nat = nan", "[[drop]] 1 at: 'nan' is not a time"),
        ("[[drop]]\nat = -3", "[[drop]] 1 at: '-3' is not a time"),
        ("[[drop]]\nat = true", "[[drop]] 1 at: a time is written in quotes"),
        ('[[drop]]\nfrom = "12:05"', "[[drop]] 1: from and to go together"),
        ('[[drop]]\nfrom = "12:05"\nto = "12:00"', "[[drop]] 1: from is after to"),
        (
            '[[drop]]\nat = "1"\nfrom = "1:05"\nto = "2:00"',
            "[[drop]] 1: at, or from and to, not both",
        ),
        ('[[drop]]\nat = "1"\n[[drop]]\ntxt = "a"', "unknown: [[drop]] 2 txt"),
        ('[[drop]]\ntext = "a"\nwith = "b"', "unknown: [[drop]] 1 with"),
        ('[[replace]]\ntext = "a"', "[[replace]] 1 with: it is needed here"),
        (
            '[[replace]]\ntext = "a"\nwith = " "',
            "[[replace]] 1: with is empty: to take words out there is [[drop]]",
        ),
        (
            '[[replace]]\nat = "1"\nwith = "b"',
            "[[replace]] 1: it needs a text, as it was transcribed",
        ),
        ('[[erase]]\ntext = "a"', "unknown: erase"),
        ('[drop]\ntext = "a"', "[drop] is one table. Write [[drop]]"),
        ('drop = "a"', "[[drop]]: a list in [ ] is wanted"),
        ("[[drop]]\ntext = 3", "[[drop]] 1 text: text in quotes is wanted. "),
        ("keep = [1, 2]", "[[keep]] 1: a table is wanted, with a line such as text = "),
        ('[[drop]]\ntext = "Да"'.encode("cp1251"), "it is not UTF-8"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_with_the_entry(
    tmp_path: Path, toml: str | bytes, said: str
) -> None:
    with pytest.raises(CourseError) as caught:
        load_corrections(written(tmp_path, toml))
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'week05.corrections.toml'}: ")
    assert said in message
    assert "\n" not in message


def test_a_folder_in_the_place_of_corrections_is_refused(tmp_path: Path) -> None:
    (tmp_path / "week05.corrections.toml").mkdir()
    (tmp_path / "week05.raw.txt").write_text(
        "[Chunk start 0.00s]: Да.\n", encoding="utf-8"
    )
    with pytest.raises(CourseError, match="this is a folder, not a file"):
        load_corrections(tmp_path / "week05.corrections.toml")
    assert [str(error) for error in Recordings.read(tmp_path).unnameable] == [
        (
            f"{tmp_path / 'week05.corrections.toml'}: this is a folder, not a file. Put a file of "
            f"that name in its place."
        )
    ]
    done = konspekt(
        "clean",
        tmp_path / "week05.raw.txt",
        "--output",
        tmp_path / "out",
        "--embeddings",
        "none",
    )
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "week05.corrections.toml: this is a folder, not a file" in done.stderr


def test_a_time_is_refused_where_every_lecture_is_meant(tmp_path: Path) -> None:
    with pytest.raises(
        CourseError, match=r"\[\[keep\]\] 1: a time says nothing of every lecture"
    ):
        load_corrections(written(tmp_path, EVERY_KIND), everywhere=True)
    (entry,) = load_corrections(
        written(tmp_path, '[[drop]]\ntext = "Да"'), everywhere=True
    )
    assert entry.everywhere


def test_an_entry_in_a_message_has_its_place_text_and_time_but_never_what_is_redacted() -> (
    None
):
    assert (
        Entry("drop", "f", 2, text="Спасибо", at=725.0).in_words()
        == "f: [[drop]] 2 («Спасибо», 12:05)"
    )
    assert (
        Entry("keep", "f", 1, start=60.0, end=65.0).in_words()
        == "f: [[keep]] 1 (1:00–1:05)"
    )
    assert Entry("redact", "f", 3, text="Иван Петров").in_words() == "f: [[redact]] 3"
    assert len(Entry("drop", "f", 1, text="а" * 500).in_words()) < 100
