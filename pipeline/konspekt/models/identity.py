"""Which Whisper or encoder a file holds, whatever file it is: told by its weights.

A pickled file's own hash tells nothing: the name under which it was first written stands in it. The
weights of a file are read once on a machine; what they are is kept in the cache, by the file's
hash.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from konspekt.artifacts.store import canonical_json, hash_bytes, write_atomically
from konspekt.errors import ModelError, StoreError
from konspekt.models.cache import konspekt_folder
from konspekt.models.catalog import MODELS
from konspekt.models.checkpoint import DIMS_KEY, STATE_KEY, read_checkpoint
from konspekt.models.tensors import hash_tensors

_UNREADABLE = (OSError, AttributeError, TypeError, ValueError, RuntimeError)
_HEAD_WIDTH = 64  # states of an attention head, in every Whisper of OpenAI's


@dataclass(frozen=True, slots=True)
class Identity:
    """What a checkpoint is."""

    sha256: str  # of all that it computes with
    name: str = ""  # in the catalog; "": it is none of those whose weights are known


def identify(path: Path, file_sha256: str) -> Identity:
    """Return what the checkpoint in a file is; one that cannot be read counts by the file's hash.

    Loading it says what is wrong.
    """
    return _remember(file_sha256, lambda: _identify(read_checkpoint(path)))


def identify_tensors(path: Path, file_sha256: str) -> str:
    """Return the hash of the tensors in safetensors; the file's own where they cannot be read."""
    from safetensors.torch import load_file

    return _remember(
        file_sha256, lambda: Identity(hash_tensors(load_file(path)))
    ).sha256


def _remember(file_sha256: str, read: Callable[[], Identity]) -> Identity:
    """Return what is kept of a file with that hash; else what is read, which is kept then."""
    from safetensors import SafetensorError

    memory = konspekt_folder() / "identities" / f"{file_sha256}.json"
    with suppress(OSError, ValueError, TypeError):
        return Identity(**json.loads(memory.read_bytes()))
    try:
        found = read()
    except (ModelError, SafetensorError, *_UNREADABLE):
        return Identity(file_sha256)
    with suppress(StoreError):  # then it is read again
        write_atomically(memory, canonical_json(asdict(found)))
    return found


def _identify(checkpoint: Mapping[Any, Any]) -> Identity:
    tensors = hash_tensors(checkpoint[STATE_KEY])
    rest = {key: value for key, value in checkpoint.items() if key != STATE_KEY}
    if rest.keys() == {DIMS_KEY} and _has_usual_heads(rest[DIMS_KEY]):
        for model in MODELS.values():
            if model.tensors_sha256 == tensors:
                return Identity(tensors, model.name)
    return Identity(
        hash_bytes(canonical_json({"tensors": tensors, "rest": repr(rest)}))
    )


def _has_usual_heads(dims: Mapping[str, int]) -> bool:
    """Return whether heads have the usual width: the weights' shapes do not tell it."""
    sides = ("audio", "text")
    return all(
        dims[f"n_{side}_state"] == _HEAD_WIDTH * dims[f"n_{side}_head"]
        for side in sides
    )
