"""What a stage is, and a job: a stage's work on one lecture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from konspekt.artifacts.store import (
    Basis,
    Hashes,
    Inputs,
    Options,
    commit,
    read_manifest,
    why_stale,
    withdraw,
)
from konspekt.build.estimate import Meter
from konspekt.course.course import Course
from konspekt.course.lecture import Lecture
from konspekt.course.settings import (
    DEFAULT_LANGUAGE,
    CleanOptions,
    NotesOptions,
    TranscribeOptions,
)
from konspekt.data import Progress
from konspekt.models.similarity import SentenceSimilarity, open_similarity

Artifacts = dict[str, bytes]


@dataclass(slots=True)
class Tools:
    """What the jobs of one run share: remembered hashes, models opened once."""

    hashes: Hashes
    _similarity: dict[str, SentenceSimilarity | None] = field(default_factory=dict)

    def similarity(self, setting: str, root: Path) -> SentenceSimilarity | None:
        """Return the model that a setting names; None where sentences are not compared."""
        if setting not in self._similarity:
            self._similarity[setting] = open_similarity(setting, root)
        return self._similarity[setting]


@dataclass(frozen=True, slots=True)
class Job:
    """A lecture, its settings, and where its files go."""

    lecture: Lecture
    folder: Path  # gets its artifacts
    root: Path  # recordings are named from here, models are looked for here
    work: Path  # what may be deleted at any time
    tools: Tools
    language: str | None = None  # named by a person for this lecture
    # where neither Whisper nor the letters tell one
    likely_language: str = DEFAULT_LANGUAGE
    transcribe: TranscribeOptions = field(default_factory=TranscribeOptions)
    clean: CleanOptions = field(default_factory=CleanOptions)
    notes: NotesOptions = field(default_factory=NotesOptions)
    # the folder whose templates/ override the shipped ones
    templates: Path | None = None
    # artifacts that lie elsewhere, by name
    given: Mapping[str, Path] = field(default_factory=dict)
    # a person's, for all lectures; the lecture has its own
    corrections: Path | None = None
    glossary: Path | None = None  # the course's terms
    # refuse a recording that was cut short or is damaged, before Whisper
    strict: bool = False

    @property
    def all_corrections(self) -> tuple[Path, ...]:
        """A person's for the lecture, then those for all lectures."""
        everywhere = () if self.corrections is None else (self.corrections,)
        return (*self.lecture.corrections, *everywhere)

    def artifact(self, name: str) -> Path:
        """Return where an artifact is read from."""
        return self.given.get(name, self.folder / name)

    @property
    def names(self) -> tuple[str, ...]:
        """The recording's files as artifacts name them."""
        return tuple(self.name_of(path) for path in self.lecture.files)

    def name_of(self, path: Path) -> str:
        """Return a file's path from the root; its name where it lies elsewhere."""
        if path.is_relative_to(self.root):
            return path.relative_to(self.root).as_posix()
        return path.name

    @property
    def journal(self) -> Path:
        """Where the first pass writes what it has decoded."""
        return self.work / "journals" / f"{self.lecture.id}.jsonl"

    def hash_artifact(self, name: str) -> dict[str, str | None]:
        """Return the hash of an artifact by its name; None if it is not there."""
        path = self.artifact(name)
        return {name: self.tools.hashes.of(path) if path.is_file() else None}


@dataclass(frozen=True, slots=True, kw_only=True)
class StageInfo:
    """What a stage is called, and the files that it makes for a lecture."""

    name: str  # of its command, of `--until`, in manifests
    doing: str  # in the terminal, after the lecture's id: "transcribing"
    artifacts: tuple[str, ...] = ()
    in_sound: bool = False  # whether its progress is counted in seconds of sound


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage(StageInfo):
    """A stage: its version, what it rests on, how its files are made.

    A lecture for which the stage is no longer `wanted` loses the stage's files.
    """

    follows: Stage | None = None  # whose files it reads
    version: Callable[[Job], int]
    inputs: Callable[[Job], Inputs]
    options: Callable[[Job], Options] = lambda _: {}
    # what a person calls options that have other names in the manifest
    setting_names: Mapping[str, str] = field(default_factory=dict, hash=False)
    make: Callable[[Job, Progress], Artifacts]
    wanted: Callable[[Job], bool] = lambda _: True
    # though its files are up to date
    why_again: Callable[[Job], str | None] = lambda _: None
    tidy: Callable[[Job], None] = lambda _: None  # once the files are safe
    # what should be known of the files, in words
    notices: Callable[[Job], list[str]] = lambda _: []
    # keeps how long a build took to make them
    measure: Callable[[Job, Meter], None] = lambda *_: None

    def basis(self, job: Job) -> Basis:
        """Return what the stage's files rest on."""
        return Basis(self.version(job), self.inputs(job), self.options(job))

    def why(self, job: Job) -> str | None:
        """Return why the stage must run, or take its files back; None if nothing is to do."""
        if not self.wanted(job):
            is_there = self.name in read_manifest(job.folder)
            return "no longer wanted" if is_there else None
        stale = why_stale(
            job.folder,
            self.name,
            self.basis(job),
            job.tools.hashes,
            self.setting_names,
        )
        return stale or self.why_again(job)

    def run(self, job: Job, progress: Progress) -> None:
        """Make the stage's files and commit them; take them back where they are not wanted."""
        if not self.wanted(job):
            withdraw(job.folder, self.name)
            return
        basis = self.basis(job)
        commit(job.folder, self.name, basis, self.make(job, progress))
        self.tidy(job)


def course_job(
    course: Course, lecture: Lecture, tools: Tools, *, strict: bool = False
) -> Job:
    """Return a lecture of a course as a job."""
    return Job(
        lecture=lecture,
        folder=course.lecture_folder(lecture.id),
        root=course.folder,
        work=course.work,
        tools=tools,
        likely_language=course.language,
        transcribe=course.transcribe,
        clean=course.clean,
        notes=course.notes,
        templates=course.folder,
        corrections=course.corrections,
        glossary=course.glossary,
        strict=strict,
    )
