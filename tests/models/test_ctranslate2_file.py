"""Weights in CTranslate2's file are read back as they were, and no size in it is believed."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest
import torch

from konspekt.errors import ModelError
from konspekt.models import converted
from konspekt.models.checkpoint import make_whisper
from konspekt.models.ctranslate2_file import read_file
from konspekt.models.precision import Precision
from konspekt.models.tensors import hash_tensors
from tests.sounds import random_whisper


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What CTranslate2 computes with, of a Whisper with random weights."""
    return write(tmp_path_factory.mktemp("model") / "whisper", "float16")


def write(folder: Path, precision: Precision) -> Path:
    pytest.importorskip("ctranslate2")
    whisper = random_whisper(n_audio_layer=2, n_text_layer=3)
    converted.write(whisper, folder, precision)
    return folder / converted.WEIGHTS


@pytest.mark.parametrize(
    ("precision", "stored"), [("float16", torch.float16), ("float32", torch.float32)]
)
def test_what_was_written_is_read_back_as_it_was(
    tmp_path: Path, precision: Precision, stored: torch.dtype
) -> None:
    whisper = random_whisper(n_audio_layer=2, n_text_layer=3)
    dims, state = read_file(write(tmp_path / "w", precision))
    assert dims == whisper.dims
    original = whisper.state_dict()
    assert state.keys() == original.keys()
    for name, weight in original.items():
        assert torch.equal(state[name], weight.to(stored)), name
    assert hash_tensors(make_whisper(dims, state, None).state_dict()) == hash_tensors(
        original
    )


def test_the_hash_of_weights_is_that_of_their_values_names_and_shapes() -> None:
    state = random_whisper().state_dict()
    found = hash_tensors(state)
    half = {name: weight.half() for name, weight in reversed(state.items())}
    assert hash_tensors(half) == found
    formula = "encoder.positional_embedding"
    assert hash_tensors(state | {formula: state[formula] * (1 + 1e-3)}) == found
    for changed in (
        {"decoder.ln.bias": state["decoder.ln.bias"] + 0.01},
        {"decoder.ln.bias": state["decoder.ln.bias"][None]},
        {"more": torch.zeros(0)},
    ):
        assert hash_tensors(state | changed) != found
    assert hash_tensors(random_whisper(1).state_dict()) != found


def refusal(path: Path) -> str:
    with pytest.raises(ModelError) as caught:
        read_file(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_file_that_ends_too_early_is_refused(tmp_path: Path, file: Path) -> None:
    content = file.read_bytes()
    path = tmp_path / "model.bin"
    for size in (0, 1, 3, 10, 30, 31, 33, 60, 200, 5000, len(content) - 1):
        path.write_bytes(content[:size])
        refusal(path)
    path.write_bytes(content + b"\0")
    assert "behind its end" in refusal(path)
    path.unlink()
    assert "cannot be read" in refusal(path)


def place_of(content: bytes | bytearray, name: str) -> int:
    """Where a variable's rank stands."""
    found = re.search(re.escape(name.encode() + b"\0"), content)
    assert found
    return found.end()


@pytest.mark.parametrize(
    ("offset", "number", "words"),
    [
        (0, struct.pack("<B", 200), "200 axes"),
        (1, struct.pack("<I", 2**32 - 1), "bytes and the shape"),
        (9, struct.pack("<B", 9), "is of type 9"),
        (9, struct.pack("<B", 2), "is quantised"),
        (10, struct.pack("<I", 2**32 - 1), "bytes and the shape"),
    ],
)
def test_a_size_that_the_file_claims_is_not_believed(
    tmp_path: Path, file: Path, offset: int, number: bytes, words: str
) -> None:
    content = bytearray(file.read_bytes())
    at = place_of(content, "encoder/layer_0/self_attention/linear_1/weight") + offset
    content[at : at + len(number)] = number
    (tmp_path / "model.bin").write_bytes(content)
    assert words in refusal(tmp_path / "model.bin")


def test_a_shape_that_agrees_with_a_size_that_is_not_there_is_refused(
    tmp_path: Path, file: Path
) -> None:
    content = bytearray(file.read_bytes())
    at = place_of(content, "encoder/layer_0/self_attention/linear_1/weight")
    content[at + 1 : at + 9] = struct.pack("<II", 2**15, 2**15)
    content[at + 10 : at + 14] = struct.pack("<I", 2**31)
    (tmp_path / "model.bin").write_bytes(content)
    assert "bytes are missing" in refusal(tmp_path / "model.bin")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("encoder/num_heads", "it has no 'encoder/num_heads'"),
        ("decoder/embeddings/weight", "decoder/embeddings/weight"),
        ("WhisperSpec", "it is version 6 of"),
    ],
)
def test_what_is_no_whisper_is_refused(
    tmp_path: Path, file: Path, name: str, words: str
) -> None:
    content = file.read_bytes().replace(name.encode(), b"x" * len(name), 1)
    (tmp_path / "model.bin").write_bytes(content)
    assert words in refusal(tmp_path / "model.bin")


def test_quantised_weights_are_refused(tmp_path: Path) -> None:
    assert "is quantised" in refusal(write(tmp_path / "w", "int8"))
