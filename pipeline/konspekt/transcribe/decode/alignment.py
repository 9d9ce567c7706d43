"""Word time stamps: some cross-attention heads of the decoder attend to the sound they write down.

The method, its constants and its results are those of whisper/timing.py (`find_alignment`,
`merge_punctuations`). Whisper encodes each window once more, one at a time; here the cached sound
is used, and several windows are aligned at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from konspekt.models.tokenizer import tokenizer_of
from konspekt.transcribe.decode.decoder import CrossAttentionCache, Decoder
from konspekt.transcribe.decode.dtw import first_columns

if TYPE_CHECKING:
    from torch import Tensor
    from whisper.model import Whisper
    from whisper.tokenizer import Tokenizer

SECONDS_PER_POSITION = 0.02  # of the encoder: 30 / 1500
MEDIAN_WIDTH = 7  # positions
# Windows aligned at once: the scores of all heads take 3 MB a token, a layer of base and a window.
ALIGNED_TOGETHER = 4
PREPENDED = "\"'“¿([{-"  # whisper/timing.py: these belong to the word after them
APPENDED = "\"'.。,，!！?？:：”)]}、"  # and these to the one before


@dataclass(frozen=True, slots=True)
class WordTiming:
    """A word with its leading space and its punctuation.

    Times are seconds from the window's start.
    """

    text: str
    tokens: int  # how many
    start: float
    end: float
    probability: float


@dataclass(frozen=True, slots=True)
class AlignmentRequest:
    """The text to align with a window of `duration` seconds."""

    language: str
    tokens: tuple[int, ...]  # text tokens, time stamps left out
    duration: float


def align_words(
    whisper: Whisper,
    sound: CrossAttentionCache,
    requests: Mapping[int, AlignmentRequest],
) -> dict[int, tuple[WordTiming, ...]]:
    """Return the words of each requested window, by its row in `sound`; none without text."""
    spoken = [row for row, request in requests.items() if request.tokens]
    order = sound.bring_to_front(spoken) if spoken else []
    words: dict[int, tuple[WordTiming, ...]] = dict.fromkeys(requests, ())
    for first in range(0, len(order), ALIGNED_TOGETHER):
        rows = order[first : first + ALIGNED_TOGETHER]
        aligned = _align_slots(whisper, sound, first, [requests[row] for row in rows])
        words |= zip(rows, aligned, strict=True)
    return words


def _align_slots(
    whisper: Whisper,
    sound: CrossAttentionCache,
    first: int,
    requests: Sequence[AlignmentRequest],
) -> list[tuple[WordTiming, ...]]:
    """Return the words of the windows in the slots from `first` on."""
    tokenizers = [tokenizer_of(whisper, request.language) for request in requests]
    tokens = _whole_texts(tokenizers, requests).to(sound.keys[0].device)
    decoder = Decoder(whisper, sound, len(requests))
    slots = slice(first, first + len(requests))
    states, scores = decoder.align(tokens, slots, _alignment_heads(whisper))
    begin = len(tokenizers[0].sot_sequence)
    words = []
    for row, (tokenizer, request) in enumerate(zip(tokenizers, requests, strict=True)):
        end = begin + len(request.tokens)
        logits = decoder.logits(states[row, begin:end])[:, : tokenizer.eot]
        probabilities = _probabilities(logits, request.tokens)
        window_scores = scores[
            row, :, : end + 2, : _positions(request.duration, scores)
        ]
        times = _token_times(window_scores.cpu(), begin)
        words.append(time_words(tokenizer, request.tokens, times, probabilities))
    return words


def _positions(duration: float, scores: Tensor) -> int:
    """Return how many of the encoder's positions hold `duration` seconds of sound."""
    return min(scores.shape[-1], round(duration / SECONDS_PER_POSITION))


def _whole_texts(
    tokenizers: Sequence[Tokenizer], requests: Sequence[AlignmentRequest]
) -> Tensor:
    """Return the texts with their special tokens, `(windows, tokens)`, padded with ends of text."""
    import torch

    texts = [
        [
            *tokenizer.sot_sequence,
            tokenizer.no_timestamps,
            *request.tokens,
            tokenizer.eot,
        ]
        for tokenizer, request in zip(tokenizers, requests, strict=True)
    ]
    longest = max(map(len, texts))
    padding = tokenizers[0].eot
    return torch.tensor([text + [padding] * (longest - len(text)) for text in texts])


def _alignment_heads(whisper: Whisper) -> list[tuple[int, int]]:
    """Return the heads that follow the sound, as (layer, head)."""
    pairs = whisper.alignment_heads.indices().T.tolist()
    return [(int(layer), int(head)) for layer, head in pairs]


def _probabilities(logits: Tensor, tokens: Sequence[int]) -> list[float]:
    """Return the probability of each of `tokens` by its row of `logits` `(tokens, vocabulary)`."""
    import torch

    wanted = torch.tensor(tokens, device=logits.device)[:, None]
    probabilities: list[float] = logits.softmax(-1).gather(1, wanted)[:, 0].tolist()
    return probabilities


def _token_times(scores: Tensor, begin: int) -> list[float]:
    """Return the second at which each text token begins, and the one at which the last ends.

    `scores` `(heads, tokens, positions)` are those of a whole text; its text tokens start at
    `begin`.
    """
    import torch
    from whisper.timing import median_filter

    weights = scores.softmax(-1)
    deviation, mean = torch.std_mean(weights, dim=-2, keepdim=True, unbiased=False)
    weights = median_filter((weights - mean) / deviation, MEDIAN_WIDTH)
    costs = -weights.mean(0)[begin:-1]
    return [
        position * SECONDS_PER_POSITION
        for position in first_columns(costs.double().numpy())
    ]


def time_words(
    tokenizer: Tokenizer,
    tokens: Sequence[int],
    times: Sequence[float],
    probabilities: Sequence[float],
) -> tuple[WordTiming, ...]:
    """Return the words of text tokens, punctuation merged into them.

    `times` are the seconds at which each token begins, and the one at which the last ends;
    `probabilities` are those of the tokens.
    """
    return _merge_punctuation(_split_words(tokenizer, tokens, times, probabilities))


def _split_words(
    tokenizer: Tokenizer,
    tokens: Sequence[int],
    times: Sequence[float],
    probabilities: Sequence[float],
) -> list[WordTiming]:
    """Return the words and the punctuation marks between them."""
    texts, word_tokens = tokenizer.split_to_word_tokens([*tokens, tokenizer.eot])
    edges = accumulate(map(len, word_tokens[:-1]), initial=0)
    words = []
    for text, (start, end) in zip(texts, pairwise(edges), strict=False):
        count = end - start
        mean = sum(probabilities[start:end]) / count
        words.append(WordTiming(text, count, times[start], times[end], mean))
    return words


def _merge_punctuation(words: Sequence[WordTiming]) -> tuple[WordTiming, ...]:
    """Return words with the punctuation marks before and after them; the word's times stay."""
    return tuple(_append_marks(_prepend_marks(words)))


def _prepend_marks(words: Sequence[WordTiming]) -> list[WordTiming]:
    """Return the words with the marks before them."""
    backwards: list[WordTiming] = []
    for word in reversed(words):
        if backwards and backwards[-1].text and _is_prepended(word):
            after = backwards[-1]
            backwards[-1] = _merge(after, word.text + after.text, word.tokens)
        else:
            backwards.append(word)
    return backwards[::-1]


def _append_marks(words: Sequence[WordTiming]) -> list[WordTiming]:
    """Return the words with the marks after them."""
    merged: list[WordTiming] = []
    for word in words:
        if merged and word.text in APPENDED and not merged[-1].text.endswith(" "):
            before = merged[-1]
            merged[-1] = _merge(before, before.text + word.text, word.tokens)
        else:
            merged.append(word)
    return merged


def _merge(word: WordTiming, text: str, more_tokens: int) -> WordTiming:
    return replace(word, text=text, tokens=word.tokens + more_tokens)


def _is_prepended(word: WordTiming) -> bool:
    """Return whether this is a punctuation mark that belongs to the word after it."""
    return word.text.startswith(" ") and word.text.strip() in PREPENDED
