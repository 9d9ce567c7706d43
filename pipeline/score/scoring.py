"""Two texts → Score."""

from __future__ import annotations

from pipeline.data import Score
from pipeline.score.alignment import edit_counts
from pipeline.score.profiles import PROFILES, normalise


def score(reference: str, hypothesis: str, profile: str = "raw") -> Score:
    """The hypothesis against the reference: words by Unicode white space, after what `profile` takes off.

    CER is taken over code points with single spaces kept and the ends stripped, as jiwer does.
    """
    expected = normalise(reference, profile).split()
    heard = normalise(hypothesis, profile).split()
    words = edit_counts(expected, heard)
    return Score(
        profile=profile,
        hits=words.hits,
        substitutions=words.substitutions,
        deletions=words.deletions,
        insertions=words.insertions,
        reference_words=len(expected),
        hypothesis_words=len(heard),
        cer=_cer(" ".join(expected), " ".join(heard)),
    )


def _cer(reference: str, hypothesis: str) -> float | None:
    from rapidfuzz.distance import Levenshtein

    if not reference:
        return None if hypothesis else 0.0
    return Levenshtein.distance(reference, hypothesis) / len(reference)


def score_texts(reference: str, hypothesis: str) -> tuple[Score, ...]:
    """Every profile's score, raw first: raw and normalised always stand together."""
    return tuple(score(reference, hypothesis, profile) for profile in PROFILES)
