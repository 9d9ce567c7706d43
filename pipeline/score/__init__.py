"""A transcript against a reference: WER, CER, substitutions, deletions, insertions, and all that they hide."""

from pipeline.score.alignment import align
from pipeline.score.lecture import score_lecture
from pipeline.score.profiles import PROFILES, normalise, profile_of
from pipeline.score.scoring import effects, score

__all__ = ["PROFILES", "align", "effects", "normalise", "profile_of", "score", "score_lecture"]
