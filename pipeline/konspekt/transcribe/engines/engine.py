"""What hears: an engine takes windows with their sound and gives windows, whatever computes behind
it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from konspekt.course.settings import TranscribeOptions
from konspekt.data import DecodedWindow
from konspekt.models.whisper import Choice
from konspekt.transcribe.speech.windows import Window

Ladder = tuple[float, ...]  # temperatures, in the order in which they are tried


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked of an engine."""

    languages: tuple[
        str, ...
    ] = ()  # those that may be spoken; one is not asked about, none: all that Whisper knows
    temperatures: Ladder = (0.0,)
    beam_size: int = 1  # at temperature 0
    terms: tuple[str, ...] = ()  # what is likely to be said: for the prompt, as far as it has room
    word_times: bool = False


class Engine(Protocol):
    """A Whisper ready to hear."""

    @property
    def is_demo(self) -> bool:
        """Whether what it hears is for demonstration only."""

    def hear(self, windows: Sequence[Window], ask: Ask) -> list[DecodedWindow]:
        """What is heard in each window, by start: a window with the window's id, or two with that
        id where all that was said in it did not fit into one answer.

        The same for a window whatever is heard beside it. A segment has avg_logprob,
        no_speech_prob, compression_ratio and temperature as far as the engine knows them, and words
        where they were asked for; a window's `how` says `is_cut` where Whisper was stopped, and
        `is_silent` where it was not asked. Raises ModelError where memory does not suffice.
        """


@dataclass(frozen=True, slots=True)
class EngineKind:
    """An engine as its file declares it: its name, and how a Whisper is loaded with it."""

    name: str  # in course.toml and after --engine
    description: str  # what computes, in a few words
    choose: Callable[[Choice], Choice]  # the choice as it computes it; raises ModelError
    load: Callable[[Choice], Engine]  # raises ModelError
    reads_converted: bool = False  # also a model that was converted for CTranslate2


def asked(options: TranscribeOptions, terms: Sequence[str] = ()) -> Ask:
    """What the settings ask of the first pass."""
    return Ask(
        languages=(options.language,) if options.language else options.languages,
        temperatures=options.temperatures,
        beam_size=options.beam_size,
        terms=tuple(terms),
        word_times=options.word_times,
    )
