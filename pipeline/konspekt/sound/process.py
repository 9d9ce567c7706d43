"""The parent's side of the decoding child: started with one file, read against a clock, ended for
certain.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from konspekt.errors import RecordingError, one_line
from konspekt.sound import messages

_START = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from konspekt.sound.child import main
main(int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), json.loads(sys.argv[5]))
"""
_KEPT_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
_MAX_STDERR = 4096  # bytes
_REMEDY = "Check that it plays; convert it, for example with: ffmpeg -i FILE -vn FILE.flac"


class Child:
    """Messages of one decoding, in order, as they come."""

    def __init__(self, path: Path, process: subprocess.Popen[bytes], patience: float) -> None:
        self._path = path
        self._process = process
        self.patience = patience  # seconds of waiting that are left, for the whole file

    def messages(self) -> Iterator[tuple[bytes, bytes]]:
        """Kind and payload until the child is done. Raises RecordingError for its failure, its
        silence, its death.
        """
        while True:
            kind, length = messages.HEADER.unpack(self._read(messages.HEADER.size))
            if kind not in messages.KINDS or length > messages.MAX_BYTES:
                raise self.error("the decoder talks nonsense")
            payload = self._read(length)
            if kind == messages.FAILED:
                said = self.parsed(payload)
                raise self.error(str(said.get("what")), said.get("remedy"))
            yield kind, payload
            if kind == messages.END:
                return

    def parsed(self, payload: bytes) -> dict[str, Any]:
        """A message of JSON; whatever a broken decoder sends, an object or a RecordingError."""
        try:
            value = json.loads(payload)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise self.error("the decoder talks nonsense")
        return value

    def error(self, what: str, remedy: object = None) -> RecordingError:
        return RecordingError(
            what, path=self._path, remedy=remedy if isinstance(remedy, str) else _REMEDY
        )

    def _read(self, count: int) -> bytes:
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        content = b""
        while len(content) < count:
            began = time.monotonic()
            ready, _, _ = select.select([descriptor], [], [], max(self.patience, 0))
            self.patience -= time.monotonic() - began
            if not ready:
                raise self.error("decoding takes too long")
            piece = os.read(descriptor, count - len(content))
            if not piece:
                raise self._death()
            content += piece
        return content

    def _death(self) -> RecordingError:
        code = self._process.wait()
        if code == -signal.SIGXCPU:
            return self.error("decoding takes too long")
        assert self._process.stderr is not None
        said = one_line(self._process.stderr.read(_MAX_STDERR).decode(errors="replace"))
        return self.error(f"the decoder broke off (exit {code}) {said}".rstrip())


@contextmanager
def decoding_child(
    path: Path, descriptor: int, kind: str, *, patience: float, track: int | str | None = None
) -> Iterator[Child]:
    """A child that decodes the open file; ended with everything it started when the block is left.

    `track` is the audio track, as `open_recording` has it. `patience` is how many seconds in all
    may be spent waiting for the child, and the processor time it may use.
    """
    places = json.dumps([place or str(Path.cwd()) for place in sys.path])
    arguments = [places, str(descriptor), kind, str(int(patience)), json.dumps(track)]
    # our own interpreter and code; the file is a descriptor, no argument
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-I", "-c", _START, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=(descriptor,),
        start_new_session=True,
        cwd="/",
        env={name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
        | _ONE_THREAD,
    )
    try:
        yield Child(path, process, patience)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
