"""The decoding child: it reads one open file and writes messages (`konspekt.sound.messages`).

`konspekt.sound.process` starts it. It imports only av and numpy. A decoder that a hostile file
breaks can use up the child's limits, and nothing more of the machine.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

import av
import av.logging
from av.audio.stream import AudioStream
from av.container import InputContainer

from konspekt.errors import name_setting
from konspekt.sound import decoding, messages, wav
from konspekt.sound.damage import Damage
from konspekt.sound.decoding import RefusedError
from konspekt.sound.messages import TrackChoice
from konspekt.sound.rate import SAMPLE_RATE

if TYPE_CHECKING:
    from konspekt.sound.recording import Samples

# Address space. Measured: 0.26 GiB, however long the sound; 0.57 with 64 channels of 384 kHz.
MAX_MEMORY_BYTES = 1024 * 2**20
LIMITS = {
    resource.RLIMIT_AS: MAX_MEMORY_BYTES,
    resource.RLIMIT_NOFILE: 32,
    resource.RLIMIT_FSIZE: 0,
    resource.RLIMIT_CORE: 0,
}
SAMPLE_RATES_HZ = (4_000, 384_000)
MAX_CHANNELS = 64
MAX_WORDS = 1000  # characters of an error
MAX_NAME = 60  # characters of a track's name

# What ffmpeg logs of a file that it cannot open, and what that means.
CAUSES = {
    "no 'data' tag found": "there is no sound in it",
    "moov atom not found": "its index is missing: it was cut off before it was finished",
}


def main(descriptor: int, kind: str, cpu_seconds: int, track: TrackChoice) -> None:
    """Decode a track of the open file, None for the first, to standard output.

    A failure is a message too.
    """
    output = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # After the imports: the limits are meant for what the file makes ffmpeg do.
    _set_limits(cpu_seconds)
    try:
        _decode(output, descriptor, kind, track)
    except BrokenPipeError:
        os._exit(0)  # the parent has what it wants
    except RefusedError as error:
        _send_failure(output, str(error), error.remedy)
    # whatever a damaged file makes of PyAV goes to the parent in words
    except Exception as error:
        _send_failure(output, _describe(error))


def _decode(output: BinaryIO, descriptor: int, kind: str, track: TrackChoice) -> None:
    """Send what the file declares, its samples, and where it is damaged."""
    damage = Damage()
    to_the_end = kind == "wav" and _has_samples_behind(descriptor)
    with (
        open(descriptor, "rb", buffering=0) as source,
        decoding.open_container(source, kind, to_the_end=to_the_end) as container,
    ):
        stream = _audio_stream(container, track)
        _send_json(output, messages.PROBE, _probe(container, stream))
        duration = _send_samples(output, decoding.decode(container, stream, damage))
    _send_json(output, messages.END, {"damage": damage.places(duration)})


def _send_samples(output: BinaryIO, pieces: Iterable[Samples]) -> float:
    """Send each piece in a message; return how many seconds they last."""
    count = 0
    for samples in pieces:
        messages.write(output, messages.SAMPLES, samples.astype("<f4").tobytes())
        count += len(samples)
    return count / SAMPLE_RATE


def _send_failure(output: BinaryIO, what: str, remedy: str | None = None) -> None:
    payload = {"what": what[:MAX_WORDS], "remedy": remedy}
    _send_json(output, messages.FAILED, payload)


def _send_json(output: BinaryIO, kind: bytes, payload: dict[str, Any]) -> None:
    messages.write(output, kind, json.dumps(payload).encode())


def _describe(error: Exception) -> str:
    """Return why a file cannot be decoded, in words for its owner."""
    if not isinstance(error, av.FFmpegError):
        return f"it cannot be decoded ({type(error).__name__}: {error})"
    # ffmpeg's own words are for those who write it
    causes = (cause for sign, cause in CAUSES.items() if sign in str(error))
    return next(causes, "it cannot be decoded")


def _has_samples_behind(descriptor: int) -> bool:
    """Return whether a WAV file has samples behind its declared length.

    A recorder that is killed leaves such a file. Raises RefusedError where another recording
    follows instead.
    """
    behind = wav.read(descriptor).behind
    if behind == "recording":
        raise RefusedError(
            "a second recording is joined to it, and only the first would be transcribed",
            "Join them with a program that knows sound, not as bytes; or cut it into two files.",
        )
    return behind == "samples"


def _set_limits(cpu_seconds: int) -> None:
    av.logging.set_level(av.logging.PANIC)
    limits = LIMITS | {resource.RLIMIT_CPU: cpu_seconds}
    for what, limit in limits.items():
        _, hard = resource.getrlimit(what)
        allowed = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(what, (allowed, allowed))


def _audio_stream(container: InputContainer, track: TrackChoice) -> AudioStream:
    """Return the stream of the track. Raises RefusedError, also for sound that is not decoded."""
    if not container.streams.audio:
        raise RefusedError("there is no sound in it")
    stream = _find_track(container.streams.audio, track)
    _check_stream(stream)
    return stream


def _check_stream(stream: AudioStream) -> None:
    """Raise RefusedError for sound that is not decoded."""
    codec = stream.codec_context.name
    if codec not in decoding.CODECS.split(","):
        raise RefusedError(f"Konspekt does not decode its codec ({codec})")
    low, high = SAMPLE_RATES_HZ
    if not low <= stream.sample_rate <= high:
        raise RefusedError(
            f"its sample rate is {stream.sample_rate} Hz; {low} to {high} are read"
        )
    if not 1 <= stream.channels <= MAX_CHANNELS:
        raise RefusedError(
            f"it has {stream.channels} channels; 1 to {MAX_CHANNELS} are read"
        )


def _find_track(streams: Sequence[AudioStream], track: TrackChoice) -> AudioStream:
    """Return the track by its number from 1, or the first with that language or title.

    The only track has each language and title where the file names none. Raises RefusedError.
    """
    if track is None:
        return streams[0]
    if isinstance(track, int):
        found = streams[track - 1 : track]
    elif len(streams) == 1 and not _name(streams[0]):
        found = streams
    else:
        found = [stream for stream in streams if _is_called(stream, track)]
    if not found:
        raise _no_track(streams, track)
    return found[0]


def _no_track(streams: Sequence[AudioStream], track: int | str) -> RefusedError:
    names = [
        f"{number} {_name(stream)}".strip() for number, stream in enumerate(streams, 1)
    ]
    there = f"{len(names)}: {'; '.join(names)}"
    remedy = f"Name one of these with {name_setting('transcribe.track')}."
    if len(names) == 1:
        there = f"only one {_name(streams[0])}".strip()
        remedy = f"Leave out {name_setting('transcribe.track')}."
    return RefusedError(f"it has no audio track {track!r}; it has {there}", remedy)


def _is_called(stream: AudioStream, name: str) -> bool:
    """Return whether a track has this title or language.

    Two letters are the beginning of the three that files write ("ru" of "rus").
    """
    name = name.strip().casefold()
    title = _metadata(stream, "title").casefold()
    language = _metadata(stream, "language").casefold()
    if len(name) == 2 and language.startswith(name):
        return True
    return name in (title, language)


def _name(stream: AudioStream) -> str:
    """Return language and title in brackets; "" where the file names neither."""
    language, title = _metadata(stream, "language"), _metadata(stream, "title")
    if language == "und":  # undetermined
        language = ""
    name = ", ".join(word for word in (language, title) if word)
    return f"({name[:MAX_NAME]})" if name else ""


def _metadata(stream: AudioStream, key: str) -> str:
    return stream.metadata.get(key, "").strip()


def _probe(container: InputContainer, stream: AudioStream) -> dict[str, Any]:
    """Return what the file declares. `duration` is ffmpeg's and may be an estimate, or None."""
    tracks = container.streams.audio
    duration = container.duration
    return {
        "audio_tracks": len(tracks),
        "track": tracks.index(stream) + 1,
        "track_name": _name(stream),
        "duration": None if duration is None else duration / av.time_base,
    }
