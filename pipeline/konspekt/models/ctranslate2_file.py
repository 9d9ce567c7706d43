"""Weights in the file that CTranslate2 computes with, read back under openai-whisper's names.

The layout is CTranslate2's own (ctranslate2/specs/model_spec.py), little-endian: a version, the
spec's name and revision; the variables, each with name, shape, type and bytes; the other names of
some. `converted` writes such files. A size that the file claims is compared with what is there
before memory is taken for it.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator, Mapping, Sequence
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from konspekt.errors import ModelError
from konspekt.models.reader import Reader

if TYPE_CHECKING:
    from torch import Tensor
    from whisper.model import ModelDimensions

# by openai-whisper's names
State: TypeAlias = dict[str, "Tensor"]
# by CTranslate2's names
_Variables: TypeAlias = Mapping[str, "Tensor"]

_VERSION = 6
_SPEC = "WhisperSpec"
# numpy's name for the type of that number
_TYPES = {0: "<f4", 1: "i1", 2: "<i2", 3: "<i4", 4: "<f2"}
_MAX_RANK = 3  # axes of a Whisper's tensors
# CTranslate2's layer: openai-whisper's, whose outputs it has one after another (whisper/model.py)
_ENCODER_LAYERS = {
    "self_attention/linear_0": ("attn.query", "attn.key", "attn.value"),
    "self_attention/linear_1": ("attn.out",),
    "ffn/linear_0": ("mlp.0",),
    "ffn/linear_1": ("mlp.2",),
}
# Queries stand apart there: they come from the text, keys and values from the sound.
_DECODER_LAYERS = _ENCODER_LAYERS | {
    "attention/linear_0": ("cross_attn.query",),
    "attention/linear_1": ("cross_attn.key", "cross_attn.value"),
    "attention/linear_2": ("cross_attn.out",),
}
_ENCODER_NORMS = {"self_attention/layer_norm": "attn_ln", "ffn/layer_norm": "mlp_ln"}
_DECODER_NORMS = _ENCODER_NORMS | {"attention/layer_norm": "cross_attn_ln"}
_REMEDY = "Copy or fetch the model again."


def read_file(path: Path) -> tuple[ModelDimensions, State]:
    """Return the dimensions and the weights of a Whisper, in the precision that they have there.

    Raises ModelError for a file that is damaged, quantised, or no Whisper's.
    """
    try:
        with (
            path.open("rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
        ):
            variables = _read_variables(Reader(content))
        return _read_dimensions(variables), dict(_rename(variables))
    except OSError as error:
        what = f"cannot be read: {error.strerror or error}"
    except KeyError as error:
        what = f"this is no Whisper of CTranslate2: it has no {error}"
    except (ValueError, IndexError, RuntimeError, struct.error) as error:
        what = f"this is no Whisper of CTranslate2, or it is damaged ({error})"
    raise ModelError(what, path=path, remedy=_REMEDY)


def _read_variables(reader: Reader) -> _Variables:
    """Return all variables; one with several names stands under each."""
    version, spec, _ = reader.number("I"), reader.name(), reader.number("I")
    if (version, spec) != (_VERSION, _SPEC):
        raise ValueError(f"it is version {version} of {spec!r}")
    variables = dict(_read_variable(reader) for _ in range(reader.number("I")))
    for _ in range(reader.number("I")):
        alias, name = reader.name(), reader.name()
        variables[alias] = variables[name]
    if reader.at != len(reader.content):
        raise ValueError("it goes on behind its end")
    return variables


def _read_variable(reader: Reader) -> tuple[str, Tensor]:
    import numpy as np
    import torch

    name, rank = reader.name(), reader.number("B")
    if rank > _MAX_RANK:
        raise ValueError(f"{name} has {rank} axes")
    shape = [reader.number("I") for _ in range(rank)]
    number, size = reader.number("B"), reader.number("I")
    if number not in _TYPES:
        raise ValueError(f"{name} is of type {number}")
    kind = np.dtype(_TYPES[number])
    if prod(shape) * kind.itemsize != size:
        raise ValueError(f"{name} has {size} bytes and the shape {shape}")
    array = np.frombuffer(bytearray(reader.take(size)), kind).reshape(shape)
    return name, torch.from_numpy(array)


def _read_dimensions(variables: _Variables) -> ModelDimensions:
    from whisper.model import ModelDimensions

    audio_ctx, audio_state = variables["encoder/position_encodings/encodings"].shape
    text_ctx, text_state = variables["decoder/position_encodings/encodings"].shape
    return ModelDimensions(
        n_mels=variables["encoder/conv1/weight"].shape[1],
        n_audio_ctx=audio_ctx,
        n_audio_state=audio_state,
        n_audio_head=int(variables["encoder/num_heads"]),
        n_audio_layer=_count_layers(variables, "encoder"),
        n_vocab=variables["decoder/embeddings/weight"].shape[0],
        n_text_ctx=text_ctx,
        n_text_state=text_state,
        n_text_head=int(variables["decoder/num_heads"]),
        n_text_layer=_count_layers(variables, "decoder"),
    )


def _count_layers(variables: _Variables, side: str) -> int:
    count = 0
    while f"{side}/layer_{count}/ffn/linear_0/weight" in variables:
        count += 1
    return count


def _rename(variables: _Variables) -> Iterator[tuple[str, Tensor]]:
    """Yield each weight with its name in openai-whisper."""
    for name in ("conv1", "conv2"):
        yield from _layer(variables, f"encoder/{name}", [f"encoder.{name}"])
    embeddings = _weight(variables, "decoder/embeddings/weight")
    yield "decoder.token_embedding.weight", embeddings
    for side, norm in (("encoder", "ln_post"), ("decoder", "ln")):
        positions = _weight(variables, f"{side}/position_encodings/encodings")
        yield f"{side}.positional_embedding", positions
        yield from _norm(variables, f"{side}/layer_norm", f"{side}.{norm}")
        for number in range(_count_layers(variables, side)):
            yield from _block(variables, side, number)


def _block(
    variables: _Variables, side: str, number: int
) -> Iterator[tuple[str, Tensor]]:
    is_encoder = side == "encoder"
    layers = _ENCODER_LAYERS if is_encoder else _DECODER_LAYERS
    norms = _ENCODER_NORMS if is_encoder else _DECODER_NORMS
    place, block = f"{side}/layer_{number}", f"{side}.blocks.{number}"
    for layer, parts in layers.items():
        names = [f"{block}.{part}" for part in parts]
        yield from _layer(variables, f"{place}/{layer}", names)
    for norm, name in norms.items():
        yield from _norm(variables, f"{place}/{norm}", f"{block}.{name}")


def _layer(
    variables: _Variables, layer: str, parts: Sequence[str]
) -> Iterator[tuple[str, Tensor]]:
    """Yield weights and biases of the parts. Keys have no bias: it is stored as 0."""
    weights = _weight(variables, f"{layer}/weight").chunk(len(parts))
    biases = _weight(variables, f"{layer}/bias").chunk(len(parts))
    for part, weight, bias in zip(parts, weights, biases, strict=True):
        yield f"{part}.weight", weight.clone()
        if not part.endswith(".key"):
            yield f"{part}.bias", bias.clone()
        elif bias.any():
            raise ValueError(f"{part} has a bias")


def _norm(variables: _Variables, norm: str, name: str) -> Iterator[tuple[str, Tensor]]:
    yield f"{name}.weight", _weight(variables, f"{norm}/gamma")
    yield f"{name}.bias", _weight(variables, f"{norm}/beta")


def _weight(variables: _Variables, name: str) -> Tensor:
    """Return a weight. Raises ValueError where it is quantised."""
    weight = variables[name]
    if not weight.is_floating_point():
        raise ValueError(f"{name} is quantised")
    return weight
