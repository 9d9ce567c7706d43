"""How much was transcribed, as the terminal says it: the figures are those of quality.json."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from click.testing import CliRunner

from konspekt.artifacts import files
from konspekt.build.coverage import coverage_in_words
from konspekt.cli.main import main
from konspekt.data import Gap, Quality
from tests.courses import make_course

QUALITY = Quality(
    "week1", 600.0, 480.0, 900, 880, {}, {"not transcribed": 9.0}, None, ()
)
GAPS = tuple(Gap(100.0 * n, 100.0 * n + 3, "not transcribed") for n in range(1, 6))


def test_coverage_is_told_of_speech_with_the_stretches_without_text() -> None:
    known = replace(QUALITY, speech=300.0, speech_covered=291.0, missing=GAPS[:2])
    assert coverage_in_words(known) == (
        "4:51 of 5:00 of speech (97 %); without text: 1:40–1:43 (not transcribed), 3:20–3:23 (not "
        "transcribed)"
    )


def test_coverage_is_told_of_the_recording_where_speech_is_not_known() -> None:
    assert coverage_in_words(QUALITY) == (
        "8:00 of 10:00 of the recording (80 %; where in it somebody speaks is not known)"
    )


def test_of_many_stretches_the_first_are_named_and_the_rest_are_counted() -> None:
    said = coverage_in_words(replace(QUALITY, missing=GAPS))
    assert said.endswith("5:00–5:03 (not transcribed), 2 more, see quality.json")


def test_where_nobody_speaks_that_is_said() -> None:
    assert (
        coverage_in_words(replace(QUALITY, speech=0.0, speech_covered=0.0))
        == "no speech was found"
    )


def test_where_a_moment_of_speech_has_no_text_that_is_no_hundred_per_cent() -> None:
    assert replace(QUALITY, speech=0.6, speech_covered=0.0).transcribed_percent == 0
    assert replace(QUALITY, speech=0.6, speech_covered=0.3).transcribed_percent == 100


def test_of_less_than_half_a_second_of_speech_there_is_no_share() -> None:
    quality = replace(QUALITY, speech=0.4, speech_covered=0.4)
    assert quality.transcribed_percent is None


def test_a_build_says_how_much_was_transcribed_of_each_lecture_that_it_cleaned(
    tmp_path: Path,
) -> None:
    folder = make_course(tmp_path / "c")
    done = CliRunner().invoke(main, ["build", str(folder), "--until", "clean"])
    quality = files.load_quality(
        folder / "output" / "lectures" / "week1" / "quality.json"
    )
    assert f"\nTranscribed week1: {coverage_in_words(quality)}\n" in done.stdout
    assert (
        "Transcribed week1"
        not in CliRunner()
        .invoke(main, ["build", str(folder), "--until", "clean"])
        .stdout
    )
