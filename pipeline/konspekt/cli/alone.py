"""A job outside a course: what the commands of single stages share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from konspekt.artifacts.names import RAW, TRANSCRIPT
from konspekt.course.recordings import is_text, safe_id, stem_of
from konspekt.errors import CourseError, FormatError, StoreError, command_line

if TYPE_CHECKING:
    from konspekt.build.stage import Job, Stage
    from konspekt.cli.terminal import Terminal
    from konspekt.course.lecture import Lecture

WORK = ".konspekt"  # below --output: what may be deleted at any time


def check_file(path: Path) -> None:
    """Raise FormatError where no ordinary file is there, or its name fits into no artifact."""
    if not is_text(path.name):
        what, remedy = "the file's name is not UTF-8", "Rename it."
    elif path.is_file():
        return
    elif path.exists():
        what, remedy = "this is not an ordinary file", "Put the file itself there."
    else:
        what, remedy = "the file is not there", "Check the name."
    raise FormatError(what, path=path, remedy=remedy)


def sound_error(path: Path) -> FormatError:
    """Return the error of a recording that stands in the place of a transcript."""
    first = command_line("transcribe", path, "--output", "FOLDER")
    return FormatError("this is sound", path=path, remedy=f"First: {first}.")


def refuse_lecture(path: Path, lecture: str | None) -> None:
    """Raise CourseError where `--lecture` names one outside a course."""
    if lecture is not None:
        raise CourseError(
            f"there is no course here, so no lecture {lecture!r}",
            path=path,
            remedy="Name the folder of a course, or leave out --lecture.",
        )


@contextmanager
def open_job(files: tuple[Path, ...], output: Path) -> Iterator[Job]:
    """Give a job on `files`, parts of one recording, with default settings, under its lock.

    Its artifacts go to `output`; its lock, journal and remembered hashes to a folder in there.
    """
    from konspekt.artifacts.store import Hashes, lock, remove_leftovers
    from konspekt.build.stage import Job, Tools

    for path in files:
        check_file(path)
    _keep_off(files, output)
    work = output / WORK
    with lock(work):
        remove_leftovers(output, below=False)
        tools = Tools(Hashes.load(work / "hashes.json"))
        yield Job(
            lecture=_lecture_of(files),
            folder=output,
            root=Path.cwd(),
            work=work,
            tools=tools,
        )
        tools.hashes.save()


def _lecture_of(files: tuple[Path, ...]) -> Lecture:
    """Return a lecture that is called what its first file is."""
    from konspekt.course.lecture import Lecture

    stem = stem_of(files[0])
    return Lecture(safe_id(stem), stem, files)


def _keep_off(files: tuple[Path, ...], output: Path) -> None:
    """Refuse to write over what the person gave, or over what is not Konspekt's own.

    The only file may be the artifact that the stage reads.
    """
    from konspekt.artifacts.store import MANIFEST
    from konspekt.build.course import ARTIFACTS

    written = [output / name for name in (*ARTIFACTS, MANIFEST)]
    read = {output / RAW, output / TRANSCRIPT} if len(files) == 1 else set()
    in_the_way = {path.resolve() for path in written if path not in read}
    for path in files:
        if path.resolve() in in_the_way:
            raise StoreError(
                "the output would be written over it",
                path=path,
                remedy="Choose another --output.",
            )
    if not (output / WORK).is_dir():
        _refuse_foreign(output, [path.name for path in written if path.exists()])


def _refuse_foreign(output: Path, names: Sequence[str]) -> None:
    """Raise StoreError for files that Konspekt would write, and somebody else wrote."""
    if not names:
        return
    verb = "is" if len(names) == 1 else "are"
    raise StoreError(
        f"{', '.join(names)} {verb} there and not from Konspekt",
        path=output,
        remedy="Choose an empty folder for --output.",
    )


def run_stage(
    terminal: Terminal,
    job: Job,
    stage: Stage,
    *,
    quiet: bool = False,
    prepare: Callable[[Terminal, Job], None] = lambda *_: None,
) -> None:
    """Run a stage with its progress unless its files are up to date, and say which it was.

    `prepare` is called before it runs.
    """
    why = stage.why(job)
    if why is not None:
        prepare(terminal, job)
        with terminal.at_work(job.lecture.id, stage, why) as progress:
            stage.run(job, progress)
    if not quiet:
        terminal.say(f"{'Up to date' if why is None else 'Made'}: {job.folder}")
