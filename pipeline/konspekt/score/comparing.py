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
    # without `ignored`; equivalent words are the reference's
    hypothesis: list[str]
    alignment: Alignment
    reference_text: str  # as it stands, of alternates the chosen one
    # words of the hypothesis, by index, that stand where the reference leaves all open
    ignored: tuple[int, ...]
    # equivalent spans, by index before the hypothesis was rewritten
    equal: tuple[Equal, ...]


def compare(
    reference: str,
    hypothesis: str,
    profile: str,
    without: Collection[str] = (),
    *,
    markup: bool = True,
) -> Compared:
    """Align two texts under `profile`, without the rules named in `without`.

    Without `markup`, braces and `<*>` of the reference are text like any other. Raises
    KonspektError for a profile or a rule that does not exist.
    """
    hyp_words = normalise(hypothesis, profile, without).split()
    if markup and has_markup(reference):
        return _compare_alternates(reference, hyp_words, profile, without)
    ref_words = normalise(reference, profile, without).split()
    plain = _align(ref_words, hyp_words, profile, without)
    return Compared(
        ref_words, plain.hypothesis, plain.alignment, reference, (), plain.equal
    )


def _compare_alternates(
    reference: str, hyp_words: list[str], profile: str, without: Collection[str]
) -> Compared:
    """Compare a reference with alternates or wildcards, read the way that fits best."""
    align_words = cache(partial(_align, profile=profile, without=without))

    def judge(words: WordTuple, others: WordTuple) -> Verdict:
        """Return the errors as they are counted; of equals the fewest before equivalent words
        are taken for equal.
        """
        found = align_words(words, others)
        return Verdict((*_errors(found.alignment), *_errors(found.plain)), found.plain)

    def words_of(text: str) -> list[str]:
        return normalise(text, profile, without).split()

    fitting = judge if settles(profile, without) else None
    resolved = resolve(reference, hyp_words, words_of, fitting)
    ignored = set(resolved.ignored)
    kept = [word for index, word in enumerate(hyp_words) if index not in ignored]
    whole = Compared(list(resolved.words), [], (), resolved.text, resolved.ignored, ())
    cuts = [(0, 0), *resolved.joints, (len(whole.reference), len(kept))]
    for (ref, hyp), (ref_end, hyp_end) in pairwise(cuts):
        # no word is set against one beyond a wildcard
        part = align_words(
            tuple(whole.reference[ref:ref_end]), tuple(kept[hyp:hyp_end])
        )
        whole = _append(whole, part, ref, hyp)
    return whole


def _append(whole: Compared, part: _Aligned, ref: int, hyp: int) -> Compared:
    """Return what was compared so far with a part that begins at these words of both sides."""
    alignment = shift(part.alignment, ref, len(whole.hypothesis))
    equal = (_shift_span(span, ref, hyp) for span in part.equal)
    return replace(
        whole,
        hypothesis=whole.hypothesis + part.hypothesis,
        alignment=(*whole.alignment, *alignment),
        equal=(*whole.equal, *equal),
    )


class _Aligned(NamedTuple):
    hypothesis: list[str]  # as it is counted
    alignment: Alignment
    equal: tuple[Equal, ...]  # equivalent spans
    plain: Alignment  # of the words as they are


def _align(
    reference: Sequence[str],
    hypothesis: Sequence[str],
    profile: str,
    without: Collection[str],
) -> _Aligned:
    """Align words, equivalent ones taken for equal."""
    plain = align(reference, hypothesis)
    wrong = any(edit.kind != "equal" for edit in plain)
    if not wrong or not settles(profile, without):
        return _Aligned(list(hypothesis), plain, (), plain)
    settled = settle(reference, hypothesis, plain, without)
    if not settled.equal:
        return _Aligned(list(hypothesis), plain, (), plain)
    counted = align(reference, settled.hypothesis)
    return _Aligned(settled.hypothesis, counted, settled.equal, plain)


def _errors(alignment: Alignment) -> tuple[int, int]:
    """Return how many errors there are, and how many of them are substitutions."""
    substitutions = count(alignment, "substitute")
    return substitutions + count(alignment, "delete") + count(
        alignment, "insert"
    ), substitutions


def _shift_span(span: Equal, ref: int, hyp: int) -> Equal:
    return Equal(
        span.ref_first + ref,
        span.ref_last + ref,
        span.hyp_first + hyp,
        span.hyp_last + hyp,
        span.rule,
    )
