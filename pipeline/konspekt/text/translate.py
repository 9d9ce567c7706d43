"""Sentences of the program in another language, by their forms: `{}` stands for what changes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache


def translate(sentence: str, forms: Mapping[str, str]) -> str:
    """Return the sentence as `forms` has it; the sentence itself where no form fits.

    A form is an English sentence with `{}` for a word or a number: "HTTP {}". Its translation has
    as many, in the same order. What stands there is translated too, if it is a sentence itself.
    """
    for form, translation in forms.items():
        match = _pattern(form).fullmatch(sentence)
        if match is not None:
            parts = [translate(part, forms) for part in match.groups()]
            return _fill(translation, parts)
    return sentence


@cache
def _pattern(form: str) -> re.Pattern[str]:
    pieces = [re.escape(piece) for piece in form.split("{}")]
    return re.compile("(.+?)".join(pieces), re.DOTALL)


def _fill(translation: str, parts: list[str]) -> str:
    first, *rest = translation.split("{}")
    return first + "".join(
        part + piece for part, piece in zip(parts, rest, strict=False)
    )
