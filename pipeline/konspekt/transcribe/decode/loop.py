"""From sound to tokens: the decoding loop, greedy or drawn, for all windows of a batch at once.

The results are those of `whisper.decode` of each window alone (whisper/decoding.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from konspekt.transcribe.decode.beam_search import search_beams
from konspekt.transcribe.decode.decoder import CONTEXT, CrossAttentionCache, Decoder, compact_slots
from konspekt.transcribe.decode.logit_filter import LogitFilter
from konspekt.transcribe.decode.options import LOOP_CHECK_STEPS, DecodedText, DecodingOptions
from konspekt.transcribe.decode.result import DecodingResult, ends_in_loop
from konspekt.transcribe.decode.sampling import sample_tokens, seeded_generators

if TYPE_CHECKING:
    import torch
    from torch import Tensor
    from whisper.model import Whisper
    from whisper.tokenizer import Tokenizer

GPU_CHECK_STEPS = 8  # steps after which a GPU is asked which texts have ended: asking waits for it


@dataclass(frozen=True, slots=True)
class DecodingRequest:
    """What is asked of one window: the tokens its text follows, the last stamp that may be its
    first, a seed.
    """

    language: str
    prefix: tuple[int, ...]  # prompt, start of transcript, language, task; of one length in a batch
    latest: int  # time stamps from the window's start
    seed: int
    is_prompted: bool = False


def max_text_tokens(prefix: Sequence[int]) -> int:
    """Tokens that a text after `prefix` may take.

    Whisper's own cap is half its context, 224, which cuts dense Russian speech: at 150 words a
    minute every fifth window of 30 s needs more. Here it is the whole context less the prefix and
    one position to end.
    """
    return CONTEXT - len(prefix) - 1


def decode_windows(
    whisper: Whisper,
    tokenizer: Tokenizer,
    sound: CrossAttentionCache,
    asked: Mapping[int, DecodingRequest],
    manner: DecodingOptions,
) -> dict[int, DecodingResult]:
    """Whisper's answer for each of the windows of `sound` that are asked for, by the window's
    row.
    """
    import torch

    order = sound.bring(list(asked))
    requests = [asked[row] for row in order]
    device = sound.keys[0].device
    prefixes = torch.tensor([request.prefix for request in requests], device=device)
    group = manner.beam_size if manner.temperature == 0 else 1
    decoder = Decoder(whisper, sound, len(order), group)
    state = decoder.read(prefixes)
    start = requests[0].prefix.index(tokenizer.sot)
    no_speech = decoder.logits(state[:, start]).softmax(-1)[:, tokenizer.no_speech].tolist()
    latest = [request.latest for request in requests] if manner.has_stamps else None
    rules = LogitFilter(tokenizer, latest, str(device))
    logits, limit = (
        decoder.logits(state[:, -1]),
        min(manner.max_tokens, max_text_tokens(requests[0].prefix)),
    )
    if group > 1:
        texts = search_beams(decoder, rules, tokenizer, logits, limit, manner)
    else:
        seeds = [request.seed for request in requests]
        texts = _sample_texts(decoder, rules, tokenizer, logits, limit, manner, seeds)
    return {
        row: _as_result(tokenizer, text, request, silence, manner)
        for row, text, request, silence in zip(order, texts, requests, no_speech, strict=True)
    }


def _as_result(
    tokenizer: Tokenizer,
    text: DecodedText,
    request: DecodingRequest,
    no_speech_prob: float,
    manner: DecodingOptions,
) -> DecodingResult:
    return DecodingResult(
        language=request.language,
        tokens=text.tokens,
        text=tokenizer.decode(list(text.tokens)).strip(),
        avg_logprob=text.sum_logprob / (len(text.tokens) + 1),
        no_speech_prob=no_speech_prob,
        temperature=manner.temperature,
        is_cut=text.is_cut,
        is_looping=text.is_looping,
        is_prompted=request.is_prompted,
    )


# the decoder, what it obeys, where it stands, how far and how it goes on
def _sample_texts(  # noqa: PLR0913
    decoder: Decoder,
    rules: LogitFilter,
    tokenizer: Tokenizer,
    logits: Tensor,
    limit: int,
    manner: DecodingOptions,
    seeds: Sequence[int],
) -> list[DecodedText]:
    """The texts in the order of the slots at the beginning, one a window."""
    import torch

    texts = _GrowingTexts(len(logits), limit, tokenizer, logits.device)
    random = dict(enumerate(seeded_generators(seeds)))
    look_every = 1 if logits.device.type == "cpu" else GPU_CHECK_STEPS
    for step in range(limit):
        rules.apply(logits)
        if manner.temperature == 0:
            following = logits.argmax(-1)
        else:
            following = sample_tokens(
                logits, manner.temperature, [random[owner] for owner in texts.owners]
            )
        following = texts.add(step, following, logits)
        rules.note(following)
        if (step + 1) % look_every == 0 or step + 1 == limit:
            slots = texts.retire(
                step + 1, for_loops=manner.stops_loops and (step + 1) % LOOP_CHECK_STEPS == 0
            )
            if not slots:
                break
            if len(slots) < decoder.count:
                decoder.keep(slots)
                kept = torch.tensor(slots, device=logits.device)
                rules.follow(kept)
                following = following[kept]
        logits = decoder.logits(decoder.read(following[:, None])[:, 0])
    return texts.finished()


class _GrowingTexts:
    """The texts of a batch as they grow; one that has ended leaves."""

    def __init__(self, count: int, limit: int, tokenizer: Tokenizer, device: torch.device) -> None:
        import torch

        self.owners = list(range(count))  # whose text stands in each slot
        self._tokenizer = tokenizer
        self._limit = limit
        self._tokens = torch.full((count, limit), tokenizer.eot, device=device)
        self._sums = torch.zeros(count, device=device)
        self._is_over = torch.zeros(count, dtype=torch.bool, device=device)
        self._found: dict[int, DecodedText] = {}

    def add(self, step: int, following: Tensor, logits: Tensor) -> Tensor:
        """Adds the next token of each text and its log-probability; the tokens, an end for those
        that have ended.
        """
        logprobs = logits.gather(1, following[:, None])[:, 0] - logits.logsumexp(-1)
        self._sums += logprobs.where(~self._is_over, 0.0)
        following = following.where(~self._is_over, self._tokenizer.eot)
        self._tokens[:, step] = following
        self._is_over = following == self._tokenizer.eot
        return following

    def retire(self, length: int, *, for_loops: bool) -> list[int]:
        """Lets the texts go that have ended, or at `length` the limit; the slots of the others, see
        `compact_slots`.
        """
        import torch

        ended = self._is_over.tolist()
        looping = [for_loops and self._loops(slot, length) for slot in range(len(ended))]
        gone = [
            slot
            for slot, is_over in enumerate(ended)
            if is_over or looping[slot] or length == self._limit
        ]
        for slot in gone:
            tokens = self._tokens[slot, :length].tolist()
            said = tuple(tokens[: tokens.index(self._tokenizer.eot)] if ended[slot] else tokens)
            is_cut = not ended[slot] and not looping[slot]
            self._found[self.owners[slot]] = DecodedText(
                said, float(self._sums[slot]), is_cut, looping[slot]
            )
        slots = compact_slots([slot for slot in range(len(ended)) if slot not in gone])
        if gone and slots:
            kept = torch.tensor(slots, device=self._tokens.device)
            self._tokens, self._sums, self._is_over = (
                self._tokens[kept],
                self._sums[kept],
                self._is_over[kept],
            )
            self.owners = [self.owners[slot] for slot in slots]
        return slots

    def finished(self) -> list[DecodedText]:
        """The texts, by owner."""
        return [self._found[owner] for owner in sorted(self._found)]

    def _loops(self, slot: int, length: int) -> bool:
        return ends_in_loop(
            [token for token in self._tokens[slot, :length].tolist() if token < self._tokenizer.eot]
        )
