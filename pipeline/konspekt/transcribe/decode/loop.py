"""From sound to tokens: decoding all windows of a batch at once.

The results are those of `whisper.decode` for each window alone (whisper/decoding.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from konspekt.models.tokenizer import tokenizer_of
from konspekt.transcribe.decode.beam_search import BeamSearch
from konspekt.transcribe.decode.decoder import (
    CONTEXT,
    CrossAttentionCache,
    Decoder,
    compact_slots,
)
from konspekt.transcribe.decode.dictionary import Dictionary
from konspekt.transcribe.decode.logit_filter import LogitFilter
from konspekt.transcribe.decode.options import DecoderStart, DecodingOptions
from konspekt.transcribe.decode.result import DecodedText, DecodingResult
from konspekt.transcribe.decode.sampling import TokenSampling

if TYPE_CHECKING:
    from torch import Tensor
    from whisper.tokenizer import Tokenizer


@dataclass(frozen=True, slots=True)
class DecodingRequest:
    """What to decode of one window."""

    language: str
    # Prompt, start of transcript, language and task. All windows of a batch have as many tokens.
    prefix: tuple[int, ...]
    # the greatest time stamp, counted from the window's start, that may begin the text
    latest: int
    seed: int
    is_prompted: bool = False
    # of the language, for beams; None: every word is one
    dictionary: Dictionary | None = None


class TextSearch(Protocol):
    """How texts become longer, token by token: one text a window, or the beams of each."""

    def extend(self, logits: Tensor) -> Tensor:
        """Extend each text by one token, by its row of filtered logits; return the tokens."""

    def finished_texts(self, step: int) -> dict[int, DecodedText]:
        """Return the texts of the windows that are finished after `step` tokens, by slot.

        In the last step that is all windows.
        """

    def keep_windows(self, slots: Sequence[int]) -> None:
        """Go on with the windows in these slots alone, those of `compact_slots`."""


def max_text_tokens(prefix: Sequence[int]) -> int:
    """Return how many tokens a text after `prefix` may have.

    Whisper caps a text at half its context, 224 tokens. That cuts dense Russian speech: at 150
    words a minute every fifth window of 30 s needs more. The limit here is the whole context less
    the prefix and one position for the end.
    """
    return CONTEXT - len(prefix) - 1


def decode_windows(
    sound: CrossAttentionCache,
    requests: Mapping[int, DecodingRequest],
    options: DecodingOptions,
) -> dict[int, DecodingResult]:
    """Return the result of each requested window of `sound`, by the window's row."""
    tokenizer = tokenizer_of(sound.whisper)
    rows = sound.bring_to_front(requests)
    ordered = [requests[row] for row in rows]
    start = _read_prefixes(sound, ordered, options)
    search = _create_search(start, ordered, options, tokenizer)
    texts = _decode_texts(start, search)
    results: dict[int, DecodingResult] = {}
    for row, text, no_speech_prob in zip(
        rows, texts, start.no_speech_probs, strict=True
    ):
        results[row] = as_result(
            tokenizer, text, requests[row], options, no_speech_prob
        )
    return results


def _read_prefixes(
    sound: CrossAttentionCache,
    requests: Sequence[DecodingRequest],
    options: DecodingOptions,
) -> DecoderStart:
    """Read the prefixes of the windows in the first slots; return where decoding starts."""
    import torch

    tokenizer = tokenizer_of(sound.whisper)
    prefix = requests[0].prefix
    decoder = Decoder(sound, slice(0, len(requests)), options.texts)
    prefixes = torch.tensor(
        [request.prefix for request in requests], device=sound.device
    )
    states = decoder.forward(prefixes)
    sot = prefix.index(tokenizer.sot)
    probabilities = decoder.logits(states[:, sot]).softmax(-1)
    latest = [request.latest for request in requests]
    return DecoderStart(
        decoder,
        LogitFilter(tokenizer, latest, str(sound.device)),
        decoder.logits(states[:, -1]),
        probabilities[:, tokenizer.no_speech].tolist(),
        tokenizer.eot,
        max_text_tokens(prefix),
    )


def _create_search(
    start: DecoderStart,
    requests: Sequence[DecodingRequest],
    options: DecodingOptions,
    tokenizer: Tokenizer,
) -> TextSearch:
    if options.texts > 1:
        dictionaries = [request.dictionary for request in requests]
        return BeamSearch(start, options.texts, tokenizer, dictionaries)
    seeds = [request.seed for request in requests]
    return TokenSampling(start, options.temperature, seeds)


def _decode_texts(start: DecoderStart, search: TextSearch) -> list[DecodedText]:
    """Return the text of each window, in the order of the slots at the start."""
    logits = start.logits
    windows = list(range(len(logits)))  # the window in each slot
    texts: dict[int, DecodedText] = {}
    for step in range(1, start.max_tokens + 1):
        start.logit_filter.apply(logits)
        tokens = search.extend(logits)
        start.logit_filter.add_tokens(tokens)
        finished = search.finished_texts(step)
        texts |= {windows[slot]: text for slot, text in finished.items()}
        live = [slot for slot in range(len(windows)) if slot not in finished]
        if not live:
            break
        if finished:
            slots = compact_slots(live)
            windows = [windows[slot] for slot in slots]
            tokens = start.keep_windows(slots, tokens)
            search.keep_windows(slots)
        logits = start.next_logits(tokens)
    return [texts[window] for window in sorted(texts)]


def as_result(
    tokenizer: Tokenizer,
    text: DecodedText,
    request: DecodingRequest,
    options: DecodingOptions,
    no_speech_prob: float,
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
