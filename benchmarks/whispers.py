"""Whispers to measure with: random weights of the true shapes, as a checkpoint and for CTranslate2.

Nothing but the weights is made up: every layer is of OpenAI's shape (whisper/model.py). What they say has no meaning,
but is of one length in every engine, without an engine being told: the last coordinate of the decoder's state is kept
for the position, and from `length` tokens on it makes the end of text by far the likeliest token.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn
from whisper.model import ModelDimensions, Whisper
from whisper.tokenizer import Tokenizer, get_tokenizer

if TYPE_CHECKING:
    from ctranslate2.specs import WhisperSpec

SHAPES = {  # mels, width, heads, layers of encoder and decoder, vocabulary
    "tiny": (80, 384, 6, 4, 4, 51865),
    "base": (80, 512, 8, 6, 6, 51865),
    "small": (80, 768, 12, 12, 12, 51865),
    "medium": (80, 1024, 16, 24, 24, 51865),
    "turbo": (128, 1280, 20, 32, 4, 51866),
}
PREFIX = 4  # start of transcript, language, task, no time stamps


def random_checkpoint(path: Path, name: str, length: int, seed: int = 1) -> Path:
    """A checkpoint of the shape of OpenAI's `name`, in half precision as theirs, whose texts have `length` tokens."""
    mels, width, heads, encoder, decoder, vocabulary = SHAPES[name]
    torch.manual_seed(seed)
    dims = ModelDimensions(mels, 1500, width, heads, encoder, vocabulary, 448, width, heads, decoder)
    model = Whisper(dims).half()
    with torch.no_grad():
        _end_texts(model, get_tokenizer(True, num_languages=vocabulary - 51766).eot, PREFIX - 1 + length)
    torch.save({"dims": vars(dims), "model_state_dict": model.state_dict()}, path)
    return path


def _end_texts(model: Whisper, eot: int, position: int) -> None:
    """Lets every text follow its positions, so that none repeats itself, and end at one of them."""
    decoder, last = model.decoder, model.dims.n_text_state - 1
    nn.init.normal_(decoder.token_embedding.weight, std=5 * model.dims.n_text_state**-0.5)
    nn.init.normal_(decoder.positional_embedding, std=4)
    for block in decoder.blocks:
        for layer in (block.attn.out, block.cross_attn.out, block.mlp[-1]):
            layer.weight[last] = layer.bias[last] = 0
    decoder.token_embedding.weight[:, last] = 0
    decoder.token_embedding.weight[eot] = 0
    decoder.token_embedding.weight[eot, last] = 10
    decoder.positional_embedding[:, last] = -10
    decoder.positional_embedding[position:, last] = 1000


# ------------------------------------------------------------------------------------------------------- CTranslate2


def convert(checkpoint: Path, folder: Path, quantization: str | None) -> Path:
    """The folder of a Whisper for CTranslate2 and faster-whisper, of the same weights as the checkpoint's."""
    from ctranslate2.specs import WhisperSpec

    content = torch.load(checkpoint, map_location="cpu", weights_only=True)
    dims = ModelDimensions(**content["dims"])
    state = {name: weight.float().numpy() for name, weight in content["model_state_dict"].items()}
    tokenizer = get_tokenizer(True, num_languages=dims.n_vocab - 51766)
    spec = WhisperSpec(dims.n_audio_layer, dims.n_audio_head, dims.n_text_layer, dims.n_text_head)
    _fill(spec, state)
    vocabulary = _vocabulary(tokenizer)
    spec.register_vocabulary(vocabulary)
    spec.config.suppress_ids = list(tokenizer.non_speech_tokens)
    spec.config.suppress_ids_begin = [*tokenizer.encode(" "), tokenizer.eot]
    spec.config.lang_ids = list(tokenizer.all_language_tokens)
    spec.config.alignment_heads = [(dims.n_text_layer - 1, head) for head in range(dims.n_text_head)]
    spec.validate()
    spec.optimize(quantization=quantization)
    folder.mkdir()
    spec.save(str(folder))
    (folder / "preprocessor_config.json").write_text(json.dumps({"feature_size": dims.n_mels}))
    _save_tokenizer(tokenizer, vocabulary, folder / "tokenizer.json")
    return folder


def _fill(spec: WhisperSpec, state: dict[str, np.ndarray[Any, Any]]) -> None:
    for side, name in ((spec.encoder, "encoder"), (spec.decoder, "decoder")):
        side.position_encodings.encodings = state[f"{name}.positional_embedding"]
        is_decoder = name == "decoder"
        _norm(side.layer_norm, state, "decoder.ln" if is_decoder else "encoder.ln_post")
        for number, layer in enumerate(side.layer):
            block = f"{name}.blocks.{number}"
            _norm(layer.self_attention.layer_norm, state, f"{block}.attn_ln")
            _linear(layer.self_attention.linear[0], state, *(f"{block}.attn.{part}" for part in _PARTS))
            _linear(layer.self_attention.linear[1], state, f"{block}.attn.out")
            if is_decoder:
                _norm(layer.attention.layer_norm, state, f"{block}.cross_attn_ln")
                _linear(layer.attention.linear[0], state, f"{block}.cross_attn.query")
                _linear(layer.attention.linear[1], state, *(f"{block}.cross_attn.{part}" for part in _PARTS[1:]))
                _linear(layer.attention.linear[2], state, f"{block}.cross_attn.out")
            _norm(layer.ffn.layer_norm, state, f"{block}.mlp_ln")
            _linear(layer.ffn.linear_0, state, f"{block}.mlp.0")
            _linear(layer.ffn.linear_1, state, f"{block}.mlp.2")
    for name in ("conv1", "conv2"):
        conv = getattr(spec.encoder, name)
        conv.weight, conv.bias = state[f"encoder.{name}.weight"], state[f"encoder.{name}.bias"]
    spec.decoder.embeddings.weight = spec.decoder.projection.weight = state["decoder.token_embedding.weight"]


_PARTS = ("query", "key", "value")


def _norm(spec: Any, state: dict[str, np.ndarray[Any, Any]], name: str) -> None:
    spec.gamma, spec.beta = state[f"{name}.weight"], state[f"{name}.bias"]


def _linear(spec: Any, state: dict[str, np.ndarray[Any, Any]], *names: str) -> None:
    """Several layers become one; Whisper's keys have no bias."""
    spec.weight = np.concatenate([state[f"{name}.weight"] for name in names])
    zero = np.zeros(len(spec.weight) // len(names), np.float32)
    spec.bias = np.concatenate([state.get(f"{name}.bias", zero) for name in names])


def _vocabulary(tokenizer: Tokenizer) -> list[str]:
    """All tokens in GPT-2's letters, one for each byte (openai/gpt-2, encoder.py)."""
    from tokenizers.pre_tokenizers import ByteLevel

    shown = [byte for byte in range(256) if chr(byte).isprintable() and byte not in (0x20, 0xA0, 0xAD)]
    letters = {byte: chr(byte) for byte in shown}
    letters |= {byte: chr(256 + at) for at, byte in enumerate(byte for byte in range(256) if byte not in letters)}
    assert set(letters.values()) == set(ByteLevel.alphabet())
    encoding = tokenizer.encoding
    ranks = sorted(encoding._mergeable_ranks.items(), key=lambda one: one[1])
    text = ["".join(letters[byte] for byte in token) for token, _ in ranks]
    return [*text, *(token for token, _ in sorted(encoding._special_tokens.items(), key=lambda one: one[1]))]


def _save_tokenizer(tokenizer: Tokenizer, vocabulary: list[str], path: Path) -> None:
    """The vocabulary for `tokenizers`; without merges, for nothing but tokens is decoded here."""
    from tokenizers import AddedToken, decoders, models, pre_tokenizers
    from tokenizers import Tokenizer as Fast

    count = len(tokenizer.encoding._mergeable_ranks)
    fast = Fast(models.BPE({token: at for at, token in enumerate(vocabulary[:count])}, []))
    fast.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    fast.decoder = decoders.ByteLevel()
    fast.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in vocabulary[count:]])
    fast.save(str(path))
