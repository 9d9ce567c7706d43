"""A Whisper of OpenAI's by its name: found in a cache or fetched, believed by its hash, loaded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from konspekt.artifacts.store import hash_file
from konspekt.data import Progress, no_progress
from konspekt.errors import ModelError, name_setting
from konspekt.models import fetch
from konspekt.models.catalog import MODELS
from konspekt.models.checkpoint import load_checkpoint
from konspekt.models.tensors import hash_tensors

if TYPE_CHECKING:
    from whisper.model import Whisper


def is_here(name: str) -> bool:
    """Return whether a model of that name lies in a cache; its hash is not looked at."""
    return bool(fetch.cached_files(name))


def make_available(name: str) -> bool:
    """Fetch a model that is not on this machine; return whether it is there."""
    try:
        fetch.fetch(name)
    except ModelError:
        return False
    return True


def published_sha256(name: str) -> str:
    """Return the hash of the file that OpenAI published under a name."""
    return fetch.published_sha256(MODELS[name])


def load_named(name: str, device: str, progress: Progress = no_progress) -> Whisper:
    """Return the model of that name on a device; fetched where it is missing or damaged.

    Raises ModelError.
    """
    here = fetch.cached_files(name)
    for path in here:
        whisper = _load_whole(name, path)
        if whisper is not None:
            return _place(whisper, name, device, path)
    damaged = here[0] if here else None
    path = fetch.fetch(name, progress, damaged=damaged)
    whisper = _load_whole(name, path)
    if whisper is None:
        what = f"Whisper {name!r} was fetched, and its file is damaged"
        remedy = "Look whether the disk is sound, and run the same command again."
        raise ModelError(what, path=path, remedy=remedy)
    return _place(whisper, name, device, path)


def _load_whole(name: str, path: Path) -> Whisper | None:
    """Return the Whisper in a file of a cache, on the processor; None where its hash is wrong.

    OpenAI's file is known by its hash, the converted one by that of its weights: what torch writes
    around them is not the same in every version. Raises ModelError where memory does not suffice.
    """
    if path == fetch.cached_file(name):
        if not _is_published(name, path):
            return None
        return load_checkpoint(path, "cpu")
    try:
        whisper = load_checkpoint(path, "cpu")
    except ModelError:
        return None
    sha256 = hash_tensors(whisper.state_dict())
    return whisper if sha256 == MODELS[name].tensors_sha256 else None


def _is_published(name: str, path: Path) -> bool:
    """Return whether a file is the one that OpenAI published under a name."""
    try:
        return hash_file(path) == published_sha256(name)
    except OSError:
        return False


def set_heads(whisper: Whisper, name: str) -> None:
    """Set the heads that tell when a word is said, as OpenAI names them for a model."""
    from whisper import _ALIGNMENT_HEADS

    whisper.set_alignment_heads(_ALIGNMENT_HEADS[name])


def _place(whisper: Whisper, name: str, device: str, path: Path) -> Whisper:
    """Return it on a device. Raises ModelError where that has no room."""
    set_heads(whisper, name)
    try:
        return whisper.to(device)
    except RuntimeError as error:
        what = f"Whisper {name!r} cannot be loaded ({error})"
        raise ModelError(
            what,
            path=path,
            remedy=f"Choose a smaller {name_setting('transcribe.model')}.",
        ) from None
