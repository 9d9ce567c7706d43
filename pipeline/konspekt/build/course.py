"""A whole course: every lecture, every stage, in order; what is up to date is left alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from konspekt.artifacts import files
from konspekt.artifacts.store import Hashes, is_committed, locked, remove_leftovers, store_error
from konspekt.build.coverage import coverage_in_words
from konspekt.build.estimate import Meter, whisper_of
from konspekt.build.jobs import (
    CLEAN,
    NOTES_STAGE,
    SCORE_STAGE,
    TRANSCRIBE,
    decoded_tracks,
    engine_notes,
    losses,
    refuse_losses,
)
from konspekt.build.second_pass import SECOND_PASS_STAGE
from konspekt.build.site import SITE, SiteJob, bring_site_up_to_date, why_site_is_stale
from konspekt.build.stage import NOTES, QUALITY, RAW, Job, Stage, Tools, course_job
from konspekt.clean import chosen_rules
from konspekt.course.corrections import load_corrections
from konspekt.course.course import Course
from konspekt.data import LectureScore, Progress
from konspekt.errors import KonspektError

# Heard, cleaned, heard again where that found something worth it, cleaned once more: at most once,
# for what is worth hearing again follows from the first pass alone.
LECTURE_STAGES = (TRANSCRIBE, CLEAN, SECOND_PASS_STAGE, CLEAN, NOTES_STAGE, SCORE_STAGE)
STAGE_NAMES = (*dict.fromkeys(stage.name for stage in LECTURE_STAGES), SITE)
_LAST = {stage.name: number for number, stage in enumerate(LECTURE_STAGES, 1)} | {
    SITE: len(LECTURE_STAGES)
}


class Watcher(Protocol):
    """Who watches a build: the command line, or a test."""

    def at_work(self, lecture: str, stage: str, why: str) -> AbstractContextManager[Progress]:
        """Entered while a stage runs; gives the progress to report to. The site's lecture is ""."""

    def failed(self, error: KonspektError) -> None:
        """Told of each lecture that fails, when it fails."""


@dataclass(slots=True)
class Outcome:
    """What a build did."""

    made: list[tuple[str, str]] = field(
        default_factory=list
    )  # (lecture id, stage); the site's lecture is ""
    failed: list[KonspektError] = field(default_factory=list)
    coverage: dict[str, str] = field(
        default_factory=dict
    )  # how much of each lecture that was cleaned, in words
    scores: list[LectureScore] = field(default_factory=list)
    stale: dict[str, str] = field(
        default_factory=dict
    )  # why a lecture's page, if it has one, is an old one
    notices: list[str] = field(default_factory=list)  # what is not an error and should be known
    index: Path | None = None  # the site's first page; None where no lecture has a page


@contextmanager
def opened(course: Course) -> Iterator[Tools]:
    """The course under its lock, with what its jobs share; what was hashed is remembered at the
    end.

    Raises LockedError at once if another process works on it.
    """
    with locked(course.work):
        remove_leftovers(course.output)
        remove_leftovers(course.work)
        tools = Tools(Hashes.load(course.work / "hashes.json"))
        try:
            yield tools
        finally:
            tools.hashes.save()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to bring up to date."""

    until: str = SITE  # the last stage
    only: Sequence[str] = ()  # lectures by id; empty: all
    strict: bool = False  # refuse a recording that was cut short or is damaged


def build(course: Course, tools: Tools, watcher: Watcher, wanted: Wanted = Wanted()) -> Outcome:
    """Brings the course up to date.

    A lecture that fails is reported to `watcher` and the others go on. The course must be `opened`.
    """
    chosen_rules(course.clean)  # a wrong name is known now, not after hours of transcription
    if course.corrections is not None:
        load_corrections(course.corrections, everywhere=True)
    outcome = Outcome(notices=list(course.ignored))
    for problem in course.missing:
        _fail(problem, outcome, watcher)
    for lecture in course.lectures:
        job = replace(course_job(course, lecture, tools), strict=wanted.strict)
        if not wanted.only or lecture.id in wanted.only:
            _build_lecture(job, outcome, watcher, wanted)
        elif why := next(
            (why for stage in LECTURE_STAGES if (why := _why_due(job, stage, {})) is not None), None
        ):
            outcome.stale[lecture.id] = why
    site = site_job(course, tools, outcome.stale)
    if wanted.until == SITE:
        _build_site(site, outcome, watcher)
    outcome.notices += _without_effect(course, tools)
    scores = (site.score_of(at) for _, at in site.lectures)
    outcome.scores = [files.load_score(path) for path in scores if path is not None]
    return outcome


def plan(course: Course, tools: Tools) -> dict[tuple[str, str], str]:
    """What a build would do now: (lecture id, stage) → why, in words. Empty: nothing.

    What follows a stage that must be run is due "after" it.
    """
    due: dict[tuple[str, str], str] = {}
    for lecture in course.lectures:
        job = course_job(course, lecture, tools)
        for stage in LECTURE_STAGES:
            why = _why_due(job, stage, due)
            if why is None and stage is CLEAN and (lecture.id, SECOND_PASS_STAGE.name) in due:
                why = f"after {SECOND_PASS_STAGE.name}"
            if why is not None:
                due.setdefault((lecture.id, stage.name), why)
    site = site_job(course, tools)
    why = "after the lectures" if due else why_site_is_stale(site) if site.complete else None
    if why is not None:
        due["", SITE] = why
    return due


def _why_due(job: Job, stage: Stage, due: Mapping[tuple[str, str], str]) -> str | None:
    if stage.wanted(job) and (job.lecture.id, stage.follows) in due:
        return f"after {stage.follows}"
    try:
        return stage.why(job)
    except KonspektError as error:
        return f"will fail: {error}"


def site_job(
    course: Course, tools: Tools, stale: Mapping[str, str] = MappingProxyType({})
) -> SiteJob:
    """The course's site: every lecture in order, whatever of it is there yet."""
    return SiteJob(
        title=course.title,
        language=course.language,
        lectures=[(lecture, course.lecture_folder(lecture.id)) for lecture in course.lectures],
        folder=course.output / SITE,
        root=course.folder,
        work=course.work,
        tools=tools,
        templates=course.folder,
        sound=course.site.sound,
        stale=stale,
    )


def _build_lecture(job: Job, outcome: Outcome, watcher: Watcher, wanted: Wanted) -> None:
    try:
        for stage in LECTURE_STAGES[: _LAST[wanted.until]]:
            _bring_up_to_date(job, stage, outcome, watcher)
            if stage is TRANSCRIBE and job.strict:
                refuse_losses(job)
    except (KonspektError, OSError) as problem:
        error = store_error(problem, job.folder) if isinstance(problem, OSError) else problem
        _fail(error, outcome, watcher)
        outcome.stale[job.lecture.id] = error.what
    job.tools.hashes.save()


def _bring_up_to_date(job: Job, stage: Stage, outcome: Outcome, watcher: Watcher) -> None:
    why = stage.why(job)
    if why is None:
        return
    with watcher.at_work(job.lecture.id, stage.name, why) as progress:
        meter = Meter(progress)
        stage.run(job, meter)
    if stage is CLEAN:
        outcome.coverage[job.lecture.id] = coverage_in_words(
            files.load_quality(job.folder / QUALITY)
        )
    if stage is NOTES_STAGE:
        problems = files.load_notes(job.folder / NOTES).problems
        outcome.notices += [f"{job.lecture.id}: {problem.rstrip('.')}" for problem in problems]
    if stage is TRANSCRIBE and job.lecture.is_sound:
        raw = files.load_raw(job.folder / RAW)
        meter.remember(job.work, whisper_of(raw))
        outcome.notices += losses(raw.recording) + decoded_tracks(raw.recording)
        outcome.notices += [note for note in engine_notes(job) if note not in outcome.notices]
    if stage is SECOND_PASS_STAGE and stage.wanted(job):
        raw = files.load_raw(job.folder / RAW)
        meter.remember_second_pass(job.work, whisper_of(raw), raw.recording.duration)
    outcome.made.append((job.lecture.id, stage.name))


def _build_site(job: SiteJob, outcome: Outcome, watcher: Watcher) -> None:
    if not job.complete:
        return
    outcome.index = job.folder / "html" / "index.html"
    why = why_site_is_stale(job)
    if why is None:
        return
    try:
        with watcher.at_work("", SITE, why) as progress:
            bring_site_up_to_date(job, progress)
    except KonspektError as error:
        _fail(error, outcome, watcher)
        outcome.index = None
    else:
        outcome.made.append(("", SITE))


def _without_effect(course: Course, tools: Tools) -> list[str]:
    """A person's corrections that found nothing; of those for all lectures the ones that found
    nothing in any.
    """
    at = [course.lecture_folder(lecture.id) for lecture in course.lectures]
    if course.corrections is None and not any(lecture.corrections for lecture in course.lectures):
        return []
    found = [
        files.load_quality(path / QUALITY)
        for path in at
        if is_committed(path, (QUALITY,), tools.hashes)
    ]
    own = [words for quality in found for words in quality.unmatched]
    if len(found) < len(at) or not found:
        return own
    common = set.intersection(*(set(quality.unmatched_of_course) for quality in found))
    return own + [
        f"{words} in any lecture" for words in found[0].unmatched_of_course if words in common
    ]


def _fail(error: KonspektError, outcome: Outcome, watcher: Watcher) -> None:
    outcome.failed.append(error)
    watcher.failed(error)
