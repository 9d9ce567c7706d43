"""An engine whose answers are written here, and a detector whose probabilities are.

With them transcription is the same on every processor: what is left is what it makes of answers.
Lengths, levels, probabilities and figures are drawn, so densely that some lie close to each limit
on either side: whoever moves one changes the result.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from konspekt.course.settings import TranscribeOptions
from konspekt.data import (
    DecodedWindow,
    How,
    Part,
    RawTranscript,
    SecondPassCandidate,
)
from konspekt.models.tokenizer import tokenizer_of
from konspekt.models.whisper import WhisperChoice
from konspekt.transcribe import run_second_pass, transcribe
from konspekt.transcribe.decode import alignment
from konspekt.transcribe.decode.alignment import AlignmentRequest, WordTiming
from konspekt.transcribe.decode.language import LanguageProbs
from konspekt.transcribe.decode.loop import DecodingRequest
from konspekt.transcribe.decode.options import DecodingOptions
from konspekt.transcribe.decode.result import (
    DecodingResult,
    ends_in_loop,
    text_tokens,
)
from konspekt.transcribe.engines import ENGINES
from konspekt.transcribe.engines.batch import BatchEngine
from konspekt.transcribe.engines.engine import EngineKind, EngineOptions
from konspekt.transcribe.second_pass_plan import SecondPassWindow, plan_second_pass
from konspekt.transcribe.speech import plan
from konspekt.transcribe.speech.packing import Lengths, pack_windows
from konspekt.transcribe.speech.regions import find_speech, trace_speech
from konspekt.transcribe.speech.vad import FRAME
from konspekt.transcribe.speech.windows import Grid, Window
from tests.sounds import RATE_HZ, write_wav

Sound = NDArray[np.float32]
NAME = "scripted"
OPTIONS = TranscribeOptions(
    model="whisper.pt",
    engine=NAME,
    device="cpu",
    batch_size=2,
    temperatures=(0.0, 0.4),
    word_times=True,
)
# More than a prompt holds.
TERMS = tuple(f"термин{number}" for number in range(24))
VOCABULARY = (
    "и в не что на это как мы по так если модель слово окно ошибка оценка текст звук речь порог "
    "шаг вектор матрица градиент функция производная вероятность распределение запись лекция"
)
WORDS = VOCABULARY.split()
TEMPERATURES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


class Stretch(NamedTuple):
    """Frames that are alike."""

    frames: int
    level: float  # dBFS
    probability: float  # of speech


def frames_of(seconds: float) -> int:
    """Return the number of whole frames nearest to so many seconds."""
    return round(seconds * RATE_HZ / FRAME)


def pauses(random: Random) -> Iterator[Stretch]:
    """Yield short speech between short pauses, then speech between pauses that part it."""
    for _ in range(120):
        yield Stretch(frames_of(0.1 + 0.5 * random.random()), -25.0, 0.9)
        yield Stretch(frames_of(0.05 + 0.6 * random.random()), -60.0, 0.01)
    for step in range(24):
        yield Stretch(frames_of(1 + random.random()), -25.0, 0.9)
        yield Stretch(frames_of(3.5 + 0.2 * step), -60.0, 0.01)


def doubts(random: Random) -> Iterator[Stretch]:
    """Yield stretches of doubtful speech, apart, around each limit."""
    for limit in (0.15, 0.35, 0.5):
        for step in range(-12, 13):
            yield Stretch(frames_of(0.5 + random.random()), -25.0, limit + step / 100)
            yield Stretch(frames_of(2.0), -60.0, 0.01)


def long_speech(random: Random) -> Iterator[Stretch]:
    """Yield speech longer than a window, with pauses and with places where it is less likely."""
    for length in (33, 41, 52, 60, 75, 90):
        left = frames_of(length)
        while left > 0:
            run = min(left, 1 + int(40 * random.random()))
            yield Stretch(run, -25.0, 0.45 + 0.5 * random.random())
            if random.random() < 0.3:
                yield Stretch(1 + int(6 * random.random()), -45.0, 0.3)
            left -= run
        yield Stretch(frames_of(12.0), -60.0, 0.0)
    for length in (32, 38, 47, 65, 84):  # nobody pauses
        for _ in range(frames_of(length)):
            yield Stretch(1, -25.0, 0.5 + 0.5 * random.random())
        yield Stretch(frames_of(12.0), -60.0, 0.0)


def levels(random: Random, loud: float, gate: float) -> Iterator[Stretch]:
    """Yield speech whose level spreads around the gate, and speech with a few loud frames."""
    for _ in range(30):
        yield Stretch(frames_of(0.8), loud - 8 * random.random(), 0.9)
        yield Stretch(frames_of(1.0), -96.0, 0.0)
    for step in range(-20, 21):
        yield Stretch(frames_of(0.6), gate + step / 2, 0.9)
        yield Stretch(frames_of(1.0), -96.0, 0.0)
    for silent in range(8, 40):  # digital silence that the detector takes for speech
        yield Stretch(2, loud, 0.9)
        yield Stretch(silent, -200.0, 0.9)
        yield Stretch(frames_of(1.0), -96.0, 0.0)


# What is transcribed: seconds of speech and of silence after it, file by file.
SPOKEN = (((31.0, 4.0), (22.0, 0.8)), ((40.0, 12.0), (9.0, 3.0)))
FILES = tuple(
    tuple(
        stretch
        for loud, silent in file
        for stretch in (
            Stretch(frames_of(loud), -12.0, 1.0),
            Stretch(frames_of(silent), -90.0, 0.0),
        )
    )
    for file in SPOKEN
)
# What is only planned. The gate lies below the speech of the loud file, in the other at its lowest.
PLANNED = (
    tuple(pauses(Random("pauses"))),
    tuple(doubts(Random("doubts"))),
    tuple(long_speech(Random("long"))),
    tuple(levels(Random("loud"), -16.0, -60.0)),
    tuple(levels(Random("quiet"), -45.0, -70.0)),
)


def sound_of(stretches: Iterable[Stretch]) -> Sound:
    """Return sound with these levels."""
    alike = list(stretches)
    heights = [10 ** (one.level / 20) for one in alike]
    by_frame = np.repeat(np.array(heights, np.float32), [one.frames for one in alike])
    wave = np.resize(np.array([1, -1], np.float32), FRAME)
    sound: Sound = np.outer(by_frame, wave).ravel()
    return sound


class ScriptedDetector:
    """A voice activity detector that gives the probabilities of the files, one after another."""

    identity = "scripted 1"

    def __init__(self, files: Iterable[Sequence[Stretch]] = FILES) -> None:
        self._files = iter(files)

    def probabilities(self, blocks: Iterable[Sound]) -> Iterator[Sound]:
        for _ in blocks:
            pass
        stretches = next(self._files)
        yield np.repeat(
            np.array([one.probability for one in stretches], np.float32),
            [one.frames for one in stretches],
        )


class _Vocabulary:
    """A multilingual Whisper, as far as its tokens go."""

    is_multilingual = True
    num_languages = 99


class ScriptedDecoder:
    """Whisper's decoder as far as words are aligned: attention that wanders along the sound."""

    def __init__(self, sound: Any, slots: slice) -> None:
        del sound, slots

    def align(self, texts: Any) -> tuple[Any, Any]:
        import torch

        windows, tokens = texts.shape
        places = torch.arange(1500)[None, :]
        middles = torch.arange(tokens)[:, None] * 7.3 + 20
        heads = [
            4 * torch.exp(-(((places - middles - shift) / width) ** 2))
            + torch.sin(places * 1.7 + middles * shift)
            for shift, width in ((0, 5.0), (3, 9.0))
        ]
        return texts, torch.stack(heads).expand(windows, -1, -1, -1)

    def logits(self, states: Any) -> Any:
        import torch

        places = torch.arange(len(states))
        logits = torch.zeros(len(states), 51865)
        logits[places, states] = 8 + 4 * torch.cos(places * 1.3)
        return logits


class ScriptedBatch:
    """Answers by window, prompt and temperature."""

    def __init__(self, windows: Sequence[Window]) -> None:
        self._windows = windows

    def detect_languages(self, among: Sequence[str]) -> dict[int, LanguageProbs]:
        known = tuple(among) or ("ru", "en")
        return {
            row: {known[window.id % len(known)]: 0.75}
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
        sound: Any = SimpleNamespace(
            bring_to_front=list, whisper=_Vocabulary(), device="cpu"
        )
        aligned = {
            row: request
            for row, request in requests.items()
            if self._windows[row].id % 60 == 0
        }
        words = {
            row: draw_times(request)
            for row, request in requests.items()
            if row not in aligned
        }
        return words | alignment.align_words(sound, aligned)

    def measure_moves(
        self, requests: Mapping[int, AlignmentRequest]
    ) -> dict[int, float]:
        return {row: 1 / (1 + len(one.tokens)) for row, one in requests.items()}


def answer(
    window: Window, request: DecodingRequest, temperature: float
) -> DecodingResult:
    """Return the answer for a window: two segments between time stamps."""
    random = Random(f"{window.id} {temperature} {len(request.prefix)} {request.seed}")
    tokenizer = tokenizer_of(_Vocabulary(), request.language)
    stamp = tokenizer.timestamp_begin
    length = round(window.sound_duration / 0.02)
    first = " " + draw_text(random, window.sound_duration, prompted=request.is_prompted)
    second = f' Окно «{window.id}» , "вот" ( так ) .'
    tokens = [stamp + min(request.latest, length), *tokenizer.encode(first)]
    tokens += [stamp + length // 2, stamp + length // 2, *tokenizer.encode(second)]
    tokens.append(stamp + length)
    ends = [*tokenizer.encode(first)]
    return DecodingResult(
        language=request.language,
        tokens=tuple(tokens),
        text=(first + second).strip(),
        avg_logprob=-0.3 - 1.2 * random.random(),
        no_speech_prob=0.3 + 0.6 * random.random(),
        temperature=temperature,
        is_cut=random.random() < 0.4,
        is_looping=ends_in_loop(text_tokens(ends, tokenizer.eot)),
        is_prompted=request.is_prompted,
    )


def draw_times(request: AlignmentRequest) -> tuple[WordTiming, ...]:
    """Return the words of a text, one token after another in equal steps."""
    tokenizer = tokenizer_of(_Vocabulary(), request.language)
    tokens = list(request.tokens)
    times = [request.duration * place / len(tokens) for place in range(len(tokens) + 1)]
    probabilities = [1 / (3 + place) for place in range(len(tokens))]
    return alignment.time_words(tokenizer, tokens, times, probabilities)


def draw_text(random: Random, seconds: float, *, prompted: bool) -> str:
    """Return text with some letters a second, of which a share repeats itself.

    With a prompt it may hold a few of its terms in a row.
    """
    kind = random.random()
    text = ""
    if prompted and kind < 0.5:
        first = int(16 * random.random())
        text = f"{' '.join(TERMS[first : first + 1 + int(4 * random.random())])} "
    letters = seconds * (4 + 4 * random.random() if 0.5 < kind < 0.7 else 14)
    while len(text) < letters:
        text += f"{WORDS[int(random.random() * len(WORDS))]} "
    if random.random() < 0.5:
        period = 1 + int(8 * random.random()) if random.random() < 0.5 else 14
        repeated = " ".join(text.split()[:period])
        most = 24 if period > 2 else 90
        text += f" {repeated}" * (3 + int(most * random.random()))
    return text.strip()


class ScriptedEngine(BatchEngine):
    """An engine that encodes nothing and answers by the script."""

    def __init__(self, choice: WhisperChoice) -> None:
        super().__init__(choice, _Vocabulary())

    def _encode(self, windows: Sequence[Window]) -> ScriptedBatch:
        return ScriptedBatch(windows)


KIND = EngineKind(
    NAME,
    "answers of a script",
    choose=lambda choice: replace(choice, engine=NAME, precision="float32"),
    load=ScriptedEngine,
)


CHOICE = WhisperChoice(NAME, Path("whisper.pt"), "0", "cpu", engine=NAME)


def plan_at_limits() -> list[Any]:
    """Return speech regions and windows of the files that are only planned."""
    detector = ScriptedDetector(PLANNED)
    lengths = Lengths.of(Grid(OPTIONS.window, OPTIONS.overlap))
    plans: list[Any] = []
    for stretches in PLANNED:
        trace = trace_speech([sound_of(stretches)], detector)
        speech = find_speech(trace)
        packing = pack_windows(trace, speech, lengths)
        found = [packing.windows, packing.left_out]
        plans.append([speech.spoken, speech.possible, *found])
    return plans


def decode_at_limits() -> list[DecodedWindow]:
    """Return many windows of many lengths, decoded."""
    random = Random("windows")
    sound = sound_of([Stretch(frames_of(31), -12.0, 1.0)])
    engine = ScriptedEngine(CHOICE)
    options = EngineOptions(("ru",), TEMPERATURES, terms=TERMS, word_times=True)
    windows: list[Window] = []
    for number in range(240):
        samples = sound[: round(RATE_HZ * (12 + 18 * random.random()))]
        start = number * 30.0
        end = start + len(samples) / RATE_HZ
        windows.append(Window(number, start, end, samples))
    with listed():
        return engine.decode(windows, options)


def second_pass_at_limits() -> tuple[SecondPassWindow, ...]:
    """Return the windows of many candidates, in two parts of a recording."""
    parts = (Part("a", 0.0, 4500.0, "0"), Part("b", 4500.0, 5000.0, "1"))
    how = How("scripted")
    first = tuple(
        DecodedWindow(number, 25.0 * number, 25.0 * number + 30, "ru", (), how)
        for number in range(380)
    )
    return plan_second_pass(candidates_in(first), parts, first)


def candidates_in(first: Sequence[DecodedWindow]) -> tuple[SecondPassCandidate, ...]:
    """Return candidates of many lengths, at many distances from where a window begins."""
    random = Random("candidates")
    lengths = (0.7, 0.9, 1.1, 1.3, 5.0, 17.0, 21.0, 23.5, 26.0, 40.0, 52.0, 75.0)
    found = []
    for number, window in enumerate(first[::3]):
        start = window.start + 3 + 4 * random.random() - 2
        length = lengths[number % len(lengths)]
        end = start + length
        found.append(
            SecondPassCandidate(start, end, "removed", ("loop",), "drawn", length)
            if number % 2
            else SecondPassCandidate(start, end, "not transcribed", (), "drawn", length)
        )
    return tuple(found)


@contextmanager
def listed() -> Iterator[None]:
    """Enter the engine and the detector into their lists for a while."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(ENGINES, NAME, KIND)
        patch.setitem(plan.DETECTORS, "silero", ScriptedDetector)
        patch.setattr(alignment, "Decoder", ScriptedDecoder)
        yield


def transcribe_by_script(folder: Path) -> tuple[RawTranscript, RawTranscript]:
    """Return both passes over the files, made in `folder`."""
    (folder / "whisper.pt").write_bytes(b"no weights")
    paths = [folder / f"{number}.wav" for number in range(len(FILES))]
    for path, stretches in zip(paths, FILES, strict=True):
        write_wav(path, sound_of(stretches))
    names = [path.name for path in paths]
    with listed():
        first = transcribe(
            "lecture",
            paths,
            names,
            OPTIONS,
            folder=folder,
            journal=folder / "first",
            terms=TERMS,
        )
        second = run_second_pass(
            first,
            candidates_in(first.windows),
            paths,
            OPTIONS,
            folder=folder,
            journal=folder / "second",
        )
    return first, second
