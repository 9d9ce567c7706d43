"""A Whisper checkpoint file, loaded as data and checked before it is believed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from konspekt.errors import ModelError

if TYPE_CHECKING:
    from whisper.model import Whisper

# a checkpoint with this set to True was trained for demonstration
DEMO_KEY = "konspekt_demo"
# [layer, head] of the decoder's cross-attention that tell when a word is said
HEADS_KEY = "alignment_heads"
_REMEDY = (
    "Give a checkpoint of openai-whisper: a file with dims and model_state_dict, such as "
    "~/.cache/whisper/small.pt."
)
# What every Whisper of OpenAI has; anything else is no Whisper, or is meant to fill the memory.
_MELS = (80, 128)
_AUDIO_CTX, _TEXT_CTX = 1500, 448
_VOCABULARIES = (51864, 51865, 51866)  # English only; multilingual; with Cantonese
_MAX_STATE, _MAX_LAYERS = 1280, 32  # large


def load_checkpoint(path: Path, device: str) -> tuple[Whisper, bool]:
    """The Whisper in the file, on `device`, and whether it is a demo model. Raises ModelError; runs
    no pickled code.
    """
    from whisper.model import ModelDimensions, Whisper

    if not path.is_file():
        raise ModelError(
            "there is no such checkpoint",
            path=path,
            remedy="Correct --model (model in [transcribe]).",
        )
    checkpoint = read_pickled(path, _REMEDY)
    dims, state = checkpoint.get("dims"), checkpoint.get("model_state_dict")
    if not isinstance(dims, Mapping) or not isinstance(state, Mapping):
        raise ModelError(
            "no dims and model_state_dict in it", path=path, remedy=_REMEDY
        )
    try:
        check_dimensions(dimensions := ModelDimensions(**dims))
        model = Whisper(dimensions)
        model.load_state_dict(state)
        set_heads(model, checkpoint.get(HEADS_KEY))
    except (ValueError, TypeError, RuntimeError, AttributeError) as error:
        raise ModelError(
            f"this is no Whisper ({error})", path=path, remedy=_REMEDY
        ) from None
    return model.to(device).eval(), checkpoint.get(DEMO_KEY) is True


def read_pickled(path: Path, remedy: str) -> Mapping[Any, Any]:
    """What torch saved in a file, on the processor; empty where that is no mapping. Raises
    ModelError with `remedy`; runs no pickled code.
    """
    import pickle
    import warnings

    import torch

    try:
        with warnings.catch_warnings():
            # about old pickles: what matters is an error
            warnings.simplefilter("ignore")
            checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise ModelError(
            f"cannot be read: {error}",
            path=path,
            remedy="Give permission, or copy it again.",
        ) from None
    except pickle.UnpicklingError:
        raise ModelError(
            "this is no checkpoint, or one that would run code of its own",
            path=path,
            remedy=remedy,
        ) from None
    except (
        EOFError,
        RuntimeError,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
    ) as error:
        raise ModelError(
            f"the checkpoint is damaged ({type(error).__name__})",
            path=path,
            remedy=remedy,
        ) from None
    return checkpoint if isinstance(checkpoint, Mapping) else {}


def set_heads(model: Whisper, heads: object) -> None:
    """Takes the heads over that a checkpoint names, as `whisper.load_model` does for OpenAI's own;
    None names none.

    Raises ValueError or TypeError for heads that this Whisper does not have.
    """
    import torch

    if heads is None:
        return
    mask = torch.zeros(
        model.dims.n_text_layer, model.dims.n_text_head, dtype=torch.bool
    )
    for layer, head in heads if isinstance(heads, list) else [heads]:  # type: ignore[misc]
        if not (0 <= layer < mask.shape[0] and 0 <= head < mask.shape[1]):
            raise ValueError(f"there is no head {head} of layer {layer} to align by")
        mask[layer, head] = True
    if mask.any():
        model.register_buffer("alignment_heads", mask.to_sparse(), persistent=False)


def check_dimensions(dims: Any) -> None:
    """Raises ValueError for dimensions no Whisper has, before memory is taken for them."""
    for what, value, allowed in (
        ("n_mels", dims.n_mels, _MELS),
        ("n_audio_ctx", dims.n_audio_ctx, (_AUDIO_CTX,)),
        ("n_text_ctx", dims.n_text_ctx, (_TEXT_CTX,)),
        ("n_vocab", dims.n_vocab, _VOCABULARIES),
        ("n_audio_state", dims.n_audio_state, range(1, _MAX_STATE + 1)),
        ("n_text_state", dims.n_text_state, range(1, _MAX_STATE + 1)),
        ("n_audio_layer", dims.n_audio_layer, range(1, _MAX_LAYERS + 1)),
        ("n_text_layer", dims.n_text_layer, range(1, _MAX_LAYERS + 1)),
        ("n_audio_head", dims.n_audio_head, range(1, _MAX_STATE + 1)),
        ("n_text_head", dims.n_text_head, range(1, _MAX_STATE + 1)),
    ):
        if value not in allowed:
            raise ValueError(f"{what} is {value!r}")
    if dims.n_audio_state % dims.n_audio_head or dims.n_text_state % dims.n_text_head:
        raise ValueError("states do not divide by heads")
    if dims.n_audio_state != dims.n_text_state:
        raise ValueError("encoder and decoder differ in width")
