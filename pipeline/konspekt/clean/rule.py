"""What a cleaning rule is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from konspekt.clean.context import Context
from konspekt.clean.reasons import ByLanguage, Code, Shortfall
from konspekt.data import Removal

Judge: TypeAlias = Callable[[Context], Iterable[Removal]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of cleaning, with all that the rest of the program needs to know of it."""

    name: str  # in `without` and `only`
    judge: Judge
    codes: tuple[Code, ...]  # of the removals that it makes
    left_out: ByLanguage  # what a page says where the rule did not run
    # to be raised when the rule removes something else of the same windows
    version: int = 1
    # Whether it judges each window by itself. Then it judges the windows of the second pass before
    # they are compared with the text of the first.
    judges_one_window: bool = False

    @property
    def shortfall(self) -> Shortfall:
        """Return what cleaning does without if the rule is left out."""
        return Shortfall(self.name, self.left_out)
