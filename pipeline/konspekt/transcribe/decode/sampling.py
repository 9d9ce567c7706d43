"""One text a window: its likeliest tokens, or tokens sampled at a temperature.

For sampling each window has a random generator of its own. Whisper samples all windows of a batch
from one stream, so that the result for one window depends on the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from konspekt.transcribe.decode.options import LOOP_CHECK_STEPS, DecoderStart
from konspekt.transcribe.decode.result import DecodedText, ends_in_loop, text_tokens
from konspekt.transcribe.speech.windows import Window

if TYPE_CHECKING:
    from torch import Generator, Tensor

# Steps after which a program looks which texts have ended: it waits for a GPU each time.
GPU_CHECK_STEPS = 8


def window_seed(window: Window) -> int:
    """Return the seed of a window: its start in milliseconds."""
    return round(window.start * 1000)


class TokenSampling:
    """The texts of the windows that are not finished, as they grow (see `TextSearch`)."""

    def __init__(
        self, start: DecoderStart, temperature: float, seeds: Sequence[int]
    ) -> None:
        """Start with a text without tokens for each window; at temperature 0 no seed matters."""
        import torch

        windows, device = len(start.logits), start.logits.device
        self._start = start
        self._temperature = temperature
        self._generators = seeded_generators(seeds)
        self._check_steps = 1 if device.type == "cpu" else GPU_CHECK_STEPS
        self._tokens = torch.empty(windows, 0, dtype=torch.long, device=device)
        self._sums = torch.zeros(windows, device=device)  # of log-probabilities
        self._is_over = torch.zeros(windows, dtype=torch.bool, device=device)

    def extend(self, logits: Tensor) -> Tensor:
        """Extend each text by a token: an end of text where it has ended before."""
        import torch

        tokens = self._choose(logits)
        logprobs = logits.gather(1, tokens[:, None])[:, 0] - logits.logsumexp(-1)
        self._sums += logprobs.where(~self._is_over, 0.0)
        tokens = tokens.where(~self._is_over, self._start.eot)
        self._tokens = torch.cat([self._tokens, tokens[:, None]], dim=1)
        self._is_over = tokens == self._start.eot
        return tokens

    def finished_texts(self, step: int) -> dict[int, DecodedText]:
        is_last = step == self._start.max_tokens
        if step % self._check_steps and not is_last:
            return {}
        texts: dict[int, DecodedText] = {}
        for slot, is_over in enumerate(self._is_over.tolist()):
            is_looping = step % LOOP_CHECK_STEPS == 0 and self._is_looping(slot)
            if is_over or is_looping or is_last:
                texts[slot] = self._text(slot, is_over=is_over, is_looping=is_looping)
        return texts

    def keep_windows(self, slots: Sequence[int]) -> None:
        self._tokens = self._tokens[slots]
        self._sums = self._sums[slots]
        self._is_over = self._is_over[slots]
        self._generators = [self._generators[slot] for slot in slots]

    def _choose(self, logits: Tensor) -> Tensor:
        if self._temperature == 0:
            return logits.argmax(-1)
        return sample_tokens(logits, self._temperature, self._generators)

    def _text(self, slot: int, *, is_over: bool, is_looping: bool) -> DecodedText:
        tokens = self._tokens[slot].tolist()
        if is_over:
            tokens = tokens[: tokens.index(self._start.eot)]
        is_cut = not is_over and not is_looping
        return DecodedText(tuple(tokens), float(self._sums[slot]), is_cut, is_looping)

    def _is_looping(self, slot: int) -> bool:
        tokens = self._tokens[slot].tolist()
        return ends_in_loop(text_tokens(tokens, self._start.eot))


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

    Each row is sampled with its own generator.
    """
    import torch

    probabilities = torch.softmax(logits.float() / temperature, dim=-1).cpu()
    tokens = [
        torch.multinomial(row, 1, generator=generator)
        for row, generator in zip(probabilities, random, strict=True)
    ]
    return torch.cat(tokens).to(logits.device)
