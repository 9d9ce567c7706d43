"""The decoding child: reads one open file, writes messages (`konspekt.sound.messages`), touches
nothing else.

Started by `konspekt.sound.process`. It imports av and numpy only; a decoder that is broken by a
hostile file can use up its own limits and nothing more of the machine's.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from typing import TYPE_CHECKING, Any, BinaryIO

from konspekt.sound import messages, wav
from konspekt.sound.rate import SAMPLE_RATE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from av.audio.stream import AudioStream
    from av.container import InputContainer

MAX_MEMORY_BYTES = (
    1024 * 2**20
)  # address space; measured: 0.26 GiB, however long; 0.57 with 64 channels of 384 kHz
MAX_OPEN_FILES = 32
BLOCK_SAMPLES = 2**14  # about a second: one message
SAMPLE_RATES_HZ = (4_000, 384_000)
MAX_CHANNELS = 64
MAX_WORDS = 1000  # characters of an error
MAX_NAME = 60  # characters of a track's name

# What ffmpeg logs of a file that it cannot open, and what that means.
CAUSES = {
    "no 'data' tag found": "there is no sound in it",
    "moov atom not found": "its index is missing: it was cut off before it was finished",
}


class RefusedError(Exception):
    """Why this file is not decoded, in words; what to do about it, where that is not what it is for
    any file.
    """

    def __init__(self, what: str, remedy: str | None = None) -> None:
        super().__init__(what)
        self.remedy = remedy


class ReadOnly:
    """The open file as PyAV wants it: read and seek, by position, whatever else the descriptor is
    used for.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._size = os.fstat(descriptor).st_size
        self._at = 0

    def read(self, count: int) -> bytes:
        content = os.pread(self._descriptor, count, self._at)
        self._at += len(content)
        return content

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset + (0, self._at, self._size)[whence]
        return self._at

    def tell(self) -> int:
        return self._at


def main(descriptor: int, kind: str, cpu_seconds: int, track: int | str | None) -> None:
    """Decodes a track of the open file (None: its first) to standard output; a failure is a message
    too.
    """
    output = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # Before the limits: they hold for what the file makes ffmpeg do.
    from konspekt.sound import decoding
    from konspekt.sound.damage import Damage

    _limit(cpu_seconds)
    try:
        goes_on = kind == "wav" and _goes_on(descriptor)
        with decoding.open_container(ReadOnly(descriptor), kind, to_the_end=goes_on) as container:
            stream = _audio_stream(container, track)
            messages.write(output, messages.PROBE, json.dumps(_probe(container, stream)).encode())
            damage = Damage()
            samples = _send(output, decoding.decode(container, stream, damage))
        places = damage.places(samples / SAMPLE_RATE)
        messages.write(output, messages.END, json.dumps({"damage": places}).encode())
    except BrokenPipeError:
        os._exit(0)  # the parent has what it wants
    except Exception as error:  # whatever a damaged file makes of PyAV: its words go to the parent
        what, remedy = _words(error, decoding.NoSoundError), getattr(error, "remedy", None)
        messages.write(
            output,
            messages.FAILED,
            json.dumps({"what": what[:MAX_WORDS], "remedy": remedy}).encode(),
        )


def _words(error: Exception, no_sound: type[Exception]) -> str:
    import av

    if isinstance(error, no_sound):
        return "most of its samples are not numbers a sound can have"
    if isinstance(error, RefusedError):
        return str(error)
    if isinstance(error, av.FFmpegError):  # whose words are ffmpeg's, for those who write it
        return next(
            (said for sign, said in CAUSES.items() if sign in str(error)), "it cannot be decoded"
        )
    return f"it cannot be decoded ({type(error).__name__}: {error})"


def _goes_on(descriptor: int) -> bool:
    """Whether a WAV file has samples behind the length it declares: its recorder did not come to
    correct that.
    """
    behind = wav.read(descriptor).behind
    if behind == "recording":
        raise RefusedError(
            "a second recording is joined to it, and only the first would be heard",
            "Join them with a program that knows sound, not as bytes; or cut it into two files.",
        )
    return behind == "samples"


def _limit(cpu_seconds: int) -> None:
    import av.logging

    av.logging.set_level(av.logging.PANIC)
    for what, limit in (
        (resource.RLIMIT_AS, MAX_MEMORY_BYTES),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_NOFILE, MAX_OPEN_FILES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        allowed = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(what, (allowed, allowed))


def _audio_stream(container: InputContainer, track: int | str | None) -> AudioStream:
    if not container.streams.audio:
        raise RefusedError("there is no sound in it")
    stream = _named(container.streams.audio, track)
    from konspekt.sound import decoding

    if stream.codec_context.name not in decoding.CODECS.split(","):
        raise RefusedError(
            f"its sound is in a form Konspekt does not decode ({stream.codec_context.name})"
        )
    low, high = SAMPLE_RATES_HZ
    if not low <= stream.sample_rate <= high:
        raise RefusedError(f"its sample rate is {stream.sample_rate} Hz; {low} to {high} are read")
    if not 1 <= stream.channels <= MAX_CHANNELS:
        raise RefusedError(f"it has {stream.channels} channels; 1 to {MAX_CHANNELS} are read")
    return stream


def _named(streams: Sequence[AudioStream], track: int | str | None) -> AudioStream:
    """The track by its number from 1, or the first of that language or title; where there is one
    only, that one.
    """
    if track is None or len(streams) == 1:
        return streams[0]
    for number, stream in enumerate(streams, 1):
        if track == number or (
            isinstance(track, str) and _is_called(stream, track.strip().casefold())
        ):
            return stream
    known = "; ".join(
        " ".join([str(number), _name(stream)]).strip() for number, stream in enumerate(streams, 1)
    )
    raise RefusedError(
        f"it has no audio track {track!r}; it has: {known}",
        "Name one of these with --track, or track in [transcribe].",
    )


def _is_called(stream: AudioStream, name: str) -> bool:
    """By title or language; two letters are the beginning of the three that files write ("ru" of
    "rus").
    """
    title, language = (
        stream.metadata.get(key, "").strip().casefold() for key in ("title", "language")
    )
    return name in (title, language) or (len(name) == 2 and language.startswith(name))


def _name(stream: AudioStream) -> str:
    """Language and title as the file has them; "" where it names neither."""
    language, title = (stream.metadata.get(key, "").strip() for key in ("language", "title"))
    said = ", ".join(word for word in ("" if language == "und" else language, title) if word)
    return f"({said[:MAX_NAME]})" if said else ""


def _probe(container: InputContainer, stream: AudioStream) -> dict[str, Any]:
    """What the file says of itself. `duration` is ffmpeg's, which may be an estimate; None where it
    has none.
    """
    import av

    return {
        "codec": stream.codec_context.name,
        "sample_rate_hz": stream.sample_rate,
        "channels": stream.channels,
        "audio_tracks": len(container.streams.audio),
        "track": container.streams.audio.index(stream) + 1,
        "track_name": _name(stream),
        "duration": None if container.duration is None else container.duration / av.time_base,
    }


def _send(output: BinaryIO, pieces: Any) -> int:
    """The samples in messages of `BLOCK_SAMPLES`; how many they were."""
    pending, count = b"", 0
    size = BLOCK_SAMPLES * 4  # bytes of a float32
    for piece in pieces:
        pending += piece.astype("<f4").tobytes()
        count += len(piece)
        while len(pending) >= size:
            messages.write(output, messages.SAMPLES, pending[:size])
            pending = pending[size:]
    if pending:
        messages.write(output, messages.SAMPLES, pending)
    return count
