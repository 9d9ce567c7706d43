"""Parts of a batch side by side: the same windows by however many, one error, no waiting."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from konspekt.errors import ModelError
from konspekt.models.whisper import LoadedWhisper, WhisperChoice
from konspekt.transcribe.engines import batch
from konspekt.transcribe.engines.choice import load_engine
from konspekt.transcribe.engines.engine import EngineOptions
from konspekt.transcribe.engines.side_by_side import map_on_cores, split_evenly
from konspekt.transcribe.engines.whisper import WhisperEngine
from konspekt.transcribe.speech.windows import Grid, Window, cut
from tests.processor import chosen
from tests.sounds import murmur, random_whisper

CORES = 4
PATIENCE = 60  # seconds, after which a test fails instead of hanging
ALL = EngineOptions(("ru", "en"), temperatures=(0.0, 0.4), beam_size=2, word_times=True)


@pytest.fixture(autouse=True)
def cores() -> Iterator[None]:
    """A CPU with four cores, as far as PyTorch knows."""
    before = torch.get_num_threads()
    torch.set_num_threads(CORES)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True, scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def windows() -> list[Window]:
    """Five windows, the third one of digital silence."""
    sound = murmur(125)
    sound[48 * 16_000 : 77 * 16_000] = 0
    return list(cut([sound], Grid(29, 5)))


def wait_until_interrupted() -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        time.sleep(0.001)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (1, [[0, 1, 2, 3, 4]]),
        (2, [[0, 1], [2, 3, 4]]),
        (3, [[0], [1, 2], [3, 4]]),
        (5, [[0], [1], [2], [3], [4]]),
    ],
)
def test_parts_follow_each_other_and_differ_by_one_window_at_most(
    parts: int, expected: list[list[int]]
) -> None:
    assert split_evenly(range(5), parts) == [range(p[0], p[-1] + 1) for p in expected]


def test_results_keep_the_order_of_the_parts_whichever_ends_first() -> None:
    together = threading.Barrier(3)
    later_ones = threading.Event()

    def call(number: int) -> int:
        together.wait(PATIENCE)  # none goes on alone
        if number == 2:
            later_ones.set()
        later_ones.wait(PATIENCE)
        return -number

    assert map_on_cores(call, [0, 1, 2]) == [0, -1, -2]


@pytest.mark.parametrize(("parts", "share"), [(1, 4), (2, 2), (3, 1), (6, 1)])
def test_each_part_has_its_share_of_the_cores_and_afterwards_all_are_free(
    parts: int, share: int
) -> None:
    shares = map_on_cores(lambda _: torch.get_num_threads(), range(parts))
    assert shares == [share] * parts
    assert torch.get_num_threads() == CORES


def test_the_first_error_ends_the_other_parts_too() -> None:
    def call(number: int) -> None:
        if number == 1:
            raise ValueError("number 1")
        wait_until_interrupted()
        pytest.fail("nobody interrupted it")

    with pytest.raises(ValueError, match="number 1"):
        map_on_cores(call, range(3))
    assert torch.get_num_threads() == CORES


def test_ctrl_c_ends_all_parts() -> None:
    together = threading.Barrier(3)
    ended: list[int] = []

    def call(number: int) -> None:
        together.wait(PATIENCE)
        try:
            if number == 1:
                os.kill(os.getpid(), signal.SIGINT)
            wait_until_interrupted()
        except SystemExit:
            ended.append(number)
            raise

    with pytest.raises(KeyboardInterrupt):
        map_on_cores(call, range(3))
    assert sorted(ended) == [0, 1, 2]


def test_windows_are_the_same_however_many_cores_share_them(
    course: Path, windows: list[Window]
) -> None:
    choice = chosen("tiny.pt", course)
    decoded = []
    for threads in (1, 2, 3):
        torch.set_num_threads(threads)
        decoded.append(load_engine(choice).decode(windows, ALL))
    assert [window.id for window in decoded[0]] == [0, 1, 2, 3, 4]
    assert [window.how.is_silent for window in decoded[0]] == [
        window.id == 2 for window in windows
    ]
    assert decoded[1] == decoded[0]
    assert decoded[2] == decoded[0]


def test_a_gpu_decodes_a_batch_as_a_whole() -> None:
    workers = [
        WhisperEngine(
            LoadedWhisper(WhisperChoice("x", None, None, device), random_whisper(1))
        )._count_workers()
        for device in ("cpu", "cuda")
    ]
    assert workers == [4, 1]


@pytest.mark.parametrize("failing", [0, 3])
@pytest.mark.parametrize(
    ("problem", "message"),
    [
        (MemoryError(), "the memory does not suffice for Whisper 'tiny.pt'"),
        (ModelError("no numbers", remedy="None."), "no numbers"),
    ],
)
def test_the_error_of_one_part_is_that_of_the_batch(
    course: Path,
    windows: list[Window],
    monkeypatch: pytest.MonkeyPatch,
    failing: int,
    problem: Exception,
    message: str,
) -> None:
    encode = WhisperEngine._encode

    def fail(self: WhisperEngine, part: list[Window]) -> batch.EncodedBatch:
        if failing in [window.id for window in part]:
            raise problem
        return encode(self, part)

    monkeypatch.setattr(WhisperEngine, "_encode", fail)
    with pytest.raises(ModelError, match=message):
        load_engine(chosen("tiny.pt", course)).decode(windows, EngineOptions(("ru",)))
