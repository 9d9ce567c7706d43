"""What several windows of the same sound agree on: what is kept, from which of them, and why the
rest is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from konspekt.clean.context import Context
from konspekt.clean.reasons import Code, Explanation, Figure
from konspekt.clean.several.alone import find_repeated
from konspekt.clean.several.evidence import Evidence
from konspekt.clean.several.network import Network, network_of
from konspekt.clean.several.rulings import (
    NEITHER_SUPPORTED,
    SAID_ALIKE,
    Ruling,
    Version,
    rulings,
)
from konspekt.clean.several.strand import strand_of
from konspekt.clean.transcript import sentence_of
from konspekt.data import RawTranscript, Removal, Sentence, names
from konspekt.text.sentences import sentence_spans
from konspekt.text.spans import Span, difference, intersection


@dataclass(frozen=True, slots=True)
class Agreed:
    """A recording after its windows were compared."""

    context: Context
    network: Network
    order: tuple[Version, ...]  # all words of the network, in the order of the speech

    def sentences(self, context: Context) -> tuple[Sentence, ...]:
        """Return what `context` keeps, in the order of the speech: this one, or what a person
        made of it.
        """
        ordered = (
            *_sentences(context, self.network, self.order),
            *_others(context, self.network),
        )
        return tuple(sorted(ordered, key=lambda sentence: sentence.start))


def agree(
    context: Context, raw: RawTranscript, sources: Sequence[str | None]
) -> Agreed:
    """Return the recording with what the transcripts bear out kept once, and the rest removed with
    its reason.

    `context` holds the windows of all, each transcript cleaned by itself; `sources` names them in
    their order.
    """
    strands = [strand_of(context, source) for source in sources]
    network = network_of(strands, context.facts.common_words)
    evidence = Evidence(
        strands, raw.speech, raw.recording.duration, find_repeated(context, network)
    )
    found = list(rulings(network, evidence))
    after = context.without(
        removal
        for ruling in _join(found)
        for removal in _removals(context, network, ruling)
    )
    return Agreed(
        after, network, tuple(Version(ruling.strand, ruling.words) for ruling in found)
    )


# -------------------------------------------------------------------------------------------------


def _join(found: Iterable[Ruling]) -> list[Ruling]:
    """Return the rulings against words.

    Where words that follow one another go for words that do so too, they are one ruling.
    """
    joined: list[Ruling] = []
    against = (ruling for ruling in found if ruling.code)
    for ruling in sorted(
        against, key=lambda ruling: (ruling.strand, ruling.words.start)
    ):
        longer = _goes_on(joined[-1], ruling) if joined else None
        if longer is None:
            joined.append(ruling)
        else:
            joined[-1] = longer
    return joined


def _goes_on(last: Ruling, ruling: Ruling) -> Ruling | None:
    """Return both rulings as one; None where the second does not go on after the first."""
    if last.code is not SAID_ALIKE or ruling.code is not SAID_ALIKE:
        return None
    if last.by is None or ruling.by is None:
        return None
    is_next = (last.strand, last.words.stop) == (ruling.strand, ruling.words.start)
    theirs, other = last.by, ruling.by
    if not is_next or (theirs.strand, theirs.words.stop) != (
        other.strand,
        other.words.start,
    ):
        return None
    by = Version(theirs.strand, range(theirs.words.start, other.words.stop))
    return replace(last, words=range(last.words.start, ruling.words.stop), by=by)


def _removals(context: Context, network: Network, ruling: Ruling) -> Iterator[Removal]:
    """Yield one removal for each window that holds words of the ruling, and for each that holds the
    same words in their place.
    """
    strand, code = network.strands[ruling.strand], ruling.code
    if code is None:
        return
    numbers = range(len(ruling.words))
    for _, run in groupby(
        numbers, key=lambda number: _windows_at(network, ruling, number)
    ):
        group = list(run)
        words = ruling.words[group[0] : group[-1] + 1]
        first, last = strand.words[words[0]], strand.words[words[-1]]
        theirs = _version_for(ruling, group[0], group[-1])
        why = _explain(network, ruling, code, words, theirs)
        yield context.removal(first.index, (first.char_start, last.char_end), why)


def _windows_at(
    network: Network, ruling: Ruling, number: int
) -> tuple[int, int | None]:
    """Return the windows of a ruling's word and of what stands in its place."""
    own = network.strands[ruling.strand].words[ruling.words[number]].index
    by = _version_for(ruling, number, number)
    if by is None:
        return own, None
    return own, network.strands[by.strand].words[by.words.start].index


def _version_for(ruling: Ruling, first: int, last: int) -> Version | None:
    """Return what stands in the place of some of a ruling's words: as many of the same, else all
    that is said instead.
    """
    if ruling.by is None or ruling.code is not SAID_ALIKE:
        return ruling.by
    start = ruling.by.words.start
    return Version(ruling.by.strand, range(start + first, start + last + 1))


def _explain(
    network: Network, ruling: Ruling, code: Code, words: range, by: Version | None
) -> Explanation:
    if by is None:
        return _explain_alone(network, ruling, code)
    winner = network.strands[by.strand]
    window = winner.window(by.words.start).id
    figures: dict[str, Figure] = {
        names.THEIRS: winner.text(by.words),
        names.FILE: winner.source,
    }
    held = f"window {window}, of {winner.source}, holds the same sound and says"
    if code is SAID_ALIKE:
        figures["pairs"] = len(words)
        return code.because(f"{held} the same", figures, other_window=window)
    return code.because(
        f"{held} otherwise: {ruling.said}", figures, other_window=window
    )


def _explain_alone(network: Network, ruling: Ruling, code: Code) -> Explanation:
    """Return the explanation of a ruling that no other version wins."""
    others = ", ".join(
        strand.source
        for number, strand in enumerate(network.strands)
        if number != ruling.strand
    )
    silent = "say otherwise" if code is NEITHER_SUPPORTED else "have nothing there"
    return code.because(f"{others} {silent}: {ruling.said}", {"others": others})


# --------------------------------------------------------------------------------------------------


def _sentences(
    context: Context, network: Network, order: Iterable[Version]
) -> Iterator[Sentence]:
    """Yield the kept words as sentences in the order of the network.

    Times are as rough as a window's: what another transcript adds begins no later than what follows
    it, and nothing begins before what it follows.
    """
    found: list[tuple[int, Sentence]] = []
    for piece in _pieces(context, network, order):
        found += [(piece.strand, one) for one in _cut(context, piece.index, piece.span)]
    now = float("-inf")
    for (strand, sentence), limit in zip(found, _limits(found), strict=True):
        now = max(now, sentence.start if strand == 0 else min(sentence.start, limit))
        yield replace(sentence, start=now, end=max(now, sentence.end))


def _limits(found: Sequence[tuple[int, Sentence]]) -> list[float]:
    """Return for each sentence when the first transcript goes on."""
    following = float("inf")
    limits: list[float] = []
    for strand, sentence in reversed(found):
        following = sentence.start if strand == 0 else following
        limits.append(following)
    return limits[::-1]


def _cut(context: Context, index: int, span: Span[int]) -> Iterator[Sentence]:
    """Yield the sentences of a span of a window."""
    text = context.windows[index].text[span[0] : span[1]]
    for start, end in sentence_spans(text):
        yield sentence_of(context, index, (span[0] + start, span[0] + end))


def _others(context: Context, network: Network) -> Iterator[Sentence]:
    """Yield what is kept and no word of the network: white space that no word goes before, what a
    person keeps.
    """
    known: dict[int, list[Span[int]]] = {}
    for strand in network.strands:
        for word in strand.words:
            known.setdefault(word.index, []).append((word.char_start, word.char_end))
    for index, kept in enumerate(context.kept):
        for span in kept:
            for left in difference([span], known.get(index, ())):
                yield from _cut(context, index, left)


@dataclass(frozen=True, slots=True)
class WholePiece:
    """A stretch of raw text that is kept whole."""

    strand: int
    index: int  # of its window
    span: Span[int]

    def extend(self, other: WholePiece) -> WholePiece | None:
        """Return both as one; None where the other does not go on where this one ends."""
        is_same = (self.strand, self.index) == (other.strand, other.index)
        if not is_same or self.span[1] != other.span[0]:
            return None
        return replace(self, span=(self.span[0], other.span[1]))


def _pieces(
    context: Context, network: Network, order: Iterable[Version]
) -> list[WholePiece]:
    """Return the kept stretches of raw text in the order of the network."""
    pieces: list[WholePiece] = []
    for piece in _kept_words(context, network, order):
        longer = pieces[-1].extend(piece) if pieces else None
        if longer is None:
            pieces.append(piece)
        else:
            pieces[-1] = longer
    return pieces


def _kept_words(
    context: Context, network: Network, order: Iterable[Version]
) -> Iterator[WholePiece]:
    """Yield what is kept of each word."""
    for strand, words in order:
        for at in words:
            word = network.strands[strand].words[at]
            own = (word.char_start, word.char_end)
            for span in intersection(context.kept[word.index], [own]):
                yield WholePiece(strand, word.index, span)
