"""A whole course: every lecture, every stage, in order; what is up to date is left alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Protocol, TypeAlias

from konspekt.artifacts import files
from konspekt.artifacts.names import QUALITY, RAW
from konspekt.artifacts.store import (
    Hashes,
    is_committed,
    lock,
    remove_leftovers,
    store_error,
)
from konspekt.build.coverage import coverage_in_words
from konspekt.build.estimate import Meter
from konspekt.build.jobs import CLEAN, NOTES_STAGE, SCORE_STAGE
from konspekt.build.notices import refuse_lossy
from konspekt.build.second_pass import SECOND_PASS_STAGE
from konspekt.build.settings import find_wrong_settings
from konspekt.build.site import (
    SITE,
    SiteJob,
    SiteLecture,
    bring_site_up_to_date,
    why_site_is_stale,
)
from konspekt.build.stage import Job, Stage, StageInfo, Tools, course_job
from konspekt.build.transcribe import TRANSCRIBE
from konspekt.course.course import Course
from konspekt.data import LectureScore, Progress, Quality
from konspekt.errors import KonspektError

# Cleaning comes twice, since it finds the candidates for the second pass and then takes it in. Not
# a third time: the candidates follow from the first pass alone.
LECTURE_STAGES = (TRANSCRIBE, CLEAN, SECOND_PASS_STAGE, CLEAN, NOTES_STAGE, SCORE_STAGE)
STAGES: tuple[StageInfo, ...] = (*dict.fromkeys(LECTURE_STAGES), SITE)
STAGE_NAMES = tuple(stage.name for stage in STAGES)
ARTIFACTS = tuple(name for stage in STAGES for name in stage.artifacts)
NO_LECTURE = ""  # stands for the lecture where the site is made


class Watcher(Protocol):
    """Who watches a build: the command line, or a test."""

    def at_work(
        self, lecture: str, stage: StageInfo, why: str
    ) -> AbstractContextManager[Progress]:
        """Enter while a stage runs; gives the progress to report to. The site's lecture is ""."""

    def report_failure(self, error: KonspektError) -> None:
        """Report a lecture that fails, when it fails."""


@dataclass(slots=True)
class Outcome:
    """What a build did. The site's lecture id is ""."""

    made: list[tuple[str, str]] = field(default_factory=list)  # (lecture id, stage)
    failed: list[KonspektError] = field(default_factory=list)
    # of lectures cleaned, in words
    coverage: dict[str, str] = field(default_factory=dict)
    scores: list[LectureScore] = field(default_factory=list)
    # why a lecture's page is an old one
    stale: dict[str, str] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)  # no errors, but to be known
    index: Path | None = None  # the site's first page; None where no lecture has a page


@contextmanager
def open_course(course: Course) -> Iterator[Tools]:
    """Lock the course and give what its jobs share; hashes are remembered at the end.

    Raises LockedError at once if another process works on it, and CourseError for a setting that
    names what does not exist: now, not after hours of transcription.
    """
    for problem in find_wrong_settings(course):
        raise problem
    with lock(course.work):
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

    until: str = SITE.name  # the last stage
    only: Sequence[str] = ()  # lectures by id; empty: all
    strict: bool = False  # refuse a recording that was cut short or is damaged

    def includes(self, lecture_id: str) -> bool:
        """Return whether the lecture is to be built."""
        return not self.only or lecture_id in self.only

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages of a lecture up to the last one that is wanted."""
        names = [stage.name for stage in LECTURE_STAGES]
        if self.until not in names:
            return LECTURE_STAGES
        later = names[::-1].index(self.until)
        return LECTURE_STAGES[: len(names) - later]


def build(
    course: Course, tools: Tools, watcher: Watcher, wanted: Wanted = Wanted()
) -> Outcome:
    """Bring the course, which must be open (`open_course`), up to date.

    A lecture that fails is reported to `watcher`, and the others go on.
    """
    run = _Run(wanted, watcher, Outcome(notices=list(course.ignored)))
    for problem in course.missing:
        run.fail(problem)
    for lecture in course.lectures:
        job = course_job(course, lecture, tools, strict=wanted.strict)
        if wanted.includes(lecture.id):
            run.build_lecture(job)
        else:
            run.note_stale(job)
    site = site_job(course, tools, run.outcome.stale)
    if wanted.until == SITE.name:
        run.build_site(site)
    run.outcome.notices += _unmatched_corrections(course, tools)
    run.outcome.scores = site.load_scores()
    return run.outcome


@dataclass(frozen=True, slots=True)
class _Run:
    """A build on its way: what is wanted, who watches, and what was done so far."""

    wanted: Wanted
    watcher: Watcher
    outcome: Outcome

    def fail(self, error: KonspektError) -> None:
        """Report an error."""
        self.outcome.failed.append(error)
        self.watcher.report_failure(error)

    def build_lecture(self, job: Job) -> None:
        """Bring a lecture up to date. One that fails keeps its old page, which says so."""
        try:
            self._run_stages(job)
        except KonspektError as error:
            self.fail(_name_recording(error, job))
            self.outcome.stale[job.lecture.id] = error.what
        job.tools.hashes.save()

    def note_stale(self, job: Job) -> None:
        """Note why a lecture that is not built has an old page, if it has."""
        why = _why_any_due(job)
        if why is not None:
            self.outcome.stale[job.lecture.id] = why

    def _run_stages(self, job: Job) -> None:
        try:
            for stage in self.wanted.stages:
                self._bring_up_to_date(job, stage)
                if stage is TRANSCRIBE and job.strict:
                    refuse_lossy(files.load_raw(job.artifact(RAW)).recording)
        except OSError as error:
            raise store_error(error, job.folder) from error

    def _bring_up_to_date(self, job: Job, stage: Stage) -> None:
        why = stage.why(job)
        if why is None:
            return
        with self.watcher.at_work(job.lecture.id, stage, why) as progress:
            meter = Meter(progress)
            stage.run(job, meter)
        self.outcome.made.append((job.lecture.id, stage.name))
        if stage.wanted(job):
            stage.measure(job, meter)
            self._note(job, stage)

    def _note(self, job: Job, stage: Stage) -> None:
        """Note what should be known of the files that a stage made."""
        self.outcome.notices += stage.notices(job)
        if stage is CLEAN:
            quality = files.load_quality(job.folder / QUALITY)
            self.outcome.coverage[job.lecture.id] = coverage_in_words(quality)

    def build_site(self, job: SiteJob) -> None:
        """Bring the site up to date, if a lecture has a page."""
        if not job.complete:
            return
        why = why_site_is_stale(job)
        if why is not None:
            try:
                with self.watcher.at_work(NO_LECTURE, SITE, why) as progress:
                    bring_site_up_to_date(job, progress)
            except KonspektError as error:
                self.fail(error)
                return
            self.outcome.made.append((NO_LECTURE, SITE.name))
        self.outcome.index = job.index


def _name_recording(error: KonspektError, job: Job) -> KonspektError:
    """Return an error that names a file: the recording's first where it named none."""
    if error.path is not None:
        return error
    path = job.lecture.files[0]
    return type(error)(error.what, path=path, remedy=error.remedy)


Due: TypeAlias = dict[tuple[str, str], str]  # (lecture id, stage) → why, in words


def plan(course: Course, tools: Tools) -> Due:
    """Return what a build would do now.

    What follows a stage that must run is due "after" it.
    """
    due: Due = {}
    for lecture in course.lectures:
        _plan_lecture(course_job(course, lecture, tools), due)
    site = site_job(course, tools)
    if due:
        due[NO_LECTURE, SITE.name] = "after the lectures"
    elif site.complete and (why := why_site_is_stale(site)) is not None:
        due[NO_LECTURE, SITE.name] = why
    return due


def _plan_lecture(job: Job, due: Due) -> None:
    """Add the stages of a lecture that are due; cleaning stands on both sides of a second pass."""
    lecture = job.lecture.id
    for stage in LECTURE_STAGES:
        why = _why_due(job, stage, due)
        follows_pass = stage is CLEAN and (lecture, SECOND_PASS_STAGE.name) in due
        if why is None and follows_pass:
            why = f"after {SECOND_PASS_STAGE.name}"
        if why is not None:
            due.setdefault((lecture, stage.name), why)


def _why_due(job: Job, stage: Stage, due: Due) -> str | None:
    before = stage.follows
    if (
        before is not None
        and (job.lecture.id, before.name) in due
        and stage.wanted(job)
    ):
        return f"after {before.name}"
    try:
        return stage.why(job)
    except KonspektError as error:
        return f"will fail: {error}"


def _why_any_due(job: Job) -> str | None:
    """Return why the first stage that is due must run; None if all is up to date."""
    reasons = (_why_due(job, stage, {}) for stage in LECTURE_STAGES)
    return next(filter(None, reasons), None)


def site_job(
    course: Course, tools: Tools, stale: Mapping[str, str] = MappingProxyType({})
) -> SiteJob:
    """Return the course's site: every lecture in order, whatever of it is there yet."""
    lectures = [
        SiteLecture(lecture, course.lecture_folder(lecture.id))
        for lecture in course.lectures
    ]
    return SiteJob(
        title=course.title,
        language=course.language,
        lectures=lectures,
        folder=course.output / SITE.name,
        root=course.folder,
        work=course.work,
        tools=tools,
        templates=course.folder,
        sound=course.site.sound,
        stale=stale,
    )


def _unmatched_corrections(course: Course, tools: Tools) -> list[str]:
    """Return a person's corrections that matched nothing.

    Those for all lectures are named where they matched nothing in any.
    """
    has_own = any(lecture.corrections for lecture in course.lectures)
    if course.corrections is None and not has_own:
        return []
    qualities = _load_qualities(course, tools)
    own = [words for quality in qualities for words in quality.unmatched]
    if not qualities or len(qualities) < len(course.lectures):
        return own
    everywhere = _unmatched_in_all(qualities)
    return own + [f"{words} in any lecture" for words in everywhere]


def _load_qualities(course: Course, tools: Tools) -> list[Quality]:
    """Return the quality of each lecture that is cleaned."""
    folders = [course.lecture_folder(lecture.id) for lecture in course.lectures]
    return [
        files.load_quality(folder / QUALITY)
        for folder in folders
        if is_committed(folder, (QUALITY,), tools.hashes)
    ]


def _unmatched_in_all(qualities: Sequence[Quality]) -> list[str]:
    """Return the corrections for all lectures that matched nothing in any, in their order."""
    first, *others = (quality.unmatched_of_course for quality in qualities)
    return [words for words in first if all(words in other for other in others)]
