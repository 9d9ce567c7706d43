"""What the commands of single stages share outside a course: a job of its own, and options as
settings.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from konspekt.course.recordings import is_text
from konspekt.errors import FormatError, StoreError

if TYPE_CHECKING:
    from konspekt.build.stage import Job, Stage
    from konspekt.cli.terminal import Terminal
    from konspekt.course.settings import Settings

S = TypeVar("S", bound="Settings")


class Folder(click.Path):
    """A folder that is there or can be made; an empty name, as of a variable that is not set, is
    none.
    """

    def __init__(self) -> None:
        super().__init__(file_okay=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail("a folder has a name.", param, ctx)
        return super().convert(value, param, ctx)


FOLDER = Folder()


def settings_of(table: type[S], **values: Any) -> S:
    """A table of settings from options; a wrong value is an error of usage that names it."""
    from pydantic import ValidationError

    from konspekt.course.settings import setting_problem

    try:
        return table(**values)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = str(first["loc"][0])  # what follows are the kinds of value that it may have
        raise click.UsageError(f"{where}: {setting_problem(first['type'], first['msg'])}") from None


def must_exist(path: Path) -> None:
    """Raises FormatError where there is no such file, or what is there is a folder, a pipe, a
    device; or has a name that no artifact can hold.
    """
    if not is_text(path.name):
        raise FormatError("the file's name is not UTF-8", path=path, remedy="Rename it.")
    if not path.is_file():
        there = path.exists()
        what = "this is not an ordinary file" if there else "the file is not there"
        raise FormatError(
            what, path=path, remedy="Put the file itself there." if there else "Check the name."
        )


@contextmanager
def alone(files: tuple[Path, ...], output: Path, **options: Any) -> Iterator[Job]:
    """A job outside a course: its files go to `output`, its lock and journal below it."""
    from konspekt.artifacts.store import Hashes, locked, remove_leftovers
    from konspekt.build.stage import Job, Tools
    from konspekt.course.lecture import Lecture
    from konspekt.course.recordings import safe_id, stem_of

    for path in files:
        must_exist(path)
    stem = stem_of(files[0])
    work = output / ".konspekt"
    _keep_off(files, output, own=work.is_dir())
    with locked(work):
        remove_leftovers(output, below=False)
        tools = Tools(Hashes.load(work / "hashes.json"))
        language = options.pop("language", "ru")
        yield Job(
            Lecture(safe_id(stem), stem, files),
            output,
            Path.cwd(),
            work,
            tools,
            language,
            **options,
        )
        tools.hashes.save()


def _keep_off(files: tuple[Path, ...], output: Path, *, own: bool) -> None:
    """Refuses to write over what the person gave, or over what in `output` is not Konspekt's
    own.
    """
    from konspekt.artifacts.store import MANIFEST
    from konspekt.build.stage import ARTIFACTS

    written = {(output / name).resolve(): name for name in (*ARTIFACTS, MANIFEST)}
    for path in files:
        name = written.get(path.resolve(), "raw.json")
        if name not in ("raw.json", "transcript.json"):
            raise StoreError(
                "the output would be written over it", path=path, remedy="Choose another --output."
            )
    there = [name for path, name in written.items() if path.exists()]
    if there and not own:
        what = (
            f"{', '.join(there)} {'is' if len(there) == 1 else 'are'} there and not from Konspekt"
        )
        raise StoreError(what, path=output, remedy="Choose an empty folder for --output.")


def run(terminal: Terminal, job: Job, stage: Stage, *, quiet: bool = False) -> None:
    """Runs a stage with its progress, unless its files are up to date; says which unless it is to
    be quiet.
    """
    why = stage.why(job)
    if why is not None:
        with terminal.at_work(job.lecture.id, stage.name, why) as progress:
            stage.run(job, progress)
    if not quiet:
        terminal.say(f"{'Up to date' if why is None else 'Made'}: {job.folder}")
