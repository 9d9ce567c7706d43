"""When each word was said: some heads of Whisper's decoder listen to the place in the sound that
they write down.

The method, its constants and its results are those of whisper/timing.py (`find_alignment`,
`merge_punctuations`), which encodes each window once more, one at a time; here the sound as it was
decoded is used, and several windows are read at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
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
# windows read at once: what every head listens to takes 3 MB a token and layer of base, a window
ALIGNED_TOGETHER = 4
PREPENDED = "\"'“¿([{-"  # whisper/timing.py: these belong to the word after them
APPENDED = "\"'.。,，!！?？:：”)]}、"  # and these to the one before


@dataclass(frozen=True, slots=True)
class WordTiming:
    """A word with its leading space and its punctuation, timed in seconds from the window's
    start.
    """

    text: str
    tokens: int
    start: float
    end: float
    probability: float


@dataclass(frozen=True, slots=True)
class AlignmentRequest:
    """What is to be timed: the text tokens of a window of `duration` seconds, time stamps aside."""

    language: str
    tokens: tuple[int, ...]
    duration: float


def align_words(
    whisper: Whisper, sound: CrossAttentionCache, said: Mapping[int, AlignmentRequest]
) -> dict[int, tuple[WordTiming, ...]]:
    """The words of each of the windows of `sound` that something was said in, by the window's
    row.
    """
    spoken = [row for row, one in said.items() if one.tokens]
    order = sound.bring(spoken) if spoken else []
    found: dict[int, tuple[WordTiming, ...]] = dict.fromkeys(said, ())
    for first in range(0, len(order), ALIGNED_TOGETHER):
        rows = order[first : first + ALIGNED_TOGETHER]
        found |= zip(rows, _read(whisper, sound, first, [said[row] for row in rows]), strict=True)
    return found


def _read(
    whisper: Whisper, sound: CrossAttentionCache, first: int, said: Sequence[AlignmentRequest]
) -> list[tuple[WordTiming, ...]]:
    """The words of the windows in the slots from `first` on."""
    import torch

    tokenizers = [tokenizer_of(whisper, one.language) for one in said]
    begun = len(tokenizers[0].sot_sequence)
    texts = [
        [*tokenizer.sot_sequence, tokenizer.no_timestamps, *one.tokens, tokenizer.eot]
        for tokenizer, one in zip(tokenizers, said, strict=True)
    ]
    longest = max(map(len, texts))
    tokens = torch.tensor([text + [tokenizers[0].eot] * (longest - len(text)) for text in texts])
    heads = [
        (int(layer), int(head)) for layer, head in whisper.alignment_heads.indices().T.tolist()
    ]
    decoder = Decoder(whisper, sound, len(said))
    slots = slice(first, first + len(said))
    states, scores = decoder.align(tokens.to(sound.keys[0].device), slots, heads)
    found = []
    for at, (tokenizer, one) in enumerate(zip(tokenizers, said, strict=True)):
        count = len(one.tokens)
        logits = decoder.logits(states[at, begun : begun + count])[:, : tokenizer.eot]
        asked = torch.tensor(one.tokens, device=logits.device)[:, None]
        shares = logits.softmax(-1).gather(1, asked)[:, 0].tolist()
        positions = min(scores.shape[-1], round(one.duration / SECONDS_PER_POSITION))
        times = _token_times(scores[at, :, : begun + count + 2, :positions].cpu(), begun)
        found.append(time_words(tokenizer, one.tokens, times, shares))
    return found


def _token_times(scores: Tensor, begun: int) -> list[float]:
    """When each text token begins, and when the last one ends, from `(heads, tokens, positions)` of
    a whole text.
    """
    import torch
    from whisper.timing import median_filter

    weights = scores.softmax(-1)
    deviation, mean = torch.std_mean(weights, dim=-2, keepdim=True, unbiased=False)
    weights = median_filter((weights - mean) / deviation, MEDIAN_WIDTH)
    matrix = -weights.mean(0)[begun:-1]
    return [position * SECONDS_PER_POSITION for position in first_columns(matrix.double().numpy())]


def time_words(
    tokenizer: Tokenizer, tokens: Sequence[int], times: Sequence[float], shares: Sequence[float]
) -> tuple[WordTiming, ...]:
    """The words of text tokens, with their punctuation: `times` are when each token begins, and
    when the last one ends, `shares` their probabilities.
    """
    return _merged(_words(tokenizer, tokens, times, shares))


def _words(
    tokenizer: Tokenizer, tokens: Sequence[int], times: Sequence[float], shares: Sequence[float]
) -> list[WordTiming]:
    texts, pieces = tokenizer.split_to_word_tokens([*tokens, tokenizer.eot])
    ends = list(accumulate(map(len, pieces[:-1]), initial=0))
    return [
        WordTiming(
            text, end - start, times[start], times[end], sum(shares[start:end]) / (end - start)
        )
        for text, start, end in zip(texts, ends, ends[1:], strict=False)
    ]


def _merged(words: Sequence[WordTiming]) -> tuple[WordTiming, ...]:
    """Words with the punctuation marks before and after them, which take the word's time."""
    found: list[WordTiming] = []
    for word in reversed(words):  # marks before a word
        if (
            found
            and word.text.startswith(" ")
            and word.text.strip() in PREPENDED
            and found[-1].text
        ):
            after = found[-1]
            found[-1] = WordTiming(
                word.text + after.text,
                word.tokens + after.tokens,
                after.start,
                after.end,
                after.probability,
            )
        else:
            found.append(word)
    merged: list[WordTiming] = []
    for word in reversed(found):  # marks after a word
        if merged and word.text in APPENDED and not merged[-1].text.endswith(" "):
            before = merged[-1]
            merged[-1] = WordTiming(
                before.text + word.text,
                before.tokens + word.tokens,
                before.start,
                before.end,
                before.probability,
            )
        else:
            merged.append(word)
    return tuple(merged)
