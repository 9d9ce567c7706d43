"""`konspekt clean`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from konspekt.cli.alone import open_job, run_stage, sound_error
from konspekt.cli.completion import embeddings, offer
from konspekt.cli.models import fetch_encoder
from konspekt.cli.options import (
    FILE,
    LateChoice,
    language_option,
    output_option,
    setting_option,
    settings_of,
    takes,
)
from konspekt.course.recordings import corrections_of
from konspekt.formats import is_known
from konspekt.text.toml import refuse_folder

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
    """Arguments and options of `clean`."""

    files: tuple[Path, ...]
    output: Path
    language: str | None
    given: Mapping[str, Any]  # settings of [clean]


@click.command(short_help="Raw transcript to transcript.json and removed.jsonl.")
@click.argument("files", type=FILE, nargs=-1, required=True)
@output_option()
@language_option("the transcript's own, else the one that its letters tell")
@setting_option("clean.embeddings", shell_complete=offer(embeddings))
@setting_option("clean.without", multiple=True, metavar="RULE", type=_RULE)
@setting_option("clean.only", multiple=True, metavar="RULE", type=_RULE)
@takes(Cleaning)
def clean(terminal: Terminal, options: Cleaning) -> None:
    """Clean FILES, a raw transcript of any kind, into FOLDER: transcript.*, removed.jsonl, …

    Several FILES are transcripts of the same sound by other models, settings or tools. What they
    agree on is kept once; what only one of them has needs support. Parts that follow one another
    are for konspekt transcribe.

    A person's NAME.corrections.toml beside one of them, or beside the recording, has the last word.

    \b
    konspekt clean week05/raw.json --output week05
    konspekt clean small/raw.json turbo.srt --output both
    """
    from konspekt.build.jobs import CLEAN
    from konspekt.course.settings import CleanOptions

    settings = settings_of(CleanOptions, **options.given)
    with open_job(options.files, options.output) as job:
        job = replace(job, clean=settings, language=options.language)
        raw = _read(terminal, job)
        corrections = _find_corrections(options.files, raw)
        lecture = replace(job.lecture, corrections=corrections)
        job = replace(job, lecture=lecture)
        run_stage(terminal, job, CLEAN, prepare=fetch_encoder)
        _sum_up(terminal, options.output)


def _sum_up(terminal: Terminal, folder: Path) -> None:
    """Say how much of the recording was transcribed, and which corrections found nothing."""
    from konspekt.artifacts.files import load_quality
    from konspekt.artifacts.names import QUALITY
    from konspekt.build.coverage import coverage_in_words

    quality = load_quality(folder / QUALITY)
    terminal.say(f"Transcribed: {coverage_in_words(quality)}")
    for words in quality.unmatched:
        terminal.note(words)


def _read(terminal: Terminal, job: Job) -> RawTranscript | None:
    """Make the job's raw.json of its files; return it where it is one file of Konspekt's own."""
    from konspekt.build.jobs import SAME_SOUND, take_raw
    from konspekt.build.transcribe import TRANSCRIBE
    from konspekt.formats import read_transcript

    files = job.lecture.files
    for path in files:
        if not is_known(path):
            raise sound_error(path)
    if len(files) > 1:
        run_stage(terminal, job, SAME_SOUND, quiet=True)
        return None
    document, _ = read_transcript(files[0])
    if document.raw is not None:
        take_raw(job, files[0])
    else:
        run_stage(terminal, job, TRANSCRIBE, quiet=True)
    return document.raw


def _find_corrections(
    files: Sequence[Path], raw: RawTranscript | None
) -> tuple[Path, ...]:
    """Return a person's corrections beside the files, and beside the recording that `raw` names."""
    places = list(files)
    for part in () if raw is None else raw.recording.parts:
        recording = Path(part.path)
        places.append(Path.cwd() / recording)
        places += [file.with_name(recording.name) for file in files]
    found: dict[Path, Path] = {}  # by where it really is
    for path in map(corrections_of, places):
        if path.exists():
            refuse_folder(path)
            found[path.resolve()] = path
    return tuple(found.values())
