"""Silero VAD (snakers4/silero-vad, MIT), computed a stretch at a time instead of frame by frame.

The package is not imported, because that would set torch to one thread for the whole process. Only
the weights of its model file are used. What can be computed for many frames at once is; only the
recurrent layer goes frame by frame, in one call. Measured on one core, an hour of sound takes 6 s
of processor time; the package's own loop takes 95 s.
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

from konspekt.errors import ModelError, name_setting
from konspekt.sound import cut_pieces
from konspekt.transcribe.speech.vad import FRAME
from konspekt.transcribe.speech.windows import even_spans

if TYPE_CHECKING:
    import torch

    from konspekt.sound.recording import Samples
    from konspekt.transcribe.speech.vad import Probabilities

CONTEXT = 64  # samples before each frame that the network is given with it
# 33 s of sound: enough to be fast, 50 MB at most while they are computed
FRAMES_AT_ONCE = 1024
# of the encoder's four layers: four steps of a frame become one
_STRIDES = (1, 2, 2, 1)
_REMEDY = (
    "Install Konspekt again, or set "
    f"{name_setting('transcribe.vad', 'none', option=None)}."
)
_PREFIX = "_model."  # of the names of the 16 kHz network's weights


class Silero:
    """Silero VAD for 16 kHz. Raises ModelError where its package or its model file is missing."""

    @cached_property
    def _path(self) -> Path:
        package = importlib.util.find_spec("silero_vad")
        if package is None or not package.submodule_search_locations:
            what = "the voice activity detector, silero-vad, is not installed"
            raise ModelError(what, remedy=_REMEDY)
        return Path(package.submodule_search_locations[0]) / "data" / "silero_vad.jit"

    @cached_property
    def identity(self) -> str:
        """Return the detector's name and the hash of its model file."""
        try:
            content = self._path.read_bytes()
        except OSError as error:
            what = f"cannot be read: {error.strerror}"
            raise ModelError(what, path=self._path, remedy=_REMEDY) from None
        return f"silero {hashlib.sha256(content).hexdigest()}"

    def probabilities(self, blocks: Iterable[Samples]) -> Iterator[Probabilities]:
        """Yield the probability of speech of each frame, see `VoiceActivityDetector`.

        Stretches are counted from the first sample, so that no block border matters.
        """
        network: _SileroNetwork | None = None
        length = FRAMES_AT_ONCE * FRAME
        spans = even_spans(length + CONTEXT, length)
        for _, samples in cut_pieces(_with_context(blocks), spans):
            if len(samples) <= CONTEXT:  # the sound ended with the stretch before
                return
            network = network or _SileroNetwork(self._path)
            with _one_thread():
                yield network.next(samples)


def _with_context(blocks: Iterable[Samples]) -> Iterator[Samples]:
    """Yield the blocks after the silence that is the first frame's context."""
    import numpy as np

    yield np.zeros(CONTEXT, np.float32)
    yield from blocks


@contextmanager
def _one_thread() -> Iterator[None]:
    """Set torch to one thread for a while.

    A network this small is 5 times slower on several, and the sums stay the same whatever the
    number of cores.
    """
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


class _SileroNetwork:
    """The network, with its state between two stretches."""

    def __init__(self, path: Path) -> None:
        """Load the weights. Raises ModelError."""
        try:
            self._weights = _load_weights(path)
            self._recurrent = _recurrent_layer(self._weights)
        except (RuntimeError, KeyError, ValueError) as error:
            reason = str(error).splitlines()[0]
            what = f"is not a model of Silero VAD that Konspekt knows ({reason})"
            raise ModelError(what, path=path, remedy=_REMEDY) from None
        self._state: tuple[torch.Tensor, torch.Tensor] | None = None

    def next(self, samples: Samples) -> Probabilities:
        """Return the probabilities `(frames,)` of the next stretch.

        `samples` are `(CONTEXT + n,)`; the last frame is filled up with silence.
        """
        import numpy as np
        import torch

        frames = -(-(len(samples) - CONTEXT) // FRAME)
        filled = np.zeros(CONTEXT + frames * FRAME, np.float32)
        filled[: len(samples)] = samples
        with torch.inference_mode():
            features = self._features(
                torch.from_numpy(filled).unfold(0, CONTEXT + FRAME, FRAME)
            )
            steps, self._state = self._recurrent(features.unsqueeze(1), self._state)
            weight, bias = self._layer("decoder.decoder.2")
            found = torch.sigmoid(torch.relu(steps.squeeze(1)) @ weight[0] + bias)
        probabilities: Probabilities = found.squeeze(1).numpy()
        return probabilities

    def _features(self, frames: torch.Tensor) -> torch.Tensor:
        """Return the input `(frames, 128)` of the recurrent layer.

        `frames` are `(frames, 576)`, each with its context.
        """
        import torch
        from torch.nn import functional

        padded = functional.pad(frames, (0, 64), "reflect").unsqueeze(1)
        waves = functional.conv1d(
            padded, self._weights["stft.forward_basis_buffer"], stride=128
        )
        features = (waves[:, :129] ** 2 + waves[:, 129:] ** 2).sqrt()
        for number, stride in enumerate(_STRIDES):
            weight, bias = self._layer(f"encoder.{number}.reparam_conv")
            convolved = functional.conv1d(
                features, weight, bias, stride=stride, padding=1
            )
            features = torch.relu(convolved)
        return features.squeeze(-1)

    def _layer(self, name: str) -> tuple[torch.Tensor, torch.Tensor]:
        return self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]


def _load_weights(path: Path) -> dict[str, torch.Tensor]:
    """Return the weights of the 16 kHz network by name."""
    import torch

    with warnings.catch_warnings():
        # The file format is deprecated; the package chooses it.
        warnings.simplefilter("ignore", DeprecationWarning)
        model = torch.jit.load(str(path), map_location="cpu")  # type: ignore[no-untyped-call]
    return {
        name.removeprefix(_PREFIX): value
        for name, value in model.state_dict().items()
        if name.startswith(_PREFIX)
    }


def _recurrent_layer(weights: dict[str, torch.Tensor]) -> torch.nn.LSTM:
    import torch

    layer = torch.nn.LSTM(128, 128)
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    layer.load_state_dict(
        {f"{name}_l0": weights[f"decoder.rnn.{name}"] for name in names}
    )
    return layer
