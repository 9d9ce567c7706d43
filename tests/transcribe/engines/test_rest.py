"""Where a text ends before the speech in its window does, the rest is a window of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from konspekt.data import DecodedWindow
from konspekt.models.whisper import LoadedWhisper, load
from konspekt.transcribe.decode.loop import DecodingRequest
from konspekt.transcribe.decode.options import DecodingOptions
from konspekt.transcribe.decode.result import DecodingResult
from konspekt.transcribe.engines import whisper as whisper_engine
from konspekt.transcribe.engines.batch import batched
from konspekt.transcribe.engines.engine import EngineOptions
from konspekt.transcribe.engines.whisper import WhisperEngine
from konspekt.transcribe.speech.plan import FilePlan
from konspekt.transcribe.speech.windows import Window
from tests.processor import chosen
from tests.sounds import murmur

pytestmark = pytest.mark.usefixtures("one_core")

RU = EngineOptions(("ru",), terms=("тарантас",))
STAMPS = 50364  # the token of the time stamp 0.00
FIRST = (
    "Она стала перечислять заученным тоном. Нынче у нас щи флотские, битки по-казацки. Он сел "
    "возле каретного сарая на подножку тарантаса, о котором много говорили"
)
REST = "закиданного засохшей грязью."


@pytest.fixture(scope="module")
def model(course: Path) -> LoadedWhisper:
    return load(chosen("tiny.pt", course))


def result(text: str, until: float) -> DecodingResult:
    """A result with a text from the window's beginning to a second of it."""
    tokens = (STAMPS, 1000, STAMPS + round(until / 0.02))
    return DecodingResult("ru", tokens, text, -0.3, 0.1, 0.0)


def window(
    start: float, speech_end: float | None, *, number: int = 0, length: int = 20
) -> Window:
    return Window(number, start, start + length, murmur(length), speech_end)


def script(
    monkeypatch: pytest.MonkeyPatch, rest: DecodingResult
) -> list[Mapping[int, DecodingRequest]]:
    """Let planned windows have a text of 10 s, and what is decoded after them another one."""
    calls: list[Mapping[int, DecodingRequest]] = []

    def decode_windows(
        _: Any, requests: Mapping[int, DecodingRequest], __: DecodingOptions
    ) -> dict[int, DecodingResult]:
        calls.append(requests)
        answer = rest if len(calls) > 1 else result(FIRST, until=10)
        return dict.fromkeys(requests, answer)

    monkeypatch.setattr(whisper_engine, "decode_windows", decode_windows)
    return calls


def test_the_rest_of_a_text_that_ends_early_is_a_window_of_its_own(
    model: LoadedWhisper, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = script(monkeypatch, result(REST, until=8))
    first, second = WhisperEngine(model).decode(
        [window(100, 118)], replace(RU, terms=())
    )
    assert [(one.id, one.start, one.end) for one in (first, second)] == [
        (0, 100, 110),
        (0, 110, 120),
    ]
    assert (first.how.options, second.how.options) == ({}, {"rest": True})
    assert [(one.start, one.end) for one in second.segments] == [(110, 118)]
    assert len(calls) == 2


def test_a_rest_has_no_terms_in_its_prompt(
    model: LoadedWhisper, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = script(monkeypatch, result(REST, until=8))
    WhisperEngine(model).decode([window(100, 118)], RU)
    assert [request.is_prompted for call in calls for request in call.values()] == [
        True,
        False,
    ]


@pytest.mark.parametrize(
    "rest",
    [
        result("", until=8),
        replace(result(REST, until=8), no_speech_prob=0.7),
        replace(result(REST, until=8), avg_logprob=-1.1),
    ],
    ids=["no words", "no speech", "doubted"],
)
def test_a_rest_without_words_that_are_sure_is_left_out(
    model: LoadedWhisper, monkeypatch: pytest.MonkeyPatch, rest: DecodingResult
) -> None:
    script(monkeypatch, rest)
    (decoded,) = WhisperEngine(model).decode([window(100, 118)], replace(RU, terms=()))
    assert (decoded.start, decoded.end) == (100, 120)


@pytest.mark.parametrize(
    "windows",
    [
        [window(100, 110.9)],
        [window(100, None)],
    ],
    ids=["all is written", "speech is unknown"],
)
def test_other_windows_have_no_rest(
    model: LoadedWhisper, monkeypatch: pytest.MonkeyPatch, windows: list[Window]
) -> None:
    calls = script(monkeypatch, result(REST, until=8))
    decoded = WhisperEngine(model).decode(windows, replace(RU, terms=()))
    assert len(calls) == 1
    assert len(decoded) == len(windows)


@pytest.mark.parametrize("size", [1, 2, 8])
def test_rests_are_the_same_whatever_the_size_of_a_batch(
    model: LoadedWhisper, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """The second rest would begin in the sound of the third window, which holds it."""
    starts = (0, 20, 29, 49)
    cut = [window(start, None, number=row) for row, start in enumerate(starts)]
    planned = list(FilePlan(((0, 69 * 16_000),)).note_speech(cut, 0.0))
    engine = WhisperEngine(model)
    decoded: list[DecodedWindow] = []
    for batch in batched(planned, size):
        script(monkeypatch, result(REST, until=8))
        decoded += engine.decode(batch, replace(RU, terms=()))
    rests = [one.start for one in decoded if "rest" in one.how.options]
    assert rests == [10, 39, 59]


def test_a_window_knows_until_when_somebody_speaks_in_it() -> None:
    plan = FilePlan(((16_000, 32_000), (80_000, 400_000)))
    nothing = np.zeros(0, np.float32)

    def speech_end(start: float, end: float) -> float | None:
        (noted,) = plan.note_speech([Window(0, start, end, nothing)], 100.0)
        return noted.speech_end

    assert speech_end(100, 104) == 102
    assert speech_end(100, 110) == 110
    assert speech_end(102.5, 104) is None
    assert speech_end(100, 100.5) is None
    assert speech_end(120, 130) == 125
    (unknown,) = FilePlan().note_speech([Window(0, 0, 9, nothing)], 0.0)
    assert unknown.speech_end is None


def test_speech_that_the_next_window_holds_too_is_left_to_it() -> None:
    plan = FilePlan(((0, 640_000),))
    cut = [window(0, None), window(15, None, number=1), window(35, None, number=2)]
    assert [one.speech_end for one in plan.note_speech(cut, 0.0)] == [15, 35, 40]
