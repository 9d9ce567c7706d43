"""What the documentation says is run: every command of the README, every count of
docs/cleaning.md.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from konspekt.artifacts import files
from konspekt.clean.rules import RULES
from konspekt.cli.main import main
from konspekt.transcribe import IMPORTERS
from tests.courses import LECTURE, REFERENCE, ROOT
from tests.sound.media import write_media
from tests.sounds import murmur, tiny_whisper

README = (ROOT / "README.md").read_text(encoding="utf-8")
CLEANING = (ROOT / "docs" / "cleaning.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\$ (.+)$", README, re.MULTILINE)
BIN = Path(sys.executable).parent


def run(command: str, cwd: Path) -> str:
    env = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        ["bash", "-c", command], cwd=cwd, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository as a stranger has it, but set up already."""
    folder = tmp_path_factory.mktemp("checkout") / "konspekt"
    ignored = shutil.ignore_patterns(
        ".git", ".venv", ".konspekt", "output", ".*_cache", ".hypothesis", "__pycache__"
    )
    shutil.copytree(ROOT, folder, ignore=ignored)
    (folder / ".venv").symlink_to(BIN.parent)
    return folder


@pytest.mark.slow
def test_make_demo_builds_the_demo_course_and_says_the_wer_and_where_the_page_is(
    checkout: Path,
) -> None:
    assert "make demo" in COMMANDS
    said = run("make --assume-old=.venv/.konspekt demo", checkout)
    assert (
        len(re.findall(r"^WER (search|metrics|speech): 0\.\d{3} normalised", said, re.MULTILINE))
        == 3
    )
    page = re.search(r"^Open file://(\S+)$", said, re.MULTILINE)
    assert page
    assert Path(page[1]).is_file()


def test_make_test_runs_tests_linter_and_type_checker(checkout: Path) -> None:
    assert "make test" in COMMANDS
    would_run = run("make --dry-run test", checkout)
    for tool in ("pytest", "ruff check", "ruff format --check", "mypy"):
        assert tool in would_run
    assert (ROOT / ".ci" / "run").read_text().splitlines()[-1] == "make test"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the README's examples name."""
    folder = tmp_path_factory.mktemp("desk")
    write_media(folder / "week05.mp3", "libmp3lame", murmur(90))
    tiny_whisper(folder / "whisper.pt")
    (folder / "week05.reference.txt").write_text(REFERENCE, encoding="utf-8")
    return folder


@pytest.mark.slow
def test_every_konspekt_command_of_the_readme_runs_as_it_stands_there(desk: Path) -> None:
    commands = [command for command in COMMANDS if command.startswith("konspekt ")]
    assert len(commands) >= 10
    for command in commands:
        if command.startswith("konspekt status"):
            (desk / "my-course" / "recordings" / "week01.raw.txt").write_text(
                LECTURE, encoding="utf-8"
            )
        run(command, desk)
    assert (desk / "my-course" / "output" / "site" / "html" / "index.html").is_file()
    assert (desk / "week05" / "site" / "html" / "index.html").is_file()


def test_no_command_of_the_readme_is_left_untested() -> None:
    assert all(
        command in ("make demo", "make test") or command.startswith("konspekt ")
        for command in COMMANDS
    )


def test_every_command_stands_in_the_readme_and_explains_itself() -> None:
    for name, command in main.commands.items():
        assert f"konspekt {name}" in README
        assert command.help
        assert command.short_help


def test_every_format_stands_in_the_readme() -> None:
    for importer in IMPORTERS:
        assert importer.ending in README.replace("`NAME", "")


def test_every_rule_stands_in_the_documentation_of_cleaning() -> None:
    named = re.findall(r"^\| `(\w+)` \|", CLEANING, re.MULTILINE)
    assert [name for name in named if name in RULES] == list(RULES)


@pytest.mark.slow
def test_the_counts_in_the_documentation_are_those_of_the_demo(checkout: Path) -> None:
    run("make --assume-old=.venv/.konspekt demo", checkout)
    for name in ("search", "metrics"):
        row = counts_row(checkout, name)
        assert row in CLEANING, f"docs/cleaning.md should have:\n{row}"


def counts_row(checkout: Path, name: str) -> str:
    """The row of the table for one demo lecture, counted from its artifacts and labels."""
    folder = checkout / "output" / "lectures" / name
    labels = json.loads(
        (checkout / "tools" / "demo" / f"{name}.labels.json").read_text(encoding="utf-8")
    )
    raw, removals = (
        files.load_raw(folder / "raw.json"),
        files.load_removals(folder / "removed.jsonl"),
    )
    labelled: Counter[str] = Counter()
    found: Counter[str] = Counter()
    false = 0
    for window in raw.windows:
        for word in re.finditer(r"\S+", window.text):
            kind = next(
                (x["label"] for x in labels if x["start"] == window.start and _meets(x, word)), None
            )
            reasons = {
                r.reason
                for r in removals
                if r.window == window.id and r.char_start < word.end() and word.start() < r.char_end
            }
            labelled[kind or "said"] += 1
            if kind:
                found[kind] += bool(reasons)
            else:
                false += bool(reasons - {"overlap"})
    score = files.load_score(folder / "score.json").normalised
    kinds = " | ".join(
        f"{found[kind]} of {labelled[kind]}" for kind in ("invented", "loop", "tail")
    )
    wer = f"{score.errors} of {score.reference_words} ({score.wer:.3f})"
    return f"| {name} | {kinds} | {false} of {labelled['said']} | {wer} |"


def _meets(label: dict[str, int], word: re.Match[str]) -> bool:
    return label["char_start"] < word.end() and word.start() < label["char_end"]
