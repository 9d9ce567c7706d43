"""A tiny Whisper and a recording, made once for all tests here; how many cores a CPU has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from tests.sounds import murmur, tiny_whisper, write_wav


@pytest.fixture(scope="session")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `tiny.pt` and `lecture.wav` of 67 s."""
    folder = tmp_path_factory.mktemp("course")
    tiny_whisper(folder / "tiny.pt")
    write_wav(folder / "lecture.wav", murmur(67))
    return folder


@pytest.fixture
def one_core() -> Iterator[None]:
    """A CPU with one core, as far as PyTorch knows: a batch is decoded as a whole."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
