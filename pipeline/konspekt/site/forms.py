"""Sentences with figures in them, as `words.toml` writes them.

    {unit}                      a text, or a whole number
    {rate.1}                    a number with one digit after the point
    {places:окно|окна|окон}     a number and the form that goes with it; of two: time|times

Anything else in braces is text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

SLOT = re.compile(r"\{(\w+)(?:\.([0-9]))?(?::([^{}]*))?\}")


def fill(
    form: str, figures: Mapping[str, Any], number: Callable[[float, int], str]
) -> str | None:
    """Return the sentence with its figures, numbers as `number(value, digits)` writes them; None if
    one is missing.

    A figure's text is only ever text: slots in it are not filled.
    """
    try:
        return SLOT.sub(lambda slot: _show(slot, figures, number), form)
    except (LookupError, OverflowError):
        return None


def _show(
    slot: re.Match[str], figures: Mapping[str, Any], number: Callable[[float, int], str]
) -> str:
    name, digits, forms = slot.groups()
    value = figures[name]
    if isinstance(value, str) and value and digits is None and forms is None:
        return value
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not math.isfinite(value)
    ):
        raise LookupError(name)
    shown = number(value, int(digits or 0))
    return (
        shown
        if forms is None
        else f"{shown} {_form(value, int(digits or 0), forms.split('|'))}"
    )


def _form(value: float, digits: int, forms: Sequence[str]) -> str:
    """Return the form of a word beside a number: 1 окно, 2 окна, 5 окон, 1,5 окна; 1 window, 2
    windows, 1.5 windows.
    """
    if len(forms) == 1:
        return forms[0]
    if digits:
        return forms[1]
    whole = round(abs(value))
    if len(forms) == 2:
        return forms[0] if whole == 1 else forms[1]
    if whole % 10 == 1 and whole % 100 != 11:
        return forms[0]
    return (
        forms[1]
        if whole % 10 in (2, 3, 4) and whole % 100 not in (12, 13, 14)
        else forms[2]
    )
