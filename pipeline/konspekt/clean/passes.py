"""The passes over one recording, cleaned by the rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from konspekt.clean.context import Context
from konspekt.clean.judged import Judged, apply_rules
from konspekt.clean.rule import Rule
from konspekt.clean.second_pass import order_passes, take_in
from konspekt.clean.transcript import kept_sentences
from konspekt.data import RawTranscript, SecondPassCandidate


@dataclass(frozen=True, slots=True)
class Passes:
    """One or two passes over a recording, and the rules by which they are cleaned."""

    raw: RawTranscript
    second_pass: RawTranscript | None
    rules: Mapping[str, Rule]
    # stretches for which the second pass was made
    candidates: Sequence[SecondPassCandidate]
    cleaned: Context | None  # the first pass after the rules, where known

    def judge(self, context: Context) -> Judged:
        """Return both passes after the rules; what is protected in `context` no rule takes."""
        first = self._judge_first(context)
        if self.second_pass is None or not self.second_pass.windows:
            return Judged(first, kept_sentences)
        taken = take_in(
            first, context, self.raw, self.second_pass, self.rules, self.candidates
        )
        return Judged(taken.context, partial(order_passes, places=taken.places))

    def _judge_first(self, context: Context) -> Context:
        if self.cleaned is not None and not context.protected:
            return self.cleaned
        own = Context.of(self.raw, context.language, context.similarity)
        return apply_rules(own.protect_as(context), self.rules)
