"""A Whisper checkpoint file, loaded as data and checked before it is believed."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from konspekt.errors import ModelError, name_setting

if TYPE_CHECKING:
    from torch import Tensor
    from whisper.model import ModelDimensions, Whisper

DIMS_KEY, STATE_KEY = "dims", "model_state_dict"
# [layer, head] of the decoder's cross-attention that tell when a word is said
HEADS_KEY = "alignment_heads"
_REMEDY = (
    f"Give a checkpoint of openai-whisper: a file with {DIMS_KEY} and {STATE_KEY}, such as "
    "~/.cache/whisper/small.pt."
)
# up to those of large
_STATES = range(1, 1280 + 1)
_LAYERS = range(1, 32 + 1)
# What every Whisper of OpenAI has; anything else is no Whisper, or is meant to fill the memory.
_DIMENSIONS: Mapping[str, Container[int]] = {
    "n_mels": (80, 128),
    "n_audio_ctx": (1500,),
    "n_text_ctx": (448,),
    # English only; multilingual; with Cantonese
    "n_vocab": (51864, 51865, 51866),
    "n_audio_state": _STATES,
    "n_text_state": _STATES,
    "n_audio_layer": _LAYERS,
    "n_text_layer": _LAYERS,
    "n_audio_head": _STATES,
    "n_text_head": _STATES,
}
# what torch.load raises for a damaged file, according to where it is damaged
_DAMAGED = (
    *(EOFError, RuntimeError, ValueError, TypeError),
    *(KeyError, IndexError, AttributeError),
)


def load_checkpoint(path: Path, device: str) -> Whisper:
    """Return the Whisper in the file, on `device`. Raises ModelError; runs no pickled code."""
    from whisper.model import ModelDimensions

    checkpoint = read_checkpoint(path)
    with refuse_other_models(path, _REMEDY):
        dims = ModelDimensions(**checkpoint[DIMS_KEY])
        whisper = make_whisper(dims, checkpoint[STATE_KEY], checkpoint.get(HEADS_KEY))
    return whisper.to(device).eval()


def read_checkpoint(path: Path) -> Mapping[Any, Any]:
    """Return what the file holds: dimensions and weights among it. Raises ModelError."""
    if not path.is_file():
        remedy = f"Correct {name_setting('transcribe.model')}."
        raise ModelError("there is no such checkpoint", path=path, remedy=remedy)
    checkpoint = read_pickled(path, _REMEDY)
    for key in (DIMS_KEY, STATE_KEY):
        if not isinstance(checkpoint.get(key), Mapping):
            what = f"no {DIMS_KEY} and {STATE_KEY} in it"
            raise ModelError(what, path=path, remedy=_REMEDY)
    return checkpoint


def read_pickled(path: Path, remedy: str) -> Mapping[Any, Any]:
    """Return what torch saved in a file, on the processor; an empty mapping if it is none.

    Raises ModelError with `remedy`; runs no pickled code.
    """
    try:
        saved = _torch_load(path)
    except OSError as error:
        what, way_out = f"cannot be read: {error}", "Give permission, or copy it again."
        raise ModelError(what, path=path, remedy=way_out) from None
    except pickle.UnpicklingError:
        what = "this is no checkpoint, or one that would run code of its own"
        raise ModelError(what, path=path, remedy=remedy) from None
    except _DAMAGED as error:
        what = f"the checkpoint is damaged ({type(error).__name__})"
        raise ModelError(what, path=path, remedy=remedy) from None
    return saved if isinstance(saved, Mapping) else {}


def _torch_load(path: Path) -> Any:
    import torch

    with warnings.catch_warnings():
        # about old pickles: what matters is an error
        warnings.simplefilter("ignore")
        return torch.load(path, map_location="cpu", weights_only=True)


@contextmanager
def refuse_other_models(path: Path, remedy: str) -> Iterator[None]:
    """Raise ModelError for what torch, openai-whisper and the checks here raise within.

    They do so for a model that is no Whisper.
    """
    try:
        yield
    except (ValueError, TypeError, RuntimeError, AttributeError, LookupError) as error:
        what = f"this is no Whisper ({error})"
        raise ModelError(what, path=path, remedy=remedy) from None


def make_whisper(
    dims: ModelDimensions, state: Mapping[str, Tensor], heads: Any
) -> Whisper:
    """Return the Whisper of that shape with these weights; `heads` are as in `set_heads`.

    Raises ValueError, TypeError, RuntimeError or AttributeError for what is no Whisper's.
    """
    from whisper.model import Whisper

    check_dimensions(dims)
    with _without_random_weights():
        whisper = Whisper(dims)
    whisper.load_state_dict(state)
    set_heads(whisper, heads)
    return whisper


@contextmanager
def _without_random_weights() -> Iterator[None]:
    """Let layers be made without drawing weights, which those of the checkpoint replace at once.

    Drawing them takes longer than reading the checkpoint: half a second for base.
    """
    from torch.overrides import TorchFunctionMode

    class WithoutInit(TorchFunctionMode):
        def __torch_function__(
            self, function: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            kwargs = kwargs or {}
            if getattr(function, "__module__", None) == "torch.nn.init":
                return args[0] if args else kwargs["tensor"]
            return function(*args, **kwargs)

    with WithoutInit():
        yield


def set_heads(whisper: Whisper, heads: Any) -> None:
    """Take over the heads that a checkpoint names, as `whisper.load_model` does for OpenAI's own.

    None names none. Raises ValueError or TypeError for heads that this Whisper does not have.
    """
    import torch

    if heads is None:
        return
    layers, heads_each = whisper.dims.n_text_layer, whisper.dims.n_text_head
    mask = torch.zeros(layers, heads_each, dtype=torch.bool)
    for layer, head in heads:
        if not (0 <= layer < layers and 0 <= head < heads_each):
            raise ValueError(f"there is no head {head} of layer {layer} to align by")
        mask[layer, head] = True
    if mask.any():
        sparse = mask.to_sparse()
        whisper.register_buffer("alignment_heads", sparse, persistent=False)


def check_dimensions(dims: ModelDimensions) -> None:
    """Raise ValueError for dimensions that no Whisper has, before memory is taken for them."""
    for name, allowed in _DIMENSIONS.items():
        value = getattr(dims, name)
        if value not in allowed:
            raise ValueError(f"{name} is {value!r}")
    if dims.n_audio_state % dims.n_audio_head or dims.n_text_state % dims.n_text_head:
        raise ValueError("states do not divide by heads")
    if dims.n_audio_state != dims.n_text_state:
        raise ValueError("encoder and decoder differ in width")
