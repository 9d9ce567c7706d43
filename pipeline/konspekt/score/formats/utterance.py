"""What every format is read as."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TimedWord:
    """A word and when it is said. `text` is as the file has it: Whisper's words begin with a space,
    which says where they are not glued to the word before.
    """

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Utterance:
    """A piece of a file's text. Times are seconds in its recording; None is what the format does
    not say.
    """

    id: str  # the format's own, unique in its file; "" where the format has none
    text: str  # as it stands; nothing normalised
    start: float | None = None
    end: float | None = None
    speaker: str | None = None
    words: tuple[TimedWord, ...] = ()  # where the format has word times
    # a stretch that is not scored: its text is "", what a hypothesis says there does not count
    ignored: bool = False
    recording: str | None = (
        None  # where one file holds several (STM and CTM: file-channel, NeMo: audio_filepath)
    )
