"""course.toml and recordings/ → Course."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from konspekt.course.lecture import Lecture, find_lectures, refuse_shared_ids
from konspekt.course.recordings import Recordings
from konspekt.course.settings import (
    CleanOptions,
    CourseFile,
    NotesOptions,
    SiteOptions,
    TranscribeOptions,
    first_problem,
)
from konspekt.errors import CourseError
from konspekt.text.toml import read_toml, refuse_folder


@dataclass(frozen=True, slots=True)
class Course:
    folder: Path
    title: str
    language: str
    transcribe: TranscribeOptions
    clean: CleanOptions
    notes: NotesOptions
    site: SiteOptions
    lectures: tuple[Lecture, ...]
    # lectures whose files are not there: reported, the others go on
    missing: tuple[CourseError, ...]
    # files in recordings/ that are not taken, and why, in words
    ignored: tuple[str, ...]

    @property
    def output(self) -> Path:
        return self.folder / "output"

    @property
    def work(self) -> Path:
        """What may be deleted at any time: the lock, journals, remembered hashes."""
        return self.folder / ".konspekt"

    @property
    def glossary(self) -> Path | None:
        """The course's terms; None where there are none."""
        path = self.folder / "glossary.toml"
        return path if path.is_file() else None

    @property
    def corrections(self) -> Path | None:
        """The corrections for all lectures; None where there are none."""
        path = self.folder / "corrections.toml"
        return path if path.exists() else None

    def lecture_folder(self, lecture_id: str) -> Path:
        return self.output / "lectures" / lecture_id


def is_course(folder: Path) -> bool:
    """Return whether a folder is a course: it has a course.toml."""
    return (folder / "course.toml").is_file()


def load_course(folder: Path) -> Course:
    """Return the course in `folder`, with its lectures in order.

    Raises CourseError for a folder without course.toml, TOML that does not parse, an unknown or
    wrong setting, a file outside recordings/, and two lectures that would share an id.
    """
    path = folder / "course.toml"
    settings = _read_settings(path)
    refuse_folder(folder / "corrections.toml")
    recordings = Recordings.read(folder / "recordings")
    lectures, missing = find_lectures(recordings, settings.lectures)
    refuse_shared_ids(path, lectures)
    taken = {path for lecture in lectures for path in lecture.all_files}
    return Course(
        folder=folder,
        title=settings.title or folder.resolve().name,
        language=settings.language,
        transcribe=_add_languages(settings.transcribe, settings.language),
        clean=settings.clean,
        notes=settings.notes,
        site=settings.site,
        lectures=tuple(lectures),
        missing=(*recordings.unnameable, *missing),
        ignored=recordings.find_ignored(taken),
    )


def _read_settings(path: Path) -> CourseFile:
    remedy = "Make one with: konspekt new FOLDER, or name a course's folder."
    absent = CourseError("there is no course here", path=path, remedy=remedy)
    table = read_toml(path, "course.toml", missing=absent)
    try:
        return CourseFile.model_validate(table)
    except ValidationError as error:
        problem = first_problem(error)
        setting = ".".join(map(str, problem.place))
        what = f"setting {setting!r}: {problem.words}"
        if problem.is_unknown:
            what = f"unknown setting {setting!r}"
        remedy = "`konspekt new` writes a file with every setting explained."
        raise CourseError(what, path=path, remedy=remedy) from None


def _add_languages(options: TranscribeOptions, language: str) -> TranscribeOptions:
    """Return the settings with the languages that may be spoken.

    Where none are named they are the course's own, and English.
    """
    if options.language or options.languages:
        return options
    languages = tuple(dict.fromkeys((language, "en")))
    return options.model_copy(update={"languages": languages})
