"""Russian speech of festival's voice_msu_ru_nsh_clunits (Debian: festival, festvox-ru).

Of its one speaker others are made by moving pitch and formants. A plus sign before a vowel
stresses it, as the voice itself has it («п+айтон»).
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tools.demo.shifting import RATE_HZ, Samples, shift

MARGIN = 0.15  # seconds of silence that may stay at each end
_VOICE = Path("/usr/share/festival/voices/russian/msu_ru_nsh_clunits")
_UNSAYABLE = re.compile(r"[^А-Яа-яЁё .,?!+-]")
_SCHEME = """(voice_msu_ru_nsh_clunits)
(define (say-one text wave)
  (unwind-protect
    (let ((utt (utt.synth (eval (list 'Utterance 'Text text)))))
      (utt.save.wave utt wave 'riff)
      (format t "SPOKEN %f %f\\n"
        (item.feat (utt.relation.first utt 'Word) "word_start")
        (item.feat (utt.relation.last utt 'Word) "word_end")))
    (format t "FAILED\\n")))
"""


class VoiceError(Exception):
    """The voice is not installed, or cannot say a sentence."""


@dataclass(frozen=True, slots=True)
class Voice:
    """Who speaks: ratios to the pitch, the formants and the speed of festival's speaker."""

    pitch: float = 1.0
    formants: float = 1.0
    speed: float = 1.0


@dataclass(frozen=True, slots=True)
class Spoken:
    """A sentence as sound; when its first word starts and its last one ends, in seconds."""

    samples: Samples
    start: float
    end: float


def is_installed() -> bool:
    """Return whether festival and its Russian voice are here."""
    return shutil.which("festival") is not None and _VOICE.is_dir()


def speak(sentences: Sequence[tuple[str, Voice]]) -> list[Spoken]:
    """Return sentences as sound. Raises VoiceError."""
    texts = [text for text, _ in sentences]
    spoken = _festival(texts)
    return [
        _as_voice(clip, voice)
        for clip, (_, voice) in zip(spoken, sentences, strict=True)
    ]


def _as_voice(spoken: Spoken, voice: Voice) -> Spoken:
    """Return what festival's speaker said as another says it."""
    if voice == Voice():
        return spoken
    samples = shift(spoken.samples, voice.pitch, voice.formants, voice.speed)
    return Spoken(samples, spoken.start / voice.speed, spoken.end / voice.speed)


def _festival(texts: Sequence[str]) -> list[Spoken]:
    """Return sentences as festival's speaker says them. Raises VoiceError."""
    if not is_installed():
        raise VoiceError(
            "festival's Russian voice is not installed: apt install festival festvox-ru"
        )
    with tempfile.TemporaryDirectory() as folder:
        waves = [Path(folder, f"{number}.wav") for number in range(len(texts))]
        script = Path(folder, "say.scm")
        script.write_text(_scheme(texts, waves), encoding="utf-8")
        done = subprocess.run(
            ["festival", "-b", str(script)], capture_output=True, check=False
        )
        answers = _answers(done.stdout.decode("utf-8", "replace"))
        return [
            _read(text, path, next(answers, "FAILED"))
            for text, path in zip(texts, waves, strict=True)
        ]


def _scheme(texts: Sequence[str], waves: Sequence[Path]) -> str:
    """Return festival's commands that say the texts."""
    calls = []
    for text, path in zip(texts, waves, strict=True):
        sayable = _UNSAYABLE.sub("", text.replace(" —", ","))
        calls.append(f'(say-one "{sayable}" "{path}")\n')
    return _SCHEME + "".join(calls)


def _answers(printed: str) -> Iterator[str]:
    return (
        line for line in printed.splitlines() if line.startswith(("SPOKEN", "FAILED"))
    )


def _read(text: str, path: Path, answer: str) -> Spoken:
    """Return a sentence that festival has written, without the silence around it."""
    if answer == "FAILED":
        raise VoiceError(f"festival cannot say: {text}")
    start, end = (float(second) for second in answer.split()[1:])
    with wave.open(str(path)) as sound:
        pcm = np.frombuffer(sound.readframes(sound.getnframes()), np.int16)
    first = max(0.0, start - MARGIN)
    kept = pcm[round(first * RATE_HZ) : round((end + MARGIN) * RATE_HZ)]
    samples = kept.astype(np.float32) / np.float32(32768)
    return Spoken(samples, start - first, end - first)
