"""Two texts, as they are counted against each other."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import pairwise
from typing import NamedTuple

from konspekt.data import Alignment
from konspekt.score.alignment import align, count, shift
from konspekt.score.markup import has_markup, resolve
from konspekt.score.profiles import normalise, settles
from konspekt.score.readings import Verdict, WordTuple
from konspekt.score.rules import Equal
from konspekt.score.settle import settle


@dataclass(frozen=True, slots=True)
class Compared:
    """Words of both sides under a profile, and how they face each other."""

    reference: list[str]  # of alternates, the one that the hypothesis comes nearest to
    hypothesis: list[
        str
    ]  # without `ignored`; where it says the same as the reference, in the reference's words
    alignment: Alignment
    reference_text: str  # as it stands, of alternates the chosen one
    ignored: tuple[
        int, ...
    ]  # words of the hypothesis, by index, that stand where the reference leaves all open
    equal: tuple[
        Equal, ...
    ]  # what was found to say the same, by index before the hypothesis was rewritten


def compare(
    reference: str,
    hypothesis: str,
    profile: str,
    without: Collection[str] = (),
    *,
    markup: bool = True,
) -> Compared:
    """Aligns two texts under `profile`, of whose rules those in `without` are left out.

    Without `markup`, braces and `<*>` of the reference are text like any other. Raises
    KonspektError for a profile or a rule that does not exist.
    """
    heard = normalise(hypothesis, profile, without).split()
    if not (markup and has_markup(reference)):
        said = normalise(reference, profile, without).split()
        plain = _aligned(said, heard, profile, without)
        return Compared(said, plain.hypothesis, plain.alignment, reference, (), plain.equal)
    aligned = cache(partial(_aligned, profile=profile, without=without))

    def judge(words: WordTuple, others: WordTuple) -> Verdict:
        """Errors as they are counted; of equals the fewest without what only says the same."""
        found = aligned(words, others)
        return Verdict((*_errors(found.alignment), *_errors(found.plain)), found.plain)

    def words_of(text: str) -> list[str]:
        return normalise(text, profile, without).split()

    resolved = resolve(reference, heard, words_of, judge if settles(profile, without) else None)
    left_open = set(resolved.ignored)
    heard = [word for index, word in enumerate(heard) if index not in left_open]
    whole = Compared(list(resolved.words), [], (), resolved.text, resolved.ignored, ())
    cuts = [(0, 0), *resolved.joints, (len(whole.reference), len(heard))]
    for (ref_first, hyp_first), (ref_end, hyp_end) in pairwise(
        cuts
    ):  # no word is set against one beyond a wildcard
        part = aligned(tuple(whole.reference[ref_first:ref_end]), tuple(heard[hyp_first:hyp_end]))
        whole = replace(
            whole,
            hypothesis=whole.hypothesis + part.hypothesis,
            alignment=(
                *whole.alignment,
                *shift(part.alignment, ref_first, len(whole.hypothesis)),
            ),
            equal=(*whole.equal, *(_shifted(span, ref_first, hyp_first) for span in part.equal)),
        )
    return whole


class _Aligned(NamedTuple):
    hypothesis: list[str]  # as it is counted
    alignment: Alignment
    equal: tuple[Equal, ...]  # what was found to say the same
    plain: Alignment  # of the words as they are


def _aligned(
    said: Sequence[str], heard: Sequence[str], profile: str, without: Collection[str]
) -> _Aligned:
    alignment = align(said, heard)
    if settles(profile, without) and any(edit.kind != "equal" for edit in alignment):
        settled = settle(said, heard, alignment, without)
        if settled.equal:
            return _Aligned(
                settled.hypothesis, align(said, settled.hypothesis), settled.equal, alignment
            )
    return _Aligned(list(heard), alignment, (), alignment)


def _errors(alignment: Alignment) -> tuple[int, int]:
    """All of them, and the substitutions."""
    substitutions = count(alignment, "substitute")
    return substitutions + count(alignment, "delete") + count(alignment, "insert"), substitutions


def _shifted(span: Equal, ref: int, hyp: int) -> Equal:
    return Equal(
        span.ref_first + ref,
        span.ref_last + ref,
        span.hyp_first + hyp,
        span.hyp_last + hyp,
        span.rule,
    )
