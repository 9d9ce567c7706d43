"""Cleaning several transcripts of one sound: each by itself, then all against one another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from konspekt.clean.context import Context
from konspekt.clean.judged import Judged, apply_rules
from konspekt.clean.rule import Rule
from konspekt.clean.several.verdict import agree
from konspekt.data import RawTranscript


@dataclass(frozen=True, slots=True)
class Transcripts:
    """The transcripts of one recording, and the rules by which each is cleaned."""

    raw: RawTranscript  # all of them together
    each: Sequence[RawTranscript]
    rules: Mapping[str, Rule]

    def judge(self, context: Context) -> Judged:
        """Return the recording after the rules and the comparison.

        What is protected in `context` is so in each transcript.
        """
        together = context
        for transcript in self.each:
            own = Context.of(transcript, context.language, context.similarity)
            cleaned = apply_rules(own.protect_as(context), self.rules)
            together = together.without(cleaned.removals)
        sources = [transcript.windows[0].how.source for transcript in self.each]
        agreed = agree(together, self.raw, sources)
        return Judged(agreed.context, agreed.sentences)
