"""What several windows of the same sound agree on: what is kept, from which of them, and why the
rest is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from konspekt.clean.context import Context, Span
from konspekt.clean.reasons import Code, Explanation
from konspekt.clean.several.alone import repeated
from konspekt.clean.several.evidence import Evidence
from konspekt.clean.several.network import Network, network_of
from konspekt.clean.several.rulings import (
    HEARD_ALIKE,
    NEITHER_SUPPORTED,
    Ruling,
    Version,
    rulings,
)
from konspekt.clean.several.strand import strand_of
from konspekt.clean.transcript import sentence_of
from konspekt.data import RawTranscript, Removal, Sentence
from konspekt.text.sentences import sentence_spans
from konspekt.text.spans import difference


@dataclass(frozen=True, slots=True)
class Agreed:
    """A recording after its windows were compared."""

    context: Context
    network: Network
    order: tuple[Version, ...]  # all words of the network, as they were said

    def sentences(self, context: Context) -> tuple[Sentence, ...]:
        """What `context` keeps, in the order in which it was said: this one, or what a person made
        of it.
        """
        ordered = (*_sentences(context, self.network, self.order), *_others(context, self.network))
        return tuple(sorted(ordered, key=lambda sentence: sentence.start))


def agree(context: Context, raw: RawTranscript, sources: Sequence[str | None]) -> Agreed:
    """Keeps once what the transcripts bear out, and removes the rest with its reason.

    `context` holds the windows of all, each transcript cleaned by itself; `sources` names them in
    their order.
    """
    strands = [strand_of(context, source) for source in sources]
    network = network_of(strands, context.facts.common_words)
    evidence = Evidence(strands, raw.speech, raw.recording.duration, repeated(context, network))
    found = list(rulings(network, evidence))
    after = context.without(
        removal for ruling in _joined(found) for removal in _removals(context, network, ruling)
    )
    return Agreed(after, network, tuple((ruling.strand, ruling.words) for ruling in found))


# -------------------------------------------------------------------------------------------------


def _joined(found: Iterable[Ruling]) -> Iterator[Ruling]:
    """The rulings against words; where words that follow one another go for words that do so too,
    one ruling.
    """
    last: Ruling | None = None
    for ruling in sorted((r for r in found if r.code), key=lambda r: (r.strand, r.words.start)):
        if (
            last is not None
            and last.by is not None
            and ruling.by is not None
            and _goes_on(last, ruling)
        ):
            by = (last.by[0], range(last.by[1].start, ruling.by[1].stop))
            last = replace(last, words=range(last.words.start, ruling.words.stop), by=by)
            continue
        if last is not None:
            yield last
        last = ruling
    if last is not None:
        yield last


def _goes_on(last: Ruling, ruling: Ruling) -> bool:
    if (
        last.code is not HEARD_ALIKE
        or ruling.code is not HEARD_ALIKE
        or last.by is None
        or ruling.by is None
    ):
        return False
    return (last.strand, last.words.stop, last.by[0], last.by[1].stop) == (
        ruling.strand,
        ruling.words.start,
        ruling.by[0],
        ruling.by[1].start,
    )


def _removals(context: Context, network: Network, ruling: Ruling) -> Iterator[Removal]:
    """One for each window that holds words of the ruling, and for each that holds the same words in
    their place.
    """
    strand, code = network.strands[ruling.strand], ruling.code
    if code is None:
        return

    def decoded_windows(number: int) -> tuple[int, int | None]:
        by = _word_for(ruling, number)
        return (
            strand.words[ruling.words[number]].index,
            None if by is None else network.strands[by[0]].words[by[1].start].index,
        )

    for _, run in groupby(range(len(ruling.words)), key=decoded_windows):
        numbers = list(run)
        words = ruling.words[numbers[0] : numbers[-1] + 1]
        by, until = _word_for(ruling, numbers[0]), _word_for(ruling, numbers[-1])
        theirs = None if by is None or until is None else (by[0], range(by[1].start, until[1].stop))
        first, last = strand.words[words[0]], strand.words[words[-1]]
        span = (first.char_start, last.char_end)
        yield context.removal(first.index, span, _explain(network, ruling, code, words, theirs))


def _word_for(ruling: Ruling, number: int) -> Version | None:
    """What stands in the place of a ruling's word: a word of the same, else all that is said
    instead.
    """
    if ruling.by is None or ruling.code is not HEARD_ALIKE:
        return ruling.by
    at = ruling.by[1].start + number
    return ruling.by[0], range(at, at + 1)


def _explain(
    network: Network, ruling: Ruling, code: Code, words: range, by: Version | None
) -> Explanation:
    if by is None:
        others = ", ".join(
            strand.source for k, strand in enumerate(network.strands) if k != ruling.strand
        )
        silent = "say otherwise" if code is NEITHER_SUPPORTED else "have nothing there"
        return code.because(f"{others} {silent}: {ruling.said}", {"others": others})
    winner = network.strands[by[0]]
    window = winner.window(by[1].start).id
    held = f"window {window}, of {winner.source}, holds the same sound"
    theirs = winner.text(by[1])
    if code is HEARD_ALIKE:
        words_of_it = f"{held} and says the same"
        return code.because(
            words_of_it,
            {"theirs": theirs, "file": winner.source, "pairs": len(words)},
            other_window=window,
        )
    words_of_it = f"{held} and says otherwise: {ruling.said}"
    return code.because(words_of_it, {"theirs": theirs, "file": winner.source}, other_window=window)


# --------------------------------------------------------------------------------------------------


def _sentences(context: Context, network: Network, order: Iterable[Version]) -> Iterator[Sentence]:
    """The kept words as sentences in the order of the network.

    Times are as rough as a window's: what another transcript adds begins no later than what follows
    it, and nothing begins before what it follows.
    """
    pieces = list(_pieces(context, network, order))
    found: list[tuple[int, Sentence]] = []
    for strand, index, (start, end) in pieces:
        text = context.windows[index].text[start:end]
        found += [
            (strand, sentence_of(context, index, (start + a, start + b)))
            for a, b in sentence_spans(text)
        ]
    following = float("inf")  # when the first transcript goes on
    limits: list[float] = []
    for strand, sentence in reversed(found):
        following = sentence.start if strand == 0 else following
        limits.append(following)
    now = float("-inf")
    for (strand, sentence), limit in zip(found, reversed(limits), strict=True):
        now = max(now, sentence.start if strand == 0 else min(sentence.start, limit))
        yield replace(sentence, start=now, end=max(now, sentence.end))


def _others(context: Context, network: Network) -> Iterator[Sentence]:
    """What is kept and no word of the network: white space that no word goes before, what a person
    keeps.
    """
    known: dict[int, list[Span]] = {}
    for strand in network.strands:
        for word in strand.words:
            known.setdefault(word.index, []).append((word.char_start, word.char_end))
    for index, window in enumerate(context.windows):
        for span in context.kept[index]:
            for start, end in difference([span], known.get(index, ())):
                text = window.text[start:end]
                for a, b in sentence_spans(text):
                    yield sentence_of(context, index, (start + a, start + b))


def _pieces(
    context: Context, network: Network, order: Iterable[Version]
) -> Iterator[tuple[int, int, Span]]:
    """Stretches of raw text that are kept whole: the strand, the window's index, the span."""
    last: tuple[int, int, Span] | None = None
    for strand, words in order:
        for at in words:
            word = network.strands[strand].words[at]
            for start, end in context.kept[word.index]:
                span = (max(start, word.char_start), min(end, word.char_end))
                if span[0] >= span[1]:
                    continue
                if last is not None and last[:2] == (strand, word.index) and last[2][1] == span[0]:
                    last = (strand, word.index, (last[2][0], span[1]))
                    continue
                if last is not None:
                    yield last
                last = (strand, word.index, span)
    if last is not None:
        yield last
