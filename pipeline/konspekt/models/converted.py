"""A Whisper in the form that CTranslate2 computes with: written once for a model and a precision,
and kept.

The layout is CTranslate2's own (ctranslate2/specs/whisper_spec.py). Its converter reads a model of
`transformers`; the weights here are openai-whisper's, whatever file they came from.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from konspekt.artifacts.store import flush_folder, make_folder
from konspekt.errors import ModelError, StoreError
from konspekt.models.cache import konspekt_folder
from konspekt.models.tokenizer import tokenizer_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor, nn
    from whisper.model import (
        AudioEncoder,
        MultiHeadAttention,
        ResidualAttentionBlock,
        TextDecoder,
        Whisper,
    )
    from whisper.tokenizer import Tokenizer

WRITTEN = 1  # of how weights are written down; a higher number writes them again
WEIGHTS = "model.bin"  # as CTranslate2 calls it
_FILES = {WEIGHTS, "config.json", "vocabulary.json", "vocabulary.txt"}
_UNFINISHED = ".part-"  # how the name of a folder that is not finished begins
# seconds; no model is written for so long: the process that began it was killed
_OLD = 24 * 3600


def cached_folder(sha256: str, precision: str) -> Path:
    """Return where the Whisper of that content lies, or will lie, in that precision."""
    return konspekt_folder() / "ctranslate2" / f"{sha256[:16]}-{precision}-{WRITTEN}"


def write(whisper: Whisper, folder: Path, precision: str) -> None:
    """Write the model into `folder`, which appears when all of it is on the disk.

    `precision` is that of the stored matrices. Raises ModelError.
    """
    try:
        make_folder(folder.parent)
        _remove_leftovers(folder.parent)
        with _unfinished_folder(folder) as part:
            _save(whisper, part, precision)
    except (OSError, StoreError) as error:
        if is_converted(folder):  # another process was faster
            return
        raise ModelError(
            f"the converted Whisper cannot be written there ({error})",
            path=folder,
            remedy="Free some space, or set XDG_CACHE_HOME to a folder that can be written.",
        ) from None


def is_converted(folder: Path) -> bool:
    """Return whether a folder holds a model of CTranslate2."""
    return (folder / WEIGHTS).is_file()


def files_of(folder: Path) -> tuple[Path, ...]:
    """Return the files whose content is the model."""
    return tuple(path for path in sorted(folder.iterdir()) if path.name in _FILES)


def _remove_leftovers(folder: Path) -> None:
    for path in folder.glob(f"{_UNFINISHED}*"):
        with suppress(OSError):  # another process removes it, too
            if time.time() - path.stat().st_mtime > _OLD:
                shutil.rmtree(path)


@contextmanager
def _unfinished_folder(folder: Path) -> Iterator[Path]:
    """Give a folder to write into; flush it and rename it to `folder`. Raises OSError."""
    part = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=folder.parent))
    try:
        yield part
        for path in part.iterdir():
            with path.open("rb") as file:
                os.fsync(file.fileno())
        flush_folder(part)
        part.replace(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    flush_folder(folder.parent)


def _save(whisper: Whisper, folder: Path, precision: str) -> None:
    """Write the model in CTranslate2's format."""
    from ctranslate2.specs import WhisperSpec

    dims = whisper.dims
    spec = WhisperSpec(
        dims.n_audio_layer, dims.n_audio_head, dims.n_text_layer, dims.n_text_head
    )
    _set_encoder(spec.encoder, whisper.encoder)
    _set_decoder(spec.decoder, whisper.decoder)
    spec.register_vocabulary(vocabulary(tokenizer_of(whisper), dims.n_vocab))
    _configure(spec.config, whisper)
    spec.validate()
    spec.optimize(quantization=precision)
    spec.save(str(folder))


def vocabulary(tokenizer: Tokenizer, size: int) -> list[str]:
    """Return a name for every token: CTranslate2 looks for marks and time stamps by theirs.

    The others are named by their bytes, which nobody reads: texts are taken as numbers.
    """
    encoding = tokenizer.encoding
    marks = {number: name for name, number in encoding._special_tokens.items()}
    return [
        marks.get(token) or encoding.decode_single_token_bytes(token).decode("latin-1")
        for token in range(size)
    ]


def _configure(config: Any, whisper: Whisper) -> None:
    """Set what CTranslate2 must know beside the weights."""
    tokenizer = tokenizer_of(whisper)
    config.suppress_ids = []  # every request has its own
    config.suppress_ids_begin = [*tokenizer.encode(" "), tokenizer.eot]
    config.lang_ids = []
    if whisper.is_multilingual:
        config.lang_ids = list(tokenizer.all_language_tokens)
    config.alignment_heads = whisper.alignment_heads.indices().T.tolist()


def _set_encoder(to: Any, encoder: AudioEncoder) -> None:
    _set_layer(to.conv1, encoder.conv1)
    _set_layer(to.conv2, encoder.conv2)
    to.position_encodings.encodings = _as_array(encoder.positional_embedding)
    _set_norm(to.layer_norm, encoder.ln_post)
    for layer, block in zip(to.layer, encoder.blocks, strict=True):
        _set_block(layer, block)


def _set_decoder(to: Any, decoder: TextDecoder) -> None:
    to.position_encodings.encodings = _as_array(decoder.positional_embedding)
    to.embeddings.weight = _as_array(decoder.token_embedding.weight)
    to.projection.weight = _as_array(decoder.token_embedding.weight)
    _set_norm(to.layer_norm, decoder.ln)
    for layer, block in zip(to.layer, decoder.blocks, strict=True):
        _set_block(layer, block)


def _set_block(to: Any, block: ResidualAttentionBlock) -> None:
    _set_self_attention(to.self_attention, block.attn, block.attn_ln)
    if block.cross_attn is not None and block.cross_attn_ln is not None:
        _set_cross_attention(to.attention, block.cross_attn, block.cross_attn_ln)
    _set_layer(to.ffn.linear_0, block.mlp[0])
    _set_layer(to.ffn.linear_1, block.mlp[2])
    _set_norm(to.ffn.layer_norm, block.mlp_ln)


def _set_self_attention(
    to: Any, attention: MultiHeadAttention, norm: nn.LayerNorm
) -> None:
    _set_layer(to.linear[0], attention.query, attention.key, attention.value)
    _set_layer(to.linear[1], attention.out)
    _set_norm(to.layer_norm, norm)


def _set_cross_attention(
    to: Any, attention: MultiHeadAttention, norm: nn.LayerNorm
) -> None:
    """Queries stand apart: they come from the text, keys and values from the sound."""
    _set_layer(to.linear[0], attention.query)
    _set_layer(to.linear[1], attention.key, attention.value)
    _set_layer(to.linear[2], attention.out)
    _set_norm(to.layer_norm, norm)


def _set_layer(to: Any, *layers: nn.Linear | nn.Conv1d) -> None:
    """Set one layer to several that have the same input, one output after another."""
    import torch

    to.weight = _as_array(torch.cat([layer.weight for layer in layers]))
    to.bias = _as_array(torch.cat([_bias_of(layer) for layer in layers]))


def _bias_of(layer: nn.Linear | nn.Conv1d) -> Tensor:
    """Return a layer's bias: keys have none, which is the same as 0."""
    if layer.bias is None:
        return layer.weight.new_zeros(len(layer.weight))
    return layer.bias


def _set_norm(to: Any, norm: nn.LayerNorm) -> None:
    to.gamma = _as_array(norm.weight)
    to.beta = _as_array(norm.bias)


def _as_array(weight: Tensor) -> NDArray[np.float32]:
    """Return the weight in float32, copied: quantising works in place."""
    array: NDArray[np.float32] = weight.detach().float().cpu().numpy().copy()
    return array
