"""What the shell offers for arguments and options: lectures, models, rules, profiles."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import click

from konspekt.errors import KonspektError

Names = Callable[[click.Context], Iterable[str]]
Complete = Callable[[click.Context, click.Parameter, str], list[str]]


def offer(list_names: Names) -> Complete:
    """Return a callback for `shell_complete=` that offers names; none where they cannot be had."""

    def complete(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
        try:
            names = list(list_names(ctx))
        except KonspektError:
            return []
        return [name for name in names if name.startswith(incomplete)]

    return complete


def lectures(ctx: click.Context) -> list[str]:
    """Return the ids of the lectures of the course that was named; by default the current one."""
    from konspekt.course.course import load_course

    # Click leaves the words of a line that ends in an option without its value unread.
    unread = [Path(word) for word in ctx.args]
    named = (
        ctx.params.get("course")
        or ctx.params.get("folder")
        or ctx.params.get("files")
        or "."
    )
    folder = Path(named[0] if isinstance(named, tuple) else named)
    courses = [path for path in (*unread, folder) if (path / "course.toml").is_file()]
    return (
        [lecture.id for lecture in load_course(courses[0]).lectures] if courses else []
    )


def whisper_models(_: click.Context) -> list[str]:
    """Return the names that `--model` knows."""
    from konspekt.models.whisper import NAMES

    return ["auto", "demo", *NAMES]


def profiles(_: click.Context) -> list[str]:
    """Return the names of the profiles of scoring."""
    from konspekt.score.profiles import PROFILES

    return list(PROFILES)


def scoring_rules(ctx: click.Context) -> list[str]:
    """Return the names of the rules of the profile that was named; by default of all profiles."""
    from konspekt.score.profiles import PROFILES, rule_names

    named = ctx.params.get("profile")
    chosen = [named] if named else list(PROFILES)
    return list(
        dict.fromkeys(rule for profile in chosen for rule in rule_names(profile))
    )
