"""Beam search for all windows of a batch at once.

Patience is 1; the text with the highest log-probability divided by its length is taken. The results
are those of whisper/decoding.py (`BeamSearchDecoder`, `MaximumLikelihoodRanker`), whose own search
fails for more than one window.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from konspekt.transcribe.decode.decoder import compact_slots
from konspekt.transcribe.decode.options import (
    LOOP_CHECK_STEPS,
    DecoderStart,
    DecodingOptions,
)
from konspekt.transcribe.decode.result import DecodedText, ends_in_loop

if TYPE_CHECKING:
    from torch import Tensor


def search_beams(start: DecoderStart, options: DecodingOptions) -> list[DecodedText]:
    """Return the best text of each window, in the order of the slots at the start."""
    search = _BeamSearch(start, options.beam_size)
    decoder, logits = start.decoder, start.logits
    for step in range(1, start.max_tokens + 1):
        tokens = search.extend(logits)
        if options.stops_loops and step % LOOP_CHECK_STEPS == 0:
            search.mark_loops()
        slots = search.retire(is_last=step == start.max_tokens)
        if not slots:
            break
        tokens = search.compact(slots, tokens)
        logits = decoder.logits(decoder.forward(tokens[:, None])[:, 0])
    return search.finished_texts()


class _Candidate(NamedTuple):
    """A beam with one more token."""

    sum_logprob: float
    beam: int
    token: int


class _Hypothesis(NamedTuple):
    """A text as one beam has it."""

    tokens: list[int]
    sum_logprob: float
    is_open: bool  # has not come to its end

    @property
    def score(self) -> float:
        """Return the log-probability divided by the length."""
        return self.sum_logprob / max(1, len(self.tokens))


@dataclass(slots=True)
class _WindowBeams:
    """The beams of one window, best first, with the sums of their log-probabilities."""

    index: int  # its slot at the start
    beams: list[list[int]] = field(default_factory=lambda: [[]])
    sums: list[float] = field(default_factory=lambda: [0.0])
    ended: list[_Hypothesis] = field(default_factory=list)
    is_looping: bool = False

    def extend(
        self, candidates: Sequence[_Candidate], size: int, eot: int
    ) -> list[int]:
        """Take the best `size` candidates as beams; return the beam that each one extends.

        `candidates` are sorted, best first. Those that end their text before enough are taken are
        kept as ended, `size` of them at most.
        """
        taken: list[_Candidate] = []
        ended = []
        for candidate in candidates:
            if candidate.token == eot:
                tokens = self.beams[candidate.beam]
                ended.append(_Hypothesis(tokens, candidate.sum_logprob, is_open=False))
            else:
                taken.append(candidate)
            if len(taken) == size:
                break
        self.ended += ended[: size - len(self.ended)]
        self.beams = [
            [*self.beams[candidate.beam], candidate.token] for candidate in taken
        ]
        self.sums = [candidate.sum_logprob for candidate in taken]
        return [candidate.beam for candidate in taken]

    def best(self, size: int) -> _Hypothesis:
        """Return the hypothesis with the best score of `size`: those ended, then open ones."""
        beams = zip(self.beams, self.sums, strict=True)
        unfinished = [
            _Hypothesis(tokens, total, is_open=True) for tokens, total in beams
        ]
        unfinished.sort(key=lambda hypothesis: hypothesis.sum_logprob, reverse=True)
        hypotheses = self.ended + unfinished[: size - len(self.ended)]
        return max(hypotheses, key=lambda hypothesis: hypothesis.score)

    def best_text(self, size: int) -> DecodedText:
        """Return the best hypothesis as a text, with the reason if it did not end by itself."""
        tokens, total, is_open = self.best(size)
        is_looping = is_open and self.is_looping
        is_cut = is_open and not is_looping
        return DecodedText(tuple(tokens), total, is_cut, is_looping)


class _BeamSearch:
    """The beams of all windows that are not finished, and the texts of those that are."""

    def __init__(self, start: DecoderStart, size: int) -> None:
        self._start = start
        self._size = size
        self._device = start.logits.device
        self._windows = [_WindowBeams(index) for index in range(len(start.logits))]
        self._texts: dict[int, DecodedText] = {}

    def extend(self, logits: Tensor) -> Tensor:
        """Extend each beam by one token; return the tokens `(texts,)`.

        `logits` are `(windows, vocabulary)` in the first step, `(texts, vocabulary)` afterwards.
        """
        import torch

        self._start.logit_filter.apply(logits)
        sums = [total for window in self._windows for total in window.sums]
        logprobs, tokens = logits.log_softmax(-1).topk(self._size + 1)
        totals = torch.tensor(sums, device=self._device)[:, None] + logprobs
        sources = self._extend_windows(totals.tolist(), tokens.tolist())
        self._rearrange(torch.tensor(sources, device=self._device))
        latest = [beam[-1] for window in self._windows for beam in window.beams]
        following = torch.tensor(latest, device=self._device)
        self._start.logit_filter.add_tokens(following)
        return following

    def mark_loops(self) -> None:
        """Mark the windows all of whose beams are in a repetition loop."""
        for window in self._windows:
            window.is_looping = all(
                ends_in_loop(text) for text in self._text_tokens(window)
            )

    def retire(self, *, is_last: bool) -> list[int]:
        """Take the texts of windows that are finished; return the slots of the others."""
        live = []
        for slot, window in enumerate(self._windows):
            is_finished = len(window.ended) == self._size or window.is_looping
            if is_finished or is_last:
                self._texts[window.index] = window.best_text(self._size)
            else:
                live.append(slot)
        return live

    def compact(self, live: Sequence[int], tokens: Tensor) -> Tensor:
        """Go on with the windows in the slots `live`; return their tokens of `tokens`."""
        import torch

        if len(live) == len(self._windows):
            return tokens
        slots = compact_slots(live)
        self._start.decoder.keep_windows(slots)
        self._windows = [self._windows[slot] for slot in slots]
        texts = [
            slot * self._size + beam for slot in slots for beam in range(self._size)
        ]
        kept = torch.tensor(texts, device=self._device)
        self._start.logit_filter.rearrange(kept)
        return tokens[kept]

    def finished_texts(self) -> list[DecodedText]:
        """Return the texts in the order of the slots at the start."""
        return [self._texts[index] for index in sorted(self._texts)]

    def _extend_windows(
        self, totals: Sequence[list[float]], tokens: Sequence[list[int]]
    ) -> list[int]:
        """Extend the beams of each window; return the text of the batch that each one extends."""
        sources: list[int] = []
        first = 0  # text of the batch that is the window's first beam
        for window in self._windows:
            last = first + len(window.beams)
            candidates = _rank_candidates(totals[first:last], tokens[first:last])
            extended = window.extend(candidates, self._size, self._start.eot)
            sources += [first + beam for beam in extended]
            first = last
        return sources

    def _rearrange(self, sources: Tensor) -> None:
        """Let text `i` go on from text `sources[i]`, unless each goes on from itself."""
        import torch

        decoder = self._start.decoder
        same = torch.arange(len(sources), device=self._device)
        if decoder.texts != len(sources) or not torch.equal(sources, same):
            decoder.rearrange(sources)
            self._start.logit_filter.rearrange(sources)

    def _text_tokens(self, window: _WindowBeams) -> Iterator[list[int]]:
        """Yield the text tokens of each beam, time stamps left out."""
        for beam in window.beams:
            yield [token for token in beam if token < self._start.eot]


def _rank_candidates(
    totals: Sequence[list[float]], tokens: Sequence[list[int]]
) -> list[_Candidate]:
    """Return the candidates of one window, best first.

    `totals` and `tokens` are `(beams, candidates)`: the likeliest tokens after each beam, and the
    sums of log-probabilities with them.
    """
    candidates: list[_Candidate] = []
    for beam, following in enumerate(zip(totals, tokens, strict=True)):
        pairs = zip(*following, strict=True)
        candidates.extend(_Candidate(total, beam, token) for total, token in pairs)
    candidates.sort(key=lambda candidate: candidate.sum_logprob, reverse=True)
    return candidates
