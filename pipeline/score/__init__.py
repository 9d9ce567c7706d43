"""A transcript against a reference: WER, CER, substitutions, deletions, insertions."""

from pipeline.score.alignment import align
from pipeline.score.lecture import read_reference, score_lecture
from pipeline.score.profiles import PROFILES, normalise, profile_of
from pipeline.score.scoring import effects, score, score_texts

__all__ = [
    "PROFILES",
    "align",
    "effects",
    "normalise",
    "profile_of",
    "read_reference",
    "score",
    "score_lecture",
    "score_texts",
]
