"""What the rules leave of a recording."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from konspekt.clean.context import Context
from konspekt.clean.rule import Rule
from konspekt.data import Sentence


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rules leave of a recording, and how its kept text is put in order."""

    context: Context
    # what a context keeps, in the order of the speech
    in_order: Callable[[Context], tuple[Sentence, ...]]

    def sentences(self) -> tuple[Sentence, ...]:
        """Return the kept sentences in the order in which they were said."""
        return self.in_order(self.context)

    def with_context(self, context: Context) -> Judged:
        """Return the same recording after a person removed something or gave it back."""
        return replace(self, context=context)


Judging: TypeAlias = Callable[[Context], Judged]


def apply_rules(context: Context, rules: Mapping[str, Rule]) -> Context:
    """Return the context after the rules, in their order."""
    for rule in rules.values():
        context = context.without(rule.judge(context))
    return context
