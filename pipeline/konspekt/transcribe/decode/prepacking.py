"""Prepacking: the decoder's matrices in oneDNN's own order, so that a CPU multiplies them faster.

A decoding step multiplies each matrix with a handful of texts, so most of its time goes into
reading the matrix. Its own order would be made in every step; prepacked, it is made once. In
float32 on an AMD EPYC with AVX2 the products of a step then take 0.55 to 0.85 of torch's time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from torch import Tensor
    from whisper.model import Whisper

    Linear: TypeAlias = Callable[[Tensor], Tensor]  # (..., width) to (..., width)

PREPACKED_BATCH = 8  # texts for which oneDNN chooses its order; any number works
# the decoder's attribute that multiplies a state with all tokens
VOCABULARY = "to_logits"


def prepack_weights(whisper: Whisper) -> None:
    """Prepack the decoder of a Whisper on a CPU in place; results change by rounding only.

    The layers give up their own matrices. The token embedding keeps its own, because it is read
    token by token, too. A layer stays as it is where torch or oneDNN cannot prepack it; if that is
    the token embedding, so does the whole Whisper.
    """
    decoder = whisper.decoder
    vocabulary = _prepacked_linear(decoder.token_embedding.weight, None)
    if vocabulary is None:
        return
    setattr(decoder, VOCABULARY, vocabulary)
    for layer in _linear_layers(decoder):
        multiply = _prepacked_linear(layer.weight, layer.bias)
        if multiply is not None:
            layer.forward = multiply
            layer.weight = None


def _linear_layers(decoder: Any) -> Iterator[Any]:
    """Yield the linear layers that a decoding step computes.

    Keys and values of the sound are left out: they are computed for 1500 positions at once.
    """
    for block in decoder.blocks:
        yield from (block.attn.query, block.attn.key, block.attn.value, block.attn.out)
        yield from (block.cross_attn.query, block.cross_attn.out)
        yield from (block.mlp[0], block.mlp[2])


def _prepacked_linear(weight: Tensor, bias: Tensor | None) -> Linear | None:
    """Return the linear layer of these weights; None where they cannot be prepacked."""
    import torch

    try:
        with torch.inference_mode():
            # As torch's compiler does it (torch/_inductor/fx_passes/mkldnn_fusion.py).
            packed = torch.ops.mkldnn._reorder_linear_weight(
                weight.detach(), PREPACKED_BATCH
            )
            bias = None if bias is None else bias.detach()
            multiply = partial(_apply_prepacked, packed, bias)
            multiply(weight.new_zeros(PREPACKED_BATCH, weight.shape[1]))
    except (AttributeError, RuntimeError):
        return None
    return multiply


def _apply_prepacked(weight: Tensor, bias: Tensor | None, x: Tensor) -> Tensor:
    import torch

    multiply = torch.ops.mkldnn._linear_pointwise
    return multiply(x, weight, bias, "none", [], "")  # type: ignore[no-any-return]
