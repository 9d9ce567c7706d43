"""Several systems over several lectures: sums of what each lecture's own alignment counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from konspekt.errors import FormatError
from konspekt.score.analysis import ScoringOptions
from konspekt.score.pairing import pair
from konspekt.score.report import Report, score_files
from konspekt.score.uncertainty import Interval, mapsswe

RU = ScoringOptions("ru")
WORDS = "раз два три четыре пять шесть семь восемь девять десять"


def folder(path: Path, **texts: str) -> Path:
    path.mkdir()
    for name, text in texts.items():
        (path / f"{name}.txt").write_text(text, encoding="utf-8")
    return path


def scored(reference: Path, *hypotheses: Path) -> Report:
    return score_files(
        pair(reference, hypotheses), [path.name for path in hypotheses], RU
    )


def test_a_system_s_counts_are_the_sums_of_its_lectures(tmp_path: Path) -> None:
    reference = folder(tmp_path / "reference", a="раз два три", b="раз")
    hypothesis = folder(tmp_path / "hypothesis", a="раз два", b="раз да да")
    (system,) = scored(reference, hypothesis).systems
    assert [one.analysis.normalised.errors for one in system.lectures] == [1, 2]
    assert (system.normalised.errors, system.normalised.reference_words) == (3, 4)
    assert system.normalised.cer == (4 + 6) / (11 + 3)


def test_insertions_into_an_empty_reference_count_in_the_sum(tmp_path: Path) -> None:
    said = folder(tmp_path / "reference", a="раз два три", b="")
    (system,) = scored(
        said, folder(tmp_path / "hypothesis", a="раз два три", b="да да")
    ).systems
    assert system.lectures[1].analysis.normalised.wer is None
    assert system.normalised.wer == 2 / 3


def test_an_only_reference_without_words_is_an_error(tmp_path: Path) -> None:
    said = folder(tmp_path / "reference", a=" \n")
    with pytest.raises(FormatError, match="the reference has no words"):
        scored(said / "a.txt", said / "a.txt")


def test_two_systems_are_compared_over_the_same_blocks_and_segments(
    tmp_path: Path,
) -> None:
    reference = " ".join([WORDS] * 200)
    worse = " ".join(
        [WORDS.replace("три", "тра"), WORDS.replace("пять", "").replace("раз", "рас")]
        * 100
    )
    said = folder(tmp_path / "reference", a=reference, b=reference)
    report = scored(
        said,
        folder(tmp_path / "worse", a=worse, b=worse),
        folder(tmp_path / "better", a=reference, b=worse),
    )
    (comparison,) = report.comparisons
    first, other = report.systems
    assert comparison.difference.difference == pytest.approx(
        (first.normalised.wer or 0) - (other.normalised.wer or 0)
    )
    assert isinstance(comparison.difference.interval, Interval)
    assert comparison.difference.distinguishable
    alone = [
        mapsswe(a.analysis.normalised.alignment, b.analysis.normalised.alignment)
        for a, b in zip(first.lectures, other.lectures, strict=True)
    ]
    assert comparison.mapsswe.segments == sum(test.segments for test in alone)


def test_without_an_interval_the_matched_pairs_test_says_which_is_better(
    tmp_path: Path,
) -> None:
    parts = WORDS.split()
    reference = " ".join(parts * 60)
    worse = " ".join(
        word + "х" if number % 20 == 3 else word
        for number, word in enumerate(parts * 60)
    )
    said = folder(tmp_path / "reference", a=reference)
    worst = " ".join(
        word + "х" if number % 7 == 3 else word
        for number, word in enumerate(parts * 60)
    )
    report = scored(
        said,
        folder(tmp_path / "worst", a=worst),
        folder(tmp_path / "worse", a=worse),
        folder(tmp_path / "like", a=worst),
    )
    assert all(one.difference.distinguishable is None for one in report.comparisons)
    assert [one.better for one in report.comparisons] == ["worse", None]


def test_systems_that_read_alternates_otherwise_are_compared_over_the_same_blocks(
    tmp_path: Path,
) -> None:
    begin, end = " ".join([WORDS] * 100), " ".join([WORDS] * 60)
    said = folder(
        tmp_path / "reference", a=f"{begin} {{в шестнадцатом|в 2016 году}} {end}"
    )
    one = folder(
        tmp_path / "one", a=f"{begin} в шестнадцатом {end}".replace("два", "дав")
    )
    two = folder(
        tmp_path / "two", a=f"{begin} в 2016 году {end}".replace("пять", "пядь", 20)
    )
    report = scored(said, one, two)
    first, other = (system.normalised for system in report.systems)
    assert (first.reference_words, other.reference_words) == (1602, 1603)
    (comparison,) = report.comparisons
    assert comparison.difference.difference == pytest.approx(160 / 1602 - 20 / 1603)
    assert isinstance(comparison.difference.interval, Interval)
    assert (comparison.better, comparison.mapsswe.segments) == ("two", 180)


def test_no_segment_of_the_matched_pairs_test_reaches_over_an_utterance_s_end(
    tmp_path: Path,
) -> None:
    """Of two words each, with 30, 20 and 10 errors of the one, the other and both."""
    texts = {
        "reference": ["да нет"] * 60,
        "one": ["да нот" if number % 2 else "да нет" for number in range(60)],
        "two": ["до нет" if number % 3 == 0 else "да нет" for number in range(60)],
    }
    paths = [tmp_path / f"{name}.trn" for name in texts]
    for path, lines in zip(paths, texts.values(), strict=True):
        rows = [f"{line} (u{number})" for number, line in enumerate(lines)]
        rows += ["лишнее (more)"] if path.stem == "one" else []
        path.write_text("\n".join(rows), encoding="utf-8")
    (comparison,) = scored(paths[0], *paths[1:]).comparisons
    assert comparison.mapsswe.segments == 40 + 1
    (comparison,) = scored(paths[0], paths[2], paths[1]).comparisons
    assert comparison.mapsswe.segments == 40 + 1


def test_systems_that_were_paired_otherwise_are_compared_as_a_whole(
    tmp_path: Path,
) -> None:
    for name, text in (
        ("said.trn", "да нет (a)\nда нет (b)"),
        ("one.trn", "да нот (a)\nда нет (b)"),
        ("two.txt", "да нет до нет"),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
    (comparison,) = scored(
        tmp_path / "said.trn", tmp_path / "one.trn", tmp_path / "two.txt"
    ).comparisons
    assert comparison.mapsswe.segments == 1


def test_the_inputs_are_named_with_their_hashes(tmp_path: Path) -> None:
    reference = folder(tmp_path / "reference", a="раз", b="два")
    hypothesis = folder(tmp_path / "hypothesis", a="раз")
    first, second = scored(reference, hypothesis).systems[0].lectures
    assert first.reference.path == reference / "a.txt"
    assert len(first.reference.sha256) == 64
    assert second.hypothesis is None
