"""A Whisper that can be had is loaded; one that cannot is an error with the ways out."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from konspekt.artifacts.store import hash_file
from konspekt.course.settings import TranscribeOptions
from konspekt.errors import CourseError, ModelError
from konspekt.models import identity
from konspekt.models.catalog import MODELS
from konspekt.models.fetch import cached_file
from konspekt.models.precision import Precision, precision_on
from konspekt.models.tensors import hash_tensors
from konspekt.models.whisper import (
    AUTO_CPU,
    AUTO_GPU,
    choices,
    choose,
    load,
)
from konspekt.transcribe import model_identity
from tests.processor import WITH_BFLOAT16, WITHOUT_BFLOAT16, chosen
from tests.sounds import TINY, murmur, random_whisper, tiny_whisper


def refusal(path: Path) -> str:
    with pytest.raises(ModelError) as caught:
        load(choose(path.name, "cpu", path.parent))
    message = str(caught.value)
    assert "\n" not in message
    assert path.name in message
    return message


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_checkpoint_is_loaded_in_the_precision_that_was_chosen(
    tmp_path: Path, precision: Precision
) -> None:
    tiny_whisper(tmp_path / "plain.pt")
    plain = load(chosen("plain.pt", tmp_path, precision))
    assert plain.whisper.dims.n_audio_state == TINY["n_audio_state"]
    assert plain.dtype == getattr(torch, precision)


def test_loading_draws_no_random_weights(tmp_path: Path) -> None:
    tiny_whisper(tmp_path / "tiny.pt")
    before = torch.get_rng_state()
    load(chosen("tiny.pt", tmp_path))
    assert torch.equal(torch.get_rng_state(), before)


class Malice:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("touch hijacked",)


def test_a_checkpoint_that_would_run_code_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "evil.pt"
    path.write_bytes(pickle.dumps({"dims": TINY, "model_state_dict": Malice()}))
    assert "would run code" in refusal(path)
    torch.save({"dims": TINY, "model_state_dict": Malice()}, path)
    assert "would run code" in refusal(path)
    assert not (tmp_path / "hijacked").exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a model\n",
        "лекция".encode() * 100,
        b"PK\x03\x04" + bytes(100),
        b"\x80\x02.",
    ],
)
def test_what_is_no_checkpoint_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "m.pt"
    path.write_bytes(content)
    refusal(path)


def test_half_a_checkpoint_is_refused(tmp_path: Path) -> None:
    path = tiny_whisper(tmp_path / "m.pt")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert "damaged" in refusal(path)


@pytest.mark.parametrize(
    "dims",
    [
        {"n_audio_ctx": 10**9},
        {"n_mels": 40},
        {"n_text_layer": 10**6},
        {"n_audio_head": 3},
        {"n_audio_head": 0},
        {"n_text_state": "64"},
        {"n_text_state": 64},
        {"n_audio_layer": 2},
        {"more": 1},
    ],
)
def test_dimensions_no_whisper_has_are_refused_before_memory_is_taken(
    tmp_path: Path, dims: dict[str, Any]
) -> None:
    path = tiny_whisper(tmp_path / "m.pt")
    checkpoint = torch.load(path, weights_only=True)
    torch.save(checkpoint | {"dims": TINY | dims}, path)
    assert "no Whisper" in refusal(path)


@pytest.mark.parametrize(
    "checkpoint",
    [[], {}, {"dims": TINY}, {"dims": 1, "model_state_dict": {}}, torch.zeros(3)],
)
def test_another_programs_checkpoint_is_refused(
    tmp_path: Path, checkpoint: Any
) -> None:
    path = tmp_path / "m.pt"
    torch.save(checkpoint, path)
    assert "no dims and model_state_dict" in refusal(path)


def test_weights_of_another_shape_are_refused(tmp_path: Path) -> None:
    path = tiny_whisper(tmp_path / "m.pt")
    checkpoint = torch.load(path, weights_only=True)
    del checkpoint["model_state_dict"]["encoder.conv1.weight"]
    torch.save(checkpoint, path)
    assert "encoder.conv1.weight" in refusal(path)


def test_a_model_that_cannot_be_had_is_an_error_with_the_ways_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through a proxy that nobody runs: the download fails at once, for real."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    with pytest.raises(ModelError) as caught:
        load(choose("small", "cpu", tmp_path))
    message = str(caught.value)
    assert "\n" not in message
    assert str(tmp_path / "whisper" / "small.pt") in message
    assert message.startswith("Whisper 'small' (462 MB) is not in ")
    assert "copy that file from another machine" in message
    assert '--model path.pt (model = "path.pt" in [transcribe])' in message
    assert "raw transcript" in message
    assert "choose one that the package index has (tiny.en, base)" in message


def test_half_a_download_is_never_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    cached_file("small").parent.mkdir()
    tiny_whisper(cached_file("small"))
    with pytest.raises(ModelError, match="cannot be fetched"):
        load(choose("small", "cpu", tmp_path))


def test_auto_is_turbo_on_a_gpu_and_small_without_one(tmp_path: Path) -> None:
    expected = AUTO_GPU if torch.cuda.is_available() else AUTO_CPU
    assert choose("auto", "auto", tmp_path).name == expected
    assert choose("auto", "cpu", tmp_path).name == AUTO_CPU == "small"


@pytest.mark.parametrize("setting", ["", "nope", "n" * 300, "n\0"])
def test_a_name_that_no_whisper_has_is_one_line_with_those_that_there_are(
    setting: str, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match=r"no Whisper called .*Known: auto, tiny"):
        choose(setting, "cpu", tmp_path)


def test_names_of_one_model_are_one_name(tmp_path: Path) -> None:
    assert choose("turbo", "cpu", tmp_path) == choose("large-v3-turbo", "cpu", tmp_path)
    assert model_identity("turbo", tmp_path) == {"model": "large-v3-turbo"}
    assert (
        model_identity("large", tmp_path)
        == model_identity("large-v3", tmp_path)
        == {"model": "large-v3"}
    )


def test_our_aliases_are_whispers_own() -> None:
    import whisper

    urls = whisper._MODELS
    for alias, name in (("large", "large-v3"), ("turbo", "large-v3-turbo")):
        assert urls[alias] == urls[name]
        assert urls[name].endswith(f"/{name}.pt")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_asked_for_and_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="no GPU"):
        choose("small", "cuda", tmp_path)


def test_a_checkpoints_identity_is_its_content(tmp_path: Path) -> None:
    tiny_whisper(tmp_path / "a.pt")
    before = model_identity("a.pt", tmp_path)
    tiny_whisper(tmp_path / "a.pt", seed=1)
    after = model_identity("a.pt", tmp_path)
    assert set(before) == set(after) == {"sha256"}
    assert before != after
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "a.pt").rename(tmp_path / "elsewhere" / "b.pt")
    assert (
        model_identity("elsewhere/b.pt", tmp_path)
        == model_identity("./elsewhere/b.pt", tmp_path)
        == after
    )
    assert model_identity(TranscribeOptions().model, tmp_path) == {"model": "auto"}


def test_a_checkpoint_counts_by_its_weights_whatever_was_pickled_around_them(
    tmp_path: Path,
) -> None:
    one, other = tiny_whisper(tmp_path / "a.pt"), tiny_whisper(tmp_path / "other.pt")
    assert hash_file(one) != hash_file(other)  # a file's own name stands in it
    assert model_identity("a.pt", tmp_path) == model_identity("other.pt", tmp_path)
    tiny_whisper(other, alignment_heads=[[0, 1]])
    assert model_identity("a.pt", tmp_path) != model_identity("other.pt", tmp_path)


def test_weights_that_have_a_name_count_by_it_from_any_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import whisper

    # as many layers and heads as the published one, of the usual width
    shape = {"n_text_layer": 6, "n_audio_head": 8, "n_text_head": 8}
    shape |= {"n_audio_state": 512, "n_text_state": 512}
    model = random_whisper(**shape)
    tensors = hash_tensors(model.state_dict())
    known = replace(MODELS["base"], tensors_sha256=tensors)
    monkeypatch.setitem(MODELS, "base", known)
    saved = {"dims": TINY | shape, "model_state_dict": model.half().state_dict()}
    torch.save(saved, tmp_path / "mine.pt")
    by_name = model_identity("base", tmp_path)
    assert model_identity("mine.pt", tmp_path) == by_name == {"model": "base"}
    found = choose("mine.pt", "cpu", tmp_path)
    assert found == replace(choose("base", "cpu", tmp_path), path=tmp_path / "mine.pt")
    heads = load(found).whisper.alignment_heads.to_dense()
    model.set_alignment_heads(whisper._ALIGNMENT_HEADS["base"])
    assert torch.equal(heads, model.alignment_heads.to_dense())


def test_the_weights_of_a_file_are_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    tiny_whisper(tmp_path / "a.pt")
    first = model_identity("a.pt", tmp_path)
    monkeypatch.setattr(identity, "read_checkpoint", lambda _: pytest.fail("read"))
    assert model_identity("a.pt", tmp_path) == first


def test_what_is_no_checkpoint_counts_by_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.pt").write_bytes(b"broken")
    wanted = {"sha256": hash_file(tmp_path / "a.pt")}
    assert model_identity("a.pt", tmp_path) == wanted


def test_a_remembered_hash_is_believed(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    path.write_bytes(b"broken")
    hashed: list[Path] = []

    def remembered(path: Path) -> str:
        hashed.append(path)
        return "ab"

    assert model_identity("a.pt", tmp_path, hash_of=remembered) == {"sha256": "ab"}
    assert hashed == [path]
    assert model_identity("a.pt", tmp_path, hash_of=hash_file) == model_identity(
        "a.pt", tmp_path
    )


@pytest.mark.parametrize("hash_of", [None, hash_file])
def test_a_missing_checkpoint_has_no_identity(
    tmp_path: Path, hash_of: Callable[[Path], str] | None
) -> None:
    with pytest.raises(ModelError, match="not there"):
        model_identity("a.pt", tmp_path, hash_of=hash_of)


def test_with_a_gpu_auto_may_be_what_it_is_without_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    both = choices("auto", "auto", tmp_path)
    assert [(choice.name, choice.device) for choice in both] == [
        (AUTO_GPU, "cuda"),
        (AUTO_CPU, "cpu"),
    ]
    assert [(c.name, c.device) for c in choices("tiny", "auto", tmp_path)] == [
        ("tiny", "cuda"),
        ("tiny", "cpu"),
    ]
    assert [(c.name, c.device) for c in choices("auto", "cpu", tmp_path)] == [
        (AUTO_CPU, "cpu")
    ]
    assert [(c.name, c.device) for c in choices("auto", "cuda", tmp_path)] == [
        (AUTO_GPU, "cuda")
    ]


@pytest.mark.parametrize(
    ("flags", "precision"),
    [
        ({"avx2", "fma"}, "float32"),
        ({"avx2", "avx512_bf16"}, "bfloat16"),
        ({"amx_tile", "amx_bf16"}, "bfloat16"),
        (set(), "float32"),
    ],
)
def test_a_processor_computes_in_bfloat16_only_where_it_does_so_in_hardware(
    flags: set[str], precision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "konspekt.models.precision.cpu_features", lambda: frozenset(flags)
    )
    assert precision_on("cpu") == precision
    assert precision_on("cuda") == "float16"


def test_what_is_chosen_follows_the_processor(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for features, precision in (
        (WITHOUT_BFLOAT16, "float32"),
        (WITH_BFLOAT16, "bfloat16"),
    ):
        monkeypatch.setattr(
            "konspekt.models.precision.cpu_features", lambda seen=features: seen
        )
        assert choose("tiny.pt", "cpu", course).precision == precision


def test_half_precision_is_cast_once_but_for_the_layer_norms(course: Path) -> None:
    from konspekt.transcribe.engines.engine import EngineOptions
    from konspekt.transcribe.engines.whisper import WhisperEngine
    from konspekt.transcribe.speech.windows import Grid, cut

    model = load(chosen("tiny.pt", course, "bfloat16"))
    assert model.whisper.decoder.token_embedding.weight.dtype == torch.bfloat16
    assert model.whisper.decoder.ln.weight.dtype == torch.float32
    (decoded,) = WhisperEngine(model).decode(
        list(cut([murmur(20)], Grid(29, 5))), EngineOptions(("ru",), word_times=True)
    )
    assert decoded.how.precision == "bfloat16"
    assert decoded.text.strip()


def test_a_checkpoint_names_the_heads_that_tell_the_times_of_words(
    tmp_path: Path,
) -> None:
    tiny_whisper(tmp_path / "a.pt", alignment_heads=[[0, 1]])
    tiny_whisper(tmp_path / "b.pt")
    named, silent = (
        load(choose(name, "cpu", tmp_path)).whisper for name in ("a.pt", "b.pt")
    )
    assert named.alignment_heads.indices().T.tolist() == [[0, 1]]
    assert silent.alignment_heads.indices().T.tolist() == [[0, 0], [0, 1]]


@pytest.mark.parametrize(
    "heads", [[[1, 0]], [[0, 2]], [[0, -1]], [[0.0, 1.0]], [["a", "b"]], 5, [5]]
)
def test_heads_that_are_not_there_are_no_whisper(tmp_path: Path, heads: Any) -> None:
    assert "no Whisper" in refusal(
        tiny_whisper(tmp_path / "m.pt", alignment_heads=heads)
    )
