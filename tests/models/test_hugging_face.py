"""A Whisper saved by transformers runs on our engine, and what is none is said in one line."""

from __future__ import annotations

import json
import shutil
import warnings
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import torch

from konspekt.errors import ModelError
from konspekt.models.catalog import WHISPER_NAMES
from konspekt.models.hugging_face import openai_name
from konspekt.models.whisper import choose, load, path_of
from konspekt.transcribe import model_identity
from konspekt.transcribe.engines.engine import EngineOptions
from konspekt.transcribe.engines.whisper import WhisperEngine
from konspekt.transcribe.speech.windows import Grid, cut
from tests.processor import chosen
from tests.sounds import TINY, murmur, random_whisper, tiny_whisper

CONFIG: dict[str, Any] = {
    "model_type": "whisper",
    "d_model": 32,
    "encoder_layers": 1,
    "decoder_layers": 1,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 128,
    "decoder_ffn_dim": 128,
    "num_mel_bins": 80,
    "vocab_size": 51865,
}


ATTENTIONS = ("self_attn", "encoder_attn")
LAYERS = [
    *("conv1", "conv2", "embed_positions", "embed_tokens", "layer_norm"),
    *("layers.0.fc1", "layers.0.fc2", "layers.0.final_layer_norm"),
    *(f"layers.0.{attention}_layer_norm" for attention in ATTENTIONS),
    *(
        f"layers.0.{attention}.{part}_proj"
        for attention, part in product(ATTENTIONS, ("q", "k", "v", "out"))
    ),
]


def save(
    folder: Path,
    *,
    seed: int = 0,
    weights: dict[str, torch.Tensor] | None = None,
    **config: Any,
) -> Path:
    """Save the Whisper of `random_whisper` as transformers would. Return its folder."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(CONFIG | config))
    save_file(weights or their_weights(seed), folder / "model.safetensors")
    return folder


def their_weights(seed: int = 0) -> dict[str, torch.Tensor]:
    """Return the weights of `random_whisper` under transformers' names."""
    ours = random_whisper(seed).state_dict()
    found: dict[str, torch.Tensor] = {}
    # not every layer is on both sides, and some have no bias
    for side, layer, kind in product(
        ("encoder", "decoder"), LAYERS, ("weight", "bias")
    ):
        name = f"model.{side}.{layer}.{kind}"
        if openai_name(name) in ours:
            found[name] = ours[openai_name(name)].clone()
    assert len(found) == len(ours)
    return found


def refusal(folder: Path) -> str:
    with pytest.raises(ModelError) as caught:
        load(choose("./whisper", "cpu", folder.parent))
    message = str(caught.value)
    assert "\n" not in message
    assert "whisper" in message
    return message


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save(tmp_path / "whisper")


@pytest.mark.parametrize(
    ("mels", "vocabulary", "layers"), [(80, 51865, 2), (128, 51866, 1)]
)
def test_its_logits_are_those_of_transformers(
    tmp_path: Path, mels: int, vocabulary: int, layers: int
) -> None:
    """The second is distilled: its decoder has one layer; it names a head of the larger Whisper."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from transformers import WhisperConfig, WhisperForConditionalGeneration

        shape = CONFIG | {
            "num_mel_bins": mels,
            "vocab_size": vocabulary,
            "encoder_layers": 2,
            "decoder_layers": layers,
        }
        torch.manual_seed(0)
        oracle: Any = WhisperForConditionalGeneration(WhisperConfig(**shape))
        oracle.eval()
        oracle.generation_config.alignment_heads = [[0, 1], [5, 2]]
        oracle.save_pretrained(tmp_path / "whisper")
    found = load(chosen("./whisper", tmp_path)).whisper
    mel, tokens = (
        torch.randn(2, mels, 3000),
        torch.tensor([[50258, 50263, 50359, 50364, 100, 200]] * 2),
    )
    with torch.inference_mode():
        wanted = oracle(input_features=mel, decoder_input_ids=tokens).logits
        assert torch.allclose(found(mel, tokens), wanted, atol=1e-5)
    assert found.alignment_heads.indices().T.tolist() == [[0, 1]]


def test_a_fine_tune_by_folder_transcribes_as_its_checkpoint_would(
    folder: Path,
) -> None:
    model = load(chosen("whisper", folder.parent))
    assert {name: TINY[name] for name in TINY} == {
        name: getattr(model.whisper.dims, name) for name in TINY
    }
    original = random_whisper().state_dict()
    assert all(
        torch.equal(weight, original[name])
        for name, weight in model.whisper.state_dict().items()
    )
    tiny_whisper(folder.parent / "same.pt")
    same = load(chosen("same.pt", folder.parent))
    windows, ask = list(cut([murmur(10)], Grid(29, 5))), EngineOptions(("ru",))
    (found,), (wanted,) = (
        WhisperEngine(one).decode(windows, ask) for one in (model, same)
    )
    assert (found.how.model, wanted.how.model) == ("whisper", "same.pt")
    assert found.text.strip()
    assert found.segments == wanted.segments


def test_parts_half_precision_and_an_older_kind_of_file_are_read(
    tmp_path: Path, folder: Path
) -> None:
    from safetensors.torch import save_file

    half = {name: weight.half() for name, weight in their_weights().items()}
    whole = load(chosen("whisper", tmp_path)).whisper.state_dict()
    parts = sorted(half)[:10], sorted(half)[10:]
    for number, names in enumerate(parts, 1):
        save_file(
            {name: half[name] for name in names},
            folder / f"model-{number}-of-2.safetensors",
        )
    where = {
        name: f"model-{number}-of-2.safetensors"
        for number, names in enumerate(parts, 1)
        for name in names
    }
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors.index.json").write_text(
        json.dumps({"weight_map": where})
    )
    in_parts = load(chosen("whisper", tmp_path)).whisper.state_dict()
    (folder / "model.safetensors.index.json").unlink()
    torch.save(
        {**half, "proj_out.weight": half["model.decoder.embed_tokens.weight"]},
        folder / "pytorch_model.bin",
    )
    pickled = load(chosen("whisper", tmp_path)).whisper.state_dict()
    for name, weight in whole.items():
        assert torch.equal(in_parts[name], pickled[name])
        assert torch.allclose(
            in_parts[name].float(), weight.float(), atol=1e-2, rtol=1e-2
        )


def test_its_identity_is_the_content_of_the_files_that_are_the_model(
    tmp_path: Path, folder: Path
) -> None:
    before = model_identity("whisper", tmp_path)
    assert model_identity("./whisper", tmp_path) == before
    assert choose("whisper", "cpu", tmp_path).sha256 == before["sha256"]
    (folder / "README.md").write_text("said of it")
    shutil.copytree(folder, tmp_path / "elsewhere")
    assert model_identity("elsewhere", tmp_path) == before
    save(folder, seed=1)
    assert model_identity("whisper", tmp_path) != before
    save(folder, seed=0)
    (folder / "generation_config.json").write_text('{"alignment_heads": [[0, 1]]}')
    assert model_identity("whisper", tmp_path) != before


def test_a_name_of_openais_is_one_whatever_folder_there_is(tmp_path: Path) -> None:
    import whisper

    assert set(WHISPER_NAMES) == set(whisper.available_models())
    save(tmp_path / "small")
    assert path_of("small", tmp_path) is None
    assert path_of("./small", tmp_path) == tmp_path / "small"


@pytest.mark.parametrize(
    ("config", "what"),
    [
        ({"model_type": "wav2vec2"}, "no Whisper"),
        ({"vocab_size": 51900}, "n_vocab is 51900"),
        ({"encoder_ffn_dim": 64}, "encoder_ffn_dim is 64"),
        ({"activation_function": "relu"}, "activation_function is 'relu'"),
        ({"d_model": "much"}, "is 'much'"),
        ({"decoder_layers": 10**6}, "n_text_layer is 1000000"),
        ({"decoder_layers": 2}, "decoder.blocks.1"),
    ],
)
def test_a_model_that_is_no_whisper_is_refused(
    folder: Path, config: dict[str, Any], what: str
) -> None:
    (folder / "config.json").write_text(json.dumps(CONFIG | config))
    assert what in refusal(folder)


@pytest.mark.parametrize("content", ["", "[]", "{", "[" * 100_000, '{"model_type": 1}'])
def test_a_broken_config_is_refused(folder: Path, content: str) -> None:
    (folder / "config.json").write_text(content)
    refusal(folder)


def test_weights_that_are_missing_cut_or_elsewhere_are_refused(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:5000])
    assert "damaged" in refusal(folder)
    weights.unlink()
    assert "no weights" in refusal(folder)
    (folder / "adapter_config.json").write_text("{}")
    assert "adapter" in refusal(folder)
    (folder / "model.safetensors.index.json").write_text(
        '{"weight_map": {"a": "../../etc/passwd"}}'
    )
    assert "no parts in its own folder" in refusal(folder)


@pytest.mark.parametrize(
    "weight_map", ["5", "[]", "{}", '{"a": []}', '{"a": 1, "b": "x"}', '{"a": "x/y"}']
)
def test_a_list_of_parts_that_names_no_files_is_refused(
    folder: Path, weight_map: str
) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors.index.json").write_text(
        f'{{"weight_map": {weight_map}}}'
    )
    assert "no parts in its own folder" in refusal(folder)


def test_an_output_of_its_own_and_quantised_weights_are_refused(folder: Path) -> None:
    weights = their_weights()
    output = weights["model.decoder.embed_tokens.weight"]
    save(folder, weights=weights | {"proj_out.weight": output + 1})
    assert "proj_out" in refusal(folder)
    save(
        folder,
        weights=weights | {"model.decoder.embed_tokens.weight": output.to(torch.int8)},
    )
    assert "quantised" in refusal(folder)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not there"):
        choose("./whisper", "cpu", tmp_path)
