"""Beam search for all windows of a batch at once.

Patience is 1; the text with the highest log-probability divided by its length is taken. Without a
dictionary the results are those of whisper/decoding.py (`BeamSearchDecoder`,
`MaximumLikelihoodRanker`), whose own search fails for more than one window.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from konspekt.transcribe.decode.dictionary import (
    UNKNOWN_WORD,
    Dictionary,
    Spelling,
    TokenSpeller,
)
from konspekt.transcribe.decode.options import LOOP_CHECK_STEPS, DecoderStart
from konspekt.transcribe.decode.result import DecodedText, ends_in_loop, text_tokens

if TYPE_CHECKING:
    from torch import Tensor
    from whisper.tokenizer import Tokenizer


class _Candidate(NamedTuple):
    """A beam with one more token."""

    sum_logprob: float
    beam: int
    token: int
    spelling: Spelling
    unknown: int

    @property
    def weight(self) -> float:
        """Return the log-probability less what the text's unknown words take from it."""
        return self.sum_logprob - UNKNOWN_WORD * self.unknown


class _Hypothesis(NamedTuple):
    """A text as one beam has it."""

    tokens: list[int]
    sum_logprob: float
    spelling: Spelling = Spelling()
    unknown: int = 0  # words that the dictionary does not have
    is_open: bool = True  # has not come to its end

    @property
    def score(self) -> float:
        """Return the log-probability divided by the length, unknown words taken from it."""
        weight = self.sum_logprob - UNKNOWN_WORD * self.unknown
        return weight / max(1, len(self.tokens))


class _WindowBeams:
    """The `size` beams of one window, best first; before the first step one without tokens."""

    def __init__(self, size: int, speller: TokenSpeller) -> None:
        self._size = size
        self._speller = speller
        self._ended: list[_Hypothesis] = []
        self.beams = [_Hypothesis([], 0.0)]

    @property
    def is_complete(self) -> bool:
        """Return whether enough texts came to their end."""
        return len(self._ended) == self._size

    @property
    def is_looping(self) -> bool:
        """Return whether all beams are in a repetition loop."""
        texts = (text_tokens(beam.tokens, self._speller.eot) for beam in self.beams)
        return all(map(ends_in_loop, texts))

    def extend(self, sums: list[list[float]], tokens: list[list[int]]) -> list[int]:
        """Take the best candidates as beams; return the beam that each one extends.

        `tokens` and `sums` have a row a beam, as in `BeamSearch`. Candidates that end their text
        before enough are taken are kept as ended.
        """
        taken: list[_Candidate] = []
        for candidate in self._rank_candidates(sums, tokens):
            if candidate.token != self._speller.eot:
                taken.append(candidate)
            elif not self.is_complete:
                self._ended.append(self._end(candidate))
            if len(taken) == self._size:
                break
        self.beams = [self._continue(candidate) for candidate in taken]
        return [candidate.beam for candidate in taken]

    def best_text(self, *, is_looping: bool) -> DecodedText:
        """Return the text with the best score, with the reason if it did not end by itself.

        Where fewer than `size` texts came to their end, the best beams stand for the others.
        """
        missing = self._size - len(self._ended)
        hypotheses = self._ended + self.beams[:missing]
        best = max(hypotheses, key=lambda hypothesis: hypothesis.score)
        return DecodedText(
            tuple(best.tokens),
            best.sum_logprob,
            is_cut=best.is_open and not is_looping,
            is_looping=best.is_open and is_looping,
        )

    def _rank_candidates(
        self, sums: list[list[float]], tokens: list[list[int]]
    ) -> list[_Candidate]:
        """Return the candidates, best first."""
        candidates: list[_Candidate] = []
        for beam, totals in enumerate(sums):
            following = zip(totals, tokens[beam], strict=True)
            candidates += [
                self._candidate(beam, total, token) for total, token in following
            ]
        return sorted(candidates, key=lambda candidate: -candidate.weight)

    def _candidate(self, beam: int, total: float, token: int) -> _Candidate:
        before = self.beams[beam]
        spelling, unknown = self._speller.spell(before.spelling, token)
        return _Candidate(total, beam, token, spelling, before.unknown + unknown)

    def _end(self, candidate: _Candidate) -> _Hypothesis:
        return _Hypothesis(
            self.beams[candidate.beam].tokens,
            candidate.sum_logprob,
            unknown=candidate.unknown,
            is_open=False,
        )

    def _continue(self, candidate: _Candidate) -> _Hypothesis:
        return _Hypothesis(
            [*self.beams[candidate.beam].tokens, candidate.token],
            candidate.sum_logprob,
            candidate.spelling,
            candidate.unknown,
        )


class BeamSearch:
    """The beams of the windows that are not finished (see `TextSearch`)."""

    def __init__(
        self,
        start: DecoderStart,
        size: int,
        tokenizer: Tokenizer,
        dictionaries: Sequence[Dictionary | None],
    ) -> None:
        """Start with `size` beams for each window, whose words its dictionary has or lacks."""
        self._start = start
        self._size = size
        self._windows = [
            _WindowBeams(size, TokenSpeller(tokenizer, dictionary))
            for dictionary in dictionaries
        ]

    def extend(self, logits: Tensor) -> Tensor:
        """Extend each beam by one token.

        `logits` are `(windows, vocabulary)` in the first step, `(texts, vocabulary)` afterwards.
        """
        import torch

        device = logits.device
        logprobs, tokens = logits.log_softmax(-1).topk(self._size + 1)
        before = [beam.sum_logprob for beam in self._beams()]
        sums = torch.tensor(before, device=device)[:, None] + logprobs
        self._rearrange(self._extend_windows(sums.tolist(), tokens.tolist()))
        latest = [beam.tokens[-1] for beam in self._beams()]
        return torch.tensor(latest, device=device)

    def finished_texts(self, step: int) -> dict[int, DecodedText]:
        is_last = step == self._start.max_tokens
        texts: dict[int, DecodedText] = {}
        for slot, window in enumerate(self._windows):
            is_looping = step % LOOP_CHECK_STEPS == 0 and window.is_looping
            if is_last or is_looping or window.is_complete:
                texts[slot] = window.best_text(is_looping=is_looping)
        return texts

    def keep_windows(self, slots: Sequence[int]) -> None:
        self._windows = [self._windows[slot] for slot in slots]

    def _beams(self) -> list[_Hypothesis]:
        """Return the beams of all windows."""
        return [beam for window in self._windows for beam in window.beams]

    def _extend_windows(
        self, sums: list[list[float]], tokens: list[list[int]]
    ) -> list[int]:
        """Extend the beams of each window; return the text of the batch that each one extends.

        `tokens` `(texts, candidates)` are the likeliest after each text, `sums` the sums of
        log-probabilities with them.
        """
        sources: list[int] = []
        width = len(sums) // len(self._windows)  # beams of a window
        for slot, window in enumerate(self._windows):
            texts = slice(slot * width, (slot + 1) * width)
            extended = window.extend(sums[texts], tokens[texts])
            sources += [texts.start + beam for beam in extended]
        return sources

    def _rearrange(self, sources: list[int]) -> None:
        """Let text `i` go on from text `sources[i]`, unless each goes on from itself."""
        import torch

        start = self._start
        if sources != list(range(start.decoder.texts)):
            kept = torch.tensor(sources, device=start.logits.device)
            start.decoder.rearrange(kept)
            start.logit_filter.rearrange(kept)
