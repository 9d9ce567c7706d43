"""The files in recordings/: which are lectures, what they are called, what lies beside them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from konspekt.errors import CourseError
from konspekt.formats import FORMATS, endings, ready_formats

SOUND_ENDINGS = (
    ".wav",
    ".mp3",
    ".m4a",
    ".ogg",
    ".opus",
    ".flac",
    ".mp4",
    ".mkv",
    ".webm",
)
TEXT_ENDINGS = endings(FORMATS)  # anything else is taken for sound
# of texts that stand in the place of a recording
READY_ENDINGS = endings(ready_formats())
TRANSCRIPT_ENDINGS = tuple(f".raw{ending}" for ending in READY_ENDINGS)
# In the order of preference where a lecture has several.
REFERENCE_ENDINGS = tuple(f".reference{ending}" for ending in TEXT_ENDINGS)
CORRECTIONS_ENDING = ".corrections.toml"
RECORDING_ENDINGS = SOUND_ENDINGS + TRANSCRIPT_ENDINGS
# characters; with the longest file name beside it a path stays under 255 bytes
MAX_ID_LENGTH = 80


def stem_of(path: Path) -> str:
    """Return the file's name without its ending.

    A transcript's ending has two parts: `week05.raw.txt` → `week05`.
    """
    name = path.name
    for ending in TRANSCRIPT_ENDINGS + REFERENCE_ENDINGS + SOUND_ENDINGS:
        if name.lower().endswith(ending):
            return name[: -len(ending)]
    return path.stem


def is_recording(path: Path) -> bool:
    """Return whether a lecture can be made of a file, by its ending: sound or a transcript."""
    return path.name.lower().endswith(RECORDING_ENDINGS)


def corrections_of(path: Path) -> Path:
    """Return where a person's corrections of a recording are, if there are any."""
    return path.with_name(stem_of(path) + CORRECTIONS_ENDING)


def safe_id(name: str) -> str:
    """Return a name as an id: letters and digits of any script; `-`, `_` and `.` inside.

    It is never a path, never hidden, never empty. It is composed (NFC), so that one name typed on
    two systems is one id.
    """
    composed = unicodedata.normalize("NFC", name)
    kept = "".join(c if c.isalnum() or c in "-_." else "-" for c in composed)
    trimmed = re.sub(r"-{2,}", "-", kept).strip("-._")[:MAX_ID_LENGTH].rstrip("-._")
    return trimmed or "lecture"


def distinct_names(paths: Sequence[Path]) -> tuple[str, ...]:
    """Return the files' names, each once.

    Where two are alike, the folder stands before them; where these are alike too, a number follows.
    """
    names = [path.name for path in paths]
    if len(set(names)) < len(names):
        names = [f"{path.resolve().parent.name}/{path.name}" for path in paths]
    return tuple(
        name if names.count(name) == 1 else f"{name} ({names[: place + 1].count(name)})"
        for place, name in enumerate(names)
    )


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key that sorts digits by value and the rest without case."""
    parts = re.split(r"(\d+)", unicodedata.normalize("NFC", name).casefold())
    return tuple(
        (0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts
    )


@dataclass(frozen=True, slots=True)
class Recordings:
    """The files in recordings/, found by name whatever the case and the form (NFC, NFD) it is
    written in.
    """

    folder: Path
    files: tuple[Path, ...]  # in the order people count: week2 before week10
    folders: tuple[Path, ...]  # inside it, in the same order
    unnameable: tuple[CourseError, ...]

    @classmethod
    def read(cls, folder: Path) -> Recordings:
        """Return what is in the folder; nothing where it is not there.

        Raises CourseError where it cannot be read.
        """
        usable: list[Path] = []
        problems: list[CourseError] = []
        for path in _list_folder(folder):
            problem = _entry_problem(path)
            if problem is None:
                usable.append(path)
            else:
                problems.append(problem)
        usable.sort(key=lambda path: (natural_key(path.name), path.name))
        return cls(
            folder,
            files=tuple(filter(Path.is_file, usable)),
            folders=tuple(filter(Path.is_dir, usable)),
            unnameable=tuple(sorted(problems, key=str)),
        )

    def find(self, name: str) -> Path:
        """Return the file that course.toml means; where there is none, the path as it is written.

        Raises CourseError for a name that leads out of recordings/.
        """
        relative = Path(name)
        if relative.is_absolute() or ".." in relative.parts or not name.strip():
            what = f"{name!r} is not a file in recordings/"
            course_toml = self.folder.parent / "course.toml"
            raise CourseError(what, path=course_toml, remedy="Name it from there.")
        if len(relative.parts) > 1:
            return self.folder / relative
        return self._find(name) or self.folder / relative

    def references(self, files: tuple[Path, ...]) -> tuple[Path, ...]:
        """Return the reference beside each file; none unless every file has one."""
        found = [self._reference(path) for path in files]
        return tuple(filter(None, found)) if all(found) else ()

    def _reference(self, path: Path) -> Path | None:
        """Return the reference beside a file, of the first ending that has one; None for none."""
        for ending in REFERENCE_ENDINGS:
            found = self._find(stem_of(path) + ending)
            if found is not None and found.parent == path.parent:
                return found
        return None

    def corrections(self, files: tuple[Path, ...]) -> tuple[Path, ...]:
        """Return the corrections that are beside the files of a lecture, in their order."""
        found = map(self._correction, files)
        return tuple(dict.fromkeys(filter(None, found)))

    def _correction(self, path: Path) -> Path | None:
        """Return the corrections beside a file; None for none."""
        corrections = corrections_of(path)
        if path.parent == self.folder:
            return self._find(corrections.name)
        return corrections if corrections.is_file() else None

    def find_ignored(self, taken: Set[Path]) -> tuple[str, ...]:
        """Return the files that no lecture takes, the folders of which none is taken, and why."""
        files = tuple(
            f"recordings/{path.name} is not used: {_why_ignored(path)}"
            for path in self.files
            if path not in taken and not is_recording(path)
        )
        in_use = {parent for path in taken for parent in path.parents}
        folders = tuple(
            f"recordings/{path.name}/ is not used: files in folders are used where [[lectures]] "
            f'lists them (files = ["{path.name}/…"])'
            for path in self.folders
            if path not in in_use
        )
        return files + folders

    def _find(self, name: str) -> Path | None:
        """Return the file of that name, whatever its case and form; None for none."""
        alike = [path for path in self.files if _plain(path.name) == _plain(name)]
        # the very name before one that differs in case
        return min(alike, key=lambda path: path.name != name, default=None)


def _list_folder(folder: Path) -> list[Path]:
    """Return what is in the folder and not hidden; nothing without a folder.

    Raises CourseError where the folder cannot be read.
    """
    try:
        return [path for path in folder.iterdir() if not path.name.startswith(".")]
    except FileNotFoundError:
        return []
    except OSError as error:
        what = f"the folder cannot be read: {error.strerror or error}"
        remedy = "Give yourself the right to read it."
        raise CourseError(what, path=folder, remedy=remedy) from error


def _entry_problem(path: Path) -> CourseError | None:
    """Return why an entry of recordings/ can be no file of a course; None where it may be one."""
    if path.is_file() and not is_text(path.name):
        what = "the file's name is not UTF-8"
        return CourseError(what, path=path, remedy="Rename it.")
    if path.is_symlink() and not path.exists():
        remedy = "Mend the link, or mount what it leads to."
        return CourseError("a link to nowhere", path=path, remedy=remedy)
    if path.is_dir() and path.name.lower().endswith(CORRECTIONS_ENDING):
        remedy = "Put a file of that name in its place."
        return CourseError("this is a folder, not a file", path=path, remedy=remedy)
    return None


def _why_ignored(path: Path) -> str:
    name = path.name.lower()
    if name.endswith(REFERENCE_ENDINGS):
        return "a reference is used where every file of a lecture has one, the first of its endings"
    if name == CORRECTIONS_ENDING[1:]:
        return "corrections for a whole course lie beside its course.toml"
    if name.endswith(CORRECTIONS_ENDING):
        return "no recording of that name lies beside it"
    ending = path.suffix.lower()
    if ending in READY_ENDINGS:
        return f"a raw transcript is named NAME.raw{ending}, a reference NAME.reference{ending}"
    if ending in TEXT_ENDINGS:
        return f"a reference is named NAME.reference{ending}"
    return f"recordings end in {' '.join(SOUND_ENDINGS)}"


def is_address(path: Path) -> bool:
    """Return whether a person named an address, not a file: `https://…`, `file:…`."""
    return bool(re.match(r"(https?|ftps?|rtsp|s3|file):/", str(path), re.IGNORECASE))


def is_text(name: str) -> bool:
    """Return whether a file's name is text: one of another system may hold bytes that are none."""
    return not any("\ud800" <= c <= "\udfff" for c in name)


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
