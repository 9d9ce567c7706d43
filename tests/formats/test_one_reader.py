"""One reader a format: transcribe, clean and score take the same file or refuse it alike."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from konspekt.artifacts.files import dump
from konspekt.cli.main import main
from konspekt.errors import FormatError
from konspekt.formats import FORMATS, read, read_transcript, ready_formats
from tests.builders import raw_transcript
from tests.formats.files import BROKEN, GOOD, SCORED, TEXT


def refusal(*arguments: str | Path) -> str | None:
    """What the command says in refusing; None: it does its work."""
    done = CliRunner().invoke(main, [*map(str, arguments)])
    if done.exit_code == 0:
        return None
    assert done.exit_code == 1, done.output
    return done.stderr.strip()


def transcribe(file: Path) -> str | None:
    return refusal("transcribe", file, "--output", file.with_suffix(".out"))


def clean(file: Path) -> str | None:
    output = file.with_suffix(".cleaned")
    return refusal("clean", file, "--embeddings", "none", "--output", output)


def score(file: Path) -> str | None:
    reference = file.with_name("said.reference.txt")
    reference.write_text(TEXT, encoding="utf-8")
    return refusal("score", reference, file)


COMMANDS: tuple[Callable[[Path], str | None], ...] = (transcribe, clean, score)


def test_every_format_has_a_good_file() -> None:
    names = [*GOOD, *SCORED]
    for known in FORMATS:
        assert any(known.fits(Path(name)) for name in names)


@pytest.mark.parametrize("name", GOOD)
def test_a_good_file_is_taken_by_all(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_text(GOOD[name], encoding="utf-8")
    assert [command(file) for command in COMMANDS] == [None, None, None]


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused_by_all_with_the_same_words(
    tmp_path: Path, name: str
) -> None:
    content, said = BROKEN[name]
    file = tmp_path / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    first, *others = [command(file) for command in COMMANDS]
    assert first is not None
    assert first.startswith(f"konspekt: {file}: ")
    assert said in first
    # each lists the formats that it takes
    causes = [
        words and words.partition(" There are: ")[0] for words in (first, *others)
    ]
    assert causes == [causes[0]] * 3


@pytest.mark.parametrize("name", SCORED)
def test_a_format_for_scoring_alone_is_refused_in_one_line_that_says_so(
    tmp_path: Path, name: str
) -> None:
    content, said = SCORED[name]
    file = tmp_path / name
    file.write_text(content, encoding="utf-8")
    refused = transcribe(file)
    assert refused is not None
    assert said in refused
    assert "\n" not in refused
    assert clean(file) == refused
    assert score(file) is None


@pytest.mark.parametrize("name", ["a.txt", "a.srt", "a.vtt", "a.json"])
def test_a_blank_file_is_no_transcript_and_is_scored_as_an_empty_text(
    tmp_path: Path, name: str
) -> None:
    file = tmp_path / name
    file.write_text(" \n\n")
    refused = transcribe(file)
    assert refused is not None
    assert "nothing is said in it" in refused
    assert clean(file) == refused
    assert score(file) is None


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (
            "a.txt",
            "[Chunk start 0s]: Всем привет.\n[Chunk start 25s]: привет. Начнём.\n",
        ),
        (
            "a.json",
            dump(
                raw_transcript([(0.0, "Всем привет."), (25.0, "привет. Начнём.")])
            ).decode(),
        ),
    ],
)
def test_windows_that_share_sound_are_to_be_cleaned_before_they_are_scored(
    tmp_path: Path, name: str, content: str
) -> None:
    file = tmp_path / name
    file.write_text(content, encoding="utf-8")
    assert transcribe(file) is None
    assert clean(file) is None
    refused = score(file)
    assert refused is not None
    assert "the windows at 0 s and 25 s share sound" in refused


# What a file's use asks of it, and not its format.
OF_ITS_USE = (
    *("is for scoring alone", "nothing is said in it", "its text has no times"),
    "a JSON of no known shape",
)


@given(
    name=st.sampled_from(sorted(GOOD)),
    place=st.floats(0, 1),
    cut=st.integers(0, 40),
    put=st.text(st.sampled_from('0a,:{}[]"<>-\n \u00e9я'), max_size=8),
)
def test_any_damage_is_refused_by_all_readers_or_by_none(
    tmp_path_factory: pytest.TempPathFactory,
    name: str,
    place: float,
    cut: int,
    put: str,
) -> None:
    good = GOOD[name]
    at = int(place * len(good))
    file = tmp_path_factory.mktemp("damaged") / name
    file.write_text(good[:at] + put + good[at + cut :], encoding="utf-8")
    scored, ready = refused_by(read, file), refused_by(read_transcript, file)
    if ready is None or not any(words in ready for words in OF_ITS_USE):
        assert scored == ready


def refused_by(reader: Callable[[Path], object], file: Path) -> str | None:
    try:
        reader(file)
    except FormatError as error:
        return str(error)
    return None


def test_every_format_has_a_name_of_its_own_and_words_for_pages_unless_it_names_a_model() -> (
    None
):
    assert len({known.name for known in FORMATS}) == len(FORMATS)
    assert len({known.title for known in FORMATS}) == len(FORMATS)
    without_words = [
        known.name for known in ready_formats() if set(known.words) != {"en", "ru"}
    ]
    assert without_words == ["konspekt"]  # its raw.json names the Whisper itself


@pytest.mark.parametrize("command", [transcribe, clean])
def test_what_is_wanted_in_place_of_a_recording_names_no_format_for_scoring_alone(
    command: Callable[[Path], str | None], tmp_path: Path
) -> None:
    file = tmp_path / "shape.json"
    file.write_text("{}", encoding="utf-8")
    said = command(file) or ""
    with pytest.raises(FormatError) as caught:
        read_transcript(tmp_path / "a.docx")
    assert "Whisper JSON (.json)" in said
    for kind in FORMATS:
        if kind.scored_because:
            assert kind.title not in said
            assert kind.title not in caught.value.remedy
