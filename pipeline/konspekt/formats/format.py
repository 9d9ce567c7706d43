"""What a format is: its name, its files' endings, how it is known and read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from konspekt.formats.document import Document
from konspekt.formats.source import Source


@dataclass(frozen=True, slots=True)
class Format:
    """One format: what it is called, which files may be of it, how it is known and read.

    An ending without a dot is a whole file name. `matches` tells apart formats that share an
    ending. `read` raises FormatError; a file in which nothing is said has no utterances.
    """

    name: str  # in artifacts, where a model's name stands for sound
    title: str  # for people
    endings: tuple[str, ...]
    read: Callable[[Source], Document]
    matches: Callable[[Source], bool] = lambda _: True
    # why no lecture can be made of it: it is for scoring alone; "" where one can
    scored_because: str = ""
    # by language: what a page says was transcribed, instead of a model's name
    words: Mapping[str, str] = field(default_factory=dict)

    def fits(self, path: Path) -> bool:
        """Return whether a file of this name may be of this format."""
        names = {path.suffix.lower(), path.name}
        return not names.isdisjoint(self.endings)
