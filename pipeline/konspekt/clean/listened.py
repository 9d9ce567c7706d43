"""A recording that was listened to once, or twice: what the rules leave of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from konspekt.clean.context import Context
from konspekt.clean.rule import Rule
from konspekt.clean.second_pass import placed, take_in
from konspekt.clean.transcript import kept_sentences
from konspekt.data import RawTranscript, SecondPassCandidate, Sentence
from konspekt.text.spans import Span


def by_rules(context: Context, rules: Mapping[str, Rule]) -> Context:
    """The context after the rules, in their order."""
    for rule in rules.values():
        context = context.without(rule.judge(context))
    return context


class Listened:
    """One or two passes, and the rules by which they are cleaned."""

    def __init__(
        self,
        raw: RawTranscript,
        again: RawTranscript | None,
        rules: Mapping[str, Rule],
        worth: Sequence[SecondPassCandidate],
        cleaned: Context | None,
    ) -> None:
        """`worth` is what was worth hearing again; `cleaned` is the first pass after the rules,
        where known.
        """
        self._raw, self._again, self._rules, self._worth = raw, again, rules, worth
        self._cleaned = cleaned
        self._places: Mapping[int, Span[float]] = {}

    def ruled(self, context: Context) -> Context:
        """Both passes after the rules; what is protected in `context` no rule takes."""
        first = self._first(context)
        if self._again is None or not self._again.windows:
            return first
        taken = take_in(first, context, self._raw, self._again, self._rules, self._worth)
        self._places = taken.places
        return taken.context

    def _first(self, context: Context) -> Context:
        """The first pass by itself."""
        if self._cleaned is not None and not context.protected:
            return self._cleaned
        own = Context.of(self._raw, context.language, context.similarity)
        return by_rules(own.protected_as(context), self._rules)

    def sentences(self, context: Context) -> tuple[Sentence, ...]:
        """What a context keeps, in the order in which it was said."""
        return placed(context, kept_sentences(context), self._places)
