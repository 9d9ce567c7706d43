"""How texts are to be written, and a text that is."""

from __future__ import annotations

from dataclasses import dataclass

from konspekt.transcribe.decode.decoder import CONTEXT

LOOP_CHECK_STEPS = 32  # steps after which texts are searched for loops


@dataclass(frozen=True, slots=True)
class DecodingOptions:
    """How texts are written: at a temperature, 0.0 for the likeliest tokens, then with `beam_size`
    beams.
    """

    temperature: float = 0.0
    beam_size: int = 1
    has_stamps: bool = True
    stops_loops: bool = True
    max_tokens: int = CONTEXT  # of a text, where there is room for them


@dataclass(frozen=True, slots=True)
class DecodedText:
    """A written text: its tokens without the end of text, and the sum of their log-probabilities
    with it.
    """

    tokens: tuple[int, ...]
    sum_logprob: float
    is_cut: bool = False
    is_looping: bool = False
