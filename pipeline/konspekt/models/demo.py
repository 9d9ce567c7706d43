"""The demo Whisper that travels with Konspekt: small, genuine, made by `tools/speech`, used where a
course names it.

It lies in the package compressed and is unpacked on first use to where openai-whisper's own models
are cached.
"""

from __future__ import annotations

import hashlib
import lzma
from pathlib import Path

from konspekt.artifacts.store import write_atomically
from konspekt.errors import ModelError, StoreError
from konspekt.models.cache import whisper_folder

NAME = "demo"
_FOLDER = Path(__file__).with_name("demo_whisper")
_PACKED = _FOLDER / "demo.pt.xz"


def sha256() -> str:
    """The hash of the unpacked checkpoint, as it stands in the package."""
    return (_FOLDER / "demo.pt.sha256").read_text(encoding="ascii").split()[0]


def unpacked() -> Path:
    """The checkpoint as a file that `whisper.load_model` takes; unpacked where it is missing or
    damaged.

    Raises ModelError where it cannot be written, or where the package itself is damaged.
    """
    expected = sha256()
    path = whisper_folder() / f"konspekt-demo-{expected[:12]}.pt"
    if _hash_of(path) == expected:
        return path
    try:
        checkpoint = lzma.decompress(_PACKED.read_bytes())
    except (OSError, lzma.LZMAError) as error:
        raise ModelError(
            f"cannot be unpacked ({error})",
            path=_PACKED,
            remedy="Install Konspekt again.",
        ) from None
    if hashlib.sha256(checkpoint).hexdigest() != expected:
        raise ModelError(
            "is not the demo Whisper: its hash differs",
            path=_PACKED,
            remedy="Install Konspekt again.",
        )
    try:
        write_atomically(path, checkpoint)
    except StoreError as error:
        raise ModelError(
            f"the demo Whisper cannot be unpacked there: {error.what}",
            path=path,
            remedy="Set XDG_CACHE_HOME to a folder that can be written.",
        ) from None
    return path


def _hash_of(path: Path) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None
