"""What a person sees in the terminal while Konspekt works."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from konspekt.data import Progress, no_progress
from konspekt.errors import KonspektError
from konspekt.sanitize import sanitize_piece
from konspekt.text.times import clock

if TYPE_CHECKING:
    from konspekt.build.stage import StageInfo

# seconds between lines of progress where there is no terminal for a bar
LINE_EVERY = 60.0
# What tells kinds of text apart without colours; and the colours.
MARKS = {"removed": "[-{}-]", "added": "{{+{}+}}"}
STYLES: dict[str, dict[str, Any]] = {
    "verdict": {"bold": True},
    "title": {"bold": True},
    "removed": {"fg": "red", "strikethrough": True},
    "added": {"fg": "green"},
    "reason": {"fg": "yellow"},
    "place": {"dim": True},
}


def rate(value: float | None) -> str:
    """A WER or CER as it is printed."""
    return "none (the reference is empty)" if value is None else f"{value:.3f}"


def show(text: str, *, err: bool = False) -> None:
    """Print a text; no character of it steers the terminal or turns a line around."""
    click.echo("\n".join(map(sanitize_piece, text.split("\n"))), err=err)


def mark(text: str, kind: str) -> str:
    """Return a text with the marks and colours of its kind; as it is where it has none."""
    marked = MARKS.get(kind, "{}").format(text)
    return click.style(marked, **STYLES.get(kind, {}))


class Terminal:
    """Progress on standard error: bars while it is a terminal, else a line a minute; errors always.

    With --verbose a line a finished stage besides; with --quiet no progress.
    """

    def __init__(self, *, quiet: bool = False, verbose: bool = False) -> None:
        self.quiet = quiet
        self.verbose = verbose and not quiet

    def say(self, text: str = "") -> None:
        """A line for people, not with --quiet."""
        if not self.quiet:
            show(text)

    def failed(self, error: KonspektError) -> None:
        show(f"konspekt: {error}", err=True)

    @contextmanager
    def at_work(self, lecture: str, stage: StageInfo, why: str) -> Iterator[Progress]:
        """Progress of one stage of one lecture; a bar is gone when it is done."""
        what = f"{lecture} {stage.doing}".strip()
        started = time.monotonic()
        if self.quiet or not (stage.in_sound or sys.stderr.isatty()):
            yield no_progress
        elif sys.stderr.isatty():
            with _bar(what, in_sound=stage.in_sound) as progress:
                yield progress
        else:
            yield lines(what)
        if self.verbose:
            show(f"{what}: done in {time.monotonic() - started:.1f} s ({why})")


class Pace:
    """How fast work goes on, by what is reported of it. The first report says where it begins: what
    an earlier run has finished was not done now.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._begun: tuple[float, float] | None = None  # done, and when
        self._done, self._total, self._at = 0.0, 0.0, 0.0

    def report(self, done: float, total: float) -> None:
        self._done, self._total, self._at = done, total, self._now()
        self._begun = self._begun or (done, self._at)

    @property
    def speed(self) -> float | None:
        """What is done in a second; None before there is any to tell by."""
        if (
            self._begun is None
            or self._done <= self._begun[0]
            or self._at <= self._begun[1]
        ):
            return None
        return (self._done - self._begun[0]) / (self._at - self._begun[1])

    @property
    def left(self) -> float | None:
        """Seconds until all is done, if it goes on so; None before that can be told."""
        speed = self.speed
        return (
            None
            if speed is None
            else max(0.0, (self._total - self._done) / speed - (self._now() - self._at))
        )

    def in_sound(self) -> str:
        """Position and speed of work that is counted in seconds of sound; "" before the first
        report.
        """
        if not self._total:
            return ""
        speed = self.speed
        return f"{clock(self._done)} of {clock(self._total)}" + (
            f", {speed:.1f}× real time" if speed else ""
        )

    def left_in_words(self) -> str:
        left = self.left
        return "" if left is None else f"{clock(left)} left"


def lines(what: str, now: Callable[[], float] = time.monotonic) -> Progress:
    """Progress in sound as a line on standard error, at most one in `LINE_EVERY` seconds: for
    logs.
    """
    paces: dict[str, Pace] = {}  # by what is done
    said = now()

    def progress(done: float, total: float, doing: str = "") -> None:
        nonlocal said
        pace = paces.setdefault(doing, Pace(now))
        pace.report(done, total)
        if now() - said >= LINE_EVERY and done < total:
            said = now()
            left = pace.left_in_words()
            click.echo(
                f"{_named(what, doing)}: {pace.in_sound()}{', ' if left else ''}{left}",
                err=True,
            )

    return progress


def _named(what: str, doing: str) -> str:
    """What a stage does now, where it has not come to its own work yet."""
    return f"{what}, {doing}" if doing else what


@contextmanager
def _bar(what: str, *, in_sound: bool) -> Iterator[Progress]:
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, ProgressColumn, Task, TextColumn
    from rich.progress import Progress as Bars
    from rich.text import Text

    paces = {"": Pace()}  # by what is done
    now_doing = ""

    class Left(ProgressColumn):
        """Rich's own time left knows no speed of batches that take longer than half a minute."""

        def render(self, task: Task) -> Text:  # noqa: ARG002 - the interface
            return Text(paces[now_doing].left_in_words())

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        TextColumn("{task.percentage:>3.0f}%"),
        TextColumn("{task.fields[position]}"),
        Left(),
    )
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(escape(what), total=None, position="")

        def progress(done: float, total: float, doing: str = "") -> None:
            nonlocal now_doing
            pace = paces.setdefault(doing, Pace())
            pace.report(done, total)
            now_doing = doing
            position = pace.in_sound() if in_sound else ""
            bars.update(
                task,
                completed=done,
                total=total or None,
                position=position,
                description=escape(_named(what, doing)),
            )

        yield progress
