"""Decoding with PyAV, in the child process: one audio stream as 16 kHz mono float32, gaps in it
filled with silence.

A gap is a stretch without packets: a muted microphone in a WebRTC recording, a damaged place.
Without filling it every later time would be wrong. What is damaged is silence too, and told.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from konspekt.sound.damage import Damage
from konspekt.sound.messages import MAX_AMPLITUDE
from konspekt.sound.mixing import Mixer
from konspekt.sound.rate import SAMPLE_RATE

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from numpy.typing import NDArray

    from konspekt.sound.mixing import Rows

FORMATS = "wav,mp3,mov,matroska,ogg,flac,aac"
CODECS = (
    "aac,mp3,mp3float,mp2,mp2float,flac,alac,opus,vorbis,ac3,eac3,"
    "pcm_u8,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_f32le,pcm_f64le,pcm_alaw,pcm_mulaw,"
    "adpcm_ms,adpcm_ima_wav"
)
MIN_GAP = 0.1  # seconds; less is rounding of time stamps
MAX_GAP = 3600.0  # seconds; a longer jump is a clock that was set, not a pause
MAX_SKIPPED = 10_000  # packets; a file with more damage than this is not worth the time
MAX_NO_SOUND = (
    60.0  # seconds of samples that are no sound before more of them than of sound are a refusal
)
UNTIMED = frozenset(
    ["wav", "mp3", "flac", "aac", "ogg"]
)  # whose packets follow one another: a gap in them is damage
# Subtracted, then divided by, for each sample type of ffmpeg.
_SCALE = {
    "u8": (128, 2**7),
    "s16": (0, 2**15),
    "s32": (0, 2**31),
    "s64": (0, 2**63),
    "flt": (0, 1),
    "dbl": (0, 1),
}


def open_container(source: Any, kind: str, *, to_the_end: bool = False) -> InputContainer:
    """The file-like `source` as the container `kind`; nothing else is opened through it, no video
    decoder is run.

    `to_the_end`: all of a WAV file behind its header is samples, whatever length that declares.
    """
    options = {"protocol_whitelist": "none", "format_whitelist": FORMATS, "codec_whitelist": CODECS}
    if to_the_end:
        options["ignore_length"] = "1"
    container: InputContainer = av.open(
        source, mode="r", format=kind, options=options, metadata_errors="replace"
    )
    return container


class NoSoundError(Exception):
    """More of the samples are numbers no sound can have than are sound."""


def decode(
    container: InputContainer, stream: AudioStream, damage: Damage
) -> Iterator[NDArray[np.float32]]:
    """Samples `(n,)` at `SAMPLE_RATE`, in order; where something could not be decoded is added to
    `damage`.

    Raises NoSoundError.
    """
    clock = _FrameClock(container, damage)
    mixer, resampler = Mixer(0), _Resampler()
    for frame in _frames(container, stream):
        if frame is None:
            damage.add(clock.position, clock.position)
            continue
        if frame.sample_rate != resampler.rate_hz:
            yield from _rest(mixer, resampler)
            mixer, resampler = Mixer(frame.sample_rate), _Resampler(frame.sample_rate)
        rows = _rows(frame)
        for piece in (*clock.silence(frame, len(rows)), clock.checked(rows, frame.sample_rate)):
            for mono in mixer.add(piece):
                yield from resampler.add(mono)
    if damage.no_sound > clock.position / 2:
        raise NoSoundError
    yield from _rest(mixer, resampler)


def _rest(mixer: Mixer, resampler: _Resampler) -> Iterator[NDArray[np.float32]]:
    """What both still hold of the sound at one rate."""
    for mono in mixer.rest():
        yield from resampler.add(mono)
    yield from resampler.rest()


def _frames(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame | None]:
    """The stream's frames; None where something cannot be read or decoded, and is skipped."""
    packets = container.demux(stream)
    skipped = 0
    while skipped < MAX_SKIPPED:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except av.FFmpegError:  # the container breaks off here
            yield None
            return
        try:
            frames = packet.decode()
        except av.FFmpegError:
            skipped += 1
            yield None
            continue
        yield from (frame for frame in frames if isinstance(frame, AudioFrame) and frame.samples)


class _FrameClock:
    """Where frames belong by their time stamps."""

    def __init__(self, container: InputContainer, damage: Damage) -> None:
        self.position = 0.0  # seconds so far, silence included
        self._start = (container.start_time or 0) / av.time_base
        self._damage = damage
        self._is_untimed = container.format.name in UNTIMED

    def silence(self, frame: AudioFrame, rows: int) -> Iterator[Rows]:
        """Blocks of at most a second that fill the gap before the frame, which is then counted."""
        gap = 0.0 if frame.time is None else frame.time - self._start - self.position
        if gap < -MIN_GAP or gap > MAX_GAP:
            self._start += gap
        elif gap > MIN_GAP:
            missing = round(gap * frame.sample_rate)
            if self._is_untimed or self._damage.ends_at(self.position):
                self._damage.add(self.position, self.position + missing / frame.sample_rate)
            self.position += missing / frame.sample_rate
            for at in range(0, missing, frame.sample_rate):
                yield np.zeros((rows, min(frame.sample_rate, missing - at)), np.float32)
        self.position += frame.samples / frame.sample_rate

    def checked(self, rows: Rows, rate_hz: int) -> Rows:
        """A counted frame's samples; silence where one of their mean is no number that a sound can
        have.

        Resampled, one infinite sample would spoil its neighbours, and Whisper says "!!!!" of it.
        """
        if np.abs(rows[0]).max(initial=0.0) <= MAX_AMPLITUDE:  # false for NaN, too
            return rows
        seconds = rows.shape[1] / rate_hz
        self._damage.add(self.position - seconds, self.position)
        self._damage.no_sound += seconds
        if self._damage.no_sound > max(MAX_NO_SOUND, self.position / 2):
            raise NoSoundError
        return np.zeros_like(rows)


class _Resampler:
    """Mono samples at one rate to `SAMPLE_RATE`, as many at a time as a mixer gives: a frame is not
    worth a call.
    """

    def __init__(self, rate_hz: int = 0) -> None:
        self.rate_hz = rate_hz
        self._resampler = AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)

    def add(self, mono: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
        frame = AudioFrame.from_ndarray(mono[np.newaxis], format="flt", layout="mono")
        frame.sample_rate = self.rate_hz
        yield from _arrays(self._resampler.resample(frame))

    def rest(self) -> Iterator[NDArray[np.float32]]:
        """What is left, to the last sample."""
        if self.rate_hz:
            yield from _arrays(self._resampler.resample(None))


def _arrays(frames: list[AudioFrame]) -> Iterator[NDArray[np.float32]]:
    for frame in frames:
        yield frame.to_ndarray().reshape(-1).astype(np.float32, copy=False)


def _rows(frame: AudioFrame) -> Rows:
    """The mean of the frame's channels, then each. (swresample's own mix of fractions is louder
    than its source.)
    """
    offset, scale = _SCALE[frame.format.name.removesuffix("p")]
    channels = frame.layout.nb_channels
    values = frame.to_ndarray()
    if not frame.format.is_planar:
        values = values.reshape(-1, channels).T
    rows = np.empty((1 + channels, values.shape[1]), np.float32)
    with np.errstate(invalid="ignore", over="ignore"):  # what is no number is found afterwards
        rows[0] = (values.sum(axis=0, dtype=np.float64) / channels - offset) / scale
        rows[1:] = values
        rows[1:] -= offset
        rows[1:] /= scale
    return rows
