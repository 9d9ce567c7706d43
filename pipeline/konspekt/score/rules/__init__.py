"""What is taken off a text before words are compared, and which spans of words are equivalent."""

from konspekt.score.rules.equivalence import Equal, equivalences
from konspekt.score.rules.text import TextRule, apply, changing, rules

__all__ = ["Equal", "TextRule", "apply", "changing", "equivalences", "rules"]
