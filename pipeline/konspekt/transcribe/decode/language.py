"""Detecting the language spoken in each window, among those that are possible."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from konspekt.models.tokenizer import possible_languages, tokenizer_of
from konspekt.transcribe.decode.decoder import CrossAttentionCache, Decoder

if TYPE_CHECKING:
    from torch import Tensor


def detect_languages(
    sound: CrossAttentionCache, languages: Sequence[str]
) -> dict[int, str]:
    """Return the likeliest of `languages` for each window, by its row in `sound`.

    With no `languages` all that Whisper knows are possible. The method is that of
    `whisper.detect_language`, over sound that is encoded already. Raises what `possible_languages`
    raises.
    """
    tokens = possible_languages(sound.whisper, languages)
    codes = list(tokens)
    if len(codes) == 1:
        return dict.fromkeys(sound.rows, codes[0])
    logits = _first_logits(sound)
    likeliest = logits[:, list(tokens.values())].argmax(-1).tolist()
    return {row: codes[at] for row, at in zip(sound.rows, likeliest, strict=True)}


def _first_logits(sound: CrossAttentionCache) -> Tensor:
    """Return the logits `(windows, vocabulary)` of the first token of each window's text."""
    import torch

    count = len(sound.rows)
    decoder = Decoder(sound, slice(0, count))
    sot = tokenizer_of(sound.whisper).sot
    start = torch.full((count, 1), sot, device=sound.device)
    return decoder.logits(decoder.forward(start)[:, 0])
