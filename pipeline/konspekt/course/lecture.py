"""The lectures of a course: those that course.toml lists, then those found in recordings/."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from konspekt.course.recordings import (
    RECORDING_ENDINGS,
    SOUND_ENDINGS,
    Recordings,
    is_address,
    safe_id,
    stem_of,
)
from konspekt.course.settings import LectureEntry
from konspekt.errors import CourseError
from konspekt.formats import is_known


@dataclass(frozen=True, slots=True)
class Lecture:
    """A lecture: its files exist, are of one kind (sound or transcripts), and its id is its own."""

    id: str
    title: str
    files: tuple[Path, ...]
    date: datetime.date | None = None
    speakers: tuple[str, ...] = ()
    # one a file, in order; empty unless every file has one
    references: tuple[Path, ...] = ()
    corrections: tuple[Path, ...] = ()  # of those of its files that have some

    @property
    def is_sound(self) -> bool:
        return not is_known(self.files[0])


def find_lectures(
    recordings: Recordings, entries: Iterable[LectureEntry]
) -> tuple[tuple[Lecture, ...], tuple[CourseError, ...]]:
    """Return the lectures in order, and what is wrong with listed ones that cannot be built."""
    lectures: list[Lecture] = []
    missing: list[CourseError] = []
    taken: set[Path] = set()
    for entry in entries:
        files = tuple(recordings.named(name) for name in entry.files)
        taken.update(files)
        problem = _address_problem(entry) or _problem(files)
        if problem is None:
            lectures.append(_listed_lecture(recordings, entry, files))
        else:
            missing.append(problem)
    for path in recordings.files:
        if path not in taken and path.name.lower().endswith(RECORDING_ENDINGS):
            entry = LectureEntry(files=(path.name,))
            lectures.append(_listed_lecture(recordings, entry, (path,)))
    return tuple(lectures), tuple(missing)


def _listed_lecture(
    recordings: Recordings, entry: LectureEntry, files: tuple[Path, ...]
) -> Lecture:
    """Return the lecture of an entry; the first file's name is what it is called by default."""
    stem = stem_of(files[0])
    return Lecture(
        safe_id(entry.id or stem),
        entry.title or stem,
        files,
        entry.date,
        entry.speakers,
        recordings.references(files),
        recordings.corrections(files),
    )


def _address_problem(entry: LectureEntry) -> CourseError | None:
    """Return what is wrong where course.toml lists an address; None where it lists files."""
    for name in entry.files:
        if is_address(Path(name)):
            return CourseError(
                "this is an address, not a file",
                path=name,
                remedy="Download the recording into recordings/ and name the file.",
            )
    return None


def _problem(files: tuple[Path, ...]) -> CourseError | None:
    """Return what is wrong with the files of a lecture; None where it can be built."""
    for number, path in enumerate(files):
        problem = _file_problem(path)
        if problem is not None:
            return problem
        if path in files[:number]:
            return CourseError(
                "the file is listed twice in one lecture",
                path=path,
                remedy="Correct course.toml.",
            )
    if len({path.name.lower().endswith(SOUND_ENDINGS) for path in files}) > 1:
        return CourseError(
            "one lecture mixes sound and transcripts",
            path=files[0],
            remedy="List files of one kind.",
        )
    return None


def _file_problem(path: Path) -> CourseError | None:
    """Return what is wrong with one file; None for a recording that is there."""
    try:
        is_there = path.is_file()
    except OSError:  # a name longer than names can be
        is_there = False
    if not is_there:
        return CourseError(
            "the file is not there",
            path=path,
            remedy="Put it there or correct course.toml.",
        )
    if not path.name.lower().endswith(RECORDING_ENDINGS):
        known = " ".join(RECORDING_ENDINGS)
        return CourseError(
            "not a kind of recording Konspekt reads",
            path=path,
            remedy=f"It reads: {known}.",
        )
    return None


def refuse_shared_ids(path: Path, lectures: Iterable[Lecture]) -> None:
    """Raise CourseError, with `path` of course.toml, where two lectures have one id."""
    seen: dict[str, Lecture] = {}
    for lecture in lectures:
        # some file systems do not tell case apart
        other = seen.setdefault(lecture.id.casefold(), lecture)
        if other is not lecture:
            both = f"{other.files[0].name} and {lecture.files[0].name}"
            raise CourseError(
                f"{both} would share the id {lecture.id!r}",
                path=path,
                remedy="Rename one, or list it under [[lectures]] with an id of its own.",
            )
