"""An engine whose answers are written here, and a detector that takes what is loud for speech.

With them transcription is the same on every processor: what is left is what it makes of answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from konspekt.course.settings import TranscribeOptions
from konspekt.data import RawTranscript, SecondPassCandidate
from konspekt.models.tokenizer import tokenizer_of
from konspekt.models.whisper import WhisperChoice
from konspekt.transcribe import run_second_pass, transcribe
from konspekt.transcribe.decode.alignment import AlignmentRequest, WordTiming
from konspekt.transcribe.decode.loop import DecodingRequest
from konspekt.transcribe.decode.options import DecodingOptions
from konspekt.transcribe.decode.result import DecodingResult
from konspekt.transcribe.engines import ENGINES
from konspekt.transcribe.engines.batch import BatchEngine
from konspekt.transcribe.engines.engine import EngineKind
from konspekt.transcribe.speech import plan
from konspekt.transcribe.speech.vad import FRAME
from konspekt.transcribe.speech.windows import Window
from tests.sounds import RATE_HZ, write_wav

Sound = NDArray[np.float32]
NAME = "scripted"
OPTIONS = TranscribeOptions(
    model="whisper.pt", engine=NAME, device="cpu", batch_size=2, temperatures=(0.0, 0.4)
)
CANDIDATES = (
    SecondPassCandidate(20.0, 27.0, "not transcribed", (), "scripted", 7.0),
    SecondPassCandidate(64.0, 70.0, "removed", ("loop",), "scripted", 6.0),
)
# Seconds of sound and of silence after it.
SPOKEN = ((31.0, 4.0), (22.0, 0.8), (40.0, 12.0), (9.0, 3.0))


class LoudIsSpeech:
    """A voice activity detector that takes for speech whatever is loud."""

    identity = "loud 1"

    def probabilities(self, blocks: Iterable[Sound]) -> Iterator[Sound]:
        whole = np.concatenate(list(blocks))
        filled = np.concatenate([whole, np.zeros(-len(whole) % FRAME, np.float32)])
        loudest = np.abs(filled.reshape(-1, FRAME)).max(axis=1)
        yield (loudest > 0.001).astype(np.float32)


class _Vocabulary:
    """A multilingual Whisper, as far as its tokens go."""

    is_multilingual = True
    num_languages = 99


class ScriptedBatch:
    """Answers by the number of the window: fine, doubted at first, a loop, cut, doubted."""

    def __init__(self, windows: Sequence[Window]) -> None:
        self._windows = windows

    def detect_languages(self, among: Sequence[str]) -> dict[int, str]:
        known = tuple(among) or ("ru", "en")
        return {
            row: known[window.id % len(known)]
            for row, window in enumerate(self._windows)
        }

    def decode(
        self, requests: Mapping[int, DecodingRequest], options: DecodingOptions
    ) -> dict[int, DecodingResult]:
        return {
            row: answer(self._windows[row], request, options.temperature)
            for row, request in requests.items()
        }

    def align_words(
        self, requests: Mapping[int, AlignmentRequest]
    ) -> dict[int, tuple[WordTiming, ...]]:
        return dict.fromkeys(requests, ())


def answer(
    window: Window, request: DecodingRequest, temperature: float
) -> DecodingResult:
    """Return the answer for a window: two segments between time stamps."""
    kind = window.id % 5
    tokenizer = tokenizer_of(_Vocabulary(), request.language)
    length = window.end - window.start
    middle, end = round(length / 2 / 0.02), round(length / 0.02)
    first = f" Окно номер {window.id}, начало."
    second = " И его конец." if kind != 2 else " И его конец." * 12
    stamp = tokenizer.timestamp_begin
    tokens = [stamp, *tokenizer.encode(first), stamp + middle, stamp + middle]
    tokens += [*tokenizer.encode(second), stamp + end]
    is_doubted = kind == 4 or (kind == 1 and temperature == 0)
    return DecodingResult(
        language=request.language,
        tokens=tuple(tokens),
        text=(first + second).strip(),
        avg_logprob=-1.5 if is_doubted else -0.25,
        no_speech_prob=0.7 if kind == 4 else 0.1,
        temperature=temperature,
        is_cut=kind == 3 and length > 15,
    )


class ScriptedEngine(BatchEngine):
    """An engine that encodes nothing and answers by the script."""

    def __init__(self, choice: WhisperChoice) -> None:
        super().__init__(choice, _Vocabulary(), demo=False)

    def _encode(self, windows: Sequence[Window]) -> ScriptedBatch:
        return ScriptedBatch(windows)


KIND = EngineKind(
    NAME,
    "answers of a script",
    choose=lambda choice: replace(choice, engine=NAME, precision="float32"),
    load=ScriptedEngine,
)


@contextmanager
def listed() -> Iterator[None]:
    """Enter the engine and the detector into their lists for a while."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(ENGINES, NAME, KIND)
        patch.setitem(plan.DETECTORS, "silero", LoudIsSpeech)
        yield


def transcribe_by_script(folder: Path) -> tuple[RawTranscript, RawTranscript]:
    """Return both passes over two files of loud stretches between silences, made in `folder`."""
    (folder / "whisper.pt").write_bytes(b"no weights")
    paths = [folder / "one.wav", folder / "two.wav"]
    for path, stretches in zip(paths, (SPOKEN[:2], SPOKEN[2:]), strict=True):
        write_wav(path, sound_of(stretches))
    names = [path.name for path in paths]
    with listed():
        first = transcribe(
            "lecture", paths, names, OPTIONS, folder=folder, journal=folder / "first"
        )
        second = run_second_pass(
            first, CANDIDATES, paths, OPTIONS, folder=folder, journal=folder / "second"
        )
    return first, second


def sound_of(stretches: Iterable[tuple[float, float]]) -> Sound:
    """Return loud stretches, each with its silence after it."""
    pieces = []
    for loud, silent in stretches:
        count = round(loud * RATE_HZ)
        pieces.append(np.resize(np.array([0.25, -0.25], np.float32), count))
        pieces.append(np.zeros(round(silent * RATE_HZ), np.float32))
    return np.concatenate(pieces)
