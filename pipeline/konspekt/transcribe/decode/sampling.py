"""Tokens drawn at a temperature, each window from random numbers of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from konspekt.transcribe.speech.windows import Window

if TYPE_CHECKING:
    from torch import Generator, Tensor


def window_seed(window: Window) -> int:
    """A window's seed: where it begins, in milliseconds."""
    return round(window.start * 1000)


def seeded_generators(seeds: Sequence[int]) -> list[Generator]:
    """Random numbers for each window, on the processor: a GPU's generators give other numbers."""
    import torch

    return [torch.Generator("cpu").manual_seed(seed) for seed in seeds]


def sample_tokens(logits: Tensor, temperature: float, random: Sequence[Generator]) -> Tensor:
    """A token for each row of `logits` `(windows, vocabulary)`, from its own generator.

    Whisper's own draws for all windows of a batch come from one stream, so that what is said of one
    would depend on the others.
    """
    import torch

    shares = torch.softmax(logits.float() / temperature, dim=-1).cpu()
    drawn = [
        torch.multinomial(row, 1, generator=generator)
        for row, generator in zip(shares, random, strict=True)
    ]
    return torch.cat(drawn).to(logits.device)
