"""The name of a lecture's file, or of its second pass, stands once in the program."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from konspekt.artifacts import names as files
from konspekt.data import names
from tests.courses import ROOT

PACKAGE = ROOT / "pipeline" / "konspekt"
WHERE = {names.SECOND_PASS: "data/names.py"} | {
    value: "artifacts/names.py" for name, value in vars(files).items() if name.isupper()
}


def literals(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_a_name_of_a_file_stands_in_one_place() -> None:
    found: dict[str, list[str]] = {name: [] for name in WHERE}
    for path in sorted(PACKAGE.rglob("*.py")):
        for text in literals(path):
            if text in WHERE:
                found[text].append(path.relative_to(PACKAGE).as_posix())
    assert found == {name: [place] for name, place in WHERE.items()}
