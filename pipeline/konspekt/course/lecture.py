"""The lectures of a course: those that course.toml lists, then those found in recordings/."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from konspekt.course.recordings import (
    RECORDING_ENDINGS,
    Recordings,
    is_address,
    is_recording,
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

    @property
    def all_files(self) -> tuple[Path, ...]:
        """Its own, and those that lie beside them."""
        return (*self.files, *self.references, *self.corrections)


def find_lectures(
    recordings: Recordings, entries: Iterable[LectureEntry]
) -> tuple[list[Lecture], list[CourseError]]:
    """Return the lectures in order, and what is wrong with listed ones that cannot be built."""
    lectures: list[Lecture] = []
    missing: list[CourseError] = []
    taken: set[Path] = set()
    for entry in entries:
        files = tuple(recordings.find(name) for name in entry.files)
        taken.update(files)
        try:
            _check_entry(entry, files)
        except CourseError as problem:
            missing.append(problem)
        else:
            lectures.append(_make_lecture(recordings, entry, files))
    for path in recordings.files:
        if path not in taken and is_recording(path):
            entry = LectureEntry(files=(path.name,))
            lectures.append(_make_lecture(recordings, entry, (path,)))
    return lectures, missing


def _make_lecture(
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


def _check_entry(entry: LectureEntry, files: tuple[Path, ...]) -> None:
    """Raise CourseError where no lecture can be made of what course.toml lists."""
    for name in entry.files:
        if is_address(Path(name)):
            what = "this is an address, not a file"
            remedy = "Download the recording into recordings/ and name the file."
            raise CourseError(what, path=name, remedy=remedy)
    for number, path in enumerate(files):
        _check_file(path)
        if path in files[:number]:
            what = "the file is listed twice in one lecture"
            raise CourseError(what, path=path, remedy="Correct course.toml.")
    refuse_mixed(files)


def refuse_mixed(files: Sequence[Path]) -> None:
    """Raise CourseError for the files of one lecture that are not of one kind."""
    sound = [path for path in files if not is_known(path)]
    if 0 < len(sound) < len(files):
        what = "one lecture mixes sound and transcripts"
        raise CourseError(what, path=sound[0], remedy="Name files of one kind.")


def _check_file(path: Path) -> None:
    """Raise CourseError for a file that is not there, or is no recording."""
    try:
        is_there = path.is_file()
    except OSError:  # a name longer than names can be
        is_there = False
    if not is_there:
        remedy = "Put it there or correct course.toml."
        raise CourseError("the file is not there", path=path, remedy=remedy)
    if not is_recording(path):
        what = "not a kind of recording Konspekt reads"
        remedy = f"It reads: {' '.join(RECORDING_ENDINGS)}."
        raise CourseError(what, path=path, remedy=remedy)


def refuse_shared_ids(path: Path, lectures: Iterable[Lecture]) -> None:
    """Raise CourseError, with `path` of course.toml, where two lectures have one id."""
    seen: dict[str, Lecture] = {}
    for lecture in lectures:
        # some file systems do not tell case apart
        other = seen.setdefault(lecture.id.casefold(), lecture)
        if other is not lecture:
            both = f"{other.files[0].name} and {lecture.files[0].name}"
            what = f"{both} would share the id {lecture.id!r}"
            remedy = "Rename one, or list it under [[lectures]] with an id of its own."
            raise CourseError(what, path=path, remedy=remedy)
