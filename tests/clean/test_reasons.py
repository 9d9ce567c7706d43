"""Reasons: a removal has its code, the figures of the code's sentences and English words."""

from __future__ import annotations

import pytest

from konspekt.clean.reasons import OVERLAP, Code
from konspekt.clean.wording import codes
from tests.clean.reasons import REASONS, removal_of, told_of


@pytest.mark.parametrize("code", REASONS)
def test_each_code_comes_from_a_rule_with_its_figures_and_english_words(
    code: str,
) -> None:
    removal = removal_of(code)
    figures = REASONS[code].figures
    assert {name: told_of(removal)[name] for name in figures} == figures
    assert removal.evidence["words"].isprintable()
    assert REASONS[code].words in removal.evidence["words"]


def test_every_code_is_tried() -> None:
    assert set(REASONS) == {code.name for code in codes()}


def test_an_explanation_that_lacks_a_figure_of_its_sentence_is_refused() -> None:
    code = Code(
        "echo",
        OVERLAP,
        {"en": "{count:word|words} of {phrase}", "ru": "{count} {where}"},
    )
    with pytest.raises(ValueError, match="'echo' needs phrase, where"):
        code.because("words", {"count": 2})
    explained = code.because("words", {"count": 2, "where": "here"}, phrase="x")
    assert explained.figures == {"count": 2, "where": "here"}
