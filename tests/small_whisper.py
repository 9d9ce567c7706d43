"""A small Whisper that knows 560 Russian words, and 68 s of speech that it recognises: for tests
that need words and must be quick.

`tests/fixtures/small_whisper/README.md` says from which commit they can be made.
"""

from __future__ import annotations

import lzma
from functools import cache

import numpy as np
from numpy.typing import NDArray

from konspekt.artifacts.store import write_atomically
from konspekt.formats import Utterance, read
from konspekt.sound import SAMPLE_RATE, open_recording
from tests.courses import ROOT

FOLDER = ROOT / "tests" / "fixtures" / "small_whisper"
RECORDING = FOLDER / "speech.opus"


@cache
def small_whisper() -> str:
    """Return the checkpoint's path, as a course names it; it is unpacked once a process."""
    path = FOLDER / "small.pt"
    checkpoint = lzma.decompress((FOLDER / "small.pt.xz").read_bytes())
    if not path.is_file() or path.read_bytes() != checkpoint:
        write_atomically(path, checkpoint)
    return str(path)


def speech(seconds: float = 68.0) -> NDArray[np.float32]:
    """Return the beginning of the recording, `(samples,)`, 16 kHz."""
    with open_recording(RECORDING, max_hours=1) as sound:
        samples = np.concatenate(list(sound.blocks()))
    return samples[: round(seconds * SAMPLE_RATE)]


def sentences(before: float = 68.0) -> list[Utterance]:
    """Return what is said in it up to that second, sentence by sentence."""
    path = RECORDING.with_name("speech.reference.srt")
    return [cue for cue in read(path).utterances if (cue.end or 0.0) < before]
