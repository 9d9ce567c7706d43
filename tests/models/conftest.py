"""A tiny Whisper, made once for all tests here, and one that can be had by name."""

from pathlib import Path

import pytest

from tests.models.packed import Published, content_of, publish
from tests.transcribe.conftest import course

__all__ = ["course"]


@pytest.fixture(scope="session")
def packed_content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A Whisper in CTranslate2's file."""
    pytest.importorskip("ctranslate2")
    return content_of(tmp_path_factory.mktemp("packed"))


@pytest.fixture
def published(
    tmp_path: Path, packed_content: bytes, monkeypatch: pytest.MonkeyPatch
) -> Published:
    """A name that stands for a tiny Whisper; a folder is the package index that has it."""
    return publish(tmp_path, packed_content, monkeypatch)
