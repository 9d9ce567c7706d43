"""A tiny Whisper and a recording, made once for all tests here."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sounds import murmur, tiny_whisper, write_wav


@pytest.fixture(scope="session")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `tiny.pt` and `lecture.wav` of 67 s."""
    folder = tmp_path_factory.mktemp("course")
    tiny_whisper(folder / "tiny.pt")
    write_wav(folder / "lecture.wav", murmur(67))
    return folder
