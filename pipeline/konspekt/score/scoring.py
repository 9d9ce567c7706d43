"""Two texts, or two lists of utterances → Score."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from konspekt.data import Alignment, Edit, Score
from konspekt.errors import KonspektError
from konspekt.score.alignment import count, shift
from konspekt.score.comparing import Compared, compare
from konspekt.score.profiles import normalise, rule_names
from konspekt.score.rules import changing

# share of the words that are errors, and words of which any share may be
_MOST_WRONG, _FEW_WORDS = 0.7, 2000


def score(
    reference: str | Sequence[str],
    hypothesis: str | Sequence[str],
    profile: str = "raw",
    *,
    cer: bool = False,
    without: Collection[str] = (),
    markup: bool = True,
) -> Score:
    """Return the counts of a hypothesis against a reference: words by Unicode white space, after
    the rules of `profile`.

    `without` names rules of the profile that are left out. A profile may take two spans of words
    for the same: a number in digits, a word joined or split. Then the hypothesis counts as written
    like the reference, in its words too. Of alternates in the reference (`{a / b / @}`, `{a|b|}`)
    the one with the fewest errors counts, and what stands against `<*>` is left out. Without
    `markup` these are text like any other.

    Lists are a corpus: the utterances at the same places are aligned with one another, and their
    counts summed. An empty one counts with its insertions or deletions. CER, if wanted, is taken
    over code points with single spaces kept and the ends stripped, as jiwer does. Of a long lecture
    it takes ten times as long as the words. Raises KonspektError for an unknown profile or rule,
    and for lists of different lengths.
    """
    references, hypotheses = _as_list(reference), _as_list(hypothesis)
    if len(references) != len(hypotheses):
        raise KonspektError(
            f"{len(references)} reference utterances cannot be scored against {len(hypotheses)}",
            remedy="Give every utterance a hypothesis, an empty one where nothing was transcribed.",
        )
    compared = (
        compare(*pair, profile, without, markup=markup)
        for pair in zip(references, hypotheses, strict=True)
    )
    return sum_counts(compared, profile, cer=cer)


def sum_counts(
    compared: Iterable[Compared], profile: str, *, cer: bool = False
) -> Score:
    """Return the counts of utterances that were compared under `profile`, and their alignments
    after one another.
    """
    edits: list[Edit] = []
    ref_words = hyp_words = characters = wrong_characters = 0
    for one in compared:
        edits += (
            shift(one.alignment, ref_words, hyp_words)
            if ref_words or hyp_words
            else one.alignment
        )
        ref_words, hyp_words = (
            ref_words + len(one.reference),
            hyp_words + len(one.hypothesis),
        )
        if cer:
            characters += len(" ".join(one.reference))
            wrong_characters += _wrong_characters(
                one.reference, one.hypothesis, one.alignment
            )
    whole = tuple(edits)
    substitutions, deletions = count(whole, "substitute"), count(whole, "delete")
    return Score(
        profile=profile,
        hits=ref_words - substitutions - deletions,
        substitutions=substitutions,
        deletions=deletions,
        insertions=count(whole, "insert"),
        reference_words=ref_words,
        hypothesis_words=hyp_words,
        character_errors=wrong_characters if cer else None,
        reference_characters=characters if cer else None,
        alignment=whole,
    )


def sum_scores(scores: Sequence[Score]) -> Score:
    """Return the sums of scores under one profile, at least one, without their alignments."""

    def characters(values: list[int | None]) -> int | None:
        known = [value for value in values if value is not None]
        return sum(known) if len(known) == len(values) else None

    return Score(
        profile=scores[0].profile,
        hits=sum(one.hits for one in scores),
        substitutions=sum(one.substitutions for one in scores),
        deletions=sum(one.deletions for one in scores),
        insertions=sum(one.insertions for one in scores),
        reference_words=sum(one.reference_words for one in scores),
        hypothesis_words=sum(one.hypothesis_words for one in scores),
        character_errors=characters([one.character_errors for one in scores]),
        reference_characters=characters([one.reference_characters for one in scores]),
    )


def effects(
    reference: str | Sequence[str],
    hypothesis: str | Sequence[str],
    profile: str,
    without: Collection[str] = (),
    *,
    markup: bool = True,
) -> dict[str, int]:
    """Return for each rule of the profile how many errors more there are with that rule alone left
    out.

    Those in `without` are left out throughout and not named. Rules work together, so the effects
    need not add up to the difference between raw and normalised. Nothing is given for texts most of
    whose words are wrong, which no rule helps and which take long to align.
    """
    references, hypotheses = _as_list(reference), _as_list(hypothesis)
    every = [
        compare(*pair, profile, without, markup=markup)
        for pair in zip(references, hypotheses, strict=True)
    ]
    errors = sum_counts(every, profile).errors
    if errors > _MOST_WRONG * sum(len(one.reference) for one in every) + _FEW_WORDS:
        return {}
    settled = {span.rule for one in every for span in one.equal}

    changes = changing((*references, *hypotheses), profile, without)

    def words(left_out: Collection[str]) -> list[list[str]]:
        return [
            normalise(text, profile, left_out).split()
            for text in (*references, *hypotheses)
        ]

    as_compared = words(without)
    found = {}
    for name in rule_names(profile):
        if name not in without:
            fewer = (*without, name)
            differs = name in settled or (
                name in changes and words(fewer) != as_compared
            )
            again = (
                score(
                    references, hypotheses, profile, without=fewer, markup=markup
                ).errors
                if differs
                else errors
            )
            found[name] = again - errors
    return found


def _as_list(side: str | Sequence[str]) -> Sequence[str]:
    return [side] if isinstance(side, str) else side


def _wrong_characters(
    reference: list[str], hypothesis: list[str], alignment: Alignment
) -> int:
    """Return the edit distance in characters. That of the aligned words is a bound for it, and a
    hint that saves time.
    """
    from rapidfuzz.distance import Levenshtein

    bound = 0
    for edit in alignment:
        if edit.kind != "equal":
            left = reference[edit.ref_start : edit.ref_end]
            right = hypothesis[edit.hyp_start : edit.hyp_end]
            bound += max(_length(left), _length(right))
    return Levenshtein.distance(
        " ".join(reference), " ".join(hypothesis), score_hint=bound
    )


def _length(words: Sequence[str]) -> int:
    """Return the length in characters, a space with each word."""
    return sum(len(word) + 1 for word in words)
