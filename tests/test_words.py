"""Code speaks of things in the words of the field: its names, comments and messages too.

Its docstrings have short sentences.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.courses import ROOT
from tests.prose import DIALECT, long_sentences

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


def test_a_docstring_has_no_sentence_of_more_than_thirty_words() -> None:
    found = {}
    for path in CODE:
        if path.suffix == ".py":
            for place, docstring in docstrings(path):
                if long := long_sentences(docstring):
                    found[f"{path.relative_to(ROOT)}: {place}"] = long
    assert found == {}


def docstrings(path: Path) -> Iterator[tuple[str, str]]:
    """Yield a file's docstrings with the names of what they describe; rows of tables left out."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            text = ast.get_docstring(node) or ""
            place = "its top" if isinstance(node, ast.Module) else node.name
            yield place, re.sub(r"^.*\S {3,}\S.*$", "", text, flags=re.MULTILINE)
