"""The decoder's matrices as a processor multiplies them fastest: in oneDNN's own order, once and
not in every step.

A step of decoding multiplies each matrix with a handful of texts, so that reading it is most of the
work. In float32 on an AMD EPYC with AVX2 a step's products take 0.55 to 0.85 of the time of torch's
own.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor
    from whisper.model import Whisper

PREPACKED_BATCH = 8  # at once, for which oneDNN chooses its order; it serves for any number
VOCABULARY = "to_logits"  # the decoder's attribute that multiplies a state with all tokens


def prepack_weights(whisper: Whisper) -> None:
    """Lays a Whisper on a processor out, in place: what it computes stays the same but for
    rounding.

    The layers' own matrices go; that of the tokens stays, for it is read token by token, too. Where
    this torch, or oneDNN on this processor, cannot do it, the Whisper stays as it is; a single
    layer that it cannot do stays, too.
    """
    decoder = whisper.decoder
    vocabulary = _prepacked_linear(decoder.token_embedding.weight, None)
    if vocabulary is None:
        return
    setattr(decoder, VOCABULARY, vocabulary)
    for block in decoder.blocks:
        # Not the keys and values of the sound: they are made of 1500 positions at once, and not in
        # steps.
        own, cross = block.attn, block.cross_attn
        for layer in (
            own.query,
            own.key,
            own.value,
            own.out,
            cross.query,
            cross.out,
            block.mlp[0],
            block.mlp[2],
        ):
            multiply = _prepacked_linear(layer.weight, layer.bias)
            if multiply is not None:
                layer.forward = multiply
                layer.weight = None


def _prepacked_linear(weight: Tensor, bias: Tensor | None) -> Any:
    """The linear layer of these weights, `(..., width)` to `(..., width)`; None where it cannot be
    laid out.
    """
    import torch

    try:
        with torch.inference_mode():
            # What torch's own compiler lays a linear layer out with
            # (torch/_inductor/fx_passes/mkldnn_fusion.py).
            laid_out = torch.ops.mkldnn._reorder_linear_weight(weight.detach(), PREPACKED_BATCH)
            multiply = partial(_apply_prepacked, laid_out, None if bias is None else bias.detach())
            multiply(weight.new_zeros(PREPACKED_BATCH, weight.shape[1]))
    except (AttributeError, RuntimeError):
        return None
    return multiply


def _apply_prepacked(weight: Tensor, bias: Tensor | None, x: Tensor) -> Tensor:
    import torch

    return torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], "")  # type: ignore[no-any-return]
