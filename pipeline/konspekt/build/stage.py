"""What a stage is, and a job: a stage's work on one lecture. The stages themselves are in
`konspekt.build.jobs`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from konspekt.artifacts.store import Basis, Hashes, commit, read_manifest, why_stale, withdraw
from konspekt.course.course import Course
from konspekt.course.lecture import Lecture
from konspekt.course.settings import DEFAULT_LANGUAGE, CleanOptions, NotesOptions, TranscribeOptions
from konspekt.data import Progress
from konspekt.models.similarity import SentenceSimilarity, open_similarity

Artifacts = dict[str, bytes]

RAW, SECOND_PASS, TRANSCRIPT, REMOVED = (
    "raw.json",
    "second_pass.json",
    "transcript.json",
    "removed.jsonl",
)
QUALITY, NOTES, SCORE = "quality.json", "notes.json", "score.json"


ARTIFACTS = (
    *(RAW, SECOND_PASS, TRANSCRIPT, REMOVED, QUALITY, NOTES, SCORE),
    *("transcript.txt", "transcript.srt", "transcript.vtt"),
)


@dataclass(slots=True)
class Tools:
    """What the jobs of one run share: remembered hashes, models opened once."""

    hashes: Hashes
    _similarity: dict[str, SentenceSimilarity | None] = field(default_factory=dict)

    def similarity(self, setting: str, root: Path) -> SentenceSimilarity | None:
        if setting not in self._similarity:
            self._similarity[setting] = open_similarity(setting, root)
        return self._similarity[setting]


@dataclass(frozen=True, slots=True)
class Job:
    """A lecture and where its files go."""

    lecture: Lecture
    folder: Path  # its artifacts
    root: Path  # what recordings are named from and models are looked for
    work: Path  # what may be deleted at any time
    tools: Tools
    language: str | None = None  # that a person named
    likely_language: str = DEFAULT_LANGUAGE  # where neither a person nor Whisper nor the text says
    transcribe: TranscribeOptions = field(default_factory=TranscribeOptions)
    clean: CleanOptions = field(default_factory=CleanOptions)
    notes: NotesOptions = field(default_factory=NotesOptions)
    templates: Path | None = None  # the folder whose templates/ override the shipped ones
    given: Mapping[str, Path] = field(default_factory=dict)  # artifacts that lie elsewhere, by name
    corrections: Path | None = (
        None  # a person's corrections for all lectures; a lecture's own are the lecture's
    )
    glossary: Path | None = None  # the course's terms
    # a recording that was cut short or is damaged is refused, before Whisper hears any of it
    strict: bool = False

    def artifact(self, name: str) -> Path:
        return self.given.get(name, self.folder / name)

    @property
    def names(self) -> tuple[str, ...]:
        """The recording's files as they are written into artifacts: relative to the root, else by
        name.
        """
        return tuple(self.name_of(path) for path in self.lecture.files)

    def name_of(self, path: Path) -> str:
        return (
            path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else path.name
        )

    @property
    def journal(self) -> Path:
        return self.work / "journals" / f"{self.lecture.id}.jsonl"

    def hashed(self, *names: str) -> dict[str, str | None]:
        """The artifacts' contents, None for one that is not there."""
        paths = {name: self.artifact(name) for name in names}
        return {
            name: self.tools.hashes.of(path) if path.is_file() else None
            for name, path in paths.items()
        }


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage: its own version number, what it rests on, how its files are made.

    `wanted` says whether a lecture has this stage at all; one that no longer has it loses its
    files.
    """

    name: str
    follows: str | None  # the stage whose files it reads
    version: Callable[[Job], int]
    inputs: Callable[[Job], Mapping[str, str | None]]
    options: Callable[[Job], Mapping[str, Any]]
    make: Callable[[Job, Progress], Artifacts]
    wanted: Callable[[Job], bool] = lambda _: True
    unfinished: Callable[[Job], str | None] = lambda _: (
        None
    )  # why files that are good should be tried for again
    committed: Callable[[Job], None] = lambda _: None  # what to tidy once the files are safe

    def basis(self, job: Job) -> Basis:
        return Basis(self.version(job), self.inputs(job), self.options(job))

    def why(self, job: Job) -> str | None:
        """Why the stage must be run or taken back, in words; None if its files are good (or rightly
        absent).
        """
        if not self.wanted(job):
            return "no longer wanted" if self.name in read_manifest(job.folder) else None
        return why_stale(
            job.folder, self.name, self.basis(job), job.tools.hashes
        ) or self.unfinished(job)

    def run(self, job: Job, progress: Progress) -> None:
        """Makes the stage's files and commits them; takes them back where they are not wanted."""
        if not self.wanted(job):
            withdraw(job.folder, self.name)
            return
        basis = self.basis(job)
        commit(job.folder, self.name, basis, self.make(job, progress))
        self.committed(job)


def course_job(course: Course, lecture: Lecture, tools: Tools) -> Job:
    """A lecture of a course as a job."""
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
    )
