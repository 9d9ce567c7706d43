"""The similarity of sentences: embeddings by sentence-transformers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from konspekt.errors import ModelError, name_setting, one_line
from konspekt.models import encoders, fetch, universal
from konspekt.models.catalog import ENCODER_NAMES, MODELS, NamedModel, full_name
from konspekt.models.folder import find_folder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# one of them is in the folder of every sentence-transformers or transformers model
_MODEL_FILES = ("modules.json", "config.json")
_REMEDY = (
    f"Set {name_setting('clean.embeddings')} "
    'to "auto", "none" or a folder with a '
    "sentence-transformers model."
)


class SentenceSimilarity(Protocol):
    """A model that places sentences so that alike ones lie close."""

    name: str

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors, (texts, dimensions): the cosine of two is their dot product."""


def understands(name: str, language: str) -> bool:
    """Return whether the model was trained on a language, as far as is known.

    Of a model that a person names it is not known, and the person is believed.
    """
    return name != universal.NAME or language in universal.LANGUAGES


class SentenceModel:
    """A sentence-transformers model, loaded when first used."""

    def __init__(self, name: str, make: Callable[[], Any], prompt: str = "") -> None:
        """Take what makes the model; `prompt` stands before each text that it gets."""
        self.name = name
        self._make = make
        self._prompt = prompt or None
        self._model: Any = None

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        import numpy as np

        if self._model is None:
            self._model = _load(self.name, self._make)
        vectors = self._model.encode(
            list(texts),
            prompt=self._prompt,
            normalize_embeddings=True,
            show_progress_bar=False,
        )
        return np.asarray(vectors, dtype=np.float32).reshape(len(texts), -1)


def open_similarity(setting: str, folder: Path) -> SentenceSimilarity | None:
    """Return the model that a setting names; None for "none".

    "auto" is the universal sentence encoder, whose weights are installed with Konspekt. A path
    (relative to `folder`) or a name is that model; one that has a name in the catalog is fetched
    where it is not here. Raises ModelError where it cannot be had, before a library tries again
    and again.
    """
    named = find_named(setting, folder)
    if named is not None:
        return _open_named(named)
    missing = find_missing_similarity(setting, folder)
    if missing is not None:
        raise missing
    if setting == "none":
        return None
    if setting in ("auto", universal.NAME):
        return SentenceModel(universal.NAME, universal.open_universal)
    path = find_folder(setting, folder)
    if path is not None:
        return SentenceModel(setting, lambda: _open(str(path)))
    return _open_by_name(setting)


def find_named(setting: str, folder: Path) -> NamedModel | None:
    """Return the model of the catalog that a setting names; None for any other, or for a folder."""
    if setting not in ENCODER_NAMES or find_folder(setting, folder) is not None:
        return None
    return MODELS[full_name(setting)]


def identify_similarity(
    setting: str, folder: Path, hash_of: Callable[[Path], str]
) -> dict[str, Any]:
    """Return what tells the model that a setting names: its name, and its files or tensors.

    Of a model that is no folder and has no name in the catalog, the name is all.
    """
    named = find_named(setting, folder)
    if named is not None:
        sha256 = encoders.weights_sha256(named, hash_of)
        return {"embeddings": named.name, "embeddings_sha256": sha256}
    path = find_folder(setting, folder)
    if path is None:
        return {"embeddings": setting}
    files = sorted(filter(Path.is_file, path.rglob("*")))
    hashes = {file.relative_to(path).as_posix(): hash_of(file) for file in files}
    return {"embeddings": setting, "embeddings_sha256": hashes}


def find_absent(setting: str, folder: Path) -> NamedModel | None:
    """Return the model of the catalog that a setting names where it is not on this machine."""
    named = find_named(setting, folder)
    return None if named is None or fetch.cached_files(named.name) else named


def _open_named(model: NamedModel) -> SentenceModel:
    """Return an encoder of the catalog, fetched where it is missing or damaged.

    Raises ModelError.
    """
    here = fetch.cached_files(model.name)
    whole = [path for path in here if encoders.is_whole(model, path)]
    damaged = here[0] if here else None
    path = whole[0] if whole else fetch.fetch(model.name, damaged=damaged)
    return SentenceModel(model.name, lambda: _open(str(path)), model.prompt)


def describe_similarity(setting: str, folder: Path) -> str:
    """Return which model `open_similarity` would open, in words; nothing is loaded or fetched."""
    if setting == "none":
        return "none, as the course wants"
    if setting in ("auto", universal.NAME):
        count = len(universal.LANGUAGES)
        return f"{universal.NAME} ({count} languages, Russian and English among them)"
    named = find_named(setting, folder)
    if named is not None:
        return _describe_named(named)
    is_here = find_folder(setting, folder) is not None
    return setting if is_here else f"{setting}, by name"


def _describe_named(model: NamedModel) -> str:
    here = fetch.cached_files(model.name)
    if here:
        return f"{model.name} in {here[0]}"
    return f"{model.name}, which will be fetched when first needed"


def find_missing_similarity(setting: str, folder: Path) -> ModelError | None:
    """Return why a model named in a course cannot be had; None where it can. Nothing is loaded."""
    if setting in ("none", "auto", universal.NAME):
        return None
    named = find_named(setting, folder)
    if named is not None:
        return _find_missing_named(named)
    path = find_folder(setting, folder)
    if path is not None:
        is_model = any((path / name).is_file() for name in _MODEL_FILES)
        return None if is_model else _missing(setting, f"{path} holds no model")
    if not _is_hub_name(setting):
        return _missing(setting, f"{folder / setting} is not there")
    if _is_cached(setting) or _hub_answers():
        return None
    return _missing(setting, "it is not on this machine and no hub is reached")


def _find_missing_named(model: NamedModel) -> ModelError | None:
    """Return why no source has an encoder that is not here."""
    if fetch.cached_files(model.name):
        return None
    try:
        fetch.find_source(model.name)
    except ModelError as error:
        return error
    return None


def _missing(name: str, why: str) -> ModelError:
    return ModelError(f"the embedding model {name!r}: {why}", remedy=_REMEDY)


def _is_hub_name(name: str) -> bool:
    """Return whether a hub could have a model of that name; a path is none."""
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]

    try:
        validate_repo_id(name)
    except HFValidationError:
        return False
    return True


def _open_by_name(name: str) -> SentenceModel:
    """Return the model, loaded: a wrong name is an error now, not in the middle of a course."""
    model = SentenceModel(name, lambda: _open(name))
    model.embed([""])
    return model


def _is_cached(name: str) -> bool:
    """Return whether the model lies in the hub's cache; a name without owner has the library's."""
    from huggingface_hub import try_to_load_from_cache

    full_name = name if "/" in name else f"sentence-transformers/{name}"
    return isinstance(try_to_load_from_cache(full_name, "config.json"), str)


def _hub_answers() -> bool:
    """Return whether the models' hub can be reached within two seconds."""
    import socket
    from urllib.parse import urlsplit

    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        return False
    hub = urlsplit(constants.ENDPOINT)
    try:
        with socket.create_connection((hub.hostname or "", hub.port or 443), timeout=2):
            return True
    except OSError:
        return False


def _open(source: str) -> Any:
    """Return the sentence-transformers model of a folder or of a hub's name."""
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    # Only the command line shows progress.
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    return SentenceTransformer(source, device="cpu")


def _load(name: str, make: Callable[[], Any]) -> Any:
    try:
        return make()
    except ModelError:
        raise
    except Exception as error:  # the library raises whatever its many loaders raise
        what = f"the embedding model {name!r} cannot be loaded: {one_line(error)}"
        raise ModelError(what, remedy=_REMEDY) from error
