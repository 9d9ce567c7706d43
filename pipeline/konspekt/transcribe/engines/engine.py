"""What an engine is: it takes windows with their sound and decodes them, whatever computes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from konspekt.course.settings import TranscribeOptions
from konspekt.data import DecodedWindow
from konspekt.models.whisper import WhisperChoice
from konspekt.transcribe.speech.windows import Window

Ladder = tuple[float, ...]  # temperatures, in the order in which they are tried


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """What an engine decodes with."""

    # Those that may be spoken; one is not detected, and none stands for all that Whisper knows.
    languages: tuple[str, ...] = ()
    temperatures: Ladder = (0.0,)
    beam_size: int = 1  # at temperature 0
    # likely to be spoken: for the prompt, as far as it has room
    terms: tuple[str, ...] = ()
    words: tuple[str, ...] = ()  # terms that are words, whether a dictionary has them
    word_times: bool = False


class Engine(Protocol):
    """A Whisper in memory."""

    def decode(
        self, windows: Sequence[Window], options: EngineOptions
    ) -> list[DecodedWindow]:
        """Return each window as Whisper decoded it, by start.

        A window with more text than one result holds comes in two halves with its id, and one whose
        text ends before its speech does may come with its rest. The text of a window does not
        depend on those beside it. A segment has avg_logprob, no_speech_prob,
        compression_ratio and temperature as far as the engine knows them, and words where
        `word_times` is set. `how` says `is_cut` where Whisper was stopped, and `is_silent` where
        the window was not decoded. Raises ModelError where memory does not suffice, EndpointError.
        """


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """How an engine on another machine gets its Whisper, by the settings alone."""

    # Raises CourseError, EndpointError.
    choose: Callable[[TranscribeOptions], WhisperChoice]
    # What of it belongs to a stage's key; raises CourseError.
    identify: Callable[[TranscribeOptions], dict[str, str]]


@dataclass(frozen=True, slots=True)
class EngineKind:
    """An engine as its file declares it: its name, and how a Whisper is loaded with it."""

    name: str  # in course.toml and after --engine
    description: str  # what computes, in a few words
    # The choice as this engine computes it; raises ModelError.
    choose: Callable[[WhisperChoice], WhisperChoice]
    load: Callable[[WhisperChoice], Engine]  # raises ModelError
    reads_converted: bool = False  # also a model that was converted for CTranslate2
    # None: the model is on this machine.
    elsewhere: Elsewhere | None = None


def as_engine_options(
    options: TranscribeOptions, terms: Sequence[str] = ()
) -> EngineOptions:
    """Return the options of the first pass, by the settings."""
    return EngineOptions(
        languages=(options.language,) if options.language else options.languages,
        temperatures=options.temperatures,
        beam_size=options.beam_size,
        terms=tuple(terms),
        words=tuple(terms),
        word_times=options.word_times,
    )
