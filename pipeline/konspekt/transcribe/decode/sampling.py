"""Sampling tokens at a temperature: each window has a random generator of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from konspekt.transcribe.speech.windows import Window

if TYPE_CHECKING:
    from torch import Generator, Tensor


def window_seed(window: Window) -> int:
    """Return the seed of a window: its start in milliseconds."""
    return round(window.start * 1000)


def seeded_generators(seeds: Sequence[int]) -> list[Generator]:
    """Return a random generator for each seed.

    They run on the CPU, because the generators of a GPU give other numbers.
    """
    import torch

    return [torch.Generator("cpu").manual_seed(seed) for seed in seeds]


def sample_tokens(
    logits: Tensor, temperature: float, random: Sequence[Generator]
) -> Tensor:
    """Return a token `(windows,)` for each row of `logits` `(windows, vocabulary)`.

    Each row is sampled with its own generator. Whisper samples all windows of a batch from one
    stream, so that the result for one window depends on the others.
    """
    import torch

    probabilities = torch.softmax(logits.float() / temperature, dim=-1).cpu()
    tokens = [
        torch.multinomial(row, 1, generator=generator)
        for row, generator in zip(probabilities, random, strict=True)
    ]
    return torch.cat(tokens).to(logits.device)
