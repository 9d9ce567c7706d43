"""A job outside a course: what the commands of single stages share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from konspekt.course.recordings import is_text
from konspekt.errors import FormatError, StoreError

if TYPE_CHECKING:
    from konspekt.build.stage import Job, Stage
    from konspekt.cli.terminal import Terminal


def must_exist(path: Path) -> None:
    """Raise FormatError where no ordinary file is there, or its name fits into no artifact."""
    if not is_text(path.name):
        raise FormatError(
            "the file's name is not UTF-8", path=path, remedy="Rename it."
        )
    if path.is_file():
        return
    if path.exists():
        raise FormatError(
            "this is not an ordinary file",
            path=path,
            remedy="Put the file itself there.",
        )
    raise FormatError("the file is not there", path=path, remedy="Check the name.")


@contextmanager
def open_job(files: tuple[Path, ...], output: Path) -> Iterator[Job]:
    """Give a job on `files`, parts of one recording, with default settings, under its lock.

    Its artifacts go to `output`; its lock, journal and remembered hashes to a folder in there.
    """
    from konspekt.artifacts.store import Hashes, lock, remove_leftovers
    from konspekt.build.stage import Job, Tools
    from konspekt.course.lecture import Lecture
    from konspekt.course.recordings import safe_id, stem_of

    for path in files:
        must_exist(path)
    stem = stem_of(files[0])
    work = output / ".konspekt"
    _keep_off(files, output, own=work.is_dir())
    with lock(work):
        remove_leftovers(output, below=False)
        tools = Tools(Hashes.load(work / "hashes.json"))
        lecture = Lecture(safe_id(stem), stem, files)
        yield Job(
            lecture=lecture, folder=output, root=Path.cwd(), work=work, tools=tools
        )
        tools.hashes.save()


def _keep_off(files: tuple[Path, ...], output: Path, *, own: bool) -> None:
    """Refuse to write over what the person gave, or over what is not Konspekt's own."""
    from konspekt.artifacts.names import RAW, TRANSCRIPT
    from konspekt.artifacts.store import MANIFEST
    from konspekt.build.course import ARTIFACTS

    written = {(output / name).resolve(): name for name in (*ARTIFACTS, MANIFEST)}
    for path in files:
        name = written.get(path.resolve(), RAW)
        if name not in (RAW, TRANSCRIPT):
            raise StoreError(
                "the output would be written over it",
                path=path,
                remedy="Choose another --output.",
            )
    there = [name for path, name in written.items() if path.exists()]
    if there and not own:
        verb = "is" if len(there) == 1 else "are"
        raise StoreError(
            f"{', '.join(there)} {verb} there and not from Konspekt",
            path=output,
            remedy="Choose an empty folder for --output.",
        )


def run_stage(
    terminal: Terminal, job: Job, stage: Stage, *, quiet: bool = False
) -> None:
    """Run a stage with its progress unless its files are up to date, and say which it was."""
    why = stage.why(job)
    if why is not None:
        with terminal.at_work(job.lecture.id, stage, why) as progress:
            stage.run(job, progress)
    if not quiet:
        terminal.say(f"{'Up to date' if why is None else 'Made'}: {job.folder}")
