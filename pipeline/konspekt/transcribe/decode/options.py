"""The options of a decoding, and the state from which its token loop starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from konspekt.transcribe.decode.decoder import CONTEXT, Decoder

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
    has_timestamps: bool = True
    stops_loops: bool = True
    max_tokens: int = CONTEXT  # of one text; the context may leave room for fewer


@dataclass(frozen=True, slots=True)
class DecoderStart:
    """A decoder that has read the prefixes of a batch, ready for the first token of each text."""

    decoder: Decoder
    logit_filter: LogitFilter
    logits: Tensor  # (windows, vocabulary), of the last token of each prefix
    eot: int  # the token that ends a text
    max_tokens: int  # of each text
