"""The seam for voice activity detectors: how likely somebody speaks, frame by frame. To add one: a
class that is such a detector, its line in `plan.DETECTORS`, its name among the settings.

What of that is speech, and where windows are cut, is decided elsewhere, the same for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Protocol, TypeAlias

from konspekt.sound import SAMPLE_RATE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from konspekt.sound.recording import Samples

    Probabilities: TypeAlias = NDArray[np.float32]

# samples, 32 ms: Silero's step at 16 kHz (snakers4/silero-vad, src/silero_vad/utils_vad.py)
FRAME = 512
FRAMES_PER_SECOND = SAMPLE_RATE / FRAME  # 31.25


class VoiceActivityDetector(Protocol):
    """Something that tells where somebody speaks."""

    @property
    def identity(self) -> str:
        """What the answers depend on beside the sound: the name, and the version or the hash of the
        weights.
        """

    def probabilities(self, blocks: Iterable[Samples]) -> Iterator[Probabilities]:
        """For one file's samples `(n,)`, 16 kHz mono, in blocks of any size: for each frame of
        `FRAME` samples in order the probability of speech, 0 to 1, in arrays of any size.

        The last frame is filled up with silence. The answers do not depend on the blocks' sizes,
        and what is held in memory does not grow with the number of blocks.
        """
