"""The table in cases.toml: what other scorers' test suites check, with figures that were not worked
out by this one.
"""

from __future__ import annotations

import tomllib
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from konspekt.data import Score
from konspekt.formats import Utterance
from konspekt.score import score
from konspekt.score.analysis import ScoringOptions, analyse
from konspekt.score.utterances import read_utterances

Case = dict[str, Any]
CASES: list[Case] = tomllib.loads(
    Path(__file__).with_name("cases.toml").read_text(encoding="utf-8")
)["case"]
KINDS = (
    "basic ties unicode russian switched numbers alternates corpora empty formats long"
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_case_has_the_figures_of_the_table(case: Case, tmp_path: Path) -> None:
    found = scored_files(case, tmp_path) if "extension" in case else scored(case)
    figures = {name: getattr(found, name) for name in case["expected"]}
    assert figures == {name: figure(value) for name, value in case["expected"].items()}


def test_the_table_has_two_hundred_cases_of_every_kind_each_with_its_own_name() -> None:
    assert len(CASES) >= 200
    assert len({case["name"] for case in CASES}) == len(CASES)
    assert {case["kind"] for case in CASES} == set(KINDS.split())
    assert all(case["source"] and case["expected"] for case in CASES)


def scored(case: Case) -> Score:
    return score(
        said(case["reference"]),
        said(case["hypothesis"]),
        case.get("profile", "raw"),
        cer="cer" in case["expected"],
        without=case.get("without", ()),
        markup=case.get("markup", True),
    )


def scored_files(case: Case, folder: Path) -> Score:
    endings = {
        "reference": case["extension"],
        "hypothesis": case.get("hypothesis_extension", case["extension"]),
    }
    sides: dict[str, tuple[Utterance, ...]] = {}
    for side, ending in endings.items():
        path = folder / f"{side}{ending}"
        path.write_text(case[side], encoding="utf-8", newline="")
        sides[side] = read_utterances(path, hypothesis=side == "hypothesis")
    options = ScoringOptions(
        case.get("profile", "raw"),
        tuple(case.get("without", ())),
        markup=case.get("markup", True),
    )
    return analyse("case", sides["reference"], sides["hypothesis"], options).normalised


def said(side: str | list[Any]) -> str | list[str]:
    """The text or the utterances; pieces that are said several times as one text."""
    if isinstance(side, str) or all(isinstance(utterance, str) for utterance in side):
        return side
    return " ".join(
        piece.replace("#", str(n))
        for piece, first, last in side
        for n in range(first, last + 1)
    )


def figure(value: int | str) -> Any:
    """What a figure is compared with: a count exactly, a rate nearly."""
    if value == "none" or isinstance(value, int):
        return None if value == "none" else value
    return pytest.approx(float(Fraction(value)))
