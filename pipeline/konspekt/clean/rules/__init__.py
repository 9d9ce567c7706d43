"""The rules of cleaning, in their order. To add one: a file here, and its place in `RULES`."""

from __future__ import annotations

from collections.abc import Mapping

from konspekt.clean.rule import Rule
from konspekt.clean.rules.captions import RULE as CAPTIONS
from konspekt.clean.rules.credits import RULE as CREDITS
from konspekt.clean.rules.doubtful import RULE as DOUBTFUL
from konspekt.clean.rules.loops import RULE as LOOPS
from konspekt.clean.rules.outliers import RULE as OUTLIERS
from konspekt.clean.rules.recurring import RULE as RECURRING
from konspekt.clean.rules.seams import RULE as SEAMS
from konspekt.clean.rules.silence import RULE as SILENCE
from konspekt.clean.rules.translations import RULE as TRANSLATIONS

# Loops first: they distort every rate. Phrases before silence: they are learned from silent windows
# too. Both before seams: an invented sentence must not pass for a neighbour's version. Translations
# after seams: they are what no word aligns. Outliers last: they are what no neighbour bears out.
RULES: Mapping[str, Rule] = {
    rule.name: rule
    for rule in (
        LOOPS,
        RECURRING,
        CREDITS,
        CAPTIONS,
        SILENCE,
        DOUBTFUL,
        SEAMS,
        TRANSLATIONS,
        OUTLIERS,
    )
}
