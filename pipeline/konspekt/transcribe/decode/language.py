"""Which language is spoken in a window, among those that may be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from konspekt.models.tokenizer import possible_languages, tokenizer_of
from konspekt.transcribe.decode.decoder import CrossAttentionCache, Decoder

if TYPE_CHECKING:
    from whisper.model import Whisper


def detect_languages(
    whisper: Whisper, sound: CrossAttentionCache, languages: Sequence[str]
) -> dict[int, str]:
    """The likeliest of `languages` (none: of all that Whisper knows) for each window of `sound`, by
    its row.

    From the features that are decoded anyway; as `whisper.detect_language`, which always asks about
    all. Raises as `possible_languages`.
    """
    known = possible_languages(whisper, languages)
    codes = list(known)
    if len(codes) == 1:
        return dict.fromkeys(sound.rows, codes[0])
    import torch

    decoder = Decoder(whisper, sound, len(sound.rows))
    start = torch.full((len(sound.rows), 1), tokenizer_of(whisper).sot, device=sound.keys[0].device)
    logits = decoder.logits(decoder.read(start)[:, 0])
    best = logits[:, [known[code] for code in codes]].argmax(-1).tolist()
    return {row: codes[at] for row, at in zip(sound.rows, best, strict=True)}
