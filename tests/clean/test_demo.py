"""The project's own demo transcripts, with every defect labelled."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from konspekt.data import Cleaned
from tests.clean.cases import cleaned

ROOT = Path(__file__).parents[2]


def demo(name: str) -> tuple[list[tuple[float, str]], list[dict[str, Any]]]:
    source, labels = (
        ROOT / "recordings" / f"{name}.raw.txt",
        ROOT / "tools" / "demo" / f"{name}.labels.json",
    )
    if not source.is_file() or not labels.is_file():
        pytest.skip("outside the repository")
    lines = re.finditer(
        r"^\[Chunk start ([0-9.]+)s\]: ?(.*)$", source.read_text("utf-8"), re.MULTILINE
    )
    return [(float(m[1]), m[2]) for m in lines], json.loads(labels.read_text("utf-8"))


def is_removed(
    result: Cleaned, start: float, place: tuple[int, int], *, but: str = ""
) -> bool:
    return any(
        r.window_start == start
        and r.reason != but
        and r.char_start < place[1]
        and place[0] < r.char_end
        for r in result.removals
    )


@pytest.mark.parametrize("name", ["search", "metrics"])
def test_every_labelled_word_goes_and_no_other(name: str) -> None:
    windows, labels = demo(name)
    result = cleaned(windows)
    missed, false = [], []
    for start, text in windows:
        spans = [
            (x["char_start"], x["char_end"]) for x in labels if x["start"] == start
        ]
        for word in re.finditer(r"\S+", text):
            labelled = any(a < word.end() and word.start() < b for a, b in spans)
            if labelled and not is_removed(result, start, word.span()):
                missed.append((start, word[0]))
            if not labelled and is_removed(result, start, word.span(), but="overlap"):
                false.append((start, word[0]))
    assert (missed, false) == ([], [])
