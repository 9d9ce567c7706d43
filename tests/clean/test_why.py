"""Evidence: its code and the figures its sentence needs, beside the English words."""

from __future__ import annotations

import pytest

from konspekt.clean.why import FIGURES, because
from tests.clean.reasons import REASONS, removal_of


@pytest.mark.parametrize("why", REASONS)
def test_each_code_comes_from_a_rule_with_its_figures_and_english_words(why: str) -> None:
    evidence = removal_of(why).evidence
    assert {name: evidence[name] for name in FIGURES[why]} == REASONS[why].figures
    assert evidence["words"].isprintable()
    assert REASONS[why].words in evidence["words"]


def test_every_code_is_tried() -> None:
    assert set(REASONS) == set(FIGURES)


@pytest.mark.parametrize(
    ("why", "figures"), [("echo", {}), ("credit", {}), ("fast-loop", {"unit": "да"})]
)
def test_evidence_that_lacks_what_its_sentence_needs_is_refused(
    why: str, figures: dict[str, str]
) -> None:
    with pytest.raises(ValueError, match=f"'{why}'.*is no evidence"):
        because(why, "words", **figures)
