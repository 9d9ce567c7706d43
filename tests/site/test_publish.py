"""The Sphinx process: it never outlives the one that asked for the pages, and leaves nothing
anywhere else.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from konspekt.site import publish

PATIENCE = 30.0  # seconds: a machine may be busy; it takes milliseconds
SCRIPT = (
    "import sys, pathlib; from konspekt.site import publish; publish(*map(pathlib.Path, "
    "sys.argv[1:]))"
)
BUSY = """
import os, pathlib, time
pathlib.Path({mark!r} + ".new").write_text(str(os.getpid()))
os.rename({mark!r} + ".new", {mark!r})
time.sleep(600)
"""


def is_alive(pid: int) -> bool:
    try:
        return (
            Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        )
    except FileNotFoundError:
        return False


def waited_for(what: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if what():
            return True
        time.sleep(0.02)
    return False


@pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="looks for the process in /proc"
)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_sphinx_ends_with_a_konspekt_that_is_killed(
    tmp_path: Path, number: int
) -> None:
    source, elsewhere, mark = (
        tmp_path / "aside" / "source",
        tmp_path / "tmp",
        tmp_path / "sphinx",
    )
    source.mkdir(parents=True)
    elsewhere.mkdir()
    (source / "conf.py").write_text(BUSY.format(mark=str(mark)))
    command = [
        sys.executable,
        "-c",
        SCRIPT,
        str(source),
        str(tmp_path / "aside" / "html"),
    ]
    root = str(Path(__file__).parents[2] / "pipeline")
    with subprocess.Popen(
        command, env={**os.environ, "TMPDIR": str(elsewhere), "PYTHONPATH": root}
    ) as konspekt:
        assert waited_for(mark.exists)
        sphinx = int(mark.read_text())
        assert is_alive(sphinx)
        assert sphinx != konspekt.pid
        konspekt.send_signal(number)
    assert waited_for(lambda: not is_alive(sphinx))
    assert not list(elsewhere.iterdir())
    assert {path.name for path in tmp_path.iterdir()} == {"aside", "tmp", "sphinx"}


def test_sphinx_ends_where_the_progress_fails_and_its_folder_is_gone(
    source: Path, tmp_path: Path
) -> None:
    def progress(done: float, total: float, doing: str = "") -> None:
        if done:
            raise RuntimeError("the terminal is gone")

    with pytest.raises(RuntimeError, match="the terminal is gone"):
        publish(source, tmp_path / "html", progress=progress)
    assert [path.name for path in tmp_path.iterdir()] == ["html"]
