"""Whispers to measure with: random weights of the true shapes, as a checkpoint and for CTranslate2.

Nothing but the weights is made up: every layer is of OpenAI's shape (whisper/model.py). What they
write has no meaning, but is of one length in every engine without a limit. The last coordinate of
the decoder's state is kept for the position. From `length` tokens on it makes the end of text by
far the likeliest token.
"""

from __future__ import annotations

import json
from pathlib import Path

import tokenizers
import torch
from torch import nn
from whisper.model import ModelDimensions, Whisper
from whisper.tokenizer import get_tokenizer

from konspekt.models import converted

SHAPES = {  # mels, width, heads, layers of encoder and decoder, vocabulary
    "tiny": (80, 384, 6, 4, 4, 51865),
    "base": (80, 512, 8, 6, 6, 51865),
    "small": (80, 768, 12, 12, 12, 51865),
    "medium": (80, 1024, 16, 24, 24, 51865),
    "turbo": (128, 1280, 20, 32, 4, 51866),
}
PREFIX = 4  # start of transcript, language, task, no time stamps


def random_checkpoint(path: Path, name: str, length: int, seed: int = 1) -> Path:
    """A checkpoint of the shape of OpenAI's `name`, in half precision as theirs, whose texts have
    `length` tokens.
    """
    mels, width, heads, encoder, decoder, vocabulary = SHAPES[name]
    torch.manual_seed(seed)
    dims = ModelDimensions(
        mels, 1500, width, heads, encoder, vocabulary, 448, width, heads, decoder
    )
    model = Whisper(dims).half()
    with torch.no_grad():
        _end_texts(
            model,
            get_tokenizer(True, num_languages=vocabulary - 51766).eot,
            PREFIX - 1 + length,
        )
    torch.save({"dims": vars(dims), "model_state_dict": model.state_dict()}, path)
    return path


def _end_texts(model: Whisper, eot: int, position: int) -> None:
    """Lets every text follow its positions, so that none repeats itself, begin in its first second,
    and end at one.
    """
    decoder, last = model.decoder, model.dims.n_text_state - 1
    nn.init.normal_(
        decoder.token_embedding.weight, std=5 * model.dims.n_text_state**-0.5
    )
    nn.init.normal_(decoder.positional_embedding, std=4)
    for block in decoder.blocks:
        for layer in (block.attn.out, block.cross_attn.out, block.mlp[-1]):
            layer.weight[last] = layer.bias[last] = 0
    decoder.token_embedding.weight[:, last] = 0
    decoder.token_embedding.weight[eot] = 0
    decoder.token_embedding.weight[eot, last] = 20
    decoder.token_embedding.weight[-1450:, last] = (
        10  # the stamps after the first second
    )
    decoder.positional_embedding[:, last] = -10
    decoder.positional_embedding[position:, last] = 1000


def convert(checkpoint: Path, folder: Path, precision: str) -> Path:
    """The folder of a Whisper for CTranslate2 and faster-whisper, of the same weights as the
    checkpoint's.
    """
    content = torch.load(checkpoint, map_location="cpu", weights_only=True)
    model = Whisper(ModelDimensions(**content["dims"]))
    model.load_state_dict(content["model_state_dict"])
    converted.write(model, folder, precision)
    (folder / "preprocessor_config.json").write_text(
        json.dumps({"feature_size": model.dims.n_mels})
    )
    _save_tokenizer(model, folder / "tokenizer.json")
    return folder


def _save_tokenizer(model: Whisper, path: Path) -> None:
    """What faster-whisper looks its marks and signs up in: they are there, and single bytes; nobody
    reads the texts.
    """
    encoding = get_tokenizer(
        model.is_multilingual, num_languages=model.num_languages
    ).encoding
    letters = _letters_of_bytes()
    names = {
        token: letters[content[0]]
        for content, token in encoding._mergeable_ranks.items()
        if len(content) == 1
    }
    tokens = {
        names.get(number, f"token {number}"): number
        for number in range(len(encoding._mergeable_ranks))
    }
    fast = tokenizers.Tokenizer(tokenizers.models.BPE(tokens, []))
    fast.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    marks = sorted(encoding._special_tokens, key=encoding._special_tokens.__getitem__)
    fast.add_special_tokens(
        [tokenizers.AddedToken(mark, special=True, normalized=False) for mark in marks]
    )
    fast.save(str(path))


def _letters_of_bytes() -> dict[int, str]:
    """The letter that stands for each byte in such a tokenizer (openai/gpt-2, encoder.py,
    bytes_to_unicode).
    """
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    return {byte: chr(byte) for byte in plain} | {
        byte: chr(256 + n) for n, byte in enumerate(others)
    }
