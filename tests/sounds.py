"""Sounds and a Whisper for tests: made on the spot, tiny, the same in every run."""

from __future__ import annotations

import struct
import wave
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from whisper.model import Whisper

RATE_HZ = 16_000

# A Whisper as small as its shape allows; the context lengths and the vocabulary are those of every
# Whisper.
TINY = {
    "n_mels": 80,
    "n_audio_ctx": 1500,
    "n_audio_state": 32,
    "n_audio_head": 2,
    "n_audio_layer": 1,
    "n_vocab": 51865,
    "n_text_ctx": 448,
    "n_text_state": 32,
    "n_text_head": 2,
    "n_text_layer": 1,
}


def tone(
    seconds: float, hz: float = 440.0, *, rate_hz: int = RATE_HZ, amplitude: float = 0.5
) -> NDArray[np.float32]:
    """A sine, `(samples,)`."""
    times = np.arange(round(seconds * rate_hz)) / rate_hz
    return (amplitude * np.sin(2 * np.pi * hz * times)).astype(np.float32)


def murmur(seconds: float, seed: int = 0) -> NDArray[np.float32]:
    """Short tones of wandering pitch and loudness, 16 kHz: no two windows of it are alike."""
    rng = np.random.default_rng(seed)
    steps = int(seconds * 4) + 2
    pitch_hz = np.exp(np.log(400) + np.cumsum(rng.normal(0, 0.3, steps))).clip(60, 7000)
    times = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    phase = (
        2
        * np.pi
        * np.cumsum(np.interp(times, np.arange(steps) / 4, pitch_hz))
        / RATE_HZ
    )
    loudness = np.interp(times, np.arange(steps) / 4, rng.random(steps))
    return (0.5 * loudness * np.sin(phase)).astype(np.float32)


def noise(seconds: float, *, slope: float = 0.5, seed: int = 3) -> NDArray[np.float32]:
    """Noise of a room, standard deviation 1: white where `slope` is 0, brown where it is 1."""
    count = round(seconds * RATE_HZ)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(count))
    spectrum /= np.maximum(np.arange(len(spectrum)), 1 + count / 400) ** slope
    found = np.fft.irfft(spectrum, count)
    scaled: NDArray[np.float32] = (found / found.std()).astype(np.float32)
    return scaled


def hum(seconds: float, hz: float = 50.0) -> NDArray[np.float32]:
    """A projector: a tone and its harmonics, slowly beating."""
    times = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    tones = [np.sin(2 * np.pi * hz * step * times) / step for step in range(1, 9)]
    beating = 1 + 0.3 * np.sin(2 * np.pi * 0.7 * times)
    return (sum(tones) * beating).astype(np.float32)


def music(seconds: float, seed: int = 3) -> NDArray[np.float32]:
    """Plucked chords, a new one every half second or so."""
    rng = np.random.default_rng(seed)
    found = np.zeros(round(seconds * RATE_HZ))
    at = 0
    while at < len(found):
        length = min(int(rng.uniform(0.25, 1.2) * RATE_HZ), len(found) - at)
        for step in rng.choice(24, int(rng.integers(1, 4)), replace=False):
            found[at : at + length] += _pluck(110 * 2 ** (step / 12), length)
        at += length
    return found.astype(np.float32)


def _pluck(hz: float, count: int) -> NDArray[np.float64]:
    times = np.arange(count) / RATE_HZ
    tones = [np.sin(2 * np.pi * hz * step * times) / step for step in (1, 2, 3, 4)]
    plucked: NDArray[np.float64] = sum(tones) * np.exp(-3 * times)
    return plucked


def write_wav(
    path: Path,
    samples: NDArray[np.float32],
    *,
    rate_hz: int = RATE_HZ,
    channels: int = 1,
) -> Path:
    """A 16-bit WAV, the same samples in every channel."""
    whole = np.rint(samples * 32767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(np.repeat(whole[:, None], channels, axis=1).tobytes())
    return path


def write_float_wav(
    path: Path, samples: NDArray[np.float32], *, rate_hz: int = RATE_HZ
) -> Path:
    """A mono WAV of 32-bit floats, which may be any."""
    content = samples.astype("<f4").tobytes()
    form = struct.pack("<IHHIIHH", 16, 3, 1, rate_hz, 4 * rate_hz, 4, 32)
    head = b"fmt " + form + b"data" + struct.pack("<I", len(content))
    path.write_bytes(
        b"RIFF"
        + struct.pack("<I", 4 + len(head) + len(content))
        + b"WAVE"
        + head
        + content
    )
    return path


def random_whisper(seed: int = 0, **shape: int) -> Whisper:
    """A Whisper with random weights, of `TINY`'s shape but for `shape`: what it says depends on the
    sound.
    """
    import torch
    from whisper.model import ModelDimensions, Whisper

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = Whisper(ModelDimensions(**TINY | shape)).eval()
        with torch.no_grad():
            _liven(model)
    return model


def tiny_whisper(path: Path, seed: int = 0, **extra: Any) -> Path:
    """A genuine checkpoint of a Whisper with random weights: what it says makes no sense, but
    depends on the sound.

    `extra` keys go into the checkpoint, such as `alignment_heads`.
    """
    import torch

    model = random_whisper(seed)
    torch.save({"dims": TINY, "model_state_dict": model.state_dict(), **extra}, path)
    return path


END_OF_TEXT = 50257  # Whisper's token
WORDY = 30  # positions before the end of text


def _liven(model: Any) -> None:
    """Keeps random weights from repeating one token for ever, and ends every text at the position
    `WORDY`.

    The last coordinate of the decoder's state is kept for that: no layer writes it, only the
    position and one token know it.
    """
    from torch import nn

    decoder, last = model.decoder, model.dims.n_text_state - 1
    model.encoder.conv1.weight *= 20
    # Wide states repeat a token less when its own share in them is as small as in narrow ones.
    nn.init.normal_(
        decoder.token_embedding.weight,
        std=0.1 * (TINY["n_text_state"] / model.dims.n_text_state) ** 0.5,
    )
    nn.init.normal_(decoder.positional_embedding, std=0.3)
    for block in decoder.blocks:
        block.cross_attn.out.weight *= 20
        for layer in (block.attn.out, block.cross_attn.out, block.mlp[-1]):
            layer.weight[last] = layer.bias[last] = 0
    decoder.token_embedding.weight[:, last] = 0
    decoder.token_embedding.weight[END_OF_TEXT] = 0
    decoder.token_embedding.weight[END_OF_TEXT, last] = 10
    decoder.positional_embedding[:, last] = -1
    decoder.positional_embedding[WORDY:, last] = 1000
