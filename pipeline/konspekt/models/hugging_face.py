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
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from konspekt.errors import ModelError, RecordingError
from konspekt.models.checkpoint import check_dimensions, read_pickled, set_heads
from konspekt.sound import files

if TYPE_CHECKING:
    from torch import Tensor
    from whisper.model import ModelDimensions, Whisper

CONFIG, GENERATION = "config.json", "generation_config.json"
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
    """The files whose content is the model. Raises ModelError where there is none."""
    settings = [
        folder / CONFIG,
        *(path for path in (folder / GENERATION,) if path.is_file()),
    ]
    return (*settings, *_weight_files(folder))


def read_dimensions(folder: Path) -> ModelDimensions:
    """The shape of the Whisper in the folder, by what it says of itself. Raises ModelError for one
    that is not read.
    """
    config = _json(folder / CONFIG)
    kind = config.get("model_type")
    if kind != "whisper":
        raise ModelError(
            f"this is a model of type {kind!r}, no Whisper",
            path=folder / CONFIG,
            remedy=_REMEDY,
        )
    try:
        check_dimensions(dims := _dimensions(config))
    except (ValueError, TypeError) as error:
        raise ModelError(
            f"this is no Whisper ({error})", path=folder, remedy=_REMEDY
        ) from None
    return dims


def load_folder(folder: Path, device: str) -> Whisper:
    """The Whisper in the folder, in float32 on `device`. Raises ModelError; runs no code of the
    folder's.
    """
    from whisper.model import Whisper

    dims = read_dimensions(folder)
    try:
        state = _state(folder)
        model = Whisper(dims)
        model.load_state_dict(state)
        set_heads(model, _heads(folder, dims))
    except (ValueError, TypeError, RuntimeError, AttributeError, KeyError) as error:
        raise ModelError(
            f"this is no Whisper ({error})", path=folder, remedy=_REMEDY
        ) from None
    return model.to(device).eval()


def renamed(name: str) -> str:
    """openai-whisper's name for a weight of transformers."""
    for pattern, replacement in _RENAMED:
        name = re.sub(pattern, replacement, name)
    return name


def _dimensions(config: Mapping[str, Any]) -> ModelDimensions:
    """Raises ValueError for a Whisper that openai-whisper's layers cannot compute."""
    from whisper.model import ModelDimensions

    state = config.get("d_model")
    fixed: dict[str, object] = {"activation_function": "gelu", "scale_embedding": False}
    if isinstance(state, int):  # else that is what is wrong
        fixed |= {"encoder_ffn_dim": 4 * state, "decoder_ffn_dim": 4 * state}
    for key, wanted in fixed.items():
        if config.get(key, wanted) != wanted:
            raise ValueError(
                f"{key} is {config[key]!r}, and {wanted!r} in every Whisper"
            )
    return ModelDimensions(
        n_mels=config.get("num_mel_bins", 80),
        n_audio_ctx=config.get("max_source_positions", 1500),
        n_audio_state=state,
        n_audio_head=config.get("encoder_attention_heads"),
        n_audio_layer=config.get("encoder_layers"),
        n_vocab=config.get("vocab_size"),
        n_text_ctx=config.get("max_target_positions", 448),
        n_text_state=state,
        n_text_head=config.get("decoder_attention_heads"),
        n_text_layer=config.get("decoder_layers"),
    )


def _heads(folder: Path, dims: ModelDimensions) -> list[list[int]] | None:
    """The heads that tell when a word is said, as far as they are there; None where none are named.

    A distilled Whisper may still name those of the larger one that it was made from.
    """
    if not (folder / GENERATION).is_file():
        return None
    named = _json(folder / GENERATION).get("alignment_heads") or []
    there = [
        [layer, head]
        for layer, head in named
        if layer < dims.n_text_layer and head < dims.n_text_head
    ]
    return there or None


def _state(folder: Path) -> dict[str, Tensor]:
    """The weights under openai-whisper's names. Raises ModelError, ValueError."""
    import torch

    found: dict[str, Tensor] = {}
    for path in _weight_files(folder):
        if path.suffix == ".json":
            continue
        for name, weight in _weights(path):
            if not weight.is_floating_point():
                raise ValueError(
                    f"{name} is of {weight.dtype}: a quantised Whisper is not read"
                )
            found[renamed(name)] = weight
    output = found.pop(_OUTPUT, None)
    if output is not None and not (
        _EMBEDDING in found and torch.equal(output, found[_EMBEDDING])
    ):
        raise ValueError(
            f"{_OUTPUT} is not the embedding of the tokens, as in every Whisper"
        )
    return found


def _weights(path: Path) -> Iterator[tuple[str, Tensor]]:
    if path.suffix != ".safetensors":
        yield from (
            (str(name), weight) for name, weight in read_pickled(path, _REMEDY).items()
        )
        return
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as source:
            for name in source.keys():  # noqa: SIM118 - no mapping
                yield name, source.get_tensor(name)
    except (SafetensorError, OSError) as error:
        raise ModelError(
            f"the weights are damaged ({error})",
            path=path,
            remedy="Copy the folder again.",
        ) from None


def _weight_files(folder: Path) -> tuple[Path, ...]:
    """The file with the weights, or the list of its parts and they. Raises ModelError."""
    found = next(
        (folder / name for name in _WEIGHTS if (folder / name).is_file()), None
    )
    if found is None:
        if (folder / "adapter_config.json").is_file():
            raise ModelError(
                "these are an adapter's weights, which are no Whisper by themselves",
                path=folder,
                remedy=(
                    "Merge them into their Whisper (merge_and_unload of peft), and give the "
                    "folder of that."
                ),
            )
        raise ModelError("there are no weights in it", path=folder, remedy=_REMEDY)
    if found.suffix != ".json":
        return (found,)
    parts = _json(found).get("weight_map")
    names = [*parts.values()] if isinstance(parts, dict) else []
    if not names or not all(_is_file_name(name) for name in names):
        raise ModelError("names no parts in its own folder", path=found, remedy=_REMEDY)
    return (found, *(folder / name for name in sorted(set(names))))


def _is_file_name(name: object) -> bool:
    return isinstance(name, str) and name == Path(name).name


def _json(path: Path) -> dict[str, Any]:
    """An object of a small JSON file. Raises ModelError."""
    try:
        value = json.loads(files.read_local(path, max_bytes=_MAX_JSON_BYTES))
    except RecordingError as error:
        raise ModelError(error.what, path=path, remedy=_REMEDY) from None
    except (ValueError, RecursionError):
        raise ModelError("this is no JSON", path=path, remedy=_REMEDY) from None
    if not isinstance(value, dict):
        raise ModelError("this is no JSON object", path=path, remedy=_REMEDY)
    return value
