"""Which formats the documentation is missing."""

from __future__ import annotations

from collections.abc import Sequence

from konspekt.formats import Format
from tests.courses import ROOT


def undocumented(formats: Sequence[Format]) -> list[str]:
    """What should stand in which page, and does not."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    scoring = (ROOT / "docs" / "scoring.md").read_text(encoding="utf-8")
    missing = []
    for known in formats:
        if not known.scored_because:
            named = [f".raw{ending}" for ending in known.endings]
            missing += [
                f"README.md: {ending}" for ending in named if ending not in readme
            ]
        if f"| {known.title} |" not in scoring:
            missing.append(f"docs/scoring.md: {known.title}")
    return missing
