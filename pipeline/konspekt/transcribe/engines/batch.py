"""What engines do alike, whatever library computes.

A batch is encoded once. Windows whose text fails are decoded again, those with more text than one
result holds in halves. Where a text ends too early, the rest is decoded too.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, TypeVar

from konspekt.data import DecodedWindow, How
from konspekt.errors import ModelError, name_setting
from konspekt.models.tokenizer import Polyglot, tokenizer_of
from konspekt.models.whisper import WhisperChoice
from konspekt.sound import is_silent, onset
from konspekt.transcribe.decode.alignment import AlignmentRequest, Words
from konspekt.transcribe.decode.dictionary import dictionary_of
from konspekt.transcribe.decode.language import LanguageProbs
from konspekt.transcribe.decode.loop import DecodingRequest
from konspekt.transcribe.decode.options import DecodingOptions
from konspekt.transcribe.decode.prompt import (
    is_echo,
    is_thin,
    prompt_tokens,
    select_terms,
)
from konspekt.transcribe.decode.result import (
    DecodingResult,
    better_result,
    is_repetitive,
    needs_fallback,
    text_tokens,
)
from konspekt.transcribe.decode.sampling import window_seed
from konspekt.transcribe.decode.segments import (
    SECONDS_PER_STAMP,
    build_segments,
    round_figure,
)
from konspekt.transcribe.engines.engine import EngineOptions
from konspekt.transcribe.engines.halves import can_be_halved, halve
from konspekt.transcribe.engines.rest import is_sure, split_at_rest
from konspekt.transcribe.engines.side_by_side import map_on_cores, split_evenly
from konspekt.transcribe.speech.windows import Window

if TYPE_CHECKING:
    from torch import Tensor
    from whisper.tokenizer import Tokenizer

MAX_INITIAL_TIMESTAMP = 1.0  # seconds; Whisper's own
# Windows that are encoded at once, by device: more need memory and are no faster.
ENCODED_TOGETHER = {"cpu": 1, "cuda": 16}
# Only what may be invented is measured: that takes next to no time in a lecture, whose windows have
# 16 characters a second in the median.
MAX_SPARSE_RATE = 8.0
MAX_SHORT = 10.0  # seconds
T = TypeVar("T")
Part: TypeAlias = Literal["half", "rest"]


@dataclass(frozen=True, slots=True)
class TimedResult:
    """What Whisper wrote of a window, and its words where `word_times` is set."""

    result: DecodingResult
    words: Words = ()
    language_probs: LanguageProbs = field(default_factory=dict)  # none: it was set
    # share of the tokens at which the attention moves on; None: not measured
    moves: float | None = None


@dataclass(frozen=True, slots=True)
class DecodedRest:
    """The rest of a window, and what Whisper wrote of it."""

    window: Window
    found: TimedResult


@dataclass(frozen=True, slots=True)
class DecodingAttempt:
    """One way to decode windows, with the terms of its prompt and those that are words."""

    options: DecodingOptions
    terms: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


class EncodedBatch(Protocol):
    """The sound of a batch as the encoder left it; a window is named by its row in the batch."""

    def detect_languages(self, among: Sequence[str]) -> dict[int, LanguageProbs]:
        """Return how likely these languages are in each window; none: all that Whisper knows."""

    def decode(
        self, requests: Mapping[int, DecodingRequest], options: DecodingOptions
    ) -> dict[int, DecodingResult]:
        """Return the result of each requested window."""

    def align_words(self, requests: Mapping[int, AlignmentRequest]) -> dict[int, Words]:
        """Return when each word of the texts was spoken."""

    def measure_moves(
        self, requests: Mapping[int, AlignmentRequest]
    ) -> dict[int, float]:
        """Return the share of each text's tokens at which the attention moves on.

        Texts that are too short have none.
        """


class BatchEngine(ABC):
    """An engine (see `Engine`) over whatever encodes and decodes a batch."""

    def __init__(self, choice: WhisperChoice, whisper: Polyglot) -> None:
        self._choice = choice
        self._polyglot = whisper
        self._tokenizer = tokenizer_of(whisper)

    @abstractmethod
    def _encode(self, windows: Sequence[Window]) -> EncodedBatch:
        """Return the windows' sound, encoded."""

    def decode(
        self, windows: Sequence[Window], options: EngineOptions
    ) -> list[DecodedWindow]:
        """Return each window as Whisper decoded it, see `Engine.decode`.

        Digital silence is not decoded. A text where Whisper finds no speech itself stays, with the
        figures that show it: cleaning decides.
        """
        with _memory_errors(self._choice):
            results = self._decode(windows, options)
            halves = [
                halve(window) if _is_dense(window, result) else ()
                for window, result in zip(windows, results, strict=True)
            ]
            parts = [half for pair in halves for half in pair]
            results_of_parts = iter(self._decode(parts, options))
            rests = self._decode_rests(windows, results, options)
        decode = partial(as_decoded_window, self._choice, self._tokenizer)
        decoded: list[DecodedWindow] = []
        for row, (window, result) in enumerate(zip(windows, results, strict=True)):
            if row in rests:
                until, rest = rests[row]
                decoded.append(decode(until, result))
                decoded.append(decode(rest.window, rest.found, part="rest"))
            elif not halves[row]:
                decoded.append(decode(window, result))
            for half in halves[row]:
                decoded.append(decode(half, next(results_of_parts), part="half"))
        return decoded

    def _decode_rests(
        self,
        windows: Sequence[Window],
        results: Sequence[TimedResult | None],
        options: EngineOptions,
    ) -> dict[int, tuple[Window, DecodedRest]]:
        """Return the windows whose text ends too early, by row: up to where it ends, and the rest.

        Those are left out whose rest has no words that are sure.
        """
        split = self._find_rests(windows, results)
        parts = [rest for _, rest in split.values()]
        found = self._decode(parts, replace(options, terms=()))
        return {
            row: (until, DecodedRest(rest, one))
            for (row, (until, rest)), one in zip(split.items(), found, strict=True)
            if one is not None and is_sure(one.result)
        }

    def _find_rests(
        self, windows: Sequence[Window], results: Sequence[TimedResult | None]
    ) -> dict[int, tuple[Window, Window]]:
        """Return the windows whose text ends too early, by row, split where it ends."""
        split: dict[int, tuple[Window, Window]] = {}
        for row, (window, found) in enumerate(zip(windows, results, strict=True)):
            if found is None or _is_dense(window, found):
                continue
            begin = self._tokenizer.timestamp_begin
            pair = split_at_rest(window, found.result, begin)
            if pair is not None:
                split[row] = pair
        return split

    def _decode(
        self, windows: Sequence[Window], options: EngineOptions
    ) -> list[TimedResult | None]:
        """Return what Whisper wrote of each window; None for a silent one."""
        loud = [row for row, one in enumerate(windows) if not is_silent(one.samples)]
        results = self._decode_loud([windows[row] for row in loud], options)
        found = dict(zip(loud, results, strict=True))
        return [found.get(row) for row in range(len(windows))]

    def _decode_loud(
        self, windows: Sequence[Window], options: EngineOptions
    ) -> list[TimedResult]:
        """Return what Whisper wrote of windows none of which is silent."""
        workers = min(self._count_workers(), len(windows))
        if workers < 2:
            return self._decode_part(options, windows)
        parts = split_evenly(windows, workers)
        found = map_on_cores(partial(self._decode_part, options), parts)
        return list(chain.from_iterable(found))

    def _count_workers(self) -> int:
        """Return how many parts of a batch are decoded side by side at most."""
        return 1

    def _decode_part(
        self, options: EngineOptions, windows: Sequence[Window]
    ) -> list[TimedResult]:
        """Return what Whisper wrote of windows that are encoded and decoded together."""
        import torch

        if not windows:
            return []
        words: Mapping[int, Words] = {}
        with torch.inference_mode():
            batch = self._encode(windows)
            probs = batch.detect_languages(options.languages)
            languages = {row: next(iter(found)) for row, found in probs.items()}
            results = self._decode_with_fallback(windows, languages, batch, options)
            requests = self._alignment_requests(windows, results)
            if options.word_times:
                words = batch.align_words(requests)
            moves = batch.measure_moves(
                {
                    row: requests[row]
                    for row, window in enumerate(windows)
                    if may_be_invented(results[row], window)
                }
            )
        return [
            TimedResult(
                results[row],
                words.get(row, ()),
                {} if len(options.languages) == 1 else probs[row],
                moves.get(row),
            )
            for row in range(len(windows))
        ]

    def _decode_with_fallback(
        self,
        windows: Sequence[Window],
        languages: Mapping[int, str],
        batch: EncodedBatch,
        options: EngineOptions,
    ) -> dict[int, DecodingResult]:
        """Return the best result of each row; those that fail are decoded at the next attempt."""
        best: dict[int, DecodingResult] = {}
        due = dict(enumerate(windows))
        for attempt in plan_attempts(self._tokenizer, options):
            for row, result in self._try(attempt, due, languages, batch).items():
                best[row] = better_result(best.get(row), result)
                if not needs_fallback(result):
                    del due[row]
            if not due:
                break
        return best

    def _try(
        self,
        attempt: DecodingAttempt,
        windows: Mapping[int, Window],
        languages: Mapping[int, str],
        batch: EncodedBatch,
    ) -> dict[int, DecodingResult]:
        """Return the results of some rows at one attempt, without those that the prompt spoilt."""
        requests = {
            row: self._request(window, languages[row], attempt)
            for row, window in windows.items()
        }
        results = batch.decode(requests, attempt.options)
        check_numbers(self._choice, results.values())
        return {
            row: results[row]
            for row, window in windows.items()
            if not is_spoilt_by_prompt(results[row], attempt.terms, window)
        }

    def _request(
        self, window: Window, language: str, attempt: DecodingAttempt
    ) -> DecodingRequest:
        tokenizer = tokenizer_of(self._polyglot, language)
        latest = onset(window.samples) + MAX_INITIAL_TIMESTAMP
        return DecodingRequest(
            language,
            (*prompt_tokens(tokenizer, attempt.terms), *tokenizer.sot_sequence),
            round(latest / SECONDS_PER_STAMP),
            window_seed(window),
            is_prompted=bool(attempt.terms),
            dictionary=dictionary_of(language, attempt.words),
        )

    def _alignment_requests(
        self, windows: Sequence[Window], results: Mapping[int, DecodingResult]
    ) -> dict[int, AlignmentRequest]:
        requests: dict[int, AlignmentRequest] = {}
        for row, result in results.items():
            text = text_tokens(result.tokens, self._tokenizer.eot)
            duration = windows[row].sound_duration
            requests[row] = AlignmentRequest(result.language, text, duration)
        return requests


def plan_attempts(
    tokenizer: Tokenizer, options: EngineOptions
) -> list[DecodingAttempt]:
    """Return the attempts in order; what fails with a prompt is first tried without it."""
    attempts = [
        DecodingAttempt(
            DecodingOptions(temperature, options.beam_size), words=options.words
        )
        for temperature in options.temperatures
    ]
    if terms := select_terms(tokenizer, options.terms):
        attempts.insert(0, replace(attempts[0], terms=terms))
    return attempts


def is_spoilt_by_prompt(
    result: DecodingResult, terms: Sequence[str], window: Window
) -> bool:
    """Return whether a text only echoes its prompt, or is too short for its sound."""
    if not terms:
        return False
    return is_echo(result.text, terms) or is_thin(result.text, len(window.samples))


def may_be_invented(result: DecodingResult, window: Window) -> bool:
    """Return whether a text is one that Whisper may write where nobody speaks.

    It has few letters for its time, or its window is short.
    """
    rate = len(result.text) / window.sound_duration
    return rate < MAX_SPARSE_RATE or window.sound_duration < MAX_SHORT


def check_numbers(choice: WhisperChoice, results: Collection[DecodingResult]) -> None:
    """Check that all figures are numbers.

    Raises ModelError where they are not: the weights are damaged, or the precision is too small.
    """
    figures = [(one.avg_logprob, one.no_speech_prob) for one in results]
    if all(map(math.isfinite, chain.from_iterable(figures))):
        return
    on_cpu = choice.device == "cpu"
    where = f"in {choice.precision} on this {'CPU' if on_cpu else 'GPU'}"
    remedy = "Copy or convert the model again."
    if not on_cpu:
        device = name_setting("transcribe.device", "cpu")
        remedy = f"Choose {device}, or copy or convert the model again."
    raise ModelError(
        f"Whisper {choice.name!r} computes what is no number (NaN) {where}",
        path=choice.path,
        remedy=remedy,
    )


def _is_dense(window: Window, found: TimedResult | None) -> bool:
    """Return whether a window holds more text than one result; a repetition loop is no text."""
    if found is None or not found.result.is_cut:
        return False
    return can_be_halved(window) and not is_repetitive(found.result)


def batched(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Return the items in order, `size` at a time, as `itertools.batched` of Python 3.12 does."""
    return (items[first : first + size] for first in range(0, len(items), size))


def spectrograms(windows: Sequence[Window], n_mels: int) -> Tensor:
    """Return spectrograms `(windows, n_mels, 3000)`, each window padded to 30 s of sound."""
    import torch
    from whisper.audio import log_mel_spectrogram, pad_or_trim

    sound = [pad_or_trim(torch.from_numpy(window.samples)) for window in windows]
    return torch.stack([log_mel_spectrogram(samples, n_mels) for samples in sound])


def as_decoded_window(
    choice: WhisperChoice,
    tokenizer: Tokenizer,
    window: Window,
    found: TimedResult | None,
    *,
    part: Part | None = None,
) -> DecodedWindow:
    """Return a window with what Whisper wrote of it; `found` is None where it is silent.

    `part` says which part it is of the window that was planned; None: all of it, or its beginning.
    """
    how = How(
        choice.name,
        {part: True} if part else {},
        engine=choice.engine,
        device=choice.device,
        precision=choice.precision,
        is_silent=found is None,
    )
    silent = empty_window(window, how)
    if found is None:
        return silent
    result = found.result
    return replace(
        silent,
        language=result.language,
        segments=build_segments(tokenizer, window, result, found.words),
        how=note_result(
            replace(
                how,
                language_probs=found.language_probs,
                attention_moves=round_figure(found.moves),
            ),
            result,
        ),
    )


def empty_window(window: Window, how: How) -> DecodedWindow:
    """Return a window of which nothing is decoded yet."""
    start, end, pauses = window.start, window.end, window.pauses
    return DecodedWindow(window.id, start, end, None, (), how, left_out=pauses)


def note_result(how: How, result: DecodingResult) -> How:
    """Return `how` with what is to be known of a result."""
    marks = {"prompted": result.is_prompted, "loop": result.is_looping}
    options = {name: True for name, is_so in marks.items() if is_so}
    is_cut = result.is_cut or result.is_looping
    return replace(how, options={**how.options, **options}, is_cut=is_cut)


@contextmanager
def _memory_errors(choice: WhisperChoice) -> Iterator[None]:
    """Turn a lack of memory into a ModelError with the way out."""
    error = ModelError(
        f"the memory does not suffice for Whisper {choice.name!r} on this {choice.device.upper()}",
        remedy=f"Choose a smaller {name_setting('transcribe.model')}, "
        f"or a smaller {name_setting('transcribe.batch_size', option=None)}.",
    )
    try:
        yield
    except MemoryError:
        raise error from None
    except RuntimeError as problem:  # torch's own
        if "memory" in str(problem):
            raise error from None
        raise
