"""How loud a piece of sound is, and excerpts of it as WAV: pydub's part, on decoded pieces only.

`AudioSegment.from_file` is never called: it would open files by their names and hold all of them in
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
SILENCE_DBFS = (
    -80.0
)  # no sample above: lower than the noise of any microphone, so a switched-off one


def level_dbfs(samples: Samples) -> float:
    """The level (root mean square) of samples `(n,)` in dB below full scale; −inf for none or
    digital silence.
    """
    return float(_segment(samples).dBFS)


def peak_dbfs(samples: Samples) -> float:
    """The highest sample `(n,)` in dB below full scale; −inf for none or digital silence."""
    return float(_segment(samples).max_dBFS)


def is_silent(samples: Samples) -> bool:
    """Whether nothing can be heard in samples `(n,)`: none is above `SILENCE_DBFS`, seen from their
    mean.

    The constant offset of a cheap sound card is no sound, and Whisper makes words of it.
    """
    return (
        not len(samples)
        or peak_dbfs(samples - samples.mean(dtype="f8").astype("f4")) < SILENCE_DBFS
    )


def onset(samples: Samples) -> float:
    """The second at which samples `(n,)` first stand out of their own quiet; 0 where they do from
    the start.

    Quiet is the level that a tenth of the frames stay below. Not a voice activity detector: steady
    hum and room noise are passed over, a door is not.
    """
    import numpy as np

    frames = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME)
    if not len(frames):
        return 0.0
    levels = 10 * np.log10(np.mean(np.square(frames, dtype=np.float64), axis=1) + 1e-12)
    loud = np.flatnonzero(levels > np.quantile(levels, 0.1) + _STANDS_OUT_DB)
    return float(loud[0]) * _FRAME / SAMPLE_RATE if len(loud) else 0.0


def excerpt(
    samples: Samples, start: float, end: float, *, to_peak_dbfs: float | None = None
) -> bytes:
    """Seconds `start` to `end` of samples `(n,)`, 16 kHz mono, as a 16-bit WAV file.

    Cut where the samples end. With `to_peak_dbfs` the gain is set so that the highest sample has
    that level; digital silence stays so.
    """
    segment = _segment(
        samples[max(round(start * SAMPLE_RATE), 0) : max(round(end * SAMPLE_RATE), 0)]
    )
    if to_peak_dbfs is not None and segment.max > 0:
        segment = segment.apply_gain(to_peak_dbfs - segment.max_dBFS)
    output = io.BytesIO()
    segment.export(output, format="wav")
    return output.getvalue()


def _segment(samples: Samples) -> AudioSegment:
    import numpy as np

    with (
        warnings.catch_warnings()
    ):  # pydub looks for an ffmpeg it is not asked to run, and imports audioop
        warnings.simplefilter("ignore")
        from pydub import AudioSegment
    whole = np.clip(np.rint(samples * 2.0**15), -(2**15), 2**15 - 1).astype("<i2")
    return AudioSegment(whole.tobytes(), frame_rate=SAMPLE_RATE, sample_width=2, channels=1)
