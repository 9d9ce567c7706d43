"""Tokens drawn at a temperature, each window from random numbers of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.transcribe.windows import Window

if TYPE_CHECKING:
    import torch


def seed_of(window: Window) -> int:
    """A window's seed: where it begins, in milliseconds."""
    return round(window.start * 1000)


class Drawing:
    """Whisper's interface of a token decoder: draws as its own does, but from a generator a window.

    Its own draws for all windows of a batch from one stream, so that what is said of one would depend on the others.
    The generators live on the processor: a GPU's give other numbers.
    """

    def __init__(self, temperature: float, eot: int, seeds: Sequence[int]) -> None:
        import torch

        self._temperature = temperature
        self._eot = eot
        self._generators = [torch.Generator("cpu").manual_seed(seed) for seed in seeds]

    def reset(self) -> None:
        """Called before a batch: nothing is carried over."""

    def update(
        self, tokens: torch.Tensor, logits: torch.Tensor, sum_logprobs: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The next token of each window: `tokens` `(windows, length)`, `logits` `(windows, vocabulary)`."""
        import torch

        shares = torch.softmax(logits.float() / self._temperature, dim=-1).cpu()
        drawn = [
            torch.multinomial(row, 1, generator=generator)
            for row, generator in zip(shares, self._generators, strict=True)
        ]
        following = torch.cat(drawn).to(tokens.device)
        is_done = tokens[:, -1] == self._eot
        logprobs = torch.log_softmax(logits.float(), dim=-1)
        sum_logprobs += logprobs.gather(1, following[:, None])[:, 0] * ~is_done
        following[is_done] = self._eot
        tokens = torch.cat([tokens, following[:, None]], dim=-1)
        return tokens, (tokens[:, -1] == self._eot).all()

    def finalize(self, tokens: torch.Tensor, sum_logprobs: torch.Tensor) -> tuple[torch.Tensor, list[float]]:
        """The tokens, each window's with an end, and their log-probabilities."""
        from torch.nn import functional

        return functional.pad(tokens, (0, 1), value=self._eot), sum_logprobs.tolist()
