"""What the shell offers for arguments and options: lectures, models, rules, profiles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from konspekt.cli.options import named_path, offer_words
from konspekt.errors import KonspektError

MARKUP = "markup"  # left out like a rule: braces and <*> of references are text then
Names = Callable[[click.Context], Iterable[str]]
Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def offer(list_names: Names) -> Complete:
    """Return a callback for `shell_complete=` that offers names; none where they cannot be had."""

    def complete(
        ctx: click.Context, _: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        try:
            return offer_words(list_names(ctx), incomplete)
        except KonspektError:
            return []

    return complete


def lectures(ctx: click.Context) -> list[str]:
    """Return the ids of the lectures of the course that was named; by default the current one."""
    from konspekt.course.course import is_course, load_course

    for folder in _named_folders(ctx):
        if is_course(folder):
            return [lecture.id for lecture in load_course(folder).lectures]
    return []


def _named_folders(ctx: click.Context) -> Iterator[Path]:
    """Yield what may be the course's folder; the current one where none is named."""
    # Click leaves the words of a line that ends in an option without its value unread.
    yield from map(Path, ctx.args)
    yield named_path(ctx) or Path()


def whisper_models(_: click.Context) -> list[str]:
    """Return the names that `--model` knows."""
    from konspekt.models.catalog import WHISPER_NAMES

    return ["auto", *WHISPER_NAMES]


def embeddings(_: click.Context) -> list[str]:
    """Return what `--embeddings` knows, besides other models of a hub and folders."""
    from konspekt.models.catalog import ENCODER_NAMES

    return ["auto", "none", *ENCODER_NAMES]


def profiles(_: click.Context) -> list[str]:
    """Return the names of the profiles of scoring."""
    from konspekt.score.profiles import PROFILES

    return list(PROFILES)


def scoring_rules(ctx: click.Context) -> list[str]:
    """Return what may be left out: the rules of the profile that was named, by default of all
    profiles, and markup.
    """
    from konspekt.score.profiles import PROFILES, rule_names

    named = ctx.params.get("profile")
    chosen = [named] if named else PROFILES
    found = (rule for profile in chosen for rule in rule_names(profile))
    return [*dict.fromkeys(found), MARKUP]
