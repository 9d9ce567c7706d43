"""openai-whisper as an engine: a batch is encoded once, and everything else is done with what that gave.

`whisper.transcribe` is not used: it hears one window after another, steers each by the text of the last (so that a loop
goes on), and needs the whole recording in memory. Nor is `whisper.decode`, whose answers these are: it takes one
temperature, prompt and list of languages for a whole batch, one window only for a beam search, and holds every window
up until the last has ended.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.data import Hearing, How
from pipeline.errors import ModelError
from pipeline.sound import is_silent, onset
from pipeline.transcribe.alignment import Said, TimedWord, words_of
from pipeline.transcribe.answers import Answer, better, fails, repeats_itself
from pipeline.transcribe.decoder import Sound
from pipeline.transcribe.drawing import seed_of
from pipeline.transcribe.engine import Ask
from pipeline.transcribe.halves import can_be_halved, halves
from pipeline.transcribe.language import spoken_in, tokenizer_of
from pipeline.transcribe.layout import lay_out
from pipeline.transcribe.manner import Manner
from pipeline.transcribe.model import Choice, Model, load
from pipeline.transcribe.prompt import fitting, is_echo, prompt_tokens
from pipeline.transcribe.segments import SECONDS_PER_STAMP, segments
from pipeline.transcribe.windows import Window
from pipeline.transcribe.writing import Request, answers_of

if TYPE_CHECKING:
    from torch import Tensor

MAX_INITIAL_TIMESTAMP = 1.0  # seconds; Whisper's own
ENCODED_TOGETHER = {"cpu": 1, "cuda": 16}  # windows: more at once need memory and are no faster


@dataclass(frozen=True, slots=True)
class Heard:
    """A window's answer and its words (none where they were not asked for)."""

    answer: Answer
    words: tuple[TimedWord, ...] = ()


class WhisperEngine:
    """A Whisper of openai-whisper, ready to hear."""

    def __init__(self, model: Model) -> None:
        self._model = model

    @property
    def is_demo(self) -> bool:
        return self._model.demo

    def hear(self, windows: Sequence[Window], ask: Ask) -> list[Hearing]:
        """What is heard in each window, see `Engine.hear`.

        A window of digital silence is not put to Whisper. What Whisper says where it hears silence itself stays, with
        the figures that tell: cleaning decides.
        """
        with _memory_errors(self._model):
            heard = self._listen(windows, ask)
            parts = {n: halves(w) for n, w in enumerate(windows) if n in heard and _is_dense(heard[n].answer, w)}
            smaller = [half for pair in parts.values() for half in pair]
            again = self._listen(smaller, ask)
        hearings: list[Hearing] = []
        for n, window in enumerate(windows):
            if n not in parts:
                hearings.append(as_hearing(self._model, window, heard.get(n)))
                continue
            first = 2 * list(parts).index(n)
            found = [as_hearing(self._model, smaller[m], again.get(m), is_half=True) for m in (first, first + 1)]
            hearings += found
        return hearings

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

    def _encode(self, windows: Sequence[Window]) -> Sound:
        """The encoder's features as the decoder reads them; they themselves are not kept."""
        together = ENCODED_TOGETHER[self._model.choice.device]
        pieces = (windows[first : first + together] for first in range(0, len(windows), together))
        whisper = self._model.whisper
        features = (whisper.encoder(log_mel(self._model, piece).to(self._model.dtype)) for piece in pieces)
        return Sound(whisper, features, len(windows))

    def _answers(self, windows: Sequence[Window], sound: Sound, ask: Ask) -> dict[int, Answer]:
        """Whisper's answers by row: those that fail are tried for again, at the next temperature."""
        whisper = self._model.whisper
        languages = spoken_in(whisper, sound, ask.languages)
        terms = fitting(tokenizer_of(whisper), ask.terms)
        latest = [round((onset(window.samples) + MAX_INITIAL_TIMESTAMP) / SECONDS_PER_STAMP) for window in windows]
        tries: list[tuple[float, tuple[str, ...]]] = [(temperature, ()) for temperature in ask.temperatures]
        if terms:  # what fails with a prompt may fail because of it
            tries.insert(0, (ask.temperatures[0], terms))
        best: dict[int, Answer] = {}
        due = list(range(len(windows)))
        for temperature, prompted in tries:
            if not due:
                break
            requests = {
                row: Request(
                    languages[row],
                    self._prefix(languages[row], prompted),
                    latest[row],
                    seed_of(windows[row]),
                    is_prompted=bool(prompted),
                )
                for row in due
            }
            manner = Manner(temperature, ask.beam_size)
            answers = answers_of(whisper, tokenizer_of(whisper), sound, requests, manner)
            fit = {row: one for row, one in answers.items() if not (prompted and is_echo(one.text, prompted))}
            best |= {row: better(best.get(row), answer) for row, answer in fit.items()}
            due = [row for row in due if row not in fit or fails(fit[row])]
        return best

    def _prefix(self, language: str, terms: Sequence[str]) -> tuple[int, ...]:
        tokenizer = tokenizer_of(self._model.whisper, language)
        return (*prompt_tokens(tokenizer, terms), *tokenizer.sot_sequence)

    def _words(
        self, windows: Sequence[Window], sound: Sound, answers: Mapping[int, Answer]
    ) -> dict[int, tuple[TimedWord, ...]]:
        eot = tokenizer_of(self._model.whisper).eot
        said = {
            row: Said(
                answer.language, tuple(t for t in answer.tokens if t < eot), windows[row].end - windows[row].start
            )
            for row, answer in answers.items()
        }
        return words_of(self._model.whisper, sound, said)


def load_engine(choice: Choice) -> WhisperEngine:
    """The chosen Whisper in memory. Raises ModelError."""
    model = load(choice)
    if choice.device == "cpu":
        lay_out(model.whisper)
    return WhisperEngine(model)


def _is_dense(answer: Answer, window: Window) -> bool:
    """Whether a window holds more text than one answer; a loop is no text."""
    return answer.is_cut and not repeats_itself(answer) and can_be_halved(window)


def log_mel(model: Model, windows: Sequence[Window]) -> Tensor:
    """Spectrograms `(windows, n_mels, 3000)`: each window padded to 30 s of sound, as Whisper was trained."""
    import torch
    from whisper.audio import log_mel_spectrogram, pad_or_trim

    sound = [pad_or_trim(torch.from_numpy(window.samples)) for window in windows]
    mels = [log_mel_spectrogram(samples, model.whisper.dims.n_mels) for samples in sound]
    return torch.stack(mels).to(model.choice.device)


def as_hearing(model: Model, window: Window, heard: Heard | None, *, is_half: bool = False) -> Hearing:
    """Whisper's answer for the window as a hearing; None where it was not asked, for there is nothing to hear."""
    tokenizer = tokenizer_of(model.whisper)
    how: dict[str, Any] = {"device": model.choice.device}
    if model.choice.precision != "float32":
        how |= {"precision": model.choice.precision}
    if is_half:
        how |= {"half": True}  # the whole window held more text than fits into one answer
    if heard is None:
        how |= {"silence": "no sample above the limit of hearing"}
        return Hearing(window.id, window.start, window.end, None, (), How(model.choice.name, how))
    answer = heard.answer
    if answer.is_prompted:
        how |= {"prompted": True}
    if answer.is_cut or answer.is_looping:
        how |= {"cut": True}  # what follows in this window was not written down
    if answer.is_looping:
        how |= {"loop": True}  # since it was stopped there
    said = segments(tokenizer, answer, window.start, window.end, heard.words)
    return Hearing(window.id, window.start, window.end, answer.language, said, How(model.choice.name, how))


@contextmanager
def _memory_errors(model: Model) -> Iterator[None]:
    """Lack of memory as an error with the way out."""
    import torch

    error = ModelError(
        f"the memory does not suffice for Whisper {model.choice.name!r} on this {model.choice.device.upper()}",
        remedy="Set a smaller batch_size, or a smaller model, in [transcribe].",
    )
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError):
        raise error from None
    except RuntimeError as problem:
        if "memory" not in str(problem):
            raise
        raise error from None
