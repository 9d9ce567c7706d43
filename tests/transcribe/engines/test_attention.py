"""Where attention goes is measured for texts that may be invented, and for no others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from konspekt.models.tokenizer import tokenizer_of
from konspekt.models.whisper import LoadedWhisper, load
from konspekt.transcribe.decode.alignment import AlignmentRequest
from konspekt.transcribe.decode.attention import measure_moves, share_of_moves
from konspekt.transcribe.decode.result import DecodingResult
from konspekt.transcribe.engines.batch import may_be_invented
from konspekt.transcribe.speech.windows import Window
from tests.processor import chosen
from tests.sounds import murmur
from tests.transcribe.engines.test_engine import sound_of


@pytest.fixture(scope="module")
def model(course: Path) -> LoadedWhisper:
    return load(chosen("tiny.pt", course))


@pytest.mark.parametrize(
    ("places", "share"),
    [
        ((1, 2, 3), 1.0),
        ((7, 7, 7, 7, 7), 0.0),
        ((5, 4, 3), 0.0),
        ((1, 2, 2, 1, 9), 0.5),
    ],
)
def test_a_step_to_a_later_place_of_the_sound_is_a_move(
    places: tuple[int, ...], share: float
) -> None:
    assert share_of_moves(places) == share


def text_of(letters: int, seconds: float) -> tuple[DecodingResult, Window]:
    result = DecodingResult("ru", (), "а" * letters, -0.5, 0.1, 0.0)
    samples = np.zeros(round(16_000 * seconds), np.float32)
    return result, Window(0, 10.0, 10.0 + seconds, samples)


@pytest.mark.parametrize(
    ("letters", "seconds", "may_be"),
    [(13, 29.0, True), (231, 29.0, True), (233, 29.0, False), (233, 9.0, True)],
)
def test_few_letters_and_short_windows_may_be_invented(
    letters: int, seconds: float, *, may_be: bool
) -> None:
    assert may_be_invented(*text_of(letters, seconds)) is may_be


def test_each_text_of_some_length_has_its_share_whatever_is_beside_it(
    model: LoadedWhisper,
) -> None:
    windows = [
        Window(row, 0.0, 4.0, murmur(4.0, seed=row).astype(np.float32))
        for row in range(3)
    ]
    encode = tokenizer_of(model.whisper, "ru").encode
    texts = (" Сначала звук, потом текст.", " Да.", " И ещё несколько слов.")
    requests = {
        row: AlignmentRequest("ru", tuple(encode(text)), 4.0)
        for row, text in enumerate(texts)
    }
    with torch.inference_mode():
        found = measure_moves(sound_of(model, windows), requests)
        alone = measure_moves(sound_of(model, windows), {2: requests[2]})
    assert found.keys() == {0, 2}
    assert all(0 <= share <= 1 for share in found.values())
    assert alone[2] == found[2]
