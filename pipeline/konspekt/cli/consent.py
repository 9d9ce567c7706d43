"""The question whether something of the lectures may be sent to an endpoint."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from konspekt.cli.options import Command
from konspekt.cli.terminal import show

if TYPE_CHECKING:
    from konspekt.course.settings import TranscribeOptions


def yes_option(command: Command) -> Command:
    """Add `--yes`."""
    return click.option(
        "--yes",
        is_flag=True,
        help="Agree that sound is sent to the server that the settings name.",
    )(command)


def ask_consent(options: TranscribeOptions, *, yes: bool) -> None:
    """Say what would be sent where, and ask a person, unless one agreed to just that before.

    Without a terminal nobody is asked, and nothing is sent without `--yes`. What needs the server
    then fails with its error.
    """
    from konspekt.endpoint.consent import agree, describe_sending, is_agreed
    from konspekt.transcribe.engines.choice import find_engine

    server = options.endpoint
    if server is None or find_engine(options.engine).elsewhere is None:
        return
    if is_agreed(server):
        return
    show(describe_sending(server), err=True)
    if yes or _confirm():
        agree(server)


def _confirm() -> bool:
    """Return what a person answers; no where none is there."""
    return _is_terminal() and click.confirm("Send it?", default=False, err=True)


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()
