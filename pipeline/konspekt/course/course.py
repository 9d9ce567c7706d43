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
    setting_problem,
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


def load_course(folder: Path) -> Course:
    """The course in `folder`, with its lectures in order.

    Raises CourseError for a folder without course.toml, TOML that does not parse, an unknown or
    wrong setting, a file outside recordings/, and two lectures that would share an id.
    """
    path = folder / "course.toml"
    remedy = "Make one with: konspekt new FOLDER, or name a course's folder."
    table = read_toml(
        path,
        "course.toml",
        missing=CourseError("there is no course here", path=path, remedy=remedy),
    )
    try:
        settings = CourseFile.model_validate(table)
    except ValidationError as error:
        raise _wrong_setting(path, error) from None
    refuse_folder(folder / "corrections.toml")
    recordings = Recordings.read(folder / "recordings")
    lectures, missing = find_lectures(recordings, settings.lectures)
    refuse_shared_ids(path, lectures)
    return Course(
        folder=folder,
        title=settings.title or folder.resolve().name,
        language=settings.language,
        transcribe=_spoken(settings.transcribe, settings.language),
        clean=settings.clean,
        notes=settings.notes,
        site=settings.site,
        lectures=lectures,
        missing=(*recordings.unnameable, *missing),
        ignored=recordings.ignored(
            {
                path
                for x in lectures
                for path in (*x.files, *x.references, *x.corrections)
            }
        ),
    )


def _spoken(options: TranscribeOptions, language: str) -> TranscribeOptions:
    """The settings with the languages that may be spoken: where none are named the course's own,
    and English.
    """
    if options.language or options.languages:
        return options
    return options.model_copy(
        update={"languages": tuple(dict.fromkeys((language, "en")))}
    )


def _wrong_setting(path: Path, error: ValidationError) -> CourseError:
    first = error.errors(include_input=False, include_url=False)[0]
    where = ".".join(str(step) for step in first["loc"])
    if first["type"] == "extra_forbidden":
        what = f"unknown setting {where!r}"
    else:
        what = f"setting {where!r}: {setting_problem(first['type'], first['msg'])}"
    return CourseError(
        what,
        path=path,
        remedy="`konspekt new` writes a file with every setting explained.",
    )
