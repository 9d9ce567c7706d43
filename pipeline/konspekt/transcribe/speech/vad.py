"""The interface of voice activity detectors: how likely somebody speaks, frame by frame.

To add one: a class with this interface, its line in `plan.DETECTORS`, its name among the settings.
What of the probabilities is speech, and where windows are cut, is decided elsewhere, the same for
all detectors.
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
        """Return what the probabilities depend on beside the sound.

        That is the name, and the version or the hash of the weights.
        """

    def probabilities(self, blocks: Iterable[Samples]) -> Iterator[Probabilities]:
        """Yield the probability of speech, 0 to 1, of each frame of one file, in order.

        The samples `(n,)`, 16 kHz mono, come in blocks of any size; so do the probabilities, which
        do not depend on these sizes. A frame has `FRAME` samples, and the last one is filled up
        with silence. Memory does not grow with the number of blocks.
        """
