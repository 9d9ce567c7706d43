"""The errors in lines, as `--diff` prints them."""

from __future__ import annotations

from pathlib import Path

import pytest

from konspekt.formats import Utterance
from konspekt.score.analysis import ScoringOptions, analyse
from konspekt.score.diff import diff
from konspekt.score.report import Input, Scored


def diff_of(reference: str, hypothesis: str) -> list[list[str]]:
    found = analyse(
        "",
        [Utterance("", reference)],
        [Utterance("", hypothesis)],
        ScoringOptions("ru"),
    )
    marks = {"equal": "{}", "delete": "[-{}-]", "insert": "{{+{}+}}", "place": "{}"}
    lines = diff(Scored(found, Input(Path(), ""), None))
    return [[marks[kind].format(text) for kind, text in line if text] for line in lines]


@pytest.mark.parametrize(
    ("reference", "hypothesis", "shown"),
    [
        ("Это Node.js тоже.", "это тоже", ["Это", "[-Node.js-]", "тоже."]),
        (
            "Это fine-tuning.",
            "это файнтюнинг",
            ["Это", "[-fine-tuning.-]", "{+файнтюнинг+}"],
        ),
        ("Это кое-что.", "это кое где", ["Это кое", "[-что-]", "{+где+}"]),
    ],
)
def test_the_diff_has_every_word_once_as_it_was_written(
    reference: str, hypothesis: str, shown: list[str]
) -> None:
    assert diff_of(reference, hypothesis) == [shown]
