"""A transcript against a reference: WER, CER, substitutions, deletions, insertions, and all that
they hide.
"""

from konspekt.score.alignment import align
from konspekt.score.lecture import score_lecture
from konspekt.score.profiles import PROFILES, normalise, profile_of
from konspekt.score.scoring import effects, score

__all__ = [
    "PROFILES",
    "VERSION",
    "align",
    "effects",
    "normalise",
    "profile_of",
    "score",
    "score_lecture",
]

VERSION = 4  # of what score.json holds; a higher number scores again
