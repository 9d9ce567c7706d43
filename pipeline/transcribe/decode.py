"""A batch of windows through Whisper: greedy, each window for itself, and its answer as a hearing.

`whisper.transcribe` is not used: it hears one window after another, steers each by the text of the last (so that a loop
goes on), and needs the whole recording in memory.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pipeline.data import Hearing, How
from pipeline.errors import CourseError, ModelError
from pipeline.sound import is_silent, onset
from pipeline.transcribe.drawing import Drawing, seed_of
from pipeline.transcribe.model import Model
from pipeline.transcribe.segments import SECONDS_PER_STAMP, segments
from pipeline.transcribe.windows import Window

if TYPE_CHECKING:
    import torch
    from whisper.decoding import DecodingResult

# Tokens a window may take. Whisper's own cap is half its context, 224, which cuts dense Russian speech: at 150 words a
# minute every fifth window of 30 s needs more. 448 positions less three for language and task, and one to end.
MAX_TOKENS = 444
MAX_INITIAL_TIMESTAMP = 1.0  # seconds; Whisper's own


def hear(model: Model, windows: Sequence[Window], language: str | None) -> list[Hearing]:
    """What Whisper says of each window, in order; `language` None lets it decide for each.

    A window of digital silence is not put to Whisper. What Whisper says where it hears silence itself stays, with the
    figures that tell: cleaning decides. Raises ModelError where memory does not suffice.
    """
    loud = [window for window in windows if not is_silent(window.samples)]
    answers = dict(zip((window.id for window in loud), answers_of(model, loud, language), strict=True))
    return [as_hearing(model, window, answers.get(window.id)) for window in windows]


def check_language(language: str | None) -> None:
    """Raises CourseError for a language Whisper does not know."""
    from whisper.tokenizer import LANGUAGES

    if language is not None and language not in LANGUAGES:
        raise CourseError(
            f"Whisper does not know the language {language!r}",
            remedy='Set language in [transcribe] to a code such as "ru", or leave it out.',
        )


def answers_of(
    model: Model, windows: Sequence[Window], language: str | None, temperature: float = 0.0
) -> list[DecodingResult]:
    """Whisper's answers, greedy, or drawn at a temperature: then each window's are the same in every run and batch.

    Raises ModelError where memory does not suffice.
    """
    import torch
    from whisper.decoding import DecodingOptions, DecodingTask

    if not windows:
        return []
    if not model.whisper.is_multilingual:
        language = "en"
    options = DecodingOptions(
        language=language, temperature=temperature, sample_len=MAX_TOKENS, fp16=model.fp16, max_initial_timestamp=None
    )
    task = DecodingTask(model.whisper, options)
    # Before the last filter, which weighs stamps against text.
    task.logit_filters.insert(-1, _FirstStamp(task.tokenizer.timestamp_begin, task.sample_begin, windows))
    if temperature > 0:
        task.decoder = Drawing(temperature, task.tokenizer.eot, [seed_of(window) for window in windows])
    try:
        return task.run(_log_mel(model, windows))  # type: ignore[no-any-return]
    except (torch.OutOfMemoryError, MemoryError):
        raise _no_memory(model) from None
    except RuntimeError as error:
        if "memory" not in str(error):
            raise
        raise _no_memory(model) from None


class _FirstStamp:
    """Keeps a window's first time stamp within a second of where sound begins in it.

    Whisper's own limit is the window's first second, so that the model passes over no words; it makes a sentence after
    a long pause begin with the pause. Where a window begins with speech the limit is Whisper's.
    """

    def __init__(self, timestamp_begin: int, sample_begin: int, windows: Sequence[Window]) -> None:
        self._sample_begin = sample_begin
        latest = (onset(window.samples) + MAX_INITIAL_TIMESTAMP for window in windows)
        self._first_forbidden = [timestamp_begin + round(second / SECONDS_PER_STAMP) + 1 for second in latest]

    def apply(self, logits: torch.Tensor, tokens: torch.Tensor) -> None:
        """Whisper's interface of a filter: `logits` `(windows, vocabulary)` are changed in place."""
        if tokens.shape[1] == self._sample_begin:
            for row, first in enumerate(self._first_forbidden):
                logits[row, first:] = -math.inf


def _log_mel(model: Model, windows: Sequence[Window]) -> torch.Tensor:
    """Spectrograms `(windows, n_mels, 3000)`: each window padded to 30 s of sound, as Whisper was trained."""
    import torch
    from whisper.audio import log_mel_spectrogram, pad_or_trim

    sound = [pad_or_trim(torch.from_numpy(window.samples)) for window in windows]
    mels = [log_mel_spectrogram(samples, model.whisper.dims.n_mels) for samples in sound]
    return torch.stack(mels).to(model.choice.device)


def as_hearing(model: Model, window: Window, answer: DecodingResult | None) -> Hearing:
    """Whisper's answer for the window as a hearing; None where it was not asked, for there is nothing to hear."""
    how: dict[str, Any] = {"device": model.choice.device, "max_tokens": MAX_TOKENS}
    if answer is not None and is_cut(answer):
        how |= {"cut": True}  # what follows in this window was not written down
    if answer is None:
        how |= {"silence": "no sample above the limit of hearing"}
        return Hearing(window.id, window.start, window.end, None, (), How(model.choice.name, how))
    heard = segments(model.whisper, answer, window.start, window.end)
    return Hearing(window.id, window.start, window.end, answer.language, heard, How(model.choice.name, how))


def is_cut(answer: DecodingResult) -> bool:
    """Whether Whisper was stopped at its limit of tokens."""
    return len(answer.tokens) >= MAX_TOKENS


def _no_memory(model: Model) -> ModelError:
    return ModelError(
        f"the memory does not suffice for Whisper {model.choice.name!r} on this {model.choice.device.upper()}",
        remedy="Set a smaller batch_size, or a smaller model, in [transcribe].",
    )
