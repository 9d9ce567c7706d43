"""A stage that writes other files of the same input has another version number."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.courses import ROOT
from tests.versions import PLACES, Seen, noted, observe, unraised

# Another version of these tells other lemmas and stems.
WORDS_COME_FROM = ("pymorphy3", "pymorphy3-dicts-ru", "snowballstemmer")
SEEN = {"clean": Seen("5", "in", "out")}


def pinned(package: str) -> str:
    """Return the version in constraints.txt."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").lower().splitlines()
    return next(
        line.partition("==")[2] for line in lines if line.startswith(f"{package}==")
    )


@pytest.mark.skipif(
    any(version(name) != pinned(name) for name in WORDS_COME_FROM),
    reason="the notes' words come from other dictionaries here",
)
def test_what_each_stage_makes_of_the_stored_transcript_is_noted(
    tmp_path: Path,
) -> None:
    now = observe(tmp_path / "course")
    assert unraised(noted(), now) == []
    assert now == noted(), (
        "the numbers are raised; note the hashes: python -m tests.versions"
    )


def test_a_stage_that_forgot_its_number_is_told_which_one_to_raise() -> None:
    now = {"clean": replace(SEEN["clean"], outputs="other")}
    (told,) = unraised(SEEN, now)
    assert (
        told
        == f"clean writes other files of the same input: raise {PLACES['clean']} (5 now)"
    )


def test_another_number_or_another_input_accounts_for_other_files() -> None:
    other = replace(SEEN["clean"], outputs="other")
    assert unraised(SEEN, {"clean": replace(other, version="6")}) == []
    assert unraised(SEEN, {"clean": replace(other, inputs="changed before")}) == []
