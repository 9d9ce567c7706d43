"""The rules of cleaning, in their order. To add one: a file here, a line in `RULES`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from konspekt.clean.context import Context
from konspekt.clean.rules.credits import credits_and_outros
from konspekt.clean.rules.loops import loops
from konspekt.clean.rules.outliers import outliers
from konspekt.clean.rules.recurring import recurring
from konspekt.clean.rules.seams import seams
from konspekt.clean.rules.silence import silence
from konspekt.data import Removal

Rule: TypeAlias = Callable[[Context], Iterable[Removal]]

# Loops first: they distort every rate. Phrases before silence: they are learned from silent windows
# too. Both before seams: an invented sentence must not pass for a neighbour's version. Outliers
# last: they are what no neighbour bears out.
RULES: Mapping[str, Rule] = {
    "loops": loops,
    "recurring": recurring,
    "credits": credits_and_outros,
    "silence": silence,
    "seams": seams,
    "outliers": outliers,
}
