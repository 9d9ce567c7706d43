"""Decoding with PyAV, in the child process: one audio stream as 16 kHz mono float32.

A stretch without packets (a muted microphone in a WebRTC recording, a damaged place) is filled with
silence; otherwise every later time would be wrong. What is damaged is silence too, and reported.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import FileIO
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
    from konspekt.sound.recording import Samples

FORMATS = "wav,mp3,mov,matroska,ogg,flac,aac"
CODECS = (
    "aac,mp3,mp3float,mp2,mp2float,flac,alac,opus,vorbis,ac3,eac3,"
    "pcm_u8,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_f32le,pcm_f64le,"
    "pcm_alaw,pcm_mulaw,"
    "adpcm_ms,adpcm_ima_wav"
)
MIN_GAP = 0.1  # seconds; less is rounding of time stamps
MAX_GAP = 3600.0  # seconds; a longer jump is a clock that was set, not a pause
MAX_SKIPPED = 10_000  # packets; a file with more damage than this is not worth the time
# Seconds of samples that are no sound. Beyond them a file is refused that has more of them than
# sound.
MAX_NO_SOUND = 60.0
# Formats whose packets follow one another: a gap in them is damage.
UNTIMED = frozenset(["wav", "mp3", "flac", "aac", "ogg"])
# Subtracted, then divided by, for each sample type of ffmpeg.
_SCALE = {
    "u8": (128, 2**7),
    "s16": (0, 2**15),
    "s32": (0, 2**31),
    "s64": (0, 2**63),
    "flt": (0, 1),
    "dbl": (0, 1),
}


def open_container(
    source: FileIO, kind: str, *, to_the_end: bool = False
) -> InputContainer:
    """Open `source` as a container of the format `kind`.

    Nothing else is opened through it, and no video decoder runs. With `to_the_end` everything
    behind the header of a WAV file is samples, whatever length it declares.
    """
    options = {
        "protocol_whitelist": "none",
        "format_whitelist": FORMATS,
        "codec_whitelist": CODECS,
    }
    if to_the_end:
        options["ignore_length"] = "1"
    container: InputContainer = av.open(
        source, mode="r", format=kind, options=options, metadata_errors="replace"
    )
    return container


class RefusedError(Exception):
    """Why this file is not decoded, and what to do about it if the usual remedy does not help."""

    def __init__(self, what: str, remedy: str | None = None) -> None:
        super().__init__(what)
        self.remedy = remedy


def decode(
    container: InputContainer, stream: AudioStream, damage: Damage
) -> Iterator[Samples]:
    """Yield samples `(n,)` at `SAMPLE_RATE`, in order, about a second at a time.

    Places that could not be decoded are added to `damage`. Raises RefusedError where most of the
    samples are no sound.
    """
    clock = _FrameClock(container, damage)
    converter = _Converter(0)
    for frame in _frames(container, stream):
        if frame is None:
            damage.add(clock.position, clock.position)
            continue
        if frame.sample_rate != converter.rate_hz:
            yield from converter.rest()
            converter = _Converter(frame.sample_rate)
        for rows in _placed_rows(clock, frame):
            yield from converter.add(rows)
    clock.refuse_no_sound()
    yield from converter.rest()


def _placed_rows(clock: _FrameClock, frame: AudioFrame) -> Iterator[Rows]:
    """Yield the silence that fills the gap before a frame, then the frame."""
    rows = _rows(frame)
    for samples in clock.advance(frame):
        yield np.zeros((len(rows), samples), np.float32)
    yield clock.silence_invalid(rows, frame.sample_rate)


def _frames(
    container: InputContainer, stream: AudioStream
) -> Iterator[AudioFrame | None]:
    """Yield the stream's frames, and None for what cannot be read or decoded and is skipped."""
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
        for frame in frames:
            if isinstance(frame, AudioFrame) and frame.samples:
                yield frame


class _FrameClock:
    """The position in the sound, by the frames' time stamps."""

    def __init__(self, container: InputContainer, damage: Damage) -> None:
        self.position = 0.0  # seconds so far, silence included
        self._no_sound = 0.0  # seconds whose samples were not numbers a sound can have
        self._start = (container.start_time or 0) / av.time_base
        self._damage = damage
        self._is_untimed = container.format.name in UNTIMED

    def advance(self, frame: AudioFrame) -> Iterator[int]:
        """Move the position behind a frame; yield the samples of silence before it.

        They are a second at most at a time.
        """
        rate_hz = frame.sample_rate
        missing = round(self._gap_before(frame) * rate_hz)
        if missing:
            self._skip(missing / rate_hz)
        while missing:
            count = min(missing, rate_hz)
            yield count
            missing -= count
        self.position += frame.samples / rate_hz

    def _gap_before(self, frame: AudioFrame) -> float:
        """Return the seconds without sound before a frame, by its time stamp."""
        if frame.time is None:
            return 0.0
        gap = frame.time - self._start - self.position
        if gap < -MIN_GAP or gap > MAX_GAP:
            # the clock of the time stamps was set
            self._start += gap
            return 0.0
        return gap if gap > MIN_GAP else 0.0

    def _skip(self, seconds: float) -> None:
        """Move the position over a gap, and note it where it is damage."""
        end = self.position + seconds
        if self._is_untimed or self._damage.ends_at(self.position):
            self._damage.add(self.position, end)
        self.position = end

    def silence_invalid(self, rows: Rows, rate_hz: int) -> Rows:
        """Return the samples before the position, or silence if their mean cannot be sound.

        Resampled, one infinite sample would spoil its neighbours, and Whisper makes "!!!!" of it.
        """
        if np.abs(rows[0]).max(initial=0.0) <= MAX_AMPLITUDE:  # false for NaN, too
            return rows
        seconds = rows.shape[1] / rate_hz
        self._damage.add(self.position - seconds, self.position)
        self._no_sound += seconds
        self.refuse_no_sound(but=MAX_NO_SOUND)
        return np.zeros_like(rows)

    def refuse_no_sound(self, *, but: float = 0.0) -> None:
        """Raise RefusedError where no sound is more than `but` seconds and half of all."""
        if self._no_sound > max(but, self.position / 2):
            raise RefusedError("most of its samples are not numbers a sound can have")


class _Converter:
    """Mixes and resamples sound of one rate to one channel at `SAMPLE_RATE`."""

    def __init__(self, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self._mixer = Mixer(rate_hz)
        self._resampler = AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)

    def add(self, rows: Rows) -> Iterator[Samples]:
        """Add samples; yield what is converted by now."""
        for mono in self._mixer.add(rows):
            yield from self._resample(mono)

    def rest(self) -> Iterator[Samples]:
        """Yield what is left, to the last sample."""
        if not self.rate_hz:
            return
        for mono in self._mixer.rest():
            yield from self._resample(mono)
        yield from _arrays(self._resampler.resample(None))

    def _resample(self, mono: Samples) -> Iterator[Samples]:
        frame = AudioFrame.from_ndarray(mono[np.newaxis], format="flt", layout="mono")
        frame.sample_rate = self.rate_hz
        yield from _arrays(self._resampler.resample(frame))


def _arrays(frames: list[AudioFrame]) -> Iterator[Samples]:
    for frame in frames:
        yield frame.to_ndarray().reshape(-1).astype(np.float32, copy=False)


def _rows(frame: AudioFrame) -> Rows:
    """Return the mean of the frame's channels, then each channel, `(1 + channels, n)`.

    swresample is not used: its mix of floating-point channels is louder than its source.
    """
    offset, scale = _SCALE[frame.format.name.removesuffix("p")]
    values = _channels(frame)
    count = len(values)
    rows = np.empty((1 + count, values.shape[1]), np.float32)
    # what is no number is found afterwards
    with np.errstate(invalid="ignore", over="ignore"):
        mean = values.sum(axis=0, dtype=np.float64) / count
        rows[0] = (mean - offset) / scale
        rows[1:] = values
        rows[1:] -= offset
        rows[1:] /= scale
    return rows


def _channels(frame: AudioFrame) -> NDArray[Any]:
    """Return the samples of a frame as its decoder has them, `(channels, n)`."""
    values: NDArray[Any] = frame.to_ndarray()
    if frame.format.is_planar:
        return values
    return values.reshape(-1, frame.layout.nb_channels).T
