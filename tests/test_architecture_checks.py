"""The checks of the architecture find what breaks it, on packages of a few lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture import (
    Package,
    import_cycle,
    imports_across,
    misplaced_imports,
    modules_without_layer,
    names_without_module,
    repeated_classes,
    talking_modules,
    upward_imports,
)
from tests.test_architecture import (
    LAYERS,
    OWNERS,
    PACKAGES,
    RUN_ELSEWHERE,
    STAGES,
    TALKERS,
)

LAZY = "def f():\n    "
FOR_TYPES = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    "


def package(folder: Path, files: dict[str, str]) -> Package:
    """A package `konspekt` of these files."""
    for name, text in files.items():
        path = folder / "konspekt" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Package(folder / "konspekt")


@pytest.mark.parametrize(
    ("module", "target"),
    [
        ("sanitize", "errors"),
        ("errors", "data"),
        ("data.raw", "text.words"),
        ("text.words", "formats.srt"),
        ("course.scaffold", "clean.rules"),
        ("artifacts.store", "build.stage"),
        ("clean.gaps", "build.jobs"),
        ("build.stage", "build.jobs"),
        ("build.jobs", "build.course"),
        ("build.site", "cli.terminal"),
        ("cli.terminal", "cli.options"),
        ("cli.options", "cli.score"),
        ("cli.score", "cli.main"),
    ],
)
@pytest.mark.parametrize("place", ["", LAZY, FOR_TYPES])
def test_an_import_of_a_later_layer_is_found_wherever_it_stands(
    tmp_path: Path, module: str, target: str, place: str
) -> None:
    room, _, name = target.rpartition(".")
    upward = (
        f"from konspekt.{room} import {name}\n" if room else f"import konspekt.{name}\n"
    )
    found = package(
        tmp_path,
        {
            f"{module.replace('.', '/')}.py": place + upward,
            f"{target.replace('.', '/')}.py": "",
        },
    )
    assert upward_imports(found, LAYERS, PACKAGES) == [f"{module} imports {target}"]


def test_an_import_of_an_earlier_layer_is_none(tmp_path: Path) -> None:
    files = {
        "errors.py": "",
        "text/words.py": "from konspekt.errors import KonspektError",
        "clean/gaps.py": "from konspekt.text import words\nimport konspekt.clean.rules",
        "clean/rules.py": "",
        "cli/main.py": "from konspekt.build.course import build",
        "build/course.py": "",
    }
    assert upward_imports(package(tmp_path, files), LAYERS, PACKAGES) == []


def test_a_module_that_nobody_placed_is_found(tmp_path: Path) -> None:
    files = {
        "utils.py": "",
        "build/new.py": "",
        "build/__init__.py": "",
        "text/new.py": "",
    }
    found = modules_without_layer(package(tmp_path, files), LAYERS, PACKAGES)
    assert found == ["build.new", "utils"]


def test_a_name_of_no_module_is_found(tmp_path: Path) -> None:
    found = package(tmp_path, {"text/words.py": ""})
    assert names_without_module(found, ["text", "text.words", "text.gone"]) == [
        "text.gone"
    ]


@pytest.mark.parametrize("stage", [stage for stage in STAGES if stage != "clean"])
def test_a_stage_that_imports_another_is_found(tmp_path: Path, stage: str) -> None:
    files = {f"{stage}/a.py": f"{LAZY}from konspekt.clean import b", "clean/b.py": ""}
    assert imports_across(package(tmp_path, files), STAGES) == [
        f"{stage}.a imports clean.b"
    ]


@pytest.mark.parametrize("place", ["", LAZY])
def test_a_cycle_is_found_lazy_ones_included(tmp_path: Path, place: str) -> None:
    files = {
        "data/a.py": "import konspekt.data.b",
        "data/b.py": f"{place}import konspekt.data.a",
    }
    assert set(import_cycle(package(tmp_path, files))) == {"data.a", "data.b"}


def test_an_import_for_types_alone_makes_no_cycle(tmp_path: Path) -> None:
    files = {
        "data/a.py": "import konspekt.data.b",
        "data/b.py": f"{FOR_TYPES}import konspekt.data.a",
    }
    assert import_cycle(package(tmp_path, files)) == []


@pytest.mark.parametrize(
    ("module", "text", "found"),
    [
        ("clean/a.py", f"{LAZY}import torch", ["clean.a imports torch"]),
        ("models/a.py", "import torch.nn", ["models.a imports torch at its top"]),
        ("models/a.py", f"{LAZY}from torch import nn", []),
        ("models/a.py", f"{FOR_TYPES}import torch", []),
    ],
)
def test_a_heavy_library_in_the_wrong_place_is_found(
    tmp_path: Path, module: str, text: str, found: list[str]
) -> None:
    fake = package(tmp_path, {module: text})
    assert misplaced_imports(fake, "torch", OWNERS["torch"], RUN_ELSEWHERE) == found


def test_what_runs_elsewhere_has_its_own_libraries_at_its_top(tmp_path: Path) -> None:
    fake = package(
        tmp_path, {"sound/child.py": "import av", "sound/levels.py": "import av"}
    )
    found = misplaced_imports(fake, "av", OWNERS["av"], RUN_ELSEWHERE)
    assert found == ["sound.levels imports av at its top"]


@pytest.mark.parametrize(
    "call", ["print(1)", "sys.exit(1)", "exit()", "quit()", "os._exit(1)"]
)
def test_a_module_that_prints_or_exits_is_found(tmp_path: Path, call: str) -> None:
    fake = package(tmp_path, {"clean/a.py": LAZY + call, "cli/main.py": call})
    assert talking_modules(fake, TALKERS) == [
        f"clean.a:2 calls {call.partition('(')[0]}"
    ]


def test_a_class_name_that_stands_twice_is_found(tmp_path: Path) -> None:
    files = {
        "data/a.py": "class Run: ...",
        "clean/b.py": f"{LAZY}class _Run: ...",
        "score/c.py": "class Other: ...",
    }
    assert repeated_classes(package(tmp_path, files)) == ["Run: clean.b, data.a"]


def test_an_import_that_is_not_absolute_is_refused(tmp_path: Path) -> None:
    fake = package(tmp_path, {"clean/a.py": "from . import b"})
    with pytest.raises(AssertionError, match="imports are absolute"):
        upward_imports(fake, LAYERS, PACKAGES)
