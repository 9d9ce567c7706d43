"""`konspekt build`, `new`, `status` and `doctor`: the commands on a course."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from konspekt.cli.completion import lectures, offer
from konspekt.cli.consent import ask_consent, yes_option
from konspekt.cli.models import fetch_encoder, fetch_missing
from konspekt.cli.options import FOLDER, LateChoice, takes
from konspekt.cli.terminal import Terminal, rate, show
from konspekt.errors import KonspektError, command_line

if TYPE_CHECKING:
    from konspekt.build.course import Due, Outcome, Wanted
    from konspekt.build.stage import Tools
    from konspekt.course.course import Course
    from konspekt.course.lecture import Lecture
    from konspekt.data import LectureScore


def _stage_names() -> Sequence[str]:
    from konspekt.build.course import STAGE_NAMES

    return STAGE_NAMES


@dataclass(frozen=True, slots=True)
class Looking:
    """The argument of `status` and `doctor`."""

    course: Path | None


@dataclass(frozen=True, slots=True)
class Building:
    """Arguments and options of `build`."""

    course: Path
    until: str | None
    lecture: tuple[str, ...]
    strict: bool
    yes: bool


@click.command(short_help="Bring a course up to date: every lecture, every stage.")
@click.argument("course", type=FOLDER, default=".")
@click.option(
    "--until",
    type=LateChoice(_stage_names),
    help="The last stage to run; by default all run.",
)
@click.option(
    "--lecture",
    multiple=True,
    metavar="ID",
    shell_complete=offer(lectures),
    help="Only this lecture (may be repeated).",
)
@click.option(
    "--strict",
    is_flag=True,
    help="Refuse a recording that was cut short or is damaged.",
)
@yes_option
@takes(Building)
def build(terminal: Terminal, options: Building) -> None:
    """Bring COURSE up to date: every lecture, every stage.

    What is up to date is left alone. COURSE is a folder with a course.toml; by default the current
    one. A recording that fails is reported and the others go on; the exit code is then 1.
    """
    from konspekt.build import course as building
    from konspekt.build.site import SITE
    from konspekt.course.course import load_course

    course = load_course(options.course)
    _check_ids(course, options.lecture)
    if not course.lectures and not course.missing:
        raise _no_recordings(course)
    wanted = building.Wanted(
        until=options.until or SITE.name, only=options.lecture, strict=options.strict
    )
    with building.open_course(course) as tools:
        if _decodes_sound(course, tools, wanted):
            ask_consent(course.transcribe, yes=options.yes)
        _announce(terminal, course, tools, wanted)
        outcome = building.build(course, tools, terminal, wanted)
    _sum_up(
        terminal, outcome, "These lectures are" if options.lecture else "Everything is"
    )
    if outcome.failed:
        sys.exit(1)


def _no_recordings(course: Course) -> KonspektError:
    return KonspektError(
        "no recordings yet",
        path=course.folder / "recordings",
        remedy="Copy recordings there (week01.mp3) or raw transcripts (week01.raw.txt), "
        "then build again.",
    )


def _check_ids(course: Course, named: Sequence[str]) -> None:
    """Raise an error where a lecture that was named is none of the course."""
    known = [lecture.id for lecture in course.lectures]
    unknown = [name for name in named if name not in known]
    if unknown:
        raise KonspektError(
            f"no lecture {unknown[0]!r} here",
            path=course.folder,
            remedy=f"There are: {', '.join(known)}.",
        )


def _announce(terminal: Terminal, course: Course, tools: Tools, wanted: Wanted) -> None:
    """Say how long transcription will take and what disk it needs, if there is any to do.

    What is not on this machine is fetched: the Whisper, and the encoder where a course names one.
    """
    from konspekt.build.estimate import estimate
    from konspekt.transcribe import choose_whisper

    _fetch_encoder(terminal, course, tools, wanted)
    chosen = _lectures_to_transcribe(course, tools, wanted)
    if not chosen:
        return
    try:
        choice = choose_whisper(course.transcribe, course.folder, tools.hashes.of)
    except KonspektError:
        return  # each recording says so in its turn; transcripts need no Whisper
    found = estimate(course, chosen, choice)
    if found is not None:
        terminal.say(found.in_words())
        fetch_missing(terminal, choice)


def _lectures_to_transcribe(
    course: Course, tools: Tools, wanted: Wanted
) -> list[Lecture]:
    """Return the lectures with sound that are wanted and have no first pass, or an old one."""
    from konspekt.build.transcribe import TRANSCRIBE

    return _lectures_due(course, tools, wanted, (TRANSCRIBE.name,))


def _decodes_sound(course: Course, tools: Tools, wanted: Wanted) -> bool:
    """Return whether a build would decode sound, in either pass."""
    from konspekt.build.second_pass import SECOND_PASS_STAGE
    from konspekt.build.transcribe import TRANSCRIBE

    passes = (TRANSCRIBE.name, SECOND_PASS_STAGE.name)
    return bool(_lectures_due(course, tools, wanted, passes))


def _fetch_encoder(
    terminal: Terminal, course: Course, tools: Tools, wanted: Wanted
) -> None:
    """Fetch the encoder that the course names, where a lecture will be cleaned with it."""
    from konspekt.build.course import plan
    from konspekt.build.jobs import CLEAN
    from konspekt.build.stage import course_job
    from konspekt.models.similarity import find_absent

    if CLEAN not in wanted.stages:
        return
    if find_absent(course.clean.embeddings, course.folder) is None:
        return
    due = plan(course, tools)
    for lecture in course.lectures:
        if wanted.includes(lecture.id) and (lecture.id, CLEAN.name) in due:
            fetch_encoder(terminal, course_job(course, lecture, tools))
            return


def _lectures_due(
    course: Course, tools: Tools, wanted: Wanted, stages: Sequence[str]
) -> list[Lecture]:
    """Return the lectures with sound that are wanted and due for one of some stages."""
    from konspekt.build.course import plan

    due = plan(course, tools)
    return [
        lecture
        for lecture in course.lectures
        if lecture.is_sound
        and wanted.includes(lecture.id)
        and any((lecture.id, stage) in due for stage in stages)
    ]


def _sum_up(terminal: Terminal, outcome: Outcome, which: str) -> None:
    """Say what was made, how much was transcribed, the scores, and where the pages are."""
    if outcome.made:
        terminal.say(f"Made: {_what_was_made(outcome)}.")
    elif not outcome.failed:
        terminal.say(f"{which} up to date.")
    for lecture, words in outcome.coverage.items():
        terminal.say(f"Transcribed {lecture}: {words}")
    for result in outcome.scores:
        terminal.say(_score_line(result))
    for notice in outcome.notices:
        terminal.note(notice)
    if outcome.failed:
        terminal.say(f"{_count(len(outcome.failed), 'error')}; see above.")
    if outcome.index is not None:
        terminal.say(f"Open {outcome.index.resolve().as_uri()}")


def _score_line(result: LectureScore) -> str:
    normalised, raw = result.normalised, result.raw
    counts = (
        f"{normalised.substitutions} substituted, {normalised.deletions} deleted, "
        f"{normalised.insertions} inserted of {normalised.reference_words} words"
    )
    return (
        f"WER {result.recording}: {rate(normalised.wer)} normalised ({counts}), "
        f"{rate(raw.wer)} raw"
    )


def _what_was_made(outcome: Outcome) -> str:
    """Return what was made: "transcribe, clean of 2 lectures; the site"."""
    from konspekt.build.course import NO_LECTURE

    of_lectures = [made for made in outcome.made if made[0] != NO_LECTURE]
    parts = []
    if of_lectures:
        stages = dict.fromkeys(stage for _, stage in of_lectures)
        ids = {lecture for lecture, _ in of_lectures}
        parts.append(f"{', '.join(stages)} of {_count(len(ids), 'lecture')}")
    if len(of_lectures) < len(outcome.made):
        parts.append("the site")
    return "; ".join(parts)


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
    from konspekt.course.scaffold import new_course

    new_course(course, title or course.resolve().name)
    recordings = course / "recordings"
    terminal.say(
        f"Made {course / 'course.toml'}. Copy recordings into {recordings} and run:"
    )
    terminal.say(command_line("build", course))


@click.command(short_help="Show what is done and what is due.")
@click.argument("course", type=FOLDER, default=".")
@takes(Looking)
def status(terminal: Terminal, options: Looking) -> None:
    """Show each lecture of COURSE: done, or what is due and why."""
    from konspekt.course.course import load_course

    for line in _status_lines(load_course(options.course or Path())):
        show(terminal.name_settings(line))


def _status_lines(course: Course) -> Iterator[str]:
    """Yield each lecture with what is due, what is wrong with the course, and the site."""
    from konspekt.artifacts.store import Hashes
    from konspekt.build.course import NO_LECTURE, plan
    from konspekt.build.settings import find_wrong_settings
    from konspekt.build.site import SITE
    from konspekt.build.stage import Tools

    due = plan(course, Tools(Hashes.load(course.work / "hashes.json")))
    for lecture in course.lectures:
        yield _status_line(lecture.id, _due_stages(lecture, due))
    yield from map(str, find_wrong_settings(course))
    yield from map(str, course.missing)
    yield from course.ignored
    yield from _left_behind(course)
    if course.lectures:
        yield _status_line(SITE.name, due.get((NO_LECTURE, SITE.name)))
    else:
        yield str(_no_recordings(course))


def _due_stages(lecture: Lecture, due: Due) -> str:
    """Return the stages that a lecture is due for, each with its reason; "" for none."""
    from konspekt.build.course import STAGE_NAMES

    whys = {stage: due.get((lecture.id, stage)) for stage in STAGE_NAMES}
    return ", ".join(f"{stage} ({why})" for stage, why in whys.items() if why)


def _status_line(name: str, why: str | None) -> str:
    """Return that a lecture or the site is done, or why it is due."""
    return f"{name}: due: {why}" if why else f"{name}: done"


def _left_behind(course: Course) -> list[str]:
    """Return the folders of lectures that the course no longer has, in words."""
    folder = course.output / "lectures"
    if not folder.is_dir():
        return []
    known = {lecture.id for lecture in course.lectures}
    left = sorted(path.name for path in folder.iterdir() if path.name not in known)
    return [
        f"output/lectures/{name}: of no recording any more; delete it if you do not need it"
        for name in left
    ]


@click.command(short_help="Check packages and models.")
@click.argument("course", type=FOLDER, required=False)
@takes(Looking)
def doctor(terminal: Terminal, options: Looking) -> None:
    """Check what is installed and which models can be reached, and say what to do about the rest.

    In a COURSE, by default the current folder, what the course needs is checked too. The exit code
    is 1 where something that is needed is missing, and where the folder is no course.
    """
    from konspekt.build.doctor import examine

    findings = examine(options.course)
    for finding in findings:
        show(f"{'ok     ' if finding.good else 'missing'}  {finding.what}")
        if not finding.good:
            show(f"         {terminal.name_settings(finding.remedy)}")
    if any(finding.needed and not finding.good for finding in findings):
        sys.exit(1)
