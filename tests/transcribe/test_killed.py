"""kill -9 at any moment of a transcription costs at most the batch in hand: speech, and a
Whisper that knows its words.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.courses import ROOT
from tests.small_whisper import speech
from tests.sounds import write_wav
from tests.transcribe.forked import STRETCHES

SECONDS = 61.0  # windows of 5 s that share one: 15 batches
KILLS = 20
BATCHES = 15

pytestmark = pytest.mark.slow


class Worker:
    """`tests.transcribe.forked` at work in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.transcribe.forked"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def begin(
        self, name: str, *, first: Path | None = None, buffered: bool = False
    ) -> int:
        """Start a transcription whose files are called `name`; return the process to kill."""
        places = {
            key: str(self.folder / f"{name}.{key}")
            for key in ("journal", "log", "result")
        }
        order = {
            "folder": str(self.folder),
            "first": str(first or ""),
            "buffered": buffered,
            **places,
        }
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return int(self._answer())

    def end(self) -> int:
        """The exit code of what was begun; −9 where it was killed."""
        return int(self._answer().removeprefix("end "))

    def killed(self, name: str, at: int, delay: float, **how: object) -> bool:
        """Start a transcription and kill it `delay` seconds after batch `at` or a later one.

        Return whether it was still at work.
        """
        process = self.begin(name, **how)  # type: ignore[arg-type]
        seen = len(self.log(name))
        while (
            at >= 0
            and Path(f"/proc/{process}/cmdline").exists()
            and not self._reached(name, at, seen)
        ):
            time.sleep(0.002)
        time.sleep(delay)
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
        return self.end() == -signal.SIGKILL

    def whole(self, name: str, **how: object) -> bytes:
        """Transcribe to the end; return the result."""
        self.begin(name, **how)  # type: ignore[arg-type]
        assert self.end() == 0
        return (self.folder / f"{name}.result").read_bytes()

    def log(self, name: str) -> list[tuple[str, int]]:
        """("begin" or "kept", window) of all runs so far."""
        path = self.folder / f"{name}.log"
        rows = path.read_text().splitlines() if path.exists() else []
        return [(what, int(window)) for what, window in (row.split() for row in rows)]

    def close(self) -> None:
        self._process.communicate()

    def _reached(self, name: str, at: int, seen: int) -> bool:
        return any(
            what == "begin" and window >= at for what, window in self.log(name)[seen:]
        )

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


def decoded_twice(log: list[tuple[str, int]]) -> list[int]:
    """Return batches that were decoded again after they had been kept."""
    kept: set[int] = set()
    twice: list[int] = []
    for what, window in log:
        if what == "kept":
            kept.add(window)
        elif window in kept:
            twice.append(window)
    return twice


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    folder = tmp_path_factory.mktemp("killed")
    write_wav(folder / "lecture.wav", speech(SECONDS))
    worker = Worker(folder)
    yield worker
    worker.close()


@pytest.fixture(scope="module")
def undisturbed(worker: Worker) -> bytes:
    return worker.whole("undisturbed")


def moments(seed: int, kills: int, batches: int) -> list[tuple[int, float]]:
    """After which batch is begun, −1 for the start of the process, and how much later in
    seconds.
    """
    chance = random.Random(seed)
    return sorted(
        (chance.randrange(-1, batches), chance.uniform(0, 0.3)) for _ in range(kills)
    )


def test_killed_twenty_times_it_goes_on_decodes_no_batch_twice_and_ends_with_the_same_bytes(
    worker: Worker, undisturbed: bytes
) -> None:
    killed = [
        worker.killed("stopped", at, delay) for at, delay in moments(1, KILLS, BATCHES)
    ]
    assert sum(killed) >= KILLS * 3 // 4, f"too few runs were killed at work: {killed}"
    assert worker.whole("stopped") == undisturbed
    log = worker.log("stopped")
    assert decoded_twice(log) == []
    assert {window for what, window in log if what == "begin"} == set(range(BATCHES))
    journals = [
        (worker.folder / f"{name}.journal").read_bytes()
        for name in ("stopped", "undisturbed")
    ]
    assert journals[0] == journals[1]


def test_a_journal_that_is_not_flushed_is_found_out(worker: Worker) -> None:
    """The control: what the test above counts does go up where batches are lost."""
    assert worker.killed("buffered", 3, 0.0, buffered=True)
    worker.killed("buffered", 0, 0.0, buffered=True)
    assert decoded_twice(worker.log("buffered"))


def test_killed_in_the_second_pass_it_goes_on_and_decodes_no_candidate_twice(
    worker: Worker, undisturbed: bytes
) -> None:
    first = worker.folder / "undisturbed.result"
    whole = worker.whole("second-pass", first=first)
    begun = min(window for _, window in worker.log("second-pass"))
    for at, delay in moments(2, 6, len(STRETCHES)):
        worker.killed(
            "again stopped", begun + at if at >= 0 else at, delay, first=first
        )
    assert worker.whole("again stopped", first=first) == whole
    assert decoded_twice(worker.log("again stopped")) == []
