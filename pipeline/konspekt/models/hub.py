"""Models from a models' hub, in the cache that its own library keeps."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import Future
from pathlib import Path
from urllib.parse import urlsplit

from konspekt.data import Progress
from konspekt.errors import ModelError, one_line
from konspekt.models import address

_WANTED = ("*.json", "model.safetensors", "sentencepiece.bpe.model")
_ELSE = ("onnx/*", "openvino/*")  # the same weights for other libraries
_LOOK_EVERY = 0.1  # seconds


def cached_folder(repository: str) -> Path | None:
    """Return the folder of a model in the hub's cache; None where its weights are not there."""
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(repository, "model.safetensors")
    return Path(found).parent if isinstance(found, str) else None


def check_model(repository: str) -> None:
    """Raise ModelError where the hub does not answer or lacks the model; nothing is fetched."""
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        raise _failure("switched off by HF_HUB_OFFLINE")
    address.check_address(f"{constants.ENDPOINT}/{repository}/resolve/main/config.json")


def fetch_model(repository: str, size: int, progress: Progress) -> Path:
    """Return the folder of a model, fetched into the hub's cache; `progress` counts bytes.

    Raises ModelError where the hub fails or falls silent, OSError where the disk does.
    """
    from huggingface_hub import constants
    from huggingface_hub.file_download import repo_folder_name

    check_model(repository)
    name = repo_folder_name(repo_id=repository, repo_type="model")
    fetched: Future[str] = Future()
    threading.Thread(target=_download, args=(repository, fetched), daemon=True).start()
    _watch(fetched, Path(constants.HF_HUB_CACHE) / name / "blobs", size, progress)
    try:
        return Path(fetched.result())
    except OSError as error:
        if error.errno:
            raise
        raise _failure(one_line(error)) from None
    except Exception as error:  # whatever the library and those below it raise
        raise _failure(one_line(error)) from None


def _download(repository: str, fetched: Future[str]) -> None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.utils import logging
    from huggingface_hub.utils.tqdm import disable_progress_bars

    # only the command line writes to the terminal
    disable_progress_bars()
    logging.set_verbosity_error()
    try:
        folder = snapshot_download(
            repository,
            allow_patterns=[*_WANTED],
            ignore_patterns=[*_ELSE],
        )
        fetched.set_result(str(folder))
    except Exception as error:
        fetched.set_exception(error)


def _watch(fetched: Future[str], folder: Path, size: int, progress: Progress) -> None:
    """Wait while bytes arrive in `folder`. Raises ModelError where none do for too long."""
    before, since = -1, time.monotonic()
    while not fetched.done():
        time.sleep(_LOOK_EVERY)
        now = size_of(folder)
        if now != before:
            before, since = now, time.monotonic()
            progress(min(now, size), size)
        elif time.monotonic() - since > address.SILENCE:
            raise _failure(f"no answer within {address.SILENCE:.0f} s")


def size_of(folder: Path) -> int:
    """Return the bytes of all files below a folder; what vanishes meanwhile has none."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(place) / name).stat().st_size
            except OSError:
                continue
    return total


def _failure(why: str) -> ModelError:
    from huggingface_hub import constants

    host = urlsplit(constants.ENDPOINT).hostname or "the hub"
    return ModelError(f"{host}: {why}", remedy="Connect to the network.")
