"""The parent's side of the decoding child: it is started, read with a time limit, and killed."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeAlias

from konspekt.errors import RecordingError, one_line
from konspekt.sound import messages
from konspekt.sound.files import LocalFile
from konspekt.sound.messages import TrackChoice

_START = """
import json, sys
sys.path[:], arguments = json.loads(sys.argv[1])
from konspekt.sound.child import main
main(*arguments)
"""
_KEPT_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_ONE_THREAD = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
_MAX_STDERR = 4096  # bytes
Message: TypeAlias = tuple[bytes, bytes]  # kind and payload
NONSENSE = "the decoder sent a message that makes no sense"
TOO_LONG = "decoding takes too long"
_REMEDY = (
    "Check that it plays; convert it, for example with: ffmpeg -i FILE -vn FILE.flac"
)


class Child:
    """A decoding child, and its messages as they come."""

    def __init__(
        self, path: Path, process: subprocess.Popen[bytes], patience: float
    ) -> None:
        self._path = path
        self._process = process
        self.patience = patience  # seconds of waiting that are left, for the whole file

    def messages(self) -> Iterator[Message]:
        """Yield kind and payload of each message that is left, until the child is done.

        Raises RecordingError where it fails, hangs or dies.
        """
        kind = b""
        while kind != messages.END:
            kind, payload = self.read_message()
            yield kind, payload

    def read_message(self) -> Message:
        """Return kind and payload of the next message. Raises RecordingError."""
        kind, length = messages.HEADER.unpack(self._read(messages.HEADER.size))
        if kind not in messages.KINDS or length > messages.MAX_BYTES:
            raise self.error(NONSENSE)
        payload = self._read(length)
        if kind == messages.FAILED:
            failure = self.parse(payload)
            raise self.error(str(failure.get("what")), failure.get("remedy"))
        return kind, payload

    def parse(self, payload: bytes) -> dict[str, Any]:
        """Return the object that a message holds as JSON. Raises RecordingError."""
        try:
            value = json.loads(payload)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise self.error(NONSENSE)
        return value

    def error(self, what: str, remedy: object = None) -> RecordingError:
        """Return an error of this file, with the usual remedy unless another text is given."""
        remedy = remedy if isinstance(remedy, str) else _REMEDY
        return RecordingError(what, path=self._path, remedy=remedy)

    def _read(self, count: int) -> bytes:
        """Return the next `count` bytes. Raises RecordingError."""
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        content = b""
        while len(content) < count:
            self._wait(descriptor)
            piece = os.read(descriptor, count - len(content))
            if not piece:
                raise self._death()
            content += piece
        return content

    def _wait(self, descriptor: int) -> None:
        """Wait for the pipe, as long as patience lasts. Raises RecordingError."""
        began = time.monotonic()
        ready, _, _ = select.select([descriptor], [], [], max(self.patience, 0))
        self.patience -= time.monotonic() - began
        if not ready:
            raise self.error(TOO_LONG)

    def _death(self) -> RecordingError:
        """Return why the child ended without a last message."""
        code = self._process.wait()
        if code == -signal.SIGXCPU:
            return self.error(TOO_LONG)
        assert self._process.stderr is not None
        output = one_line(
            self._process.stderr.read(_MAX_STDERR).decode(errors="replace")
        )
        return self.error(f"the decoder broke off (exit {code}) {output}".rstrip())


@contextmanager
def decoding_child(
    file: LocalFile, kind: str, *, patience: float, track: TrackChoice = None
) -> Iterator[Child]:
    """Start a child that decodes the file; kill it and what it started at the end.

    `track` is the audio track, as `open_recording` has it. `patience` is how many seconds in all
    the parent may wait for the child, and the processor time that the child may use.
    """
    arguments = (file.descriptor, kind, int(patience), track)
    with _start_child(file.descriptor, arguments) as process:
        try:
            yield Child(file.path, process, patience)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _start_child(
    descriptor: int, arguments: Sequence[int | str | None]
) -> subprocess.Popen[bytes]:
    """Start `main` of the child with these arguments and one open file."""
    search_path = [place or str(Path.cwd()) for place in sys.path]
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    # The interpreter and the code are ours; the file is a descriptor and no argument.
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-I", "-c", _START, json.dumps([search_path, arguments])],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=(descriptor,),
        start_new_session=True,
        cwd="/",
        env=kept | _ONE_THREAD,
    )
