"""`konspekt notes`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from konspekt.cli.alone import check_file, open_job, run_stage
from konspekt.cli.options import (
    FILE,
    language_option,
    output_option,
    settings_of,
    takes,
)
from konspekt.errors import FormatError

if TYPE_CHECKING:
    from konspekt.cli.terminal import Terminal
    from konspekt.course.settings import LLMOptions


@dataclass(frozen=True, slots=True)
class NoteTaking:
    """Arguments and options of `notes`."""

    file: Path
    output: Path
    language: str | None
    llm_url: str | None
    llm_model: str | None
    llm_key_env: str | None

    def llm(self) -> LLMOptions | None:
        """Return the language model's settings, None without one. Raises UsageError."""
        from konspekt.course.settings import LLMOptions

        if not (self.llm_url or self.llm_model):
            return None
        if not self.llm_model:
            raise click.UsageError(
                "Missing option '--llm-model': what it is called there."
            )
        if not self.llm_url:
            raise click.UsageError("Missing option '--llm-url': where that model is.")
        return settings_of(
            LLMOptions,
            base_url=self.llm_url,
            model=self.llm_model,
            api_key_env=self.llm_key_env,
        )


@click.command(short_help="Transcript to notes.json.")
@click.argument("file", type=FILE)
@output_option()
@language_option("the transcript's own")
@click.option(
    "--llm-url",
    metavar="URL",
    help="An OpenAI-compatible endpoint; the transcript is sent there.",
)
@click.option("--llm-model", metavar="NAME", help="The model's name at that endpoint.")
@click.option(
    "--llm-key-env", metavar="VARIABLE", help="Environment variable that holds the key."
)
@takes(NoteTaking)
def notes(terminal: Terminal, options: NoteTaking) -> None:
    """Take notes of FILE, a transcript.json, into FOLDER/notes.json.

    \b
    konspekt notes week05/transcript.json --output week05
    """
    from konspekt.artifacts.files import load_notes
    from konspekt.artifacts.names import NOTES, TRANSCRIPT
    from konspekt.build.jobs import NOTES_STAGE
    from konspekt.course.settings import NotesOptions

    settings = NotesOptions(llm=options.llm())
    _check_transcript(options.file)
    with open_job((options.file,), options.output) as job:
        job = replace(
            job,
            notes=settings,
            language=options.language,
            given={TRANSCRIPT: options.file},
        )
        run_stage(terminal, job, NOTES_STAGE)
    for problem in load_notes(options.output / NOTES).problems:
        terminal.note(problem)


def _check_transcript(path: Path) -> None:
    """Raise FormatError where a file is no transcript.json, whatever else it is."""
    from konspekt.formats import konspekt_transcript
    from konspekt.formats.source import open_source

    check_file(path)
    kind = konspekt_transcript.FORMAT
    if not (kind.fits(path) and kind.matches(open_source(path))):
        raise FormatError(
            "this is no transcript.json",
            path=path,
            remedy="Notes are taken of a cleaned transcript. "
            "Make it first: konspekt clean FILE --output FOLDER, then name FOLDER/transcript.json.",
        )
