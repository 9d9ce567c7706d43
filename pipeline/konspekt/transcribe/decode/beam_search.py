"""Beam search for all windows of a batch at once, as Whisper's own searches one window's beams.

Patience 1, and the text is taken whose log-probability by length is the highest
(whisper/decoding.py, `BeamSearchDecoder` and `MaximumLikelihoodRanker`). Its own breaks for more
than one window.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from konspekt.transcribe.decode.decoder import Decoder, compact_slots
from konspekt.transcribe.decode.logit_filter import LogitFilter
from konspekt.transcribe.decode.options import LOOP_CHECK_STEPS, DecodedText, DecodingOptions
from konspekt.transcribe.decode.result import ends_in_loop

if TYPE_CHECKING:
    from torch import Tensor
    from whisper.tokenizer import Tokenizer


@dataclass(slots=True)
class _WindowBeams:
    """One window's beams: texts in the order of their worth, with the sums of their
    log-probabilities.
    """

    owner: int
    beams: list[list[int]] = field(default_factory=lambda: [[]])
    sums: list[float] = field(default_factory=lambda: [0.0])
    ended: list[tuple[list[int], float]] = field(default_factory=list)
    is_looping: bool = False

    def step(
        self,
        totals: Sequence[Sequence[float]],
        tokens: Sequence[Sequence[int]],
        size: int,
        eot: int,
    ) -> list[int]:
        """Goes on by one token; which beam each new one goes on from.

        `totals` and `tokens` `(beams, size + 1)`: the likeliest ways on of each beam, with their
        sums.
        """
        ways = [
            (total, beam, token)
            for beam, (some, following) in enumerate(zip(totals, tokens, strict=True))
            for total, token in zip(some, following, strict=True)
        ]
        ways.sort(key=lambda way: way[0], reverse=True)
        beams, sums, sources, ends = [], [], [], []
        for total, beam, token in ways:
            if token == eot:
                ends.append((self.beams[beam], total))
                continue
            beams.append([*self.beams[beam], token])
            sums.append(total)
            sources.append(beam)
            if len(beams) == size:
                break
        self.ended += ends[: size - len(self.ended)]
        self.beams, self.sums = beams, sums
        return sources

    def best(self, size: int) -> tuple[list[int], float, bool]:
        """The text that is taken, its sum, and whether it has not come to its end."""
        found = [(tokens, total, False) for tokens, total in self.ended]
        rest = sorted(zip(self.beams, self.sums, strict=True), key=lambda one: one[1], reverse=True)
        found += [(tokens, total, True) for tokens, total in rest[: size - len(found)]]
        return max(found, key=lambda one: one[1] / max(1, len(one[0])))


def search_beams(
    decoder: Decoder,
    rules: LogitFilter,
    tokenizer: Tokenizer,
    logits: Tensor,
    limit: int,
    manner: DecodingOptions,
) -> list[DecodedText]:
    """The texts in the order of the slots at the beginning. `logits` `(windows, vocabulary)`: those
    of the prefix.
    """
    import torch

    size, device = manner.beam_size, logits.device
    searches = [_WindowBeams(owner) for owner in range(len(logits))]
    found: dict[int, DecodedText] = {}
    for step in range(limit):
        rules.apply(logits)
        sums = torch.tensor([total for search in searches for total in search.sums], device=device)
        shares, tokens = logits.log_softmax(-1).topk(size + 1)
        sources = _go_on(
            searches, (sums[:, None] + shares).tolist(), tokens.tolist(), size, tokenizer.eot
        )
        following = torch.tensor(
            [beam[-1] for search in searches for beam in search.beams], device=device
        )
        _follow(decoder, rules, torch.tensor(sources, device=device))
        rules.note(following)
        if manner.stops_loops and (step + 1) % LOOP_CHECK_STEPS == 0:
            for search in searches:
                texts = (
                    [token for token in beam if token < tokenizer.eot] for beam in search.beams
                )
                search.is_looping = all(ends_in_loop(text) for text in texts)
        live = []
        for slot, search in enumerate(searches):
            if len(search.ended) < size and not search.is_looping and step + 1 < limit:
                live.append(slot)
                continue
            said, total, is_open = search.best(size)
            is_looping = is_open and search.is_looping
            found[search.owner] = DecodedText(
                tuple(said), total, is_open and not is_looping, is_looping
            )
        if not live:
            break
        if len(live) < len(searches):
            slots = compact_slots(live)
            decoder.keep(slots)
            searches = [searches[slot] for slot in slots]
            kept = torch.tensor(
                [slot * size + beam for slot in slots for beam in range(size)], device=device
            )
            rules.follow(kept)
            following = following[kept]
        logits = decoder.logits(decoder.read(following[:, None])[:, 0])
    return [found[owner] for owner in sorted(found)]


def _go_on(
    searches: Sequence[_WindowBeams],
    totals: Sequence[list[float]],
    tokens: Sequence[list[int]],
    size: int,
    eot: int,
) -> list[int]:
    """Each search by one token; the text of the batch that each new beam goes on from."""
    sources: list[int] = []
    first = 0
    for search in searches:
        last = first + len(search.beams)
        sources += [
            first + beam for beam in search.step(totals[first:last], tokens[first:last], size, eot)
        ]
        first = last
    return sources


def _follow(decoder: Decoder, rules: LogitFilter, sources: Tensor) -> None:
    """Lets memory and rules go on from other texts, where they are others."""
    import torch

    if decoder.texts != len(sources) or not torch.equal(
        sources, torch.arange(len(sources), device=sources.device)
    ):
        decoder.follow(sources)
        rules.follow(sources)
