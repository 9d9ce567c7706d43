"""A Whisper in the form that CTranslate2 computes with: written once for a model and a precision,
and kept.

The layout is CTranslate2's own (ctranslate2/specs/whisper_spec.py). Its converter reads a model of
`transformers`; the weights here are openai-whisper's, whatever file they came from.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from konspekt.artifacts.store import canonical_json, flush_folder, make_folder
from konspekt.errors import ModelError, StoreError
from konspekt.models.cache import konspekt_folder
from konspekt.models.tokenizer import tokenizer_of

if TYPE_CHECKING:
    from torch import Tensor, nn
    from whisper.model import ResidualAttentionBlock, Whisper
    from whisper.tokenizer import Tokenizer

WRITTEN = 1  # of how weights are written down; a higher number writes them again
WEIGHTS = "model.bin"  # as CTranslate2 calls it
ABOUT = "konspekt.json"  # what Konspekt must know of a Whisper and CTranslate2 does not
_FILES = {WEIGHTS, ABOUT, "config.json", "vocabulary.json", "vocabulary.txt"}
_LEFT = ".part-"  # how the name of a folder that is not finished begins
# seconds; no model is written for so long: the process that began it was killed
_OLD = 24 * 3600


def place(sha256: str, precision: str) -> Path:
    """Where the Whisper of that content lies, or will lie, in that precision."""
    return konspekt_folder() / "ctranslate2" / f"{sha256[:16]}-{precision}-{WRITTEN}"


def write(whisper: Whisper, folder: Path, precision: str, *, is_demo: bool) -> None:
    """Writes the model into `folder`, which appears when all of it is on the disk. Raises
    ModelError.
    """
    try:
        make_folder(folder.parent)
        _remove_leftovers(folder.parent)
        part = Path(tempfile.mkdtemp(prefix=_LEFT, dir=folder.parent))
        try:
            _save(whisper, part, precision)
            (part / ABOUT).write_bytes(canonical_json({"demo": is_demo}))
            _flush(part)
            part.replace(folder)
        finally:
            shutil.rmtree(part, ignore_errors=True)
        flush_folder(folder.parent)
    except (OSError, StoreError) as error:
        if (folder / WEIGHTS).is_file():  # another process was faster
            return
        raise ModelError(
            f"the converted Whisper cannot be written there ({error})",
            path=folder,
            remedy="Free some space, or set XDG_CACHE_HOME to a folder that can be written.",
        ) from None


def is_converted(folder: Path) -> bool:
    """Whether a folder holds a model of CTranslate2."""
    return (folder / WEIGHTS).is_file()


def files_of(folder: Path) -> tuple[Path, ...]:
    """The files whose content is the model."""
    return tuple(path for path in sorted(folder.iterdir()) if path.name in _FILES)


def is_demo(folder: Path) -> bool:
    """Whether a converted Whisper is for demonstration only."""
    try:
        return json.loads((folder / ABOUT).read_bytes())["demo"] is True
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
    ):  # one that somebody else converted
        return False


def _remove_leftovers(folder: Path) -> None:
    for path in folder.glob(f"{_LEFT}*"):
        with suppress(OSError):  # another process removes it, too
            if time.time() - path.stat().st_mtime > _OLD:
                shutil.rmtree(path)


def _save(whisper: Whisper, folder: Path, precision: str) -> None:
    """The model in CTranslate2's format; `precision` is that of the stored matrices."""
    from ctranslate2.specs import WhisperSpec

    dims = whisper.dims
    spec = WhisperSpec(
        dims.n_audio_layer, dims.n_audio_head, dims.n_text_layer, dims.n_text_head
    )
    encoder, decoder = whisper.encoder, whisper.decoder
    for to, source in (
        (spec.encoder.conv1, encoder.conv1),
        (spec.encoder.conv2, encoder.conv2),
    ):
        to.weight, to.bias = _plain(source.weight), _plain(source.bias)
    spec.encoder.position_encodings.encodings = _plain(encoder.positional_embedding)
    spec.decoder.position_encodings.encodings = _plain(decoder.positional_embedding)
    spec.decoder.embeddings.weight = _plain(decoder.token_embedding.weight)
    spec.decoder.projection.weight = _plain(decoder.token_embedding.weight)
    _set_norm(spec.encoder.layer_norm, encoder.ln_post)
    _set_norm(spec.decoder.layer_norm, decoder.ln)
    for to, block in (*zip(spec.encoder.layer, encoder.blocks, strict=True),):
        _set_block(to, block)
    for to, block in (*zip(spec.decoder.layer, decoder.blocks, strict=True),):
        _set_block(to, block)
    tokenizer = tokenizer_of(whisper)
    spec.register_vocabulary(vocabulary(tokenizer, dims.n_vocab))
    spec.config.suppress_ids = []  # they are told with every request
    spec.config.suppress_ids_begin = [*tokenizer.encode(" "), tokenizer.eot]
    spec.config.lang_ids = (
        list(tokenizer.all_language_tokens) if whisper.is_multilingual else []
    )
    spec.config.alignment_heads = whisper.alignment_heads.indices().T.tolist()
    spec.validate()
    spec.optimize(quantization=precision)
    spec.save(str(folder))


def vocabulary(tokenizer: Tokenizer, size: int) -> list[str]:
    """A name for every token: marks and time stamps by their own, which CTranslate2 looks for,
    others by their bytes.

    Nobody reads the latter: what Whisper writes is taken as numbers.
    """
    marks = {
        number: name for name, number in tokenizer.encoding._special_tokens.items()
    }
    return [
        marks.get(token)
        or tokenizer.encoding.decode_single_token_bytes(token).decode("latin-1")
        for token in range(size)
    ]


def _set_block(to: Any, block: ResidualAttentionBlock) -> None:
    _set_attention(to.self_attention, block.attn, block.attn_ln, together=3)
    if block.cross_attn is not None:
        _set_attention(to.attention, block.cross_attn, block.cross_attn_ln, together=1)
    _set_linear(to.ffn.linear_0, block.mlp[0])
    _set_linear(to.ffn.linear_1, block.mlp[2])
    _set_norm(to.ffn.layer_norm, block.mlp_ln)


def _set_attention(
    to: Any, attention: Any, norm: nn.LayerNorm, *, together: int
) -> None:
    """Queries, keys and values in one matrix, or queries apart (`together` 1): the sound has its
    own.
    """
    parts = [attention.query, attention.key, attention.value]
    _set_linear(to.linear[0], *parts[:together])
    if parts[together:]:
        _set_linear(to.linear[1], *parts[together:])
    _set_linear(to.linear[-1], attention.out)
    _set_norm(to.layer_norm, norm)


def _set_linear(to: Any, *layers: nn.Linear) -> None:
    import torch

    to.weight = _plain(torch.cat([layer.weight for layer in layers]))
    zeros = (
        torch.zeros(layer.weight.shape[0]) if layer.bias is None else layer.bias.float()
        for layer in layers
    )
    to.bias = _plain(torch.cat(list(zeros)))


def _set_norm(to: Any, norm: nn.LayerNorm) -> None:
    to.gamma, to.beta = _plain(norm.weight), _plain(norm.bias)


def _plain(weight: Tensor) -> Any:
    return weight.detach().float().cpu().numpy().copy()  # quantising works in place


def _flush(folder: Path) -> None:
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
    flush_folder(folder)
