"""Where the decoder's attention goes while it writes.

Some heads of the cross-attention follow the sound: where speech is written down, they move on from
token to token. Where nobody speaks they stay in one place (figures in docs/cleaning.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from konspekt.models.tokenizer import tokenizer_of
from konspekt.transcribe.decode.alignment import AlignmentRequest, whole_texts
from konspekt.transcribe.decode.decoder import CrossAttentionCache, Decoder

MIN_TOKENS = 4  # in a shorter text the share of moves is a matter of chance


def measure_moves(
    sound: CrossAttentionCache, requests: Mapping[int, AlignmentRequest]
) -> dict[int, float]:
    """Return the share of each window's tokens at which the attention moves on, by its row.

    Windows with fewer than `MIN_TOKENS` tokens have none.
    """
    order = sound.bring_to_front(
        [row for row, one in requests.items() if len(one.tokens) >= MIN_TOKENS]
    )
    return {
        row: share_of_moves(_find_places(sound, slot, requests[row]))
        for slot, row in enumerate(order)
    }


def share_of_moves(places: Sequence[int]) -> float:
    """Return the share of steps that lead to a later place of the sound."""
    steps = list(pairwise(places))
    return sum(after > before for before, after in steps) / len(steps)


def _find_places(
    sound: CrossAttentionCache, slot: int, request: AlignmentRequest
) -> list[int]:
    """Return the position of the sound that has most attention, for each token and the end."""
    tokenizer = tokenizer_of(sound.whisper, request.language)
    decoder = Decoder(sound, slice(slot, slot + 1))
    _, scores = decoder.align(whole_texts([tokenizer], [request]).to(sound.device))
    # A row is that of the token before, for which the next one is written.
    begin = len(tokenizer.sot_sequence)
    rows = scores[0, :, begin : begin + len(request.tokens) + 1]
    places: list[int] = rows.softmax(-1).mean(0).argmax(-1).tolist()
    return places
