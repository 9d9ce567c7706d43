"""What a person sees in the terminal while Konspekt works. Only `pipeline.cli` uses it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

from pipeline.data import Progress, no_progress
from pipeline.errors import KonspektError
from pipeline.text.times import clock

_WORDS = {
    "transcribe": "transcribing",
    "clean": "cleaning",
    "again": "listening again",
    "notes": "taking notes",
    "score": "scoring",
    "site": "building the site",
}


def rate(value: float | None) -> str:
    """A WER or CER as it is printed."""
    return "none (the reference is empty)" if value is None else f"{value:.3f}"


class Terminal:
    """Progress bars on standard error while it is a terminal, a line a finished stage with --verbose, errors always."""

    def __init__(self, *, quiet: bool = False, verbose: bool = False) -> None:
        self.quiet = quiet
        self.verbose = verbose and not quiet

    def say(self, text: str = "") -> None:
        """A line for people, not with --quiet."""
        if not self.quiet:
            click.echo(text)

    def failed(self, error: KonspektError) -> None:
        click.echo(f"konspekt: {error}", err=True)

    @contextmanager
    def at_work(self, lecture: str, stage: str, why: str) -> Iterator[Progress]:
        """A bar for one stage of one lecture, gone when it is done."""
        what = " ".join(word for word in (lecture, _WORDS[stage]) if word)
        started = time.monotonic()
        if self.quiet or not sys.stderr.isatty():
            yield no_progress
        else:
            with _bar(what, in_sound=stage in ("transcribe", "again")) as progress:
                yield progress
        if self.verbose:
            click.echo(f"{what}: done in {time.monotonic() - started:.1f} s ({why})")


@contextmanager
def _bar(what: str, *, in_sound: bool) -> Iterator[Progress]:
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TextColumn("{task.fields[position]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(escape(what), total=None, position="")
        started = time.monotonic()
        first: list[float] = []  # where the work began: a resumed transcription begins in the middle

        def progress(done: float, total: float) -> None:
            first.append(done) if not first else None
            elapsed = time.monotonic() - started
            position = ""
            if in_sound and total:
                speed = (done - first[0]) / elapsed if elapsed > 1 else 0.0
                position = f"{clock(done)} of {clock(total)}" + (f", {speed:.1f}× real time" if speed else "")
            bars.update(task, completed=done, total=total or None, position=position)

        yield progress
