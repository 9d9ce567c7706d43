"""`konspekt clean`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from konspekt.cli.alone import open_job, run_stage
from konspekt.cli.options import (
    FILE,
    LateChoice,
    language_option,
    output_option,
    setting_option,
    settings_of,
    takes,
)
from konspekt.errors import FormatError, StoreError

if TYPE_CHECKING:
    from konspekt.build.stage import Job
    from konspekt.cli.terminal import Terminal
    from konspekt.data import RawTranscript


def _rule_names() -> Sequence[str]:
    from konspekt.clean.rules import RULES

    return list(RULES)


_RULE = LateChoice(_rule_names)


@dataclass(frozen=True, slots=True)
class Cleaning:
    """What `clean` is told."""

    files: tuple[Path, ...]
    output: Path
    language: str | None
    embeddings: str | None
    without: tuple[str, ...]
    only: tuple[str, ...]


@click.command(short_help="Raw transcript to transcript.json and removed.jsonl.")
@click.argument("files", type=FILE, nargs=-1, required=True)
@output_option()
@language_option("the transcript's own, else the one that its letters tell")
@setting_option("clean.embeddings")
@setting_option("clean.without", multiple=True, metavar="RULE", type=_RULE)
@setting_option("clean.only", multiple=True, metavar="RULE", type=_RULE)
@takes(Cleaning)
def clean(terminal: Terminal, options: Cleaning) -> None:
    """Clean FILES, a raw transcript of any kind, into DIR: transcript.*, removed.jsonl, …

    Several FILES are transcripts of the same sound by other models, settings or tools. What they
    agree on is kept once; what only one of them has needs support. Parts that follow one another
    are for konspekt transcribe.

    A person's NAME.corrections.toml beside one of them, or beside the recording, has the last word.

    \b
    konspekt clean week05/raw.json --output week05
    konspekt clean small/raw.json turbo.srt --output both
    """
    from konspekt.artifacts.files import load_quality
    from konspekt.artifacts.names import QUALITY
    from konspekt.build.coverage import coverage_in_words
    from konspekt.build.jobs import CLEAN
    from konspekt.course.settings import CleanOptions

    settings = settings_of(
        CleanOptions,
        embeddings=options.embeddings,
        without=options.without,
        only=options.only,
    )
    _keep_raw(options.files, options.output)
    with open_job(options.files, options.output) as job:
        job = replace(job, clean=settings, language=options.language)
        raw = _read(terminal, job)
        lecture = replace(job.lecture, corrections=_corrections(options.files, raw))
        run_stage(terminal, replace(job, lecture=lecture), CLEAN)
        quality = load_quality(options.output / QUALITY)
        terminal.say(f"Transcribed: {coverage_in_words(quality)}")
        for words in quality.unmatched:
            terminal.say(f"Note: {words}.")


def _keep_raw(files: tuple[Path, ...], output: Path) -> None:
    """Refuse to write what several transcripts make over one of them."""
    from konspekt.artifacts.names import RAW

    for path in files:
        if len(files) > 1 and path.resolve() == (output / RAW).resolve():
            raise StoreError(
                "the output would be written over it",
                path=path,
                remedy="Choose another --output.",
            )


def _read(terminal: Terminal, job: Job) -> RawTranscript | None:
    """Make the job's raw.json of its files; return it where it is one file of Konspekt's own."""
    from konspekt.build.jobs import SAME_SOUND, take_raw
    from konspekt.build.transcribe import TRANSCRIBE
    from konspekt.formats import is_known, read_transcript

    files = job.lecture.files
    for path in files:
        if not is_known(path):
            raise FormatError(
                "this is sound",
                path=path,
                remedy=f"First: konspekt transcribe {path.name} --output DIR.",
            )
    if len(files) > 1:
        run_stage(terminal, job, SAME_SOUND, quiet=True)
        return None
    raw = read_transcript(files[0])[0].raw
    if raw is not None:
        take_raw(job, files[0])
    else:
        run_stage(terminal, job, TRANSCRIBE, quiet=True)
    return raw


def _corrections(files: Iterable[Path], raw: RawTranscript | None) -> tuple[Path, ...]:
    """Return a person's corrections beside the files, and beside the recording that `raw` names."""
    from konspekt.course.recordings import corrections_of
    from konspekt.text.toml import refuse_folder

    places = list(files)
    for part in () if raw is None else raw.recording.parts:
        path = Path(part.path)
        places += [Path.cwd() / path, *(file.with_name(path.name) for file in files)]
    found = {
        path.resolve(): path for path in map(corrections_of, places) if path.exists()
    }
    for path in found.values():
        refuse_folder(path)
    return tuple(found.values())
