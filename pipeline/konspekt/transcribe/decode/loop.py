"""From sound to tokens: decoding all windows of a batch at once, greedily or by sampling.

The results are those of `whisper.decode` for each window alone (whisper/decoding.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from konspekt.transcribe.decode.beam_search import search_beams
from konspekt.transcribe.decode.decoder import (
    CONTEXT,
    CrossAttentionCache,
    Decoder,
    compact_slots,
)
from konspekt.transcribe.decode.logit_filter import LogitFilter
from konspekt.transcribe.decode.options import (
    LOOP_CHECK_STEPS,
    DecoderStart,
    DecodingOptions,
)
from konspekt.transcribe.decode.result import DecodedText, DecodingResult, ends_in_loop
from konspekt.transcribe.decode.sampling import sample_tokens, seeded_generators

if TYPE_CHECKING:
    from torch import Generator, Tensor
    from whisper.model import Whisper
    from whisper.tokenizer import Tokenizer

# Steps after which a GPU is asked which texts have ended: the program waits for each such answer.
GPU_CHECK_STEPS = 8


@dataclass(frozen=True, slots=True)
class DecodingRequest:
    """What to decode of one window."""

    language: str
    # Prompt, start of transcript, language and task. All windows of a batch have as many tokens.
    prefix: tuple[int, ...]
    latest: (
        int  # the greatest time stamp, from the window's start, that may begin the text
    )
    seed: int
    is_prompted: bool = False


def max_text_tokens(prefix: Sequence[int]) -> int:
    """Return how many tokens a text after `prefix` may have.

    Whisper caps a text at half its context, 224 tokens. That cuts dense Russian speech: at 150
    words a minute every fifth window of 30 s needs more. The limit here is the whole context less
    the prefix and one position for the end.
    """
    return CONTEXT - len(prefix) - 1


def decode_windows(
    whisper: Whisper,
    tokenizer: Tokenizer,
    sound: CrossAttentionCache,
    requests: Mapping[int, DecodingRequest],
    options: DecodingOptions,
) -> dict[int, DecodingResult]:
    """Return the result of each requested window of `sound`, by the window's row."""
    rows = sound.bring_to_front(list(requests))
    ordered = [requests[row] for row in rows]
    start, no_speech_probs = _read_prefixes(whisper, tokenizer, sound, ordered, options)
    if options.temperature == 0 and options.beam_size > 1:
        texts = search_beams(start, options)
    else:
        texts = _decode_texts(start, options, [request.seed for request in ordered])
    return {
        row: _make_result(tokenizer, text, requests[row], no_speech_prob, options)
        for row, text, no_speech_prob in zip(rows, texts, no_speech_probs, strict=True)
    }


def _read_prefixes(
    whisper: Whisper,
    tokenizer: Tokenizer,
    sound: CrossAttentionCache,
    requests: Sequence[DecodingRequest],
    options: DecodingOptions,
) -> tuple[DecoderStart, list[float]]:
    """Read the prefixes of the windows in the first slots.

    Return where decoding starts, and the probability of each window that nobody speaks in it.
    """
    import torch

    device = sound.keys[0].device
    prefix = requests[0].prefix
    group = options.beam_size if options.temperature == 0 else 1
    decoder = Decoder(whisper, sound, len(requests), group)
    state = decoder.forward(
        torch.tensor([one.prefix for one in requests], device=device)
    )
    probabilities = decoder.logits(state[:, prefix.index(tokenizer.sot)]).softmax(-1)
    no_speech_probs = probabilities[:, tokenizer.no_speech].tolist()
    latest = (
        [request.latest for request in requests] if options.has_timestamps else None
    )
    start = DecoderStart(
        decoder=decoder,
        logit_filter=LogitFilter(tokenizer, latest, str(device)),
        logits=decoder.logits(state[:, -1]),
        eot=tokenizer.eot,
        max_tokens=min(options.max_tokens, max_text_tokens(prefix)),
    )
    return start, no_speech_probs


def _make_result(
    tokenizer: Tokenizer,
    text: DecodedText,
    request: DecodingRequest,
    no_speech_prob: float,
    options: DecodingOptions,
) -> DecodingResult:
    """Return the text of a window as a result in Whisper's terms."""
    return DecodingResult(
        language=request.language,
        tokens=text.tokens,
        text=tokenizer.decode(list(text.tokens)).strip(),
        avg_logprob=text.sum_logprob / (len(text.tokens) + 1),
        no_speech_prob=no_speech_prob,
        temperature=options.temperature,
        is_cut=text.is_cut,
        is_looping=text.is_looping,
        is_prompted=request.is_prompted,
    )


def _decode_texts(
    start: DecoderStart, options: DecodingOptions, seeds: Sequence[int]
) -> list[DecodedText]:
    """Return the text of each window, in the order of the slots at the start."""
    texts = _GrowingTexts(start, seeded_generators(seeds))
    decoder, logits = start.decoder, start.logits
    check_steps = 1 if logits.device.type == "cpu" else GPU_CHECK_STEPS
    for step in range(1, start.max_tokens + 1):
        start.logit_filter.apply(logits)
        tokens = texts.extend(logits, options.temperature)
        start.logit_filter.add_tokens(tokens)
        if step % check_steps == 0 or step == start.max_tokens:
            loops = options.stops_loops and step % LOOP_CHECK_STEPS == 0
            slots = texts.retire(checks_loops=loops)
            if not slots:
                break
            tokens = _compact(start, slots, tokens)
        logits = decoder.logits(decoder.forward(tokens[:, None])[:, 0])
    return texts.finished_texts()


def _compact(start: DecoderStart, slots: Sequence[int], tokens: Tensor) -> Tensor:
    """Go on with the windows in `slots`, those of `compact_slots`; return their tokens."""
    import torch

    if len(slots) == start.decoder.count:
        return tokens
    start.decoder.keep_windows(slots)
    kept = torch.tensor(slots, device=tokens.device)
    start.logit_filter.rearrange(kept)
    return tokens[kept]


class _GrowingTexts:
    """The texts of a batch as they grow, one for each window; a finished text leaves."""

    def __init__(self, start: DecoderStart, generators: Sequence[Generator]) -> None:
        """Start with a text without tokens, and a generator, for each window."""
        import torch

        count, device = len(start.logits), start.logits.device
        self._windows = list(range(count))  # the window whose text each slot holds
        self._generators = generators  # by window
        self._eot = start.eot
        self._length = 0
        self._tokens = torch.full((count, start.max_tokens), start.eot, device=device)
        self._sums = torch.zeros(count, device=device)
        self._is_over = torch.zeros(count, dtype=torch.bool, device=device)
        self._texts: dict[int, DecodedText] = {}

    def extend(self, logits: Tensor, temperature: float) -> Tensor:
        """Extend each text by a token; return the tokens `(texts,)`.

        The token is the likeliest by `logits` at temperature 0, else a sampled one, and an end for
        texts that have ended before.
        """
        if temperature == 0:
            return self._add(logits.argmax(-1), logits)
        random = [self._generators[window] for window in self._windows]
        return self._add(sample_tokens(logits, temperature, random), logits)

    def _add(self, tokens: Tensor, logits: Tensor) -> Tensor:
        """Add a token to each text and its log-probability; return the tokens that were added."""
        logprobs = logits.gather(1, tokens[:, None])[:, 0] - logits.logsumexp(-1)
        self._sums += logprobs.where(~self._is_over, 0.0)
        tokens = tokens.where(~self._is_over, self._eot)
        self._tokens[:, self._length] = tokens
        self._length += 1
        self._is_over = tokens == self._eot
        return tokens

    def retire(self, *, checks_loops: bool) -> list[int]:
        """Take the texts that have ended, or all at the limit of tokens.

        With `checks_loops` those in a repetition loop go too. Return which slots go on, see
        `compact_slots`.
        """
        is_full = self._length == self._tokens.shape[1]
        live = []
        for slot, is_over in enumerate(self._is_over.tolist()):
            is_looping = checks_loops and self._ends_in_loop(slot)
            if is_over or is_looping or is_full:
                self._finish(slot, is_over=is_over, is_looping=is_looping)
            else:
                live.append(slot)
        slots = compact_slots(live)
        if slots and len(live) < len(self._windows):
            self._keep(slots)
        return slots

    def finished_texts(self) -> list[DecodedText]:
        """Return the texts, by window."""
        return [self._texts[window] for window in sorted(self._texts)]

    def _finish(self, slot: int, *, is_over: bool, is_looping: bool) -> None:
        tokens = self._tokens[slot, : self._length].tolist()
        if is_over:
            tokens = tokens[: tokens.index(self._eot)]
        is_cut = not is_over and not is_looping
        text = DecodedText(tuple(tokens), float(self._sums[slot]), is_cut, is_looping)
        self._texts[self._windows[slot]] = text

    def _keep(self, slots: Sequence[int]) -> None:
        import torch

        kept = torch.tensor(slots, device=self._tokens.device)
        self._tokens = self._tokens[kept]
        self._sums = self._sums[kept]
        self._is_over = self._is_over[kept]
        self._windows = [self._windows[slot] for slot in slots]

    def _ends_in_loop(self, slot: int) -> bool:
        tokens = self._tokens[slot, : self._length].tolist()
        return ends_in_loop([token for token in tokens if token < self._eot])
