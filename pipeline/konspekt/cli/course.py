"""`konspekt build`, `new`, `status` and `doctor`: the commands on a course."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from konspekt.cli.options import FOLDER
from konspekt.cli.terminal import Terminal, rate
from konspekt.errors import KonspektError

if TYPE_CHECKING:
    from konspekt.build.course import Outcome
    from konspekt.build.stage import Tools
    from konspekt.course.course import Course


@click.command(short_help="Bring a course up to date: every lecture, every stage.")
@click.argument("course", type=FOLDER, default=".")
@click.option(
    "--until",
    type=click.Choice(["transcribe", "clean", "notes", "score", "site"]),
    default="site",
    show_default=True,
    help="The last stage to run.",
)
@click.option(
    "--lecture", "only", multiple=True, metavar="ID", help="Only this lecture (may be repeated)."
)
@click.option("--strict", is_flag=True, help="Refuse a recording that was cut short or is damaged.")
@click.pass_obj
def build(
    terminal: Terminal, course: Path, until: str, only: tuple[str, ...], strict: bool
) -> None:
    """Bring COURSE up to date: every lecture, every stage; what is up to date is left alone.

    COURSE is a folder with a course.toml; by default the current one. A recording that fails is
    reported and the others go on; the exit code is then 1.
    """
    from konspekt.build import course as building
    from konspekt.course.course import load_course

    loaded = load_course(course)
    _check_ids(loaded, only)
    if not loaded.lectures and not loaded.missing:
        raise KonspektError(
            "no recordings yet",
            path=course / "recordings",
            remedy="Put recordings there and build again.",
        )
    with building.opened(loaded) as tools:
        _announce(terminal, loaded, tools, only)
        outcome = building.build(loaded, tools, terminal, building.Wanted(until, only, strict))
    _sum_up(terminal, outcome, "These lectures are" if only else "Everything is")
    if outcome.failed:
        sys.exit(1)


def _check_ids(course: Course, only: Sequence[str]) -> None:
    known = [lecture.id for lecture in course.lectures]
    for name in only:
        if name not in known:
            raise KonspektError(
                f"no lecture {name!r} here",
                path=course.folder,
                remedy=f"There are: {', '.join(known)}.",
            )


def _announce(terminal: Terminal, course: Course, tools: Tools, only: Sequence[str]) -> None:
    """Says how long the transcription will take and what disk it needs, if there is any to do."""
    from konspekt.build.course import plan
    from konspekt.build.estimate import estimate

    due = plan(course, tools)
    wanted = [
        x for x in course.lectures if (x.id, "transcribe") in due and (not only or x.id in only)
    ]
    if not any(lecture.is_sound for lecture in wanted):
        return
    from konspekt.transcribe import likely_choice

    try:
        choice, is_settled = likely_choice(course.transcribe, course.folder, tools.hashes.of)
    except KonspektError:
        return  # each recording says so in its turn; transcripts need no Whisper
    words = estimate(course, wanted, choice, is_settled=is_settled)
    if words is not None:
        terminal.say(words.in_words())


def _sum_up(terminal: Terminal, outcome: Outcome, which: str) -> None:
    if outcome.made:
        terminal.say(f"Made: {_what_was_made(outcome)}.")
    elif not outcome.failed:
        terminal.say(f"{which} up to date.")
    for lecture, words in outcome.coverage.items():
        terminal.say(f"Heard of {lecture}: {words}")
    for result in outcome.scores:
        normalised, raw = result.normalised, result.raw
        terminal.say(
            f"WER {result.recording}: {rate(normalised.wer)} normalised ({normalised.substitutions} substituted, "
            f"{normalised.deletions} deleted, {normalised.insertions} inserted of {normalised.reference_words} words), "
            f"{rate(raw.wer)} raw"
        )
    for notice in outcome.notices:
        terminal.say(f"Note: {notice}.")
    if outcome.failed:
        terminal.say(f"{_count(len(outcome.failed), 'error')}; see above.")
    if outcome.index is not None:
        terminal.say(f"Open {outcome.index.resolve().as_uri()}")


def _left_behind(course: Course) -> list[str]:
    """The folders in output/lectures/ of lectures that the course no longer has."""
    folder = course.output / "lectures"
    known = {lecture.id for lecture in course.lectures}
    left = (
        sorted(path.name for path in folder.iterdir() if path.name not in known)
        if folder.is_dir()
        else []
    )
    return [
        f"output/lectures/{name}: of no recording any more; delete it if you do not need it"
        for name in left
    ]


def _what_was_made(outcome: Outcome) -> str:
    """ "transcribe, clean of 2 lectures; the site" """
    stages = dict.fromkeys(stage for lecture, stage in outcome.made if lecture)
    lectures = len({lecture for lecture, _ in outcome.made if lecture})
    parts = [f"{', '.join(stages)} of {_count(lectures, 'lecture')}"] if stages else []
    return "; ".join([*parts, *(["the site"] if ("", "site") in outcome.made else [])])


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


@click.command(short_help="Make a folder for a course.")
@click.argument("course", type=FOLDER)
@click.option("--title", help="The course's title; by default the folder's name.")
@click.pass_obj
def new(terminal: Terminal, course: Path, title: str | None) -> None:
    """Make a folder for a COURSE with a course.toml in which every setting is explained.

    \b
    konspekt new my-course --title "Обработка текстов"
    """
    import shlex

    from konspekt.course.scaffold import new_course
    from konspekt.errors import one_line

    new_course(course, title or course.resolve().name)
    terminal.say(
        f"Made {one_line(course / 'course.toml')}. Put recordings into {one_line(course / 'recordings')} and run:"
    )
    terminal.say(
        f"konspekt build {'-- ' if str(course).startswith('-') else ''}{shlex.quote(one_line(course))}"
    )


@click.command(short_help="Show what is done and what is due.")
@click.argument("course", type=FOLDER, default=".")
def status(course: Path) -> None:
    """Show each lecture of COURSE: done, or what is due and why."""
    from konspekt.artifacts.store import Hashes
    from konspekt.build.course import STAGE_NAMES, plan
    from konspekt.build.stage import Tools
    from konspekt.course.course import load_course

    loaded = load_course(course)
    due = plan(loaded, Tools(Hashes.load(loaded.work / "hashes.json")))
    for lecture in loaded.lectures:
        open_stages = [
            f"{stage} ({due[lecture.id, stage]})"
            for stage in STAGE_NAMES
            if (lecture.id, stage) in due
        ]
        click.echo(f"{lecture.id}: {'due: ' + ', '.join(open_stages) if open_stages else 'done'}")
    for problem in loaded.missing:
        click.echo(f"{problem}")
    for words in (*loaded.ignored, *_left_behind(loaded)):
        click.echo(words)
    if loaded.lectures:
        click.echo(f"site: {'due: ' + due['', 'site'] if ('', 'site') in due else 'done'}")
    else:
        click.echo("no recordings yet")


@click.command(short_help="Check packages and models.")
@click.argument("course", type=FOLDER, default=".")
def doctor(course: Path) -> None:
    """Check what is installed, which models can be reached, and say what to do about the rest.

    In a course the models that it names are checked too.
    """
    from konspekt.build.doctor import examine

    findings = examine(course)
    for finding in findings:
        click.echo(f"{'ok     ' if finding.good else 'missing'}  {finding.what}")
        if not finding.good:
            click.echo(f"         {finding.remedy}")
    if any(finding.needed and not finding.good for finding in findings):
        sys.exit(1)
