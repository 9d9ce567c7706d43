"""`konspekt site`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from konspekt.cli.alone import WORK
from konspekt.cli.options import FOLDER, language_option, output_option, takes

if TYPE_CHECKING:
    from konspekt.cli.terminal import Terminal


@dataclass(frozen=True, slots=True)
class SiteMaking:
    """Arguments and options of `site`."""

    folders: tuple[Path, ...]
    output: Path
    language: str | None
    title: str


@click.command(short_help="Pages of lectures.")
@click.argument("folders", type=FOLDER, nargs=-1, required=True)
@output_option()
@language_option("the transcripts'")
@click.option(
    "--title", default="", help="The site's title; by default the first folder's name."
)
@takes(SiteMaking)
def site(terminal: Terminal, options: SiteMaking) -> None:
    """Build the pages of FOLDERS into source/ and html/ below --output.

    Each folder holds the files of transcribe, clean and notes of one lecture.

    \b
    konspekt site week05 --output week05/site --title "Week 5"
    """
    from konspekt.artifacts.store import lock
    from konspekt.build.course import NO_LECTURE
    from konspekt.build.site import (
        SITE,
        bring_site_up_to_date,
        site_alone,
        why_site_is_stale,
    )

    with lock(options.output / WORK):
        job = site_alone(
            options.folders,
            options.output,
            language=options.language,
            title=options.title,
        )
        why = why_site_is_stale(job)
        if why is not None:
            with terminal.at_work(NO_LECTURE, SITE, why) as progress:
                bring_site_up_to_date(job, progress)
    terminal.say(f"Open {job.index.resolve().as_uri()}")
