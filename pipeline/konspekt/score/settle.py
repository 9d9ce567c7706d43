"""Equivalent words that are written differently: the hypothesis as the reference would write it.

«от двух до пяти» and "от 2 до 5", «онлайн курс» and «онлайнкурс» are no recognition errors. Around
each error such spans of the hypothesis are replaced by the reference's own words, and then words
are counted as ever. So hits, substitutions and deletions still add up to the reference, and WER is
over the reference's own length.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from konspekt.data import Alignment
from konspekt.score.rules import Equal, equivalences

RULES = ("numbers", "compounds")  # may be left out by name
_APART = 12  # equal words between two islands; each takes half of them, and no number is longer


@dataclass(frozen=True, slots=True)
class Settled:
    """The hypothesis rewritten, and the spans of both sides that are equivalent, in
    order.
    """

    hypothesis: list[str]
    equal: tuple[Equal, ...]


def settle(
    reference: Sequence[str],
    hypothesis: Sequence[str],
    alignment: Alignment,
    without: Collection[str] = (),
) -> Settled:
    """Rewrite the hypothesis as the reference writes equivalent words. Only places with errors
    count; words are what the profile left.
    """
    rewritten: list[str] = []
    found: list[Equal] = []
    at = 0
    for ref_first, ref_end, hyp_first, hyp_end in _islands(alignment):
        ref_words, hyp_words = (
            reference[ref_first:ref_end],
            hypothesis[hyp_first:hyp_end],
        )
        same = _same(
            tuple(ref_words),
            tuple(hyp_words),
            numbers="numbers" not in without,
            compounds="compounds" not in without,
        )
        for span in same:
            rewritten += hypothesis[at : hyp_first + span.hyp_first]
            rewritten += ref_words[span.ref_first : span.ref_last + 1]
            at = hyp_first + span.hyp_last + 1
            found.append(
                Equal(
                    span.ref_first + ref_first,
                    span.ref_last + ref_first,
                    span.hyp_first + hyp_first,
                    span.hyp_last + hyp_first,
                    span.rule,
                )
            )
    rewritten += hypothesis[at:]
    return Settled(rewritten, tuple(found))


def _islands(alignment: Alignment) -> Iterator[tuple[int, int, int, int]]:
    """Yield stretches of both sides with errors in them, cut in the middle of long runs of equal
    words.
    """
    half = _APART // 2
    first = from_ = 0
    wrong = False
    for edit in alignment:
        if edit.kind != "equal":
            wrong = True
        elif edit.ref_end - edit.ref_start >= _APART:
            if wrong:
                yield first, edit.ref_start + half, from_, edit.hyp_start + half
            first, from_, wrong = edit.ref_end - half, edit.hyp_end - half, False
    if wrong:
        yield first, alignment[-1].ref_end, from_, alignment[-1].hyp_end


# Scoring again without one rule of a profile meets most islands as they were.
_same = lru_cache(maxsize=30_000)(equivalences)
