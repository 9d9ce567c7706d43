"""Silero VAD (snakers4/silero-vad, MIT): its weights, run a stretch at a time instead of a frame at
a time.

The package is not imported: that would set torch to one thread for the whole process. Of its model
file the weights are taken. What can be computed for many frames at once is; only the recurrent
layer goes frame by frame, in one call. Measured on one core: 6 s of processor time for an hour of
sound; the package's own loop takes 95 s.
"""

from __future__ import annotations

import hashlib
import importlib.util
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from konspekt.errors import ModelError
from konspekt.sound import cut_pieces
from konspekt.transcribe.speech.vad import FRAME

if TYPE_CHECKING:
    import torch

    from konspekt.sound.recording import Samples
    from konspekt.transcribe.speech.vad import Probabilities

CONTEXT = 64  # samples of the frame before that each frame is given
FRAMES_AT_ONCE = 1024  # 33 s of sound: enough to be fast, 50 MB at most while they are computed
_STRIDES = (1, 2, 2, 1)  # of the encoder's four layers: four steps of a frame become one
_REMEDY = 'Install Konspekt again, or set vad = "none" in [transcribe].'


class Silero:
    """Silero VAD for 16 kHz. Raises ModelError where its package or its model file is not there."""

    @cached_property
    def _path(self) -> Path:
        found = importlib.util.find_spec("silero_vad")
        if found is None or not found.submodule_search_locations:
            raise ModelError(
                "the voice activity detector, silero-vad, is not installed", remedy=_REMEDY
            )
        return Path(found.submodule_search_locations[0]) / "data" / "silero_vad.jit"

    @cached_property
    def identity(self) -> str:
        try:
            digest = hashlib.sha256(self._path.read_bytes()).hexdigest()
        except OSError as error:
            raise ModelError(
                f"cannot be read: {error.strerror}", path=self._path, remedy=_REMEDY
            ) from None
        return f"silero {digest}"

    def probabilities(self, blocks: Iterable[Samples]) -> Iterator[Probabilities]:
        """As `SpeechDetector` says. Stretches are counted from the first sample, so no block border
        is seen.
        """
        network: _Network | None = None
        length = FRAMES_AT_ONCE * FRAME
        spans = ((first - CONTEXT, first + length) for first in range(0, 2**62, length))
        for _, samples in cut_pieces(
            _led_in(blocks), ((a + CONTEXT, b + CONTEXT) for a, b in spans)
        ):
            if len(samples) <= CONTEXT:  # the sound ended with the stretch before
                return
            network = network or _Network(self._path)
            with _one_thread():
                yield network.next(samples)


def _led_in(blocks: Iterable[Samples]) -> Iterator[Samples]:
    """The blocks after the silence that is the first frame's context."""
    import numpy as np

    yield np.zeros(CONTEXT, np.float32)
    yield from blocks


@contextmanager
def _one_thread() -> Iterator[None]:
    """Torch on one thread: a network this small loses more by sharing (5 times, measured) than it
    gains, and sums come out the same whatever the number of cores.
    """
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


class _Network:
    """The network with its state between two stretches."""

    def __init__(self, path: Path) -> None:
        import torch

        try:
            with warnings.catch_warnings():
                warnings.simplefilter(
                    "ignore", DeprecationWarning
                )  # of the file format, which is the package's choice
                model = torch.jit.load(str(path), map_location="cpu")  # type: ignore[no-untyped-call]
            self._weights = {
                name.removeprefix("_model."): value
                for name, value in model.state_dict().items()
                if name.startswith("_model.")
            }
            self._recurrent = torch.nn.LSTM(128, 128)
            names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            self._recurrent.load_state_dict(
                {f"{name}_l0": self._weights[f"decoder.rnn.{name}"] for name in names}
            )
        except (RuntimeError, KeyError, ValueError) as error:
            what = str(error).splitlines()[0]
            raise ModelError(
                f"is not a model of Silero VAD that Konspekt knows ({what})",
                path=path,
                remedy=_REMEDY,
            ) from None
        self._state: tuple[torch.Tensor, torch.Tensor] | None = None

    def next(self, samples: Samples) -> Probabilities:
        """The probabilities `(frames,)` of the frames in samples `(CONTEXT + n,)`, the last one
        filled up.
        """
        import numpy as np
        import torch

        frames = -(-(len(samples) - CONTEXT) // FRAME)
        filled = np.zeros(CONTEXT + frames * FRAME, np.float32)
        filled[: len(samples)] = samples
        with torch.inference_mode():
            features = self._features(torch.from_numpy(filled).unfold(0, CONTEXT + FRAME, FRAME))
            steps, self._state = self._recurrent(features.unsqueeze(1), self._state)
            weight, bias = (
                self._weights[f"decoder.decoder.2.{name}"] for name in ("weight", "bias")
            )
            found = torch.sigmoid(torch.relu(steps.squeeze(1)) @ weight[0] + bias)
        likely: Probabilities = found.squeeze(1).numpy()
        return likely

    def _features(self, frames: torch.Tensor) -> torch.Tensor:
        """What the recurrent layer is given, `(frames, 128)`, of frames with their context
        `(frames, 576)`.
        """
        import torch
        from torch.nn import functional

        padded = functional.pad(frames, (0, 64), "reflect").unsqueeze(1)
        waves = functional.conv1d(padded, self._weights["stft.forward_basis_buffer"], stride=128)
        found = (waves[:, :129] ** 2 + waves[:, 129:] ** 2).sqrt()
        for number, stride in enumerate(_STRIDES):
            weight, bias = (
                self._weights[f"encoder.{number}.reparam_conv.{name}"]
                for name in ("weight", "bias")
            )
            found = torch.relu(functional.conv1d(found, weight, bias, stride=stride, padding=1))
        return found.squeeze(-1)
