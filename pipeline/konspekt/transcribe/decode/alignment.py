"""Word time stamps: some cross-attention heads of the decoder attend to the sound they write down.

The method, its constants and its results are those of whisper/timing.py (`find_alignment`,
`merge_punctuations`). Whisper encodes each window once more, one at a time; here the cached sound
is used, and several windows are aligned at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from konspekt.models.tokenizer import tokenizer_of
from konspekt.transcribe.decode.decoder import CrossAttentionCache, Decoder
from konspekt.transcribe.decode.dtw import first_columns

if TYPE_CHECKING:
    from torch import Tensor
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


Words: TypeAlias = tuple[WordTiming, ...]


@dataclass(frozen=True, slots=True)
class AlignmentRequest:
    """The text to align with a window of `duration` seconds."""

    language: str
    tokens: Sequence[int]  # text tokens, time stamps left out
    duration: float


def align_words(
    sound: CrossAttentionCache, requests: Mapping[int, AlignmentRequest]
) -> dict[int, Words]:
    """Return the words of each requested window, by its row in `sound`; none without text."""
    order = sound.bring_to_front([row for row in requests if requests[row].tokens])
    words: dict[int, Words] = dict.fromkeys(requests, ())
    for first in range(0, len(order), ALIGNED_TOGETHER):
        rows = order[first : first + ALIGNED_TOGETHER]
        aligned = _align_slots(sound, first, [requests[row] for row in rows])
        words |= zip(rows, aligned, strict=True)
    return words


def _align_slots(
    sound: CrossAttentionCache, first: int, requests: Sequence[AlignmentRequest]
) -> list[Words]:
    """Return the words of the windows in the slots from `first` on."""
    tokenizers = [tokenizer_of(sound.whisper, request.language) for request in requests]
    decoder = Decoder(sound, slice(first, first + len(requests)))
    states, scores = decoder.align(whole_texts(tokenizers, requests).to(sound.device))
    windows = zip(tokenizers, requests, states, scores, strict=True)
    return [_align_window(decoder, *window) for window in windows]


def _align_window(
    decoder: Decoder,
    tokenizer: Tokenizer,
    request: AlignmentRequest,
    states: Tensor,
    scores: Tensor,
) -> Words:
    """Return the words of one window.

    Of its whole text, `states` are `(tokens, state)` and `scores` `(heads, tokens, positions)`.
    """
    tokens = list(request.tokens)
    begin = len(tokenizer.sot_sequence)
    end = begin + len(tokens)
    positions = round(request.duration / SECONDS_PER_POSITION)
    times = _token_times(scores[:, : end + 2, :positions].cpu(), begin)
    shares = decoder.logits(states[begin:end])[:, : tokenizer.eot].softmax(-1)
    probabilities = shares[list(range(len(tokens))), tokens]
    return time_words(tokenizer, tokens, times, probabilities.tolist())


def whole_texts(
    tokenizers: Sequence[Tokenizer], requests: Sequence[AlignmentRequest]
) -> Tensor:
    """Return the texts with their special tokens, `(windows, tokens)`, padded with ends of text."""
    import torch
    from torch.nn.utils.rnn import pad_sequence

    texts = []
    for tokenizer, request in zip(tokenizers, requests, strict=True):
        begin = (*tokenizer.sot_sequence, tokenizer.no_timestamps)
        texts.append(torch.tensor([*begin, *request.tokens, tokenizer.eot]))
    return pad_sequence(texts, batch_first=True, padding_value=tokenizers[0].eot)


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
) -> Words:
    """Return the words of text tokens, punctuation merged into them; a word's times stay.

    `times` are the seconds at which each token begins, and the one at which the last ends;
    `probabilities` are those of the tokens.
    """
    texts, tokens_of = tokenizer.split_to_word_tokens([*tokens, tokenizer.eot])
    words: list[WordTiming] = []
    start = 0
    for text, word_tokens in zip(texts[:-1], tokens_of[:-1], strict=True):
        count = len(word_tokens)
        end = start + count
        mean = sum(probabilities[start:end]) / count
        words.append(WordTiming(text, count, times[start], times[end], mean))
        start = end
    return tuple(_append_marks(_prepend_marks(words)))


def _prepend_marks(words: Sequence[WordTiming]) -> list[WordTiming]:
    """Return the words with the marks before them."""
    backwards: list[WordTiming] = []
    for word in reversed(words):
        if backwards and backwards[-1].text and _is_prepended(word):
            after = backwards[-1]
            backwards[-1] = _merge(after, word, word.text + after.text)
        else:
            backwards.append(word)
    return backwards[::-1]


def _append_marks(words: Sequence[WordTiming]) -> list[WordTiming]:
    """Return the words with the marks after them."""
    merged: list[WordTiming] = []
    for word in words:
        if merged and word.text in APPENDED and not merged[-1].text.endswith(" "):
            before = merged[-1]
            merged[-1] = _merge(before, word, before.text + word.text)
        else:
            merged.append(word)
    return merged


def _merge(word: WordTiming, mark: WordTiming, text: str) -> WordTiming:
    return replace(word, text=text, tokens=word.tokens + mark.tokens)


def _is_prepended(word: WordTiming) -> bool:
    """Return whether this is a punctuation mark that belongs to the word after it."""
    return word.text.startswith(" ") and word.text.strip() in PREPENDED
