"""HTML through Sphinx, in a process of its own: the same source gives the same bytes, whenever and
wherever.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from konspekt.data import Progress, no_progress
from konspekt.errors import SiteError

_EPOCH = "315532800"  # 1 January 1980: what Sphinx takes for now
_STEP = re.compile(r"(reading sources|writing output)\.\.\. \[ *(\d+)%\]")
_PLACE = re.compile(
    r"(?:^|: )(?P<place>[^\s:][^:\n]*(?::\d+)?): (?:WARNING|ERROR|CRITICAL|SEVERE): (?P<words>.+)",
    re.M,
)
# in the traceback Sphinx prints
_RAISED = re.compile(r"^ *\w[\w.]*(?:Error|Exception): (.+(?:\n *Reason: .+)?)", re.M)


def publish(source: Path, html: Path, *, progress: Progress = no_progress) -> None:
    """Build the pages in `source` as HTML into the empty (or absent) folder `html`.

    Strict: a warning is a failure. Raises SiteError with the first one, where Sphinx saw it.
    Progress is in per cent. What Sphinx needs meanwhile lies in a folder beside `html`, gone at the
    end. If this process is killed, Sphinx ends with it; that folder and a half-made `html` stay,
    and nothing anywhere else.
    """
    html.mkdir(parents=True, exist_ok=True)
    progress(0, 100)
    with tempfile.TemporaryDirectory(
        prefix=".sphinx-", dir=html.resolve().parent
    ) as work:
        command = [
            sys.executable,
            "-P",
            "-m",
            "konspekt.site.sphinx_child",
            "-b",
            "html",
        ]
        command += ["-n", "-W", "--keep-going", "-E", "-a", "-N"]
        command += ["-d", work, str(source.resolve()), str(html.resolve())]
        status, output = _run(command, work, progress)
    if status != 0:
        raise _failure(source, output)
    # for Sphinx's next incremental build: there is none
    (html / ".buildinfo").unlink(missing_ok=True)
    progress(100, 100)


def _run(command: list[str], work: str, progress: Progress) -> tuple[int, str]:
    """Return the exit status and Sphinx's complaints."""
    complaints = Path(work) / "complaints"
    with complaints.open("wb") as stderr:
        process = subprocess.Popen(  # noqa: S603  our own interpreter and arguments
            command,
            cwd=work,
            env=_environment(work),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
        )
        with process:  # leaving the block closes its standard input, which ends it
            assert process.stdout is not None
            for line in process.stdout:
                for step, done in _STEP.findall(line.decode("utf-8", "replace")):
                    progress(
                        (0 if step.startswith("reading") else 50) + int(done) / 2, 100
                    )
            process.wait()
    return process.returncode, complaints.read_text("utf-8", "replace")


def _environment(work: str) -> dict[str, str]:
    """Return the environment of the process: nothing in it depends on where and when the pages
    are built.
    """
    kept = {
        name: os.environ[name]
        for name in ("PATH", "HOME", "SYSTEMROOT", "LD_LIBRARY_PATH")
        if name in os.environ
    }
    package_root = str(Path(__file__).resolve().parents[2])
    return {
        **kept,
        "TMPDIR": work,  # where Sphinx leaves its tracebacks
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": package_root,  # for sphinx_child, and the pages' conf.py
        "SOURCE_DATE_EPOCH": _EPOCH,
    }


def _failure(source: Path, output: str) -> SiteError:
    """Return the first complaint, its place relative to the source folder."""
    remedy = "If a page or template was edited by hand, undo that; otherwise please report it."
    place = _PLACE.search(output)
    if place is not None:
        where = place["place"].removeprefix(f"{source.resolve()}{os.sep}")
        return SiteError(place["words"], path=source / where, remedy=remedy)
    raised = _RAISED.findall(output)
    words = raised[-1] if raised else output.strip() or "it failed without a word"
    return SiteError(f"Sphinx: {words}", path=source, remedy=remedy)
