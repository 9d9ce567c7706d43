"""Which token may come next: Whisper's own logit filters, for all texts of a batch at once.

The rules are those of whisper/decoding.py (`SuppressTokens`,
`ApplyTimestampRules`). Whisper's code loops over the texts in Python in every step; on a GPU that
waits for the device several times a text.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor
    from whisper.tokenizer import Tokenizer


class LogitFilter:
    """The rules, and what they need to know of each text: its latest time stamps."""

    def __init__(
        self, tokenizer: Tokenizer, latest: Sequence[int], device: str
    ) -> None:
        """Start with no token in any text.

        `latest` holds the greatest time stamp, counted from the window's start, that may begin each
        text.
        """
        import torch

        self._eot = tokenizer.eot
        self._begin = tokenizer.timestamp_begin
        self._is_first = True
        self._suppressed = torch.tensor(suppressed_tokens(tokenizer), device=device)
        self._latest = torch.tensor(latest, device=device)
        # Of each text: is the last token a time stamp, is the one before it (True where there is
        # none), and the last time stamp.
        self._is_last_stamp = torch.ones_like(self._latest, dtype=torch.bool)
        self._is_stamp_before = torch.ones_like(self._is_last_stamp)
        self._stamp = torch.zeros_like(self._latest)

    def apply(self, logits: Tensor) -> None:
        """Set the logits `(texts, vocabulary)` of tokens that may not come to -inf, in place."""
        logits.index_fill_(1, self._suppressed, -math.inf)
        if self._is_first:
            self._allow_first_stamps(logits)
        else:
            self._apply_timestamp_rules(logits)

    def add_tokens(self, tokens: Tensor) -> None:
        """Take note of the token `(texts,)` that came next in each text."""
        self._is_first = False
        self._is_stamp_before = self._is_last_stamp
        self._is_last_stamp = tokens >= self._begin
        self._stamp = (tokens - self._begin).where(self._is_last_stamp, self._stamp)

    def rearrange(self, sources: Tensor) -> None:
        """Let text `i` go on from text `sources[i]`."""
        self._latest = self._latest[sources]
        self._is_last_stamp = self._is_last_stamp[sources]
        self._is_stamp_before = self._is_stamp_before[sources]
        self._stamp = self._stamp[sources]

    def _allow_first_stamps(self, logits: Tensor) -> None:
        """Allow only the time stamps that may begin a text."""
        text, stamps, columns = self._split(logits)
        text.fill_(-math.inf)
        stamps.masked_fill_(columns > self._latest[:, None], -math.inf)

    def _apply_timestamp_rules(self, logits: Tensor) -> None:
        """Allow time stamps in pairs that never go back; the second may repeat the first."""
        text, stamps, columns = self._split(logits)
        is_second = self._is_last_stamp & ~self._is_stamp_before
        is_pair = self._is_last_stamp & self._is_stamp_before
        lowest = self._stamp + (~is_second).long()
        is_forbidden = (columns < lowest[:, None]) | is_pair[:, None]
        stamps.masked_fill_(is_forbidden, -math.inf)
        logits[:, : self._eot].add_(_minus_infinity(is_second))
        # A time stamp comes where all of them together are likelier than any single text token.
        is_stamp = stamps.logsumexp(-1) > text.amax(-1)
        text.add_(_minus_infinity(is_stamp))

    def _split(self, logits: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return views of the text tokens and of the time stamps, and the numbers of the latter."""
        import torch

        text, stamps = logits[:, : self._begin], logits[:, self._begin :]
        return text, stamps, torch.arange(stamps.shape[1], device=logits.device)


def _minus_infinity(texts: Tensor) -> Tensor:
    """Return -inf for the marked texts and 0 for the others, `(texts, 1)`.

    Adding it is several times faster than filling with a mask.
    """
    import torch

    zeros = torch.zeros_like(texts, dtype=torch.float32)
    return zeros.masked_fill_(texts, -math.inf)[:, None]


def suppressed_tokens(tokenizer: Tokenizer) -> list[int]:
    """Return the tokens that never come: signs that nobody speaks, and Whisper's special tokens."""
    tokens = {
        tokenizer.transcribe,
        tokenizer.translate,
        tokenizer.sot,
        tokenizer.sot_prev,
        tokenizer.sot_lm,
        tokenizer.no_speech,
        tokenizer.no_timestamps,
        *tokenizer.non_speech_tokens,
    }
    return sorted(tokens)
