"""One or several systems over one or several lectures, and whether they differ."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import TypeAlias

from konspekt.course.glossary import Proposal, as_toml
from konspekt.data import Alignment, Score
from konspekt.errors import FormatError
from konspekt.score.alignment import align
from konspekt.score.analysis import AlignedPart, Analysis, ScoringOptions, analyse
from konspekt.score.pairing import Pair
from konspekt.score.scoring import sum_scores
from konspekt.score.uncertainty import (
    Block,
    Difference,
    Interval,
    Mapsswe,
    NoInterval,
    confidence_interval,
    errors_per_block,
    mapsswe_over,
    paired_difference,
)
from konspekt.score.utterances import read_utterances

# two systems', and of their readings if they differ
_PairedAlignments: TypeAlias = tuple[Alignment, Alignment, Alignment | None]

_SEGMENTS = 50  # of the matched pairs test, below which it does not decide alone


@dataclass(frozen=True, slots=True)
class Input:
    """A file that was scored, as it was."""

    path: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class Scored:
    """A lecture of one system."""

    analysis: Analysis
    reference: Input
    hypothesis: Input | None  # None: the system has none, all its words are deletions
    sound: Path | None = None  # the recording, where it is known


@dataclass(frozen=True, slots=True)
class System:
    """What one recogniser made of all lectures. Sums are over the lectures' own counts."""

    name: str
    lectures: tuple[Scored, ...]
    raw: Score
    normalised: Score
    interval: Interval | NoInterval


@dataclass(frozen=True, slots=True)
class Comparison:
    """Whether the system named `other` differs from the one named `first`."""

    first: str
    other: str
    difference: Difference  # positive where `other` is better
    mapsswe: Mapsswe

    @property
    def better(self) -> str | None:
        """Return the name of the better system; None if the two are not distinguishable.

        The interval of the difference decides; where there is none, the matched pairs test at 5 %,
        if it has the segments for a normal distribution.
        """
        if not self.difference.difference:
            return None
        if self.difference.distinguishable is None:
            enough = self.mapsswe.segments >= _SEGMENTS
            differ = enough and self.mapsswe.p is not None and self.mapsswe.p < 0.05
        else:
            differ = self.difference.distinguishable
        return (
            (self.other if self.difference.difference > 0 else self.first)
            if differ
            else None
        )


@dataclass(frozen=True, slots=True)
class Report:
    """All that `konspekt score` shows."""

    options: ScoringOptions
    systems: tuple[System, ...]
    comparisons: tuple[Comparison, ...]  # the first system with each of the others
    unused: tuple[Path, ...] = ()  # files of the hypotheses that have no reference


def score_files(
    pairs: Sequence[Pair],
    names: Sequence[str],
    options: ScoringOptions,
    *,
    unused: Sequence[Path] = (),
    sounds: Sequence[Path | None] = (),
) -> Report:
    """Read and score the pairs. Each hypothesis belongs to the system at its place in `names`.

    Of several pairs one may have an empty reference: its insertions count. Raises FormatError for a
    file that cannot be read and for an only reference without a word, KonspektError for a profile
    or rule that does not exist.
    """
    lectures: list[list[Scored]] = [[] for _ in names]
    for pair, sound in zip(pairs, sounds or [None] * len(pairs), strict=True):
        reference, source = read_utterances(pair.reference), _input(pair.reference)
        if len(pairs) == 1 and not any(
            utterance.text.split() for utterance in reference
        ):
            raise FormatError(
                "the reference has no words",
                path=pair.reference,
                remedy="Write down what was said.",
            )
        for system, path in zip(lectures, pair.hypotheses, strict=True):
            hypothesis = () if path is None else read_utterances(path, hypothesis=True)
            found = analyse(pair.name, reference, hypothesis, options)
            system.append(
                Scored(found, source, None if path is None else _input(path), sound)
            )
    return report_of(names, lectures, options, unused=unused)


def report_of(
    names: Sequence[str],
    lectures: Sequence[Sequence[Scored]],
    options: ScoringOptions,
    *,
    unused: Sequence[Path] = (),
) -> Report:
    """Return the systems with their sums, and the first compared with each of the others."""
    systems = tuple(
        _system(name, scored) for name, scored in zip(names, lectures, strict=True)
    )
    return Report(
        options,
        systems,
        tuple(_comparison(systems[0], other) for other in systems[1:]),
        tuple(unused),
    )


def _input(path: Path) -> Input:
    return Input(path, hashlib.sha256(path.read_bytes()).hexdigest())


def _system(name: str, lectures: Sequence[Scored]) -> System:
    found = [scored.analysis for scored in lectures]
    return System(
        name,
        tuple(lectures),
        sum_scores([one.raw for one in found]),
        sum_scores([one.normalised for one in found]),
        confidence_interval([block for one in found for block in one.blocks]),
    )


def _comparison(first: System, other: System) -> Comparison:
    both = [
        (ours.analysis, theirs.analysis)
        for ours, theirs in zip(first.lectures, other.lectures, strict=True)
    ]
    blocks_b: list[Block] = []
    texts: list[_PairedAlignments] = []
    for a, b in both:
        readings = (
            None
            if a.reference.words == b.reference.words
            else align(a.reference.words, b.reference.words)
        )
        blocks_b += b.blocks if readings is None else _same_blocks(a, b, readings)
        texts += _texts_apart(a, b) or [
            (a.normalised.alignment, b.normalised.alignment, readings)
        ]
    difference = paired_difference(
        [block for a, _ in both for block in a.blocks], blocks_b
    )
    return Comparison(first.name, other.name, difference, mapsswe_over(texts))


def _texts_apart(a: Analysis, b: Analysis) -> list[_PairedAlignments]:
    """Return the texts that both aligned by themselves, so that no segment reaches from one into
    the next.

    Nothing where the two were not paired with the reference alike: then only the whole is the same.
    """
    if _reference_keys(a) != _reference_keys(b):
        return []
    ours, theirs = ({part.key: part for part in found.parts} for found in (a, b))
    texts: list[_PairedAlignments] = []
    for key in dict.fromkeys((*ours, *theirs)):
        # one may have no words
        one, other = (
            parts.get(key) or AlignedPart(key, 0, 0, ()) for parts in (ours, theirs)
        )
        words = (
            a.reference.words[one.ref_start : one.ref_end],
            b.reference.words[other.ref_start : other.ref_end],
        )
        texts.append(
            (
                one.alignment,
                other.alignment,
                None if words[0] == words[1] else align(*words),
            )
        )
    return texts


def _reference_keys(found: Analysis) -> list[str]:
    """Return the keys of the reference's utterances or recordings, in its order."""
    extra = set(found.extra)
    return [part.key for part in found.parts if part.key not in extra]


def _same_blocks(a: Analysis, b: Analysis, readings: Alignment) -> tuple[Block, ...]:
    """Return the errors of `b` in the blocks of `a`, where the two read the reference's
    alternates otherwise.
    """
    # of a word of the one reading in the other
    place = [0] * (len(a.reference.words) + 1)
    for edit in readings:
        for word in range(edit.ref_start, edit.ref_end):
            place[word] = min(edit.hyp_start + word - edit.ref_start, edit.hyp_end)
    place[-1] = len(b.reference.words)
    cuts = accumulate((words for _, words in a.blocks), initial=0)
    return errors_per_block(
        b.normalised.alignment, [place[cut] if cut else 0 for cut in cuts]
    )


def proposals(report: Report) -> tuple[Proposal, ...]:
    """Return the words in the place of missed terms that may be variants, over all lectures and
    systems, the most frequent first.
    """
    counts: Counter[Proposal] = Counter()
    for system in report.systems:
        for scored in system.lectures:
            for proposal in scored.analysis.proposals:
                counts[replace(proposal, count=0)] += proposal.count
    return tuple(
        replace(proposal, count=count) for proposal, count in counts.most_common()
    )


def proposed_lines(report: Report) -> str:
    """Return the proposals as lines of glossary.toml, for a person to accept or not; "" if there
    are none.
    """
    return (
        ""
        if report.options.glossary is None
        else as_toml(proposals(report), report.options.glossary)
    )
