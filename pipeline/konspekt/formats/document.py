"""What every format is read as: a document, made of utterances."""

from __future__ import annotations

from dataclasses import dataclass

from konspekt.data import RawTranscript


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """A word and when it is said, in seconds.

    `text` is as the file has it. Whisper's words begin with a space, which says where they are not
    glued to the word before.
    """

    text: str
    start: float
    end: float
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """What Whisper wrote about a segment, in its own terms; None is what the file does not say."""

    avg_logprob: float | None = None
    no_speech_prob: float | None = None
    compression_ratio: float | None = None
    temperature: float | None = None


@dataclass(frozen=True, slots=True)
class Utterance:
    """A piece of a file's text: a cue, a segment, a line, a window.

    Times are seconds in its recording; None is what the format does not say.
    """

    id: str  # the format's own, unique in its file; "" where the format has none
    text: str  # as it stands; nothing normalised
    start: float | None = None
    end: float | None = None
    speaker: str | None = None
    words: tuple[SpokenWord, ...] = ()  # where the format has word times
    # a stretch that is not scored: its text is "", what a hypothesis says there does not count
    ignored: bool = False
    # where one file holds several: STM and CTM: file-channel, NeMo: audio_filepath
    recording: str | None = None
    seek: float | None = None  # seconds at which the window that the decoder saw begins
    figures: Figures = Figures()


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says, whatever its format."""

    format: str  # its name
    utterances: tuple[Utterance, ...]  # in the file's order; none where nothing is said
    language: str | None = None  # its code; None where the file does not say
    # each utterance is a window of sound by itself, also one without text; windows may share sound
    are_windows: bool = False
    # the whole of it, where the file is Konspekt's own raw.json
    raw: RawTranscript | None = None
