"""Cleaning several transcripts of one sound: each by itself, then all against one another."""

from __future__ import annotations

from collections.abc import Callable

from konspekt.clean.context import Context
from konspekt.clean.several.joining import by_source
from konspekt.clean.several.verdict import Agreed, agreed
from konspekt.data import RawTranscript, Sentence


class Several:
    """The transcripts of a recording, and the rules by which each is cleaned."""

    def __init__(self, raw: RawTranscript, rules: Callable[[Context], Context]) -> None:
        self._raw, self._rules = raw, rules
        self._transcripts = by_source(raw)
        self._agreed: Agreed | None = None  # of the last time that the rules judged

    @property
    def is_one(self) -> bool:
        """Whether there is nothing to compare."""
        return len(self._transcripts) == 1

    def ruled(self, context: Context) -> Context:
        """The recording after the rules and the comparison; what is protected in it is so in each
        transcript.
        """
        together = context
        for transcript in self._transcripts:
            own = Context.of(transcript, context.language, context.similarity)
            together = together.without(self._rules(own.protected_as(context)).removals)
        sources = [transcript.windows[0].how.source for transcript in self._transcripts]
        self._agreed = agreed(together, self._raw, sources)
        return self._agreed.context

    def sentences(self, context: Context) -> tuple[Sentence, ...]:
        """What a context keeps, in the order in which it was said."""
        if self._agreed is None:
            raise RuntimeError("the rules have not judged yet")
        return self._agreed.sentences(context)
