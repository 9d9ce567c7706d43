"""Levels of sound, and sound as WAV, by pydub on samples that are decoded already.

`AudioSegment.from_file` is never called: it opens files by their names and holds all of them in
memory.
"""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING

from konspekt.sound.rate import SAMPLE_RATE

if TYPE_CHECKING:
    from pydub import AudioSegment

    from konspekt.sound.recording import Samples

_FRAME = SAMPLE_RATE // 50  # 20 ms
_STANDS_OUT_DB = 12.0
# Sound without a sample above it is silent: any microphone that is switched on has more noise.
SILENCE_DBFS = -80.0


def peak_dbfs(samples: Samples) -> float:
    """Return the peak of samples `(n,)` in dBFS; −inf for no samples or digital silence."""
    return float(_segment(samples).max_dBFS)


def is_silent(samples: Samples) -> bool:
    """Return whether no sample of `(n,)` differs from their mean by more than `SILENCE_DBFS`.

    The mean is subtracted because the constant offset of a cheap sound card is no sound, and
    Whisper makes words of it.
    """
    if not len(samples):
        return True
    mean = samples.mean(dtype="f8").astype("f4")
    return peak_dbfs(samples - mean) < SILENCE_DBFS


def onset(samples: Samples) -> float:
    """Return the second at which samples `(n,)` first stand out of their own quiet.

    It is 0 where they never do. Quiet is the level below which a tenth of the frames stays. This is
    no voice activity detector: it passes over steady hum and room noise, but not over a door.
    """
    import numpy as np

    count = len(samples) // _FRAME
    if not count:
        return 0.0
    frames = samples[: count * _FRAME].reshape(count, _FRAME)
    powers = np.mean(np.square(frames, dtype=np.float64), axis=1)
    levels = 10 * np.log10(powers + 1e-12)
    quiet = np.quantile(levels, 0.1)
    loud = np.flatnonzero(levels > quiet + _STANDS_OUT_DB)
    return float(loud[0]) * _FRAME / SAMPLE_RATE if len(loud) else 0.0


def to_wav(samples: Samples) -> bytes:
    """Return samples `(n,)`, 16 kHz mono, as a 16-bit WAV file."""
    output = io.BytesIO()
    _segment(samples).export(output, format="wav")
    return output.getvalue()


def _segment(samples: Samples) -> AudioSegment:
    """Return samples as pydub's 16-bit sound."""
    import numpy as np

    with warnings.catch_warnings():
        # pydub warns of a missing ffmpeg, which it need not run, and of its import of audioop.
        warnings.simplefilter("ignore")
        from pydub import AudioSegment
    rounded = np.rint(samples * 2.0**15)
    whole = rounded.clip(-(2**15), 2**15 - 1).astype("<i2")
    return AudioSegment(
        whole.tobytes(), frame_rate=SAMPLE_RATE, sample_width=2, channels=1
    )
