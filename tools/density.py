"""How dense the code is: tokens a function, tokens a line, lines. A compass, not a gate.

python tools/density.py [FILE OR FOLDER …]      by default pipeline/konspekt, a row a package
"""

from __future__ import annotations

import ast
import io
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

PACKAGE = Path(__file__).resolve().parent.parent / "pipeline" / "konspekt"
# White space, comments and docstrings are no tokens here.
SKIPPED = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
    tokenize.ENCODING,
}
Rows = set[int]


def main() -> None:
    """Print a row for each path, or for each package, and one for all."""
    paths = [Path(argument) for argument in sys.argv[1:]]
    groups = paths or sorted(
        path for path in PACKAGE.iterdir() if not path.name.startswith("_")
    )
    print(
        f"{'':32}{'lines':>7}{'functions':>11}{'median':>8}{'p90':>6}{'max':>6}{'a line':>8}"
    )
    every: list[Path] = []
    for group in groups:
        files = [group] if group.is_file() else sorted(group.rglob("*.py"))
        every += files
        print_row(group.name, files)
    print_row("all", every)


def print_row(name: str, files: list[Path]) -> None:
    """Print the figures of some files."""
    functions: list[int] = []
    tokens = code_lines = lines = 0
    for file in files:
        text = file.read_text(encoding="utf-8")
        rows = token_rows(text)
        functions.extend(tokens_of_functions(text, rows))
        tokens += len(rows)
        code_lines += len(set(rows))
        lines += text.count("\n")
    if functions:
        p90 = quantiles(functions, n=10)[-1] if len(functions) > 1 else functions[0]
        figures = f"{median(functions):8.0f}{p90:6.0f}{max(functions):6}{tokens / code_lines:8.1f}"
        print(f"{name:32}{lines:7}{len(functions):11}{figures}")


def token_rows(text: str) -> list[int]:
    """Return the line of each token, docstrings and comments left out."""
    docs = docstring_rows(ast.parse(text))
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return [
        token.start[0]
        for token in tokens
        if token.type not in SKIPPED and token.start[0] not in docs
    ]


def docstring_rows(tree: ast.Module) -> Rows:
    """Return the lines of strings that stand alone."""
    rows: Rows = set()
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant(value=str())):
                rows.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return rows


def tokens_of_functions(text: str, rows: list[int]) -> Iterator[int]:
    """Return the number of tokens of each function, its decorators left out."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield sum(
                node.lineno <= row <= (node.end_lineno or node.lineno) for row in rows
            )


if __name__ == "__main__":
    main()
