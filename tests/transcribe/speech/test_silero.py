"""The detector: the probabilities of Silero's own model, whatever the blocks, and the process is
left as it was.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import warnings
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from konspekt.errors import ModelError
from konspekt.transcribe.speech.silero import FRAMES_AT_ONCE, Silero
from tests.courses import ROOT
from tests.small_whisper import speech
from tests.sounds import murmur

Sound = NDArray[np.float32]


@pytest.fixture(scope="module")
def minute() -> Sound:
    """A minute of speech, and a beginning of a frame."""
    return speech()[: 60 * 16_000 + 77]


def in_blocks(sound: Sound, *sizes: int) -> Iterator[Sound]:
    at = 0
    while at < len(sound):
        for size in sizes:
            yield sound[at : at + size]
            at += size


def likely(sound: Sound, *sizes: int) -> Sound:
    return np.concatenate(
        [
            np.zeros(0, np.float32),
            *Silero().probabilities(in_blocks(sound, *sizes or (16_000,))),
        ]
    )


def test_its_probabilities_are_those_of_the_package_s_own_model(minute: Sound) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model: Any = torch.jit.load(str(Silero()._path))  # type: ignore[no-untyped-call]
    padded = np.concatenate([minute, np.zeros(-len(minute) % 512, np.float32)])
    with torch.inference_mode():
        expected = [
            float(model(torch.from_numpy(frame)[None], 16_000))
            for frame in padded.reshape(-1, 512)
        ]
    assert len(expected) > FRAMES_AT_ONCE, (
        "the sound must cross a border of what is computed at once"
    )
    assert likely(minute) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("sizes", [(1_000_000,), (16_000,), (511, 1, 4096), (63,)])
def test_the_blocks_sizes_change_no_bit(minute: Sound, sizes: tuple[int, ...]) -> None:
    part = minute[: 40 * 16_000]
    assert likely(part, *sizes).tobytes() == likely(part, 512).tobytes()


@pytest.mark.parametrize(
    "samples", [0, 1, 511, 512, 513, FRAMES_AT_ONCE * 512, FRAMES_AT_ONCE * 512 + 1]
)
def test_every_frame_has_a_probability_the_last_begun_one_too(samples: int) -> None:
    found = likely(murmur(40)[:samples])
    assert len(found) == -(-samples // 512)
    assert ((found >= 0) & (found <= 1)).all()


def test_the_number_of_threads_is_as_before_and_changes_no_bit(minute: Sound) -> None:
    before = torch.get_num_threads()
    found = []
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            found.append(likely(minute[: 10 * 16_000]).tobytes())
            assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
    assert found[0] == found[1]


def test_the_package_is_never_imported() -> None:
    """It would set torch to one thread for the whole process."""
    script = (
        "import sys, numpy as np; from konspekt.transcribe.speech.silero import Silero\n"
        "list(Silero().probabilities([np.zeros(600, np.float32)])), Silero().identity\n"
        "print('silero_vad' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert done.stdout.strip() == "False"


def test_its_identity_is_that_of_its_weights() -> None:
    assert Silero().identity == Silero().identity
    assert len(Silero().identity.removeprefix("silero ")) == 64


def test_a_missing_package_is_one_line_with_the_ways_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        ModelError, match=r'silero-vad, is not installed.*vad = "none"'
    ) as caught:
        list(Silero().probabilities([np.zeros(600, np.float32)]))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [None, b"", b"no model"])
def test_a_missing_or_damaged_model_is_one_line(
    content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    if content is not None:
        (tmp_path / "data" / "silero_vad.jit").write_bytes(content)
    spec = ModuleSpec("silero_vad", None, is_package=True)
    assert spec.submodule_search_locations is not None
    spec.submodule_search_locations.append(str(tmp_path))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    with pytest.raises(
        ModelError, match=r"silero_vad\.jit.*Install Konspekt again"
    ) as caught:
        list(Silero().probabilities([np.zeros(600, np.float32)]))
    assert "\n" not in str(caught.value)
