"""Russian speech from Debian's voices, with the time of every word: espeak-ng and festival's
voice_msu_ru_nsh_clunits.

espeak-ng carries the state of its noise from sentence to sentence. So each is spoken by a fork of
one fresh process: the same sentence always sounds the same, whatever was said before.
"""

from __future__ import annotations

import ctypes
import itertools
import os
import pickle
import re
import shutil
import subprocess
import tempfile
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from scipy.signal import resample_poly

SAMPLE_RATE = 16_000
MARGIN = 0.15  # seconds of silence that may stay at each end
_ESPEAK_HZ = 22_050
_BATCH = 100  # sentences to a festival process


class VoiceError(Exception):
    """An engine or a voice that is not installed; says which package brings it."""


@dataclass(frozen=True, slots=True)
class Voice:
    """Who speaks. `variant` is espeak-ng's ("m3" is its voice ru+m3), `speed` in words a minute,
    `pitch` 0 to 99.
    """

    engine: Literal["espeak", "festival"]
    variant: str = ""
    speed: int = 150
    pitch: int = 50


@dataclass(frozen=True, slots=True)
class Spoken:
    """Sound `(n,)`, float32, 16 kHz; and start and end, in seconds, of each item that was given to
    be said.
    """

    samples: np.ndarray
    words: tuple[tuple[float, float], ...]


def speak_all(
    sentences: Sequence[tuple[Sequence[str], Voice]],
) -> Iterator[Spoken | None]:
    """Speaks sentences, in order; each is a list of what to say for a written word, punctuation
    included.

    An item may be several spoken words («джи пи ю,»). None where a sentence could not be said, or
    where the voice's words are not those of the sentence. Raises VoiceError.
    """
    by_festival = [words for words, voice in sentences if voice.engine == "festival"]
    festival = _festival(by_festival)
    for words, voice in sentences:
        yield next(festival) if voice.engine == "festival" else _espeak(words, voice)


# --- espeak-ng


class _Event(ctypes.Structure):  # espeak_EVENT of speak_lib.h
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    )


_WORD_EVENT, _UTF8, _SYNCHRONOUS, _RATE, _PITCH = 1, 1, 2, 1, 3
_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


@cache
def _library() -> Any:
    try:
        library = ctypes.CDLL("libespeak-ng.so.1")
    except OSError:
        raise VoiceError("espeak-ng is not installed: apt install espeak-ng") from None
    if library.espeak_Initialize(_SYNCHRONOUS, 0, None, 0) != _ESPEAK_HZ:
        raise VoiceError("espeak-ng cannot be started: apt install espeak-ng-data")
    return library


@cache
def _variants() -> Path:
    """The folder of espeak-ng's voice variants."""
    library = _library()
    library.espeak_Info.restype = ctypes.c_char_p
    path = ctypes.c_char_p()
    library.espeak_Info(ctypes.byref(path))
    return Path(os.fsdecode(path.value or b""), "voices", "!v")


def _espeak(words: Sequence[str], voice: Voice) -> Spoken | None:
    if (
        voice.variant and not (_variants() / voice.variant).is_file()
    ):  # espeak-ng would take the plain voice
        raise VoiceError(
            f"espeak-ng has no voice variant {voice.variant!r}: apt install espeak-ng-data"
        )
    read, write = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover: a process of its own
        try:
            with os.fdopen(write, "wb") as out:
                pickle.dump(_synthesise(" ".join(words), voice), out)
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as answer:
        data = answer.read()
    os.waitpid(child, 0)
    if not data:
        return None
    pcm, events = pickle.loads(data)
    sound = np.frombuffer(pcm, np.int16).astype(np.float32) / 32768
    if len(sound) < _ESPEAK_HZ // 20:
        return None
    samples = resample_poly(sound, 320, 441).astype(np.float32)
    return _times(samples, words, events)


def _synthesise(text: str, voice: Voice) -> tuple[bytes, list[tuple[int, int, float]]]:
    """Sound, and each word's first character, length and second."""
    library = _library()
    sound: list[bytes] = []
    events: list[tuple[int, int, float]] = []

    def receive(samples: Any, count: int, event: Any) -> int:
        if samples and count > 0:
            sound.append(ctypes.string_at(samples, 2 * count))
        index = 0
        while event[index].type:
            if event[index].type == _WORD_EVENT:
                word = event[index]
                events.append(
                    (word.text_position - 1, word.length, word.sample / _ESPEAK_HZ)
                )
            index += 1
        return 0

    callback = _CALLBACK(receive)
    library.espeak_SetSynthCallback(callback)
    name = f"ru+{voice.variant}" if voice.variant else "ru"
    library.espeak_SetVoiceByName(name.encode())
    library.espeak_SetParameter(_RATE, voice.speed, 0)
    library.espeak_SetParameter(_PITCH, voice.pitch, 0)
    data = text.encode() + b"\0"
    library.espeak_Synth(data, len(data), 0, 1, 0, _UTF8, None, None)
    library.espeak_Synchronize()
    return b"".join(sound), events


def _times(
    samples: np.ndarray, words: Sequence[str], events: Sequence[tuple[int, int, float]]
) -> Spoken | None:
    bounds, at = [], 0
    for word in words:
        bounds.append((at, at + len(word)))
        at += len(word) + 1
    starts = []
    for first, last in bounds:
        inside = [second for position, _, second in events if first <= position < last]
        if not inside:
            return None
        starts.append(inside[0])
    if any(later <= earlier for earlier, later in itertools.pairwise(starts)):
        return None
    ends = [*starts[1:], len(samples) / SAMPLE_RATE]
    spans = [
        (start, _falls_silent(samples, start, end))
        for start, end in zip(starts, ends, strict=True)
    ]
    return _trim(samples, spans)


def _falls_silent(samples: np.ndarray, start: float, end: float) -> float:
    """Where a word's sound ends, which is before `end` where a pause follows it."""
    piece = np.abs(samples[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)])
    loud = np.flatnonzero(piece > 0.01 * max(float(np.abs(samples).max()), 1e-6))
    return start + (int(loud[-1]) + 1) / SAMPLE_RATE if len(loud) else end


# --- festival

# The voice reads Russian letters, digits and ends of sentences; anything else is taken out before
# it gets it.
_UNSAYABLE = re.compile(r"[^А-Яа-яЁё .,?!-]")
_SCHEME = """(voice_msu_ru_nsh_clunits)
(define (say-one text wave)
  (unwind-protect
    (let ((utt (utt.synth (eval (list 'Utterance 'Text text)))))
      (utt.save.wave utt wave 'riff)
      (format t "WORDS %s" wave)
      (mapcar (lambda (w) (format t " %s|%f|%f"
          (item.name w) (item.feat w "word_start") (item.feat w "word_end")))
              (utt.relation.items utt 'Word))
      (format t "\\n"))
    (format t "FAILED %s\\n" wave)))
"""


@cache
def _festival_program() -> str:
    program = shutil.which("festival")
    if (
        program is None
        or not Path("/usr/share/festival/voices/russian/msu_ru_nsh_clunits").is_dir()
    ):
        raise VoiceError(
            "festival's Russian voice is not installed: apt install festival festvox-ru"
        )
    return program


def _festival(sentences: Sequence[Sequence[str]]) -> Iterator[Spoken | None]:
    for first in range(0, len(sentences), _BATCH):
        yield from _festival_batch(sentences[first : first + _BATCH])


def _festival_batch(sentences: Sequence[Sequence[str]]) -> list[Spoken | None]:
    found: list[Spoken | None] = []
    while len(found) < len(
        sentences
    ):  # a sentence that kills the process is left out, and the next one begins anew
        rest = sentences[len(found) :]
        said = _festival_run(rest)
        found += said
        if len(said) < len(rest):
            found.append(None)
    return found


def _festival_run(sentences: Sequence[Sequence[str]]) -> list[Spoken | None]:
    with tempfile.TemporaryDirectory() as folder:
        calls = []
        for number, words in enumerate(sentences):
            text = _UNSAYABLE.sub(
                "", " ".join(words).replace("\u0301", "").replace(" —", ",")
            )
            calls.append(f'(say-one "{text}" "{folder}/{number}.wav")')
        script = Path(folder, "say.scm")
        script.write_text(_SCHEME + "\n".join(calls) + "\n", encoding="utf-8")
        done = subprocess.run(
            [_festival_program(), "-b", str(script)], capture_output=True, check=False
        )
        found: list[Spoken | None] = []
        for line in done.stdout.decode("utf-8", "replace").splitlines():
            if line.startswith("FAILED "):
                found.append(None)
            elif line.startswith("WORDS "):
                _, path, *items = line.split(" ")
                found.append(_festival_spoken(Path(path), sentences[len(found)], items))
        return found


def _festival_spoken(
    path: Path, words: Sequence[str], items: Sequence[str]
) -> Spoken | None:
    with wave.open(str(path)) as sound:
        if sound.getframerate() != SAMPLE_RATE:
            return None
        samples = (
            np.frombuffer(sound.readframes(sound.getnframes()), np.int16).astype(
                np.float32
            )
            / 32768
        )
    rows = [
        (name, float(start), float(end))
        for name, start, end in (item.rsplit("|", 2) for item in items)
    ]
    spans = []
    at = 0
    for word in words:
        count = len(re.findall(r"[А-Яа-яЁё]+", word))
        part = rows[at : at + count]
        at += count
        if not part or len(part) < count:
            return None
        spans.append((part[0][1], part[-1][2]))
    if at != len(rows):
        return None
    return _trim(samples, spans)


def _trim(samples: np.ndarray, spans: Sequence[tuple[float, float]]) -> Spoken:
    first = max(0, round((spans[0][0] - MARGIN) * SAMPLE_RATE))
    last = min(len(samples), round((spans[-1][1] + MARGIN) * SAMPLE_RATE))
    limit = (last - first) / SAMPLE_RATE
    shift = first / SAMPLE_RATE
    return Spoken(
        samples[first:last],
        tuple((start - shift, min(end - shift, limit)) for start, end in spans),
    )
