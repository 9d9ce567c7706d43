"""The fewest edits between two sequences, counted."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EditCounts:
    """hits + substitutions + deletions = reference length; hits + substitutions + insertions = hypothesis length."""

    hits: int
    substitutions: int
    deletions: int
    insertions: int


def edit_counts(reference: Sequence[Hashable], hypothesis: Sequence[Hashable]) -> EditCounts:
    """The counts of one alignment with the fewest errors (Levenshtein, every error costs 1; rapidfuzz finds it).

    The sum is unique; how it splits into the three kinds is not always.
    """
    from rapidfuzz.distance import Levenshtein

    ids: dict[Hashable, int] = {}
    numbers = [[ids.setdefault(item, len(ids)) for item in side] for side in (reference, hypothesis)]
    kinds = [edit.tag for edit in Levenshtein.editops(*numbers)]
    substitutions, deletions, insertions = (kinds.count(kind) for kind in ("replace", "delete", "insert"))
    return EditCounts(len(reference) - substitutions - deletions, substitutions, deletions, insertions)
