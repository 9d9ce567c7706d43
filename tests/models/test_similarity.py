"""A model of sentence similarity that cannot be had is one line, at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from konspekt.errors import ModelError
from konspekt.models import similarity


@pytest.mark.parametrize("setting", ["nope", "org/nope", "./folder", "n" * 300])
def test_a_model_that_cannot_be_had_is_an_error_before_any_library_loads(
    setting: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(source: str, name: str) -> None:
        pytest.fail(f"{source} was loaded")

    monkeypatch.setattr(similarity, "_load", load)
    monkeypatch.setattr(similarity, "_hub_answers", lambda: False)
    with pytest.raises(ModelError, match="the embedding model"):
        similarity.open_similarity(setting, tmp_path)
