"""Two texts, or two lists of utterances → Score."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pipeline.data import Alignment, Edit, Score
from pipeline.errors import KonspektError
from pipeline.score.alignment import align, count, shifted
from pipeline.score.profiles import normalise, profile_of, rule_names, settles
from pipeline.score.settle import settle


def score(
    reference: str | Sequence[str],
    hypothesis: str | Sequence[str],
    profile: str = "raw",
    *,
    cer: bool = False,
    without: Collection[str] = (),
) -> Score:
    """The hypothesis against the reference: words by Unicode white space, after what `profile` takes off.

    `without` names rules of the profile that are left out. Where a profile takes two spans of words for the same (a
    number in digits, a word joined or split), the hypothesis counts as written like the reference, in its words too.

    Lists are a corpus: the utterances at the same places are aligned with one another, and their counts summed; an
    empty one counts with its insertions or deletions. CER, if asked for, is taken over code points with single spaces
    kept and the ends stripped, as jiwer does; of a long lecture it takes ten times as long as the words. Raises
    KonspektError for an unknown profile or rule, and for lists of different lengths.
    """
    expected, heard = (
        [normalise(text, profile, without).split() for text in _listed(side)] for side in (reference, hypothesis)
    )
    if len(expected) != len(heard):
        raise KonspektError(
            f"{len(expected)} reference utterances cannot be scored against {len(heard)}",
            remedy="Give every utterance a hypothesis, an empty one where nothing was heard.",
        )
    edits: list[Edit] = []
    ref_words = hyp_words = characters = wrong_characters = 0
    for said, found in zip(expected, heard, strict=True):
        alignment = align(said, found)
        if settles(profile, without) and any(edit.kind != "equal" for edit in alignment):
            settled = settle(said, found, alignment, without)
            if settled.equal:
                found = settled.hypothesis
                alignment = align(said, found)
        edits += shifted(alignment, ref_words, hyp_words) if ref_words or hyp_words else alignment
        ref_words, hyp_words = ref_words + len(said), hyp_words + len(found)
        if cer:
            characters += len(" ".join(said))
            wrong_characters += _wrong_characters(said, found, alignment)
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
        cer=_rate(wrong_characters, characters) if cer else None,
        alignment=whole,
    )


def score_texts(reference: str, hypothesis: str, language: str) -> tuple[Score, Score]:
    """The raw score and that under the language's own profile, with CER: the two always stand together."""
    raw, normalised = (score(reference, hypothesis, profile, cer=True) for profile in ("raw", profile_of(language)))
    return raw, normalised


def effects(reference: str, hypothesis: str, profile: str) -> dict[str, int]:
    """Errors that each rule of the profile takes away: how many more there are with that rule alone left out.

    Rules work together, so the effects need not add up to the difference between raw and normalised.
    """
    all_rules = score(reference, hypothesis, profile).errors
    return {
        name: score(reference, hypothesis, profile, without=(name,)).errors - all_rules for name in rule_names(profile)
    }


def _listed(side: str | Sequence[str]) -> Sequence[str]:
    return [side] if isinstance(side, str) else side


def _rate(wrong: int, of: int) -> float | None:
    if of:
        return wrong / of
    return None if wrong else 0.0


def _wrong_characters(reference: list[str], hypothesis: list[str], alignment: Alignment) -> int:
    """The edit distance in characters; that of the aligned words is a bound for it, and a hint that saves time."""
    from rapidfuzz.distance import Levenshtein

    bound = 0
    for edit in alignment:
        if edit.kind != "equal":
            said = sum(len(word) + 1 for word in reference[edit.ref_start : edit.ref_end])
            bound += max(said, sum(len(word) + 1 for word in hypothesis[edit.hyp_start : edit.hyp_end]))
    return Levenshtein.distance(" ".join(reference), " ".join(hypothesis), score_hint=bound)
