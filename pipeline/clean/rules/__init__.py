"""The rules of cleaning, in their order. To add one: a file here, a line in `RULES`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from pipeline.clean.context import Context
from pipeline.clean.rules.credits import credits_and_outros
from pipeline.clean.rules.loops import loops
from pipeline.clean.rules.outliers import outliers
from pipeline.clean.rules.seams import seams
from pipeline.clean.rules.silence import silence
from pipeline.clean.rules.stock import stock
from pipeline.data import Removal

Rule: TypeAlias = Callable[[Context], Iterable[Removal]]

# Loops first: they distort every rate. Phrases before silence: they are learned from silent hearings too. Both before
# seams: an invented sentence must not pass for a neighbour's version. Outliers last: they are what no neighbour bears
# out.
RULES: Mapping[str, Rule] = {
    "loops": loops,
    "stock": stock,
    "credits": credits_and_outros,
    "silence": silence,
    "seams": seams,
    "outliers": outliers,
}
