"""What engines do alike: a batch is encoded once, failed windows are tried for again, dense ones
heard in halves.

Which library computes is the business of those that build on it.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from konspekt.data import DecodedWindow, How
from konspekt.errors import ModelError
from konspekt.models.tokenizer import Polyglot, tokenizer_of
from konspekt.models.whisper import Choice
from konspekt.sound import is_silent, onset
from konspekt.transcribe.decode.alignment import AlignmentRequest, WordTiming
from konspekt.transcribe.decode.loop import DecodingRequest
from konspekt.transcribe.decode.options import DecodingOptions
from konspekt.transcribe.decode.prompt import is_echo, is_thin, prompt_tokens, select_terms
from konspekt.transcribe.decode.result import (
    DecodingResult,
    better_result,
    is_repetitive,
    needs_fallback,
)
from konspekt.transcribe.decode.sampling import window_seed
from konspekt.transcribe.decode.segments import SECONDS_PER_STAMP, build_segments
from konspekt.transcribe.engines.engine import Ask
from konspekt.transcribe.engines.halves import can_be_halved, halves
from konspekt.transcribe.speech.windows import Window

if TYPE_CHECKING:
    from torch import Tensor

MAX_INITIAL_TIMESTAMP = 1.0  # seconds; Whisper's own


@dataclass(frozen=True, slots=True)
class Heard:
    """A window's answer and its words (none where they were not asked for)."""

    answer: DecodingResult
    words: tuple[WordTiming, ...] = ()


class Encoded(Protocol):
    """The sound of a batch as the encoder left it. All that is asked of it, and all that it gives,
    is by the window's row in the batch.
    """

    def languages(self, among: Sequence[str]) -> dict[int, str]:
        """The likeliest of the languages (none: of all that Whisper knows) of each window."""

    def answers(
        self, requests: Mapping[int, DecodingRequest], manner: DecodingOptions
    ) -> dict[int, DecodingResult]:
        """Whisper's answers for the windows that are asked for."""

    def words(self, said: Mapping[int, AlignmentRequest]) -> dict[int, tuple[WordTiming, ...]]:
        """When each word of the texts was said."""


class BatchEngine(ABC):
    """An engine (see `Engine`) over whatever encodes a batch and answers."""

    def __init__(self, choice: Choice, whisper: Polyglot, *, demo: bool) -> None:
        self._choice = choice
        self._polyglot = whisper
        self._is_demo = demo

    @property
    def is_demo(self) -> bool:
        return self._is_demo

    @abstractmethod
    def _encode(self, windows: Sequence[Window]) -> Encoded:
        """The windows' sound, encoded."""

    def hear(self, windows: Sequence[Window], ask: Ask) -> list[DecodedWindow]:
        """What is heard in each window, see `Engine.hear`.

        A window of digital silence is not put to Whisper. What Whisper says where it hears silence
        itself stays, with the figures that tell: cleaning decides.
        """
        with _memory_errors(self._choice):
            heard = self._listen(windows, ask)
            parts = {
                n: halves(w)
                for n, w in enumerate(windows)
                if n in heard and _is_dense(heard[n].answer, w)
            }
            smaller = [half for pair in parts.values() for half in pair]
            again = self._listen(smaller, ask)
        decoded_windows: list[DecodedWindow] = []
        for n, window in enumerate(windows):
            if n not in parts:
                decoded_windows.append(
                    as_decoded_window(self._choice, self._polyglot, window, heard.get(n))
                )
                continue
            first = 2 * list(parts).index(n)
            decoded_windows += [
                as_decoded_window(
                    self._choice, self._polyglot, smaller[m], again.get(m), is_half=True
                )
                for m in (first, first + 1)
            ]
        return decoded_windows

    def _listen(self, windows: Sequence[Window], ask: Ask) -> dict[int, Heard]:
        """What Whisper says of each window that is not silent, by its place among `windows`."""
        import torch

        loud = [n for n, window in enumerate(windows) if not is_silent(window.samples)]
        if not loud:
            return {}
        asked = [windows[n] for n in loud]
        with torch.inference_mode():
            sound = self._encode(asked)
            answers = self._answers(asked, sound, ask)
            words = self._words(asked, sound, answers) if ask.word_times else {}
        return {n: Heard(answers[row], words.get(row, ())) for row, n in enumerate(loud)}

    def _answers(
        self, windows: Sequence[Window], sound: Encoded, ask: Ask
    ) -> dict[int, DecodingResult]:
        """Whisper's answers by row: those that fail are tried for again, at the next
        temperature.
        """
        languages = sound.languages(ask.languages)
        terms = select_terms(tokenizer_of(self._polyglot), ask.terms)
        latest = [
            round((onset(window.samples) + MAX_INITIAL_TIMESTAMP) / SECONDS_PER_STAMP)
            for window in windows
        ]
        tries: list[tuple[float, tuple[str, ...]]] = [
            (temperature, ()) for temperature in ask.temperatures
        ]
        if terms:  # what fails with a prompt may fail because of it
            tries.insert(0, (ask.temperatures[0], terms))
        best: dict[int, DecodingResult] = {}
        due = list(range(len(windows)))
        for temperature, prompted in tries:
            if not due:
                break
            requests = {
                row: DecodingRequest(
                    languages[row],
                    self._prefix(languages[row], prompted),
                    latest[row],
                    window_seed(windows[row]),
                    is_prompted=bool(prompted),
                )
                for row in due
            }
            answers = sound.answers(requests, DecodingOptions(temperature, ask.beam_size))
            check_numbers(self._choice, answers.values())
            fit = {
                row: one
                for row, one in answers.items()
                if not (
                    prompted
                    and (
                        is_echo(one.text, prompted) or is_thin(one.text, len(windows[row].samples))
                    )
                )
            }
            best |= {row: better_result(best.get(row), answer) for row, answer in fit.items()}
            due = [row for row in due if row not in fit or needs_fallback(fit[row])]
        return best

    def _prefix(self, language: str, terms: Sequence[str]) -> tuple[int, ...]:
        tokenizer = tokenizer_of(self._polyglot, language)
        return (*prompt_tokens(tokenizer, terms), *tokenizer.sot_sequence)

    def _words(
        self, windows: Sequence[Window], sound: Encoded, answers: Mapping[int, DecodingResult]
    ) -> dict[int, tuple[WordTiming, ...]]:
        eot = tokenizer_of(self._polyglot).eot
        said = {
            row: AlignmentRequest(
                answer.language,
                tuple(t for t in answer.tokens if t < eot),
                windows[row].end - windows[row].start,
            )
            for row, answer in answers.items()
        }
        return sound.words(said)


def check_numbers(choice: Choice, answers: Iterable[DecodingResult]) -> None:
    """Check that the figures of all answers are numbers.

    Raises ModelError where they are not: the weights are damaged, or the precision is too small.
    """
    if all(math.isfinite(one.avg_logprob) and math.isfinite(one.no_speech_prob) for one in answers):
        return
    on_cpu = choice.device == "cpu"
    where = f"in {choice.precision} on this {'CPU' if on_cpu else 'GPU'}"
    raise ModelError(
        f"Whisper {choice.name!r} computes what is no number (NaN) {where}",
        path=choice.path,
        remedy="Copy or convert the model again."
        if on_cpu
        else "Choose --device cpu (device in [transcribe]), or copy or convert the model again.",
    )


def _is_dense(answer: DecodingResult, window: Window) -> bool:
    """Whether a window holds more text than one answer; a loop is no text."""
    return answer.is_cut and not is_repetitive(answer) and can_be_halved(window)


def spectrograms(windows: Sequence[Window], n_mels: int) -> Tensor:
    """Spectrograms `(windows, n_mels, 3000)`: each window padded to 30 s of sound, as Whisper was
    trained.
    """
    import torch
    from whisper.audio import log_mel_spectrogram, pad_or_trim

    sound = [pad_or_trim(torch.from_numpy(window.samples)) for window in windows]
    return torch.stack([log_mel_spectrogram(samples, n_mels) for samples in sound])


def as_decoded_window(
    choice: Choice, whisper: Polyglot, window: Window, heard: Heard | None, *, is_half: bool = False
) -> DecodedWindow:
    """Whisper's answer for the window as a window; None where it was not asked, for there is
    nothing to hear.
    """
    how = How(
        choice.name,
        {"half": True} if is_half else {},  # the whole held more text than fits into one answer
        engine=choice.engine,
        device=choice.device,
        precision=choice.precision,
        is_silent=heard is None,
    )
    if heard is None:
        return DecodedWindow(window.id, window.start, window.end, None, (), how)
    answer = heard.answer
    noted = {"prompted": answer.is_prompted, "loop": answer.is_looping}
    how = replace(
        how,
        options={**how.options, **{name: True for name, is_so in noted.items() if is_so}},
        is_cut=answer.is_cut or answer.is_looping,
    )
    said = build_segments(tokenizer_of(whisper), answer, window.start, window.end, heard.words)
    return DecodedWindow(window.id, window.start, window.end, answer.language, said, how)


@contextmanager
def _memory_errors(choice: Choice) -> Iterator[None]:
    """Lack of memory as an error with the way out."""
    import torch

    error = ModelError(
        f"the memory does not suffice for Whisper {choice.name!r} on this {choice.device.upper()}",
        remedy="Choose a smaller --model (model in [transcribe]), or a smaller batch_size there.",
    )
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError):
        raise error from None
    except RuntimeError as problem:
        if "memory" not in str(problem):
            raise
        raise error from None
