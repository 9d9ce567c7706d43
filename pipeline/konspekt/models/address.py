"""A file from an address, believed by its hash."""

from __future__ import annotations

import hashlib
import http.client
import queue
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from konspekt.artifacts.store import replace_file
from konspekt.data import Progress
from konspekt.errors import ModelError

# seconds without an answer after which a source is given up
SILENCE = 10.0
_PIECE = 2**20  # bytes that are read at a time


def fetch_address(
    url: str, path: Path, *, sha256: str, size: int, progress: Progress
) -> None:
    """Put what lies at an address to `path`, whole or not at all; it has at most `size` bytes.

    `progress` counts bytes. Raises ModelError where it does not answer or has another hash,
    StoreError where it cannot be written.
    """
    host = urlsplit(url).hostname or url
    digest = hashlib.sha256()
    with closing(_open(url, host)) as answer, replace_file(path) as temporary:
        total, done = answer.length or size, 0
        with temporary.open("xb") as file:
            for block in _blocks(answer, host):
                digest.update(block)
                file.write(block)
                done += len(block)
                if done > size:
                    raise _failure(host, "more bytes came than the model has")
                progress(done, total)
        if digest.hexdigest() != sha256:
            raise _failure(host, "what came has another hash")


def check_address(url: str) -> None:
    """Raise ModelError where an address does not answer, or has nothing; its headers are read."""
    request = urllib.request.Request(url, method="HEAD")  # noqa: S310 - https
    _open(request, urlsplit(url).hostname or url).close()


def _open(request: str | urllib.request.Request, host: str) -> http.client.HTTPResponse:
    """Return the answer of an address. Raises ModelError, in time.

    A host may have many addresses, and a name server be silent; each takes its own time. So the
    wait for all is limited.
    """
    answers: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def ask() -> None:
        try:
            # one of its own: `urlopen` keeps the proxies that it met first
            opener = urllib.request.build_opener()
            answers.put(opener.open(request, timeout=SILENCE))
        except (OSError, http.client.HTTPException, ValueError) as error:
            answers.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=SILENCE)
    except queue.Empty:
        raise _failure(host, f"no answer within {SILENCE:.0f} s") from None
    if isinstance(answer, Exception):
        raise _failure(host, _reason(answer))
    found: http.client.HTTPResponse = answer
    return found


def _blocks(answer: http.client.HTTPResponse, host: str) -> Iterator[bytes]:
    """Yield what comes. Raises ModelError where nothing does for too long."""
    try:
        # `read1` returns what is there: the bar moves on a slow line, too
        while block := answer.read1(_PIECE):
            yield block
        if answer.length:  # that should still come
            raise _failure(host, "the connection broke off")
    except (OSError, http.client.HTTPException) as error:
        raise _failure(host, _reason(error)) from None


def _reason(error: Exception) -> str:
    """Return why an address failed, in words."""
    if isinstance(error, TimeoutError):
        return f"no answer within {SILENCE:.0f} s"
    # urllib wraps the error of the system
    inner = getattr(error, "reason", error)
    if isinstance(inner, TimeoutError):
        return f"no answer within {SILENCE:.0f} s"
    return str(getattr(inner, "strerror", None) or inner)


def _failure(host: str, why: str) -> ModelError:
    return ModelError(f"{host}: {why}", remedy="Connect to the network.")
