"""The demo course, built once for all tests of a run, whichever of them asks for it first."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.courses import ROOT

BIN = Path(sys.executable).parent
BUILD = "make --assume-old=.venv/.konspekt demo"  # the environment is set up already
SAID = "said.txt"  # what the build printed


def run(command: str, cwd: Path) -> str:
    """Return what a shell command prints; it must succeed."""
    done = start(command, cwd)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def start(
    command: str, cwd: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Return how a shell command ended."""
    env = {
        **os.environ,
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "HF_HUB_OFFLINE": "1",
        **environment,
    }
    return subprocess.run(
        ["bash", "-c", command],
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


def copy_checkout(folder: Path) -> Path:
    """Return the repository as a stranger has it, but set up already."""
    ignored = shutil.ignore_patterns(
        *(".git", ".venv*", ".konspekt", "output", "_build"),
        *(".*_cache", ".hypothesis", "__pycache__"),
    )
    shutil.copytree(ROOT, folder, ignore=ignored)
    (folder / ".venv").symlink_to(BIN.parent)
    return folder


@pytest.fixture(scope="session")
def built_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout in which `make demo` has run. Workers of one run share it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = shared / "demo" / "konspekt"
    folder.parent.mkdir(exist_ok=True)
    with (folder.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder.parent / SAID).is_file():
            shutil.rmtree(folder, ignore_errors=True)
            said = run(BUILD, copy_checkout(folder))
            (folder.parent / SAID).write_text(said, encoding="utf-8")
    return folder
