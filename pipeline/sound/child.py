"""The decoding child: reads one open file, writes messages (`pipeline.sound.messages`), touches nothing else.

Started by `pipeline.sound.process`. It imports av and numpy only; a decoder that is broken by a hostile file can use up
its own limits and nothing more of the machine's.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from typing import TYPE_CHECKING, Any, BinaryIO

from pipeline.sound import messages

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer

MAX_MEMORY_BYTES = 1024 * 2**20  # address space; measured: 0.26 GiB with every kind of file, however long
MAX_OPEN_FILES = 32
BLOCK_SAMPLES = 2**14  # about a second: one message
SAMPLE_RATES_HZ = (4_000, 384_000)
MAX_CHANNELS = 64
MAX_WORDS = 1000  # characters of an error


class RefusedError(Exception):
    """Why this file is not decoded, in words."""


class ReadOnly:
    """The open file as PyAV wants it: read and seek, by position, whatever else the descriptor is used for."""

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


def main(descriptor: int, kind: str, cpu_seconds: int) -> None:
    """Decodes the open file to standard output; a failure is a message too."""
    output = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    from pipeline.sound import decoding  # before the limits: they hold for what the file makes ffmpeg do

    _limit(cpu_seconds)
    try:
        with decoding.open_container(ReadOnly(descriptor), kind) as container:
            stream = _audio_stream(container)
            messages.write(output, messages.PROBE, json.dumps(_probe(container, stream)).encode())
            skipped: list[str] = []
            _send(output, decoding.decode(container, stream, skipped))
        messages.write(output, messages.END, json.dumps({"skipped": len(skipped)}).encode())
    except BrokenPipeError:
        os._exit(0)  # the parent has what it wants
    except Exception as error:  # whatever a damaged file makes of PyAV: its words go to the parent
        refused = isinstance(error, RefusedError)
        what = str(error) if refused else f"it cannot be decoded ({type(error).__name__}: {error})"
        messages.write(output, messages.FAILED, json.dumps({"what": what[:MAX_WORDS]}).encode())


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


def _audio_stream(container: InputContainer) -> AudioStream:
    if not container.streams.audio:
        raise RefusedError("there is no sound in it")
    stream = container.streams.audio[0]
    from pipeline.sound import decoding

    if stream.codec_context.name not in decoding.CODECS.split(","):
        raise RefusedError(f"its sound is in a form Konspekt does not decode ({stream.codec_context.name})")
    low, high = SAMPLE_RATES_HZ
    if not low <= stream.sample_rate <= high:
        raise RefusedError(f"its sample rate is {stream.sample_rate} Hz; {low} to {high} are read")
    if not 1 <= stream.channels <= MAX_CHANNELS:
        raise RefusedError(f"it has {stream.channels} channels; 1 to {MAX_CHANNELS} are read")
    return stream


def _probe(container: InputContainer, stream: AudioStream) -> dict[str, Any]:
    """What the file says of itself. `duration` is ffmpeg's, which may be an estimate; None where it has none."""
    import av

    return {
        "codec": stream.codec_context.name,
        "sample_rate_hz": stream.sample_rate,
        "channels": stream.channels,
        "audio_tracks": len(container.streams.audio),
        "duration": None if container.duration is None else container.duration / av.time_base,
    }


def _send(output: BinaryIO, pieces: Any) -> None:
    """The samples in messages of `BLOCK_SAMPLES`."""
    pending = b""
    size = BLOCK_SAMPLES * 4  # bytes of a float32
    for piece in pieces:
        pending += piece.astype("<f4").tobytes()
        while len(pending) >= size:
            messages.write(output, messages.SAMPLES, pending[:size])
            pending = pending[size:]
    if pending:
        messages.write(output, messages.SAMPLES, pending)
