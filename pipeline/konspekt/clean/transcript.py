"""What is kept, as sentences with their times."""

from __future__ import annotations

from dataclasses import replace

from konspekt.clean.context import Context, Span
from konspekt.data import Sentence

SECOND_PASS = 2  # How.pass_number of the second pass


def kept_sentences(context: Context) -> tuple[Sentence, ...]:
    """Return the kept text as sentences, in the order in which they were spoken.

    A sentence cut at a seam is two: its halves belong to two windows. Where two neighbours share
    sound, their times are not exact enough to order sentences by them: what the later window keeps
    follows what the earlier one keeps.
    """
    sentences: list[Sentence] = []
    # the last sentence of the window that reached furthest
    latest: Sentence | None = None
    for index, window in enumerate(context.windows):
        own = [sentence_of(context, index, span) for span in context.sentences(index)]
        if (
            window.decoded.how.pass_number == SECOND_PASS
        ):  # lies within the others, by the times of what stands around it
            sentences.extend(own)
            continue
        if latest is not None and own and _follows(context, latest, index):
            own = [_not_before(sentence, latest.start) for sentence in own]
        sentences.extend(own)
        if own and (
            latest is None
            or window.end >= context.windows[context.index_of[latest.window]].end
        ):
            latest = own[-1]
    place = context.index_of
    return tuple(
        sorted(sentences, key=lambda s: (s.start, place[s.window], s.char_start))
    )


def _follows(context: Context, latest: Sentence, index: int) -> bool:
    """Return whether a window goes on after the one that holds the latest sentence, and is not
    one inside it.
    """
    return (
        context.windows[index].end
        >= context.windows[context.index_of[latest.window]].end
    )


def _not_before(sentence: Sentence, time: float) -> Sentence:
    start = max(sentence.start, time)
    return replace(sentence, start=start, end=max(sentence.end, start))


def sentence_of(context: Context, index: int, span: Span) -> Sentence:
    """Return a span of a window as a sentence, with its times."""
    window = context.windows[index]
    start = context.start_of(index, span[0])
    return Sentence(
        id=f"{window.id}:{span[0]}",
        window=window.id,
        window_start=window.start,
        char_start=span[0],
        char_end=span[1],
        start=start,
        end=max(start, context.end_of(index, span[1])),
        text=window.text[span[0] : span[1]],
        source=window.decoded.how.source,
    )
