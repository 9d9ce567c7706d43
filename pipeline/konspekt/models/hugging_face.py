"""A Whisper as `transformers` keeps it, a folder of config.json and weights, read into
openai-whisper's own layout.

So a fine-tune runs on the same engine as OpenAI's models do, with all that it has. The names on
both sides are those of transformers/models/whisper/modeling_whisper.py and whisper/model.py.
Nothing in the folder is run: weights are read as data, and code that lies beside them is not looked
at.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from konspekt.errors import ModelError, RecordingError
from konspekt.models.checkpoint import (
    check_dimensions,
    make_whisper,
    read_pickled,
    refuse_other_models,
)
from konspekt.sound import files

if TYPE_CHECKING:
    from torch import Tensor
    from whisper.model import ModelDimensions, Whisper

Json: TypeAlias = dict[str, Any]  # an object of a file

CONFIG, GENERATION = "config.json", "generation_config.json"
_ADAPTER = "adapter_config.json"
# In the order in which they are looked for: a whole file, or a list of the parts that hold it.
_WEIGHTS = (
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
)
_MAX_JSON_BYTES = 16 * 2**20
_REMEDY = (
    "Give the folder of a Whisper saved by transformers: config.json beside "
    "model.safetensors."
)

# Of ModelDimensions: the setting in config.json, and its value where it is left out.
_DIMENSIONS: Mapping[str, tuple[str, int | None]] = {
    "n_mels": ("num_mel_bins", 80),
    "n_audio_ctx": ("max_source_positions", 1500),
    "n_audio_state": ("d_model", None),
    "n_audio_head": ("encoder_attention_heads", None),
    "n_audio_layer": ("encoder_layers", None),
    "n_vocab": ("vocab_size", None),
    "n_text_ctx": ("max_target_positions", 448),
    "n_text_state": ("d_model", None),
    "n_text_head": ("decoder_attention_heads", None),
    "n_text_layer": ("decoder_layers", None),
}
_RENAMED = (  # transformers' part of a name, openai-whisper's
    (r"^(?:model\.)?((?:en|de)coder)\.layers\.", r"\1.blocks."),
    (r"^model\.", ""),
    (r"\.self_attn_layer_norm\.", ".attn_ln."),
    (r"\.encoder_attn_layer_norm\.", ".cross_attn_ln."),
    (r"\.final_layer_norm\.", ".mlp_ln."),
    (r"\.self_attn\.", ".attn."),
    (r"\.encoder_attn\.", ".cross_attn."),
    (r"\.q_proj\.", ".query."),
    (r"\.k_proj\.", ".key."),
    (r"\.v_proj\.", ".value."),
    (r"\.out_proj\.", ".out."),
    (r"\.fc1\.", ".mlp.0."),
    (r"\.fc2\.", ".mlp.2."),
    (r"^encoder\.layer_norm\.", "encoder.ln_post."),
    (r"^decoder\.layer_norm\.", "decoder.ln."),
    (r"^decoder\.embed_tokens\.weight$", "decoder.token_embedding.weight"),
    (r"^((?:en|de)coder)\.embed_positions\.weight$", r"\1.positional_embedding"),
)
_EMBEDDING = "decoder.token_embedding.weight"
_OUTPUT = "proj_out.weight"  # the embedding once more, where it is stored at all


def files_of(folder: Path) -> tuple[Path, ...]:
    """Return the files whose content is the model. Raises ModelError where there are no weights."""
    weights = _find_weights(folder)
    files = {folder / CONFIG, weights, *_parts_of(weights)}
    if (folder / GENERATION).is_file():
        files.add(folder / GENERATION)
    return tuple(sorted(files))


def read_dimensions(folder: Path) -> ModelDimensions:
    """Return the shape of the Whisper in the folder, by its config.json.

    Raises ModelError for a model that is no Whisper.
    """
    from whisper.model import ModelDimensions

    config = _read_json(folder / CONFIG)
    kind = config.get("model_type")
    if kind != "whisper":
        what = f"this is a model of type {kind!r}, no Whisper"
        raise _model_error(what, folder / CONFIG)
    with refuse_other_models(folder, _REMEDY):
        _check_layers(config)
        found = {name: config.get(*setting) for name, setting in _DIMENSIONS.items()}
        dims = ModelDimensions(**found)
        check_dimensions(dims)
    return dims


def load_folder(folder: Path, device: str) -> Whisper:
    """Return the Whisper in the folder, in float32 on `device`.

    Raises ModelError; runs no code of the folder's.
    """
    dims = read_dimensions(folder)
    with refuse_other_models(folder, _REMEDY):
        heads = _alignment_heads(folder, dims)
        whisper = make_whisper(dims, _read_weights(folder), heads)
    return whisper.to(device).eval()


def openai_name(name: str) -> str:
    """Return openai-whisper's name for a weight of transformers."""
    for pattern, replacement in _RENAMED:
        name = re.sub(pattern, replacement, name)
    return name


def _check_layers(config: Json) -> None:
    """Raise ValueError for a Whisper that openai-whisper's layers cannot compute."""
    fixed: Json = {"activation_function": "gelu", "scale_embedding": False}
    state = config.get("d_model")
    if isinstance(state, int):  # else that is what is wrong
        fixed |= {"encoder_ffn_dim": 4 * state, "decoder_ffn_dim": 4 * state}
    for key, wanted in fixed.items():
        value = config.get(key, wanted)
        if value != wanted:
            raise ValueError(f"{key} is {value!r}, and {wanted!r} in every Whisper")


def _alignment_heads(folder: Path, dims: ModelDimensions) -> list[tuple[int, int]]:
    """Return the heads that tell when a word is said, as (layer, head); none if none are named.

    A distilled Whisper may still name those of the larger one that it was made from.
    """
    if not (folder / GENERATION).is_file():
        return []
    named = _read_json(folder / GENERATION).get("alignment_heads") or []
    layers, heads = dims.n_text_layer, dims.n_text_head
    return [(layer, head) for layer, head in named if layer < layers and head < heads]


def _read_weights(folder: Path) -> dict[str, Tensor]:
    """Return the weights under openai-whisper's names. Raises ModelError, ValueError."""
    import torch

    found: dict[str, Tensor] = {}
    for path in _parts_of(_find_weights(folder)):
        for name, weight in _weights_in(path).items():
            if not weight.is_floating_point():
                what = f"{name} is of {weight.dtype}: a quantised Whisper is not read"
                raise ValueError(what)
            found[openai_name(str(name))] = weight
    output, embedding = found.pop(_OUTPUT, None), found.get(_EMBEDDING)
    if output is None:
        return found
    if embedding is None or not torch.equal(output, embedding):
        what = f"{_OUTPUT} is not the embedding of the tokens, as in every Whisper"
        raise ValueError(what)
    return found


def _weights_in(path: Path) -> Mapping[Any, Tensor]:
    """Return the weights in a file under transformers' names. Raises ModelError."""
    if path.suffix != ".safetensors":
        return read_pickled(path, _REMEDY)
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        what, remedy = f"the weights are damaged ({error})", "Copy the folder again."
        raise ModelError(what, path=path, remedy=remedy) from None


def _find_weights(folder: Path) -> Path:
    """Return the file with the weights, or the list of its parts. Raises ModelError."""
    for name in _WEIGHTS:
        if (folder / name).is_file():
            return folder / name
    if (folder / _ADAPTER).is_file():
        raise ModelError(
            "these are an adapter's weights, which are no Whisper by themselves",
            path=folder,
            remedy="Merge them into their Whisper (merge_and_unload of peft), "
            "and give the folder of that.",
        )
    raise _model_error("there are no weights in it", folder)


def _parts_of(weights: Path) -> tuple[Path, ...]:
    """Return the files that a list of parts names; a file that is no list is the only part.

    Raises ModelError.
    """
    if weights.suffix != ".json":
        return (weights,)
    parts = _read_json(weights).get("weight_map")
    names = [*parts.values()] if isinstance(parts, dict) else []
    if not names or not all(_is_file_name(name) for name in names):
        raise _model_error("names no parts in its own folder", weights)
    return tuple(weights.parent / name for name in sorted(set(names)))


def _is_file_name(name: object) -> bool:
    return isinstance(name, str) and name == Path(name).name


def _read_json(path: Path) -> Json:
    """Return the object in a small JSON file. Raises ModelError."""
    try:
        value = json.loads(files.read_local(path, max_bytes=_MAX_JSON_BYTES))
    except RecordingError as error:
        raise _model_error(error.what, path) from None
    except (ValueError, RecursionError):
        raise _model_error("this is no JSON", path) from None
    if not isinstance(value, dict):
        raise _model_error("this is no JSON object", path)
    return value


def _model_error(what: str, path: Path) -> ModelError:
    """Return the error of what is no Whisper saved by transformers."""
    return ModelError(what, path=path, remedy=_REMEDY)
