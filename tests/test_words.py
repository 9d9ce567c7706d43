"""Code speaks of things in the words of the field: its names, comments and messages too."""

from __future__ import annotations

import re

from tests.courses import ROOT
from tests.prose import DIALECT

LISTS_THEM = ROOT / "tests" / "prose.py"  # the words that are not used
CODE = [
    path
    for folder in ("pipeline", "tools", "benchmarks", "tests", "templates")
    for ending in ("*.py", "*.toml", "*.jinja", "*.html")
    for path in sorted((ROOT / folder).rglob(ending))
    if path != LISTS_THEM
]


def test_code_uses_the_words_of_the_field() -> None:
    found = {}
    for path in CODE:
        text = re.sub(r"[_\s]+", " ", path.read_text(encoding="utf-8"))
        if words := DIALECT.findall(text):
            found[path.relative_to(ROOT).as_posix()] = words
    assert found == {}
