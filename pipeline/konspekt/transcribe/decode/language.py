"""How likely each language is in each window, among those that are possible."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, TypeAlias

from konspekt.models.tokenizer import possible_languages, tokenizer_of
from konspekt.transcribe.decode.decoder import CrossAttentionCache, Decoder

if TYPE_CHECKING:
    from torch import Tensor


# Probabilities of languages, 0 to 1.
LanguageProbs: TypeAlias = Mapping[str, float]

MIN_PROB = 0.005  # less is not noted
DIGITS = 4


def detect_languages(
    sound: CrossAttentionCache, languages: Sequence[str]
) -> dict[int, LanguageProbs]:
    """Return how likely each of `languages` is in each window, by its row in `sound`.

    With no `languages` all that Whisper knows are possible. The method is that of
    `whisper.detect_language`, over sound that is encoded already. Raises what `possible_languages`
    raises.
    """
    tokens = possible_languages(sound.whisper, languages)
    if len(tokens) == 1:
        return dict.fromkeys(sound.rows, dict.fromkeys(tokens, 1.0))
    logits = _first_logits(sound)
    rows = logits[:, list(tokens.values())].softmax(-1).tolist()
    return {
        row: rank_languages(zip(tokens, probs, strict=True))
        for row, probs in zip(sound.rows, rows, strict=True)
    }


def rank_languages(probs: Iterable[tuple[str, float]]) -> LanguageProbs:
    """Return probabilities of languages, the likeliest first, rounded; others that are low go."""
    first, *others = sorted(probs, key=itemgetter(1), reverse=True)
    noted = [first, *(one for one in others if one[1] >= MIN_PROB)]
    return {code: round(prob, DIGITS) for code, prob in noted}


def _first_logits(sound: CrossAttentionCache) -> Tensor:
    """Return the logits `(windows, vocabulary)` of the first token of each window's text."""
    import torch

    count = len(sound.rows)
    decoder = Decoder(sound, slice(0, count))
    sot = tokenizer_of(sound.whisper).sot
    start = torch.full((count, 1), sot, device=sound.device)
    return decoder.logits(decoder.forward(start)[:, 0])
