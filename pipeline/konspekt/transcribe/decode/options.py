"""The options of a decoding, and the state from which its token loop starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from konspekt.transcribe.decode.decoder import Decoder

if TYPE_CHECKING:
    from torch import Tensor

    from konspekt.transcribe.decode.logit_filter import LogitFilter

LOOP_CHECK_STEPS = 32  # steps after which the texts are searched for repetition loops


@dataclass(frozen=True, slots=True)
class DecodingOptions:
    """How the texts of a batch are decoded, as `whisper.DecodingOptions`.

    At temperature 0 the likeliest token is taken, or the best of `beam_size` beams; above 0 tokens
    are sampled.
    """

    temperature: float = 0.0
    beam_size: int = 1

    @property
    def texts(self) -> int:
        """Return how many texts of a window grow at once."""
        return self.beam_size if self.temperature == 0 else 1


@dataclass(frozen=True, slots=True)
class DecoderStart:
    """A decoder that has read the prefixes of a batch, ready for the first token of each text."""

    decoder: Decoder
    logit_filter: LogitFilter
    logits: Tensor  # (windows, vocabulary), of the last token of each prefix
    no_speech_probs: list[float]  # of each window
    eot: int  # the token that ends a text
    max_tokens: int  # of each text

    def next_logits(self, tokens: Tensor) -> Tensor:
        """Read a token `(texts,)` of each text; return the logits `(texts, vocabulary)` then."""
        return self.decoder.logits(self.decoder.forward(tokens[:, None])[:, 0])

    def keep_windows(self, slots: Sequence[int], tokens: Tensor) -> Tensor:
        """Go on with the windows in these slots alone; return their tokens of `tokens` `(texts,)`.

        `slots` are those of `compact_slots`.
        """
        import torch

        kept = torch.tensor(self.decoder.keep_windows(slots), device=tokens.device)
        self.logit_filter.rearrange(kept)
        return tokens[kept]
