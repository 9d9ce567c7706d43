"""The model of sentence similarity: the installed one is there, without a network, and knows
Russian. One that cannot be had is one line, at once.
"""

from __future__ import annotations

import socket
from pathlib import Path

import numpy as np
import pytest

from konspekt.errors import ModelError
from konspekt.models import similarity, universal


@pytest.mark.parametrize("setting", ["nope", "org/nope", "./folder", "n" * 300])
def test_a_model_that_cannot_be_had_is_an_error_before_any_library_loads(
    setting: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(name: str, make: object) -> None:
        pytest.fail(f"{name} was loaded")

    monkeypatch.setattr(similarity, "_load", load)
    monkeypatch.setattr(similarity, "_hub_answers", lambda: False)
    with pytest.raises(ModelError, match="the embedding model"):
        similarity.open_similarity(setting, tmp_path)


# a sentence, the same in other words or in another language, and one of the same words
TRIPLES = (
    (
        "Спасибо за просмотр и до новых встреч.",
        "Благодарим, что посмотрели, увидимся снова.",
        "На этот просмотр встреч нужен час.",
    ),
    (
        "Какие бы ключи ни вставляли, дерево сохраняет баланс.",
        "Дерево остаётся сбалансированным при любых вставках.",
        "Ключи от сарая под деревом.",
    ),
    (
        "Градиентный спуск застревает в локальном минимуме.",
        "Gradient descent gets stuck in a local minimum.",
        "Спуск с горы занимает минимум час.",
    ),
)


def test_the_default_needs_no_network_and_no_cache_and_knows_russian(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def connect(*_: object) -> None:
        pytest.fail("the network was used")

    monkeypatch.setattr(socket.socket, "connect", connect)
    model = similarity.open_similarity("auto", tmp_path)
    assert model is not None
    assert model.name == universal.NAME
    for texts in TRIPLES:
        said, same, other = model.embed(texts)
        assert said @ same > said @ other


def test_the_default_gives_the_same_unit_vectors_again(tmp_path: Path) -> None:
    model = similarity.open_similarity("auto", tmp_path)
    assert model is not None
    texts = ["Один и тот же текст.", "", "half \ud800 a surrogate", "много " * 9999]
    vectors = model.embed(texts)
    assert vectors.shape == (4, 512)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert np.array_equal(vectors, model.embed(texts))


def test_other_weights_than_the_known_ones_are_no_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(universal.SHA256, "weights.npz", "0" * 64)
    model = similarity.open_similarity("auto", tmp_path)
    assert model is not None
    with pytest.raises(ModelError, match="not the weights"):
        model.embed(["Да."])


def test_the_default_knows_the_languages_that_it_was_trained_on_and_no_others() -> None:
    assert similarity.understands(universal.NAME, "ru")
    assert similarity.understands(universal.NAME, "en")
    assert not similarity.understands(universal.NAME, "kk")
    assert similarity.understands("a-model-of-a-person", "kk")


def test_doctor_and_the_settings_name_the_default(tmp_path: Path) -> None:
    assert universal.NAME in similarity.describe_similarity("auto", tmp_path)
    assert similarity.find_missing_similarity("auto", tmp_path) is None
