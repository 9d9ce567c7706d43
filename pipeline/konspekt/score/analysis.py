"""All figures of one hypothesis against one reference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from konspekt.data import Alignment, Edit, Region, Score
from konspekt.formats import Utterance
from konspekt.score.alignment import align, shift
from konspekt.score.comparing import Compared, compare
from konspekt.score.letter_clock import apply_choice, line_of
from konspekt.score.pairing import Match, pair_utterances
from konspekt.score.profiles import normalise
from konspekt.score.readable import align_readably
from konspekt.score.runs import (
    ErrorRun,
    TimeSpan,
    close_pauses,
    count_capped_errors,
    excess_repetition,
    insertions_in_silence,
    runs,
    speech_without_words,
    words_a_minute,
)
from konspekt.score.scoring import effects, sum_counts
from konspekt.score.sides import (
    ComparedSide,
    drop_words,
    join_sides,
    side_of,
    write_like_reference,
)
from konspekt.score.uncertainty import (
    Block,
    Interval,
    NoInterval,
    blocks_of,
    confidence_interval,
    errors_per_block,
)
from konspekt.score.where import Confusions, Stretch, confusions, errors_over_time

if TYPE_CHECKING:
    from konspekt.course.glossary import Glossary, Proposal
    from konspekt.score.terms import Terms

LONG_RUN = 5  # words: shorter runs of insertions or deletions are the ordinary errors of window


@dataclass(frozen=True, slots=True)
class ScoringOptions:
    """How texts are compared: a profile, those of its rules that are left out, the terms that are
    looked for.
    """

    profile: str
    without: tuple[str, ...] = ()
    language: str = "ru"  # of the lemmas of terms
    glossary: Glossary | None = None
    markup: bool = True  # whether braces and <*> of references stand for alternates


@dataclass(frozen=True, slots=True)
class Hallucination:
    """What was made up and what was lost, by texts and their times. None: times are not
    known.
    """

    inserted: tuple[ErrorRun, ...]  # of `LONG_RUN` words or more
    deleted: tuple[ErrorRun, ...]
    # no more than 4 insertions on end count; None for an empty reference
    capped_wer: float | None
    excess_repetition: int  # 5-grams repeated at once, beyond the reference's own
    in_silence: int | None  # inserted words where the reference has nobody speaking
    # of 5 s or more in which the reference has speech and the hypothesis no word
    missing: tuple[TimeSpan, ...] | None
    reference_words_a_minute: float | None
    hypothesis_words_a_minute: float | None


@dataclass(frozen=True, slots=True)
class AlignedPart:
    """What was aligned by itself: utterances of one id or recording, or the whole text."""

    key: str  # the id or the recording; "" where the texts are scored whole
    ref_start: int  # its words of the reference
    ref_end: int
    alignment: Alignment  # the one that counts; its indices are of the part's own words


@dataclass(frozen=True, slots=True)
class Analysis:
    """A lecture's hypothesis against its reference. All indices are of `reference` and
    `hypothesis`.
    """

    name: str
    raw: Score
    normalised: Score  # its alignment is the one that counts
    reference: ComparedSide
    hypothesis: ComparedSide  # equivalent words are written like the reference
    parts: tuple[AlignedPart, ...]  # in the order of the words
    readable: Alignment  # with the same counts, near words beside each other
    effects: Mapping[str, int]  # rule → errors that it takes away
    # "numbers", "compounds" → how many equivalent places
    equal: Mapping[str, int]
    blocks: tuple[Block, ...]
    interval: Interval | NoInterval
    hallucination: Hallucination
    confusions: Confusions
    stretches: tuple[Stretch, ...]
    terms: Terms | None  # None without a glossary
    # likely variants of missed terms, for a person to accept
    proposals: tuple[Proposal, ...]
    # utterances that the hypothesis has not: they count as deletions
    missing: tuple[str, ...]
    # utterances that the reference has not: they count as insertions
    extra: tuple[str, ...]
    ignored_words: int  # of the hypothesis, where the reference leaves all open


def analyse(
    name: str,
    reference: Sequence[Utterance],
    hypothesis: Sequence[Utterance],
    options: ScoringOptions,
) -> Analysis:
    """Return all that is known of a hypothesis; no hypothesis at all is all deletions.

    Utterances are paired as `pair_utterances` pairs them. Raises KonspektError for a profile or
    rule that does not exist.
    """
    paired = pair_utterances(reference, hypothesis)
    ref_texts = [_text(match.reference) for match in paired.matches]
    hyp_texts = [_text(match.hypothesis) for match in paired.matches]
    compared = _compare_texts(ref_texts, hyp_texts, options)
    score = sum_counts(compared, options.profile, cer=True)
    matches = zip(paired.matches, compared, strict=True)
    sides = [_sides(match, one, options) for match, one in matches]
    ref_side = join_sides(ours for ours, _ in sides)
    hyp_side = join_sides(theirs for _, theirs in sides)
    aligned = _readable(compared, sides)
    starts = ref_side.starts if ref_side.has_times else None
    cuts = blocks_of(len(ref_side.words), starts=starts, paragraphs=ref_side.paragraphs)
    blocks = errors_per_block(score.alignment, cuts)
    terms, proposals = _terms(aligned, ref_side, hyp_side, options)
    return Analysis(
        name=name,
        raw=_raw_score(ref_texts, hyp_texts, markup=options.markup),
        normalised=score,
        reference=ref_side,
        hypothesis=hyp_side,
        parts=tuple(_parts(paired.matches, compared)),
        readable=aligned,
        effects=effects(
            ref_texts,
            hyp_texts,
            options.profile,
            options.without,
            markup=options.markup,
        ),
        equal=Counter(span.rule for one in compared for span in one.equal),
        blocks=blocks,
        interval=confidence_interval(blocks),
        hallucination=_hallucination(
            score, aligned, ref_side, hyp_side, paired.matches
        ),
        confusions=confusions(aligned, ref_side.words, hyp_side.words),
        stretches=errors_over_time(score.alignment, starts),
        terms=terms,
        proposals=proposals,
        missing=paired.missing,
        extra=paired.extra,
        ignored_words=paired.ignored_words + sum(len(one.ignored) for one in compared),
    )


def _compare_texts(
    references: Sequence[str], hypotheses: Sequence[str], options: ScoringOptions
) -> list[Compared]:
    return [
        compare(ref, hyp, options.profile, options.without, markup=options.markup)
        for ref, hyp in zip(references, hypotheses, strict=True)
    ]


def _raw_score(
    references: Sequence[str], hypotheses: Sequence[str], *, markup: bool
) -> Score:
    texts = zip(references, hypotheses, strict=True)
    return sum_counts(
        (compare(*pair, "raw", markup=markup) for pair in texts), "raw", cer=True
    )


def _parts(
    matches: Sequence[Match], compared: Sequence[Compared]
) -> Iterator[AlignedPart]:
    words = 0
    for match, one in zip(matches, compared, strict=True):
        yield AlignedPart(match.key, words, words + len(one.reference), one.alignment)
        words += len(one.reference)


def _text(utterances: Sequence[Utterance]) -> str:
    """Return the text, an utterance a line."""
    return "\n".join(map(line_of, utterances))


def _sides(
    match: Match, compared: Compared, options: ScoringOptions
) -> tuple[ComparedSide, ComparedSide]:
    reference = side_of(
        apply_choice(match.reference, compared.reference_text),
        options.profile,
        options.without,
    )
    hypothesis = side_of(match.hypothesis, options.profile, options.without)
    if hypothesis.words:
        hypothesis = write_like_reference(
            drop_words(hypothesis, compared.ignored), compared.equal, compared.reference
        )
    return _fit(reference, compared.reference), _fit(hypothesis, compared.hypothesis)


def _fit(side: ComparedSide, words: Sequence[str]) -> ComparedSide:
    """Return the side for the words that were counted. A rule that looks beyond an utterance's
    end may have changed them.
    """
    if list(side.words) == list(words):
        return side
    written = list(words)
    times: list[TimeSpan | None] = [None] * len(words)
    for edit in align(side.words, words):
        if edit.kind == "equal":
            written[edit.hyp_start : edit.hyp_end] = side.written[
                edit.ref_start : edit.ref_end
            ]
            times[edit.hyp_start : edit.hyp_end] = side.times[
                edit.ref_start : edit.ref_end
            ]
    return ComparedSide(
        tuple(words), tuple(written), tuple(times), (0,) if words else ()
    )


def _readable(
    compared: Sequence[Compared], sides: Sequence[tuple[ComparedSide, ComparedSide]]
) -> Alignment:
    edits: list[Edit] = []
    ref_words = hyp_words = 0
    for one, (reference, hypothesis) in zip(compared, sides, strict=True):
        aligned = align_readably(
            one.reference,
            one.hypothesis,
            one.alignment,
            reference.times,
            hypothesis.times,
        )
        edits += shift(aligned, ref_words, hyp_words)
        ref_words, hyp_words = (
            ref_words + len(one.reference),
            hyp_words + len(one.hypothesis),
        )
    return tuple(edits)


def _hallucination(
    score: Score,
    aligned: Alignment,
    reference: ComparedSide,
    hypothesis: ComparedSide,
    matches: Sequence[Match],
) -> Hallucination:
    when = {"ref_times": reference.times, "hyp_times": hypothesis.times}
    speech = _regions(utterance for match in matches for utterance in match.reference)
    sound = _regions(utterance for match in matches for utterance in match.hypothesis)
    timed = bool(speech) and hypothesis.has_times
    capped = count_capped_errors(score.alignment)
    return Hallucination(
        inserted=runs(score.alignment, "insert", LONG_RUN, **when),
        deleted=runs(score.alignment, "delete", LONG_RUN, **when),
        capped_wer=capped / score.reference_words if score.reference_words else None,
        excess_repetition=excess_repetition(reference.words, hypothesis.words),
        in_silence=len(insertions_in_silence(aligned, hypothesis.times, speech))
        if timed
        else None,
        missing=speech_without_words(speech, hypothesis.times) if timed else None,
        reference_words_a_minute=words_a_minute(len(reference.words), _seconds(speech)),
        hypothesis_words_a_minute=words_a_minute(
            len(hypothesis.words), _seconds(sound)
        ),
    )


def _regions(utterances: Iterable[Utterance]) -> list[Region]:
    """Return where there is speech: by the words' times, but for short pauses; without these,
    from end to end.
    """
    found: list[Region] = []
    for one in utterances:
        if one.words:
            found += (
                Region(*span)
                for span in close_pauses(
                    Region(word.start, word.end) for word in one.words
                )
            )
        elif one.start is not None and one.end is not None and one.text.strip():
            found.append(Region(one.start, one.end))
    return found


def _seconds(regions: Sequence[Region]) -> float:
    return sum(region.end - region.start for region in regions)


def _terms(
    aligned: Alignment,
    reference: ComparedSide,
    hypothesis: ComparedSide,
    options: ScoringOptions,
) -> tuple[Terms | None, tuple[Proposal, ...]]:
    if options.glossary is None or not options.glossary.terms:
        return None, ()
    from konspekt.score.terms import propose, score_terms

    def words_of(text: str) -> list[str]:
        return normalise(text, options.profile, options.without).split()

    found = score_terms(
        options.glossary,
        reference.words,
        hypothesis.words,
        aligned,
        words_of,
        language=options.language,
        ref_times=reference.times,
        hyp_times=hypothesis.times,
    )
    return found, tuple(propose(found, options.glossary, words_of))
