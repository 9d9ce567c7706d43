"""What a person sees in the terminal while Konspekt works."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from konspekt.data import Progress, no_progress
from konspekt.errors import KonspektError, name_settings_for
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
    """Return a WER or CER as it is printed."""
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
        self.in_course = False  # whether the command works on a course

    def say(self, text: str = "") -> None:
        """Print a line for people, not with --quiet."""
        if not self.quiet:
            show(text)

    def note(self, words: str) -> None:
        """Print what is no error and should be known, not with --quiet."""
        self.say(f"Note: {self.name_settings(words).rstrip('.')}.")

    def report_failure(self, error: KonspektError) -> None:
        """Print an error."""
        show(f"konspekt: {self.name_settings(str(error))}", err=True)

    def name_settings(self, message: str) -> str:
        """Return a message that names each setting by its option, or its line in course.toml."""
        return name_settings_for(message, in_course=self.in_course)

    @contextmanager
    def at_work(self, lecture: str, stage: StageInfo, why: str) -> Iterator[Progress]:
        """Give the progress of one stage of one lecture; a bar is gone when it is done."""
        what = f"{lecture} {stage.doing}".strip()
        started = time.monotonic()
        with self._show_progress(what, in_sound=stage.in_sound) as progress:
            yield progress
        if self.verbose:
            show(f"{what}: done in {time.monotonic() - started:.1f} s ({why})")

    def fetching(self, model: str) -> AbstractContextManager[Progress]:
        """Return what shows how much of a model was fetched; a bar is gone when it is done."""
        return self._show_progress(f"fetching {model}", in_sound=False)

    def _show_progress(
        self, what: str, *, in_sound: bool
    ) -> AbstractContextManager[Progress]:
        """Return what shows progress: a bar in a terminal; in a log lines, if it takes long."""
        if self.quiet:
            return nullcontext(no_progress)
        if sys.stderr.isatty():
            return _bar(Work(what, in_sound))
        return nullcontext(lines(what) if in_sound else no_progress)


Clock: TypeAlias = Callable[[], float]  # seconds, from anywhere


@dataclass(slots=True)
class Pace:
    """How fast work goes on, by what is reported of it.

    The first report says where it begins: what an earlier run has finished was not done now.
    """

    _now: Clock = time.monotonic
    _begun: tuple[float, float] | None = None  # done, and when
    _done: float = 0.0
    _total: float = 0.0
    _at: float = 0.0  # when that much was done

    def report(self, done: float, total: float) -> None:
        """Take note of how much is done by now."""
        self._done, self._total, self._at = done, total, self._now()
        self._begun = self._begun or (done, self._at)

    @property
    def speed(self) -> float | None:
        """What is done in a second; None before there is any."""
        if self._begun is None:
            return None
        done_before, began = self._begun
        if self._done <= done_before or self._at <= began:
            return None
        return (self._done - done_before) / (self._at - began)

    @property
    def left(self) -> float | None:
        """Seconds until all is done, if it goes on so; None before the speed is known."""
        speed = self.speed
        if speed is None:
            return None
        since = self._now() - self._at
        return max(0.0, (self._total - self._done) / speed - since)

    def in_sound(self) -> str:
        """Return position and speed of work that is counted in seconds of sound.

        It is "" before the first report.
        """
        if not self._total:
            return ""
        position = f"{clock(self._done)} of {clock(self._total)}"
        speed = self.speed
        return f"{position}, {speed:.1f}× real time" if speed else position

    def time_left(self) -> str:
        """Return the time left; "" before it is known."""
        left = self.left
        return "" if left is None else f"{clock(left)} left"


@dataclass(slots=True)
class Work:
    """What a stage does, as a bar or a line shows it; each thing that it does has its own pace."""

    _what: str
    _in_sound: bool = True
    _now: Clock = time.monotonic
    _doing: str = ""  # what comes before the stage's own work; "" for that
    _paces: dict[str, Pace] = field(default_factory=dict)

    def report(self, done: float, total: float, doing: str) -> None:
        """Take note of how much is done by now of what is done now."""
        self._doing = doing
        self._pace.report(done, total)

    @property
    def _pace(self) -> Pace:
        return self._paces.setdefault(self._doing, Pace(self._now))

    @property
    def name(self) -> str:
        """What is done now: "week05 transcribing, finding speech"."""
        return f"{self._what}, {self._doing}" if self._doing else self._what

    @property
    def position(self) -> str:
        """How far it is and how fast, where it is counted in seconds of sound."""
        return self._pace.in_sound() if self._in_sound else ""

    @property
    def left(self) -> str:
        """The time left; "" before it is known."""
        return self._pace.time_left()


def lines(what: str, now: Clock = time.monotonic) -> Progress:
    """Return progress in sound as lines on standard error, for logs.

    There is one at most in `LINE_EVERY` seconds.
    """
    work = Work(what, _now=now)
    said = now()

    def progress(done: float, total: float, doing: str = "") -> None:
        nonlocal said
        work.report(done, total, doing)
        if now() - said >= LINE_EVERY and done < total:
            said = now()
            figures = [work.position, work.left]
            click.echo(f"{work.name}: {', '.join(filter(None, figures))}", err=True)

    return progress


@contextmanager
def _bar(work: Work) -> Iterator[Progress]:
    """Show a bar while the work goes on."""
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bars

    # Rich's own time left knows no speed of batches that take longer than half a minute.
    columns = (
        TextColumn("{task.fields[work].name}", markup=False),
        BarColumn(bar_width=20),
        TextColumn("{task.percentage:>3.0f}%"),
        TextColumn("{task.fields[work].position}"),
        TextColumn("{task.fields[work].left}"),
    )
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("", total=None, work=work)

        def progress(done: float, total: float, doing: str = "") -> None:
            work.report(done, total, doing)
            bars.update(task, completed=done, total=total or None)

        yield progress
