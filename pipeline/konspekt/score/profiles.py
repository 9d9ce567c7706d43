"""What words are compared by: the rules of a profile, and what of two texts counts as the same."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from konspekt.errors import KonspektError
from konspekt.score import settle
from konspekt.score.rules import apply, rules

# What each is for; `rules.text` holds what it does.
PROFILES: Mapping[str, str] = MappingProxyType(
    {
        "raw": "words as they stand",
        "ru": (
            "Russian: case, ё, stress marks, tags, punctuation off; numbers by value, joined or "
            "split words the same"
        ),
        "en": "English: likewise, but ё and apostrophes in words stay (don't is not dont)",
        "whisper-basic": "Whisper's basic normaliser, to compare with published figures",
        "whisper-english": "Whisper's English normaliser, to compare with published figures",
    }
)
_SETTLED = ("ru", "en")


def profile_of(language: str) -> str:
    """Return the profile for lectures in a language: `ru` for Russian, else `en`."""
    return "ru" if language == "ru" else "en"


def rule_names(profile: str) -> tuple[str, ...]:
    """Return every rule of a profile that can be left out. Raises KonspektError for an unknown
    profile.
    """
    return tuple(rule.name for rule in rules(profile)) + (
        settle.RULES if profile in _SETTLED else ()
    )


def normalise(text: str, profile: str, without: Collection[str] = ()) -> str:
    """Return `text` as `profile` compares it.

    Which numbers, joined and split words count as the same, only two texts together decide. Raises
    KonspektError for a profile or a rule that does not exist, naming those that do.
    """
    names = rule_names(profile)
    for name in without:
        if name not in names:
            remedy = f"Its rules: {', '.join(names)}." if names else "It has none."
            raise KonspektError(
                f"profile {profile!r} has no rule {name!r}", remedy=remedy
            )
    return apply(text, profile, without)


def settles(profile: str, without: Collection[str] = ()) -> bool:
    """Return whether numbers, or joined and split words, count as the same under `profile`."""
    return profile in _SETTLED and not set(settle.RULES) <= set(without)
