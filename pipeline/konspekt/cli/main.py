"""The commands. The only place that prints, shows progress or exits; each imports its work when it
runs.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from konspekt import __version__
from konspekt.cli.clean import clean
from konspekt.cli.course import build, doctor, new, status
from konspekt.cli.explain import explain
from konspekt.cli.models import models
from konspekt.cli.notes import notes
from konspekt.cli.score import score
from konspekt.cli.site import site
from konspekt.cli.terminal import Terminal
from konspekt.cli.transcribe import second_pass, transcribe
from konspekt.errors import EXIT_STOPPED, KonspektError

EXIT_BUG = 70  # EX_SOFTWARE of sysexits.h


class Commands(click.Group):
    """A group in which an error that a person can put right is one line and exit code 1."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """In the order of work, not of the alphabet."""
        return list(self.commands)

    def main(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().main(*args, **kwargs)
        except OSError as error:  # standard output on a full disk, say
            click.echo(f"konspekt: {error.strerror or error}", err=True)
            sys.exit(1)
        # a bug of ours: never a traceback in a person's face, never lost either
        except Exception as error:
            if "--verbose" in sys.argv or "-v" in sys.argv:
                raise
            click.echo(
                f"konspekt: a bug in Konspekt: {_keep_traceback(error)}", err=True
            )
            sys.exit(EXIT_BUG)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KonspektError as error:
            ctx.obj.report_failure(error)
            ctx.exit(1)
        except (KeyboardInterrupt, click.Abort):
            click.echo(
                "konspekt: stopped; what is finished is kept. Run the same command to go on.",
                err=True,
            )
            ctx.exit(EXIT_STOPPED)


def _keep_traceback(error: Exception) -> str:
    """Write the traceback to a file; return the error in one line, with where that is."""
    import tempfile
    import traceback

    from konspekt.errors import one_line

    text = "".join(traceback.format_exception(error))
    with tempfile.NamedTemporaryFile(
        "w", prefix="konspekt-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        file.write(text)
    return f"{one_line(f'{type(error).__name__}: {error}')}. Please report it with {file.name}"


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="konspekt")
@click.option("-q", "--quiet", is_flag=True, help="Print errors and results only.")
@click.option(
    "-v",
    "--verbose",
    is_flag=True,
    help="Print each stage as it is done, and tracebacks of bugs.",
)
@click.pass_context
def main(ctx: click.Context, *, quiet: bool, verbose: bool) -> None:
    """From recorded lectures to notes that can be trusted.

    \b
    konspekt new my-course            a folder with a commented course.toml
    cp lectures/*.mp3 my-course/recordings/
    konspekt build my-course          transcribe, clean, take notes, build the site
    """
    if quiet or not sys.stderr.isatty():
        os.environ["TQDM_DISABLE"] = "1"  # the bars of libraries that fetch a model
    ctx.obj = Terminal(quiet=quiet, verbose=verbose)


COMMANDS = (
    *(build, new, status, doctor),
    *(transcribe, clean, second_pass, notes, site, score),
    *(explain, models),
)
for command in COMMANDS:
    main.add_command(command)
