"""Which token may come next: Whisper's own rules (whisper/decoding.py, its filters), for all texts
of a batch at once.

Its own are a loop over the texts in Python, in every step, which on a GPU waits for the device
several times a text.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor
    from whisper.tokenizer import Tokenizer


class LogitFilter:
    """The rules, with what they need to know of every text: whether its last tokens were time
    stamps, and which.
    """

    def __init__(self, tokenizer: Tokenizer, latest: Sequence[int] | None, device: str) -> None:
        """`latest`: for each text the last stamp, counted from the window's start, that may be its
        first.

        None: texts without stamps.
        """
        import torch

        self._eot = tokenizer.eot
        self._begin = tokenizer.timestamp_begin
        self._has_stamps = latest is not None
        self._suppressed = torch.tensor(
            suppressed_tokens(tokenizer, stamps=self._has_stamps), device=device
        )
        self._blank = torch.tensor([*tokenizer.encode(" "), tokenizer.eot], device=device)
        self._is_first = True
        self._latest = torch.tensor(list(latest or ()), device=device)
        # Whether the last token was a stamp, and the one before it (True where there is none); the
        # last stamp.
        self._last = torch.ones_like(self._latest, dtype=torch.bool)
        self._before = torch.ones_like(self._last)
        self._stamp = torch.zeros_like(self._latest)

    def apply(self, logits: Tensor) -> None:
        """Sets what must not come to -inf, in place: `(texts, vocabulary)`."""
        import torch

        logits.index_fill_(1, self._suppressed, -math.inf)
        if not self._has_stamps:
            if self._is_first:
                logits.index_fill_(1, self._blank, -math.inf)
            return
        text, stamps = logits[:, : self._begin], logits[:, self._begin :]
        columns = torch.arange(stamps.shape[1], device=logits.device)
        if self._is_first:
            text.fill_(-math.inf)
            stamps.masked_fill_(columns > self._latest[:, None], -math.inf)
            return
        # Stamps come in pairs and never go back; only the second of a pair may repeat the first.
        second = self._last & ~self._before
        lowest = self._stamp + (~second).long()
        stamps.masked_fill_(
            (columns < lowest[:, None]) | (self._last & self._before)[:, None], -math.inf
        )
        logits[:, : self._eot].add_(_forbidden(second))
        # A stamp comes where all stamps together are likelier than any single token of text.
        is_stamp = stamps.logsumexp(-1) > text.amax(-1)
        text.add_(_forbidden(is_stamp))

    def note(self, following: Tensor) -> None:
        """Takes in the token that came next in each text, `(texts,)`."""
        self._is_first = False
        if self._has_stamps:
            self._before, self._last = self._last, following >= self._begin
            self._stamp = (following - self._begin).where(self._last, self._stamp)

    def follow(self, sources: Tensor) -> None:
        """Text `i` goes on from text `sources[i]`."""
        if self._has_stamps:
            self._latest, self._last = self._latest[sources], self._last[sources]
            self._before, self._stamp = self._before[sources], self._stamp[sources]


def _forbidden(texts: Tensor) -> Tensor:
    """-inf for these texts, 0 for the others, `(texts, 1)`: a sum is several times faster than a
    mask.
    """
    import torch

    return torch.zeros_like(texts, dtype=torch.float32).masked_fill_(texts, -math.inf)[:, None]


def suppressed_tokens(tokenizer: Tokenizer, *, stamps: bool) -> list[int]:
    """Tokens that never come: signs that are not spoken, and Whisper's own marks."""
    marks = [
        tokenizer.transcribe,
        tokenizer.translate,
        tokenizer.sot,
        tokenizer.sot_prev,
        tokenizer.sot_lm,
    ]
    found = {*tokenizer.non_speech_tokens, *marks, tokenizer.no_speech}
    return sorted(found | ({tokenizer.no_timestamps} if stamps else set()))
