"""The commands of single stages, outside a course."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pipeline.errors import FormatError, StoreError
from pipeline.terminal import rate

if TYPE_CHECKING:
    from pipeline.course import Settings
    from pipeline.jobs import Job, Stage
    from pipeline.terminal import Terminal

S = TypeVar("S", bound="Settings")
FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)

output_option = click.option("--output", type=FOLDER, required=True, metavar="DIR", help="Where the files go.")


def _language(_: click.Context, __: click.Parameter, value: str) -> str:
    if not re.fullmatch("[a-z]{2,3}", value):
        raise click.BadParameter('a language is written in two or three small letters, such as "ru"')
    return value


language_option = click.option(
    "--language",
    default="ru",
    show_default=True,
    metavar="CODE",
    callback=_language,
    help="Language of the lecture where nobody says so.",
)


@click.command(short_help="Recording to raw.json.")
@click.argument("files", type=FILE, nargs=-1, required=True)
@output_option
@click.option("--model", default="auto", show_default=True, help="Whisper: a name, or a checkpoint file.")
@click.option("--spoken", metavar="CODE", help="Language spoken; without it Whisper decides for every window.")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True)
@click.option("--strict", is_flag=True, help="Refuse a recording that was cut short, instead of using what is there.")
@click.pass_obj
def transcribe(terminal: Terminal, /, files: tuple[Path, ...], output: Path, strict: bool, **options: Any) -> None:
    """Transcribe FILES, the parts of one recording, into DIR/raw.json.

    A raw transcript (JSON, SRT, VTT, text of [Chunk start …] lines) is read instead of heard.

    \b
    konspekt transcribe week05.mp3 --output out --model small
    """
    from pipeline.course import TranscribeOptions
    from pipeline.files import load_raw
    from pipeline.jobs import TRANSCRIBE, cut_short, refuse_cut_short

    spoken = options.pop("spoken")
    settings = _settings(TranscribeOptions, **options, **({"language": spoken} if spoken else {}))
    with _alone(files, output, transcribe=settings) as job:
        _run(terminal, job, TRANSCRIBE)
        if strict:
            refuse_cut_short(job)
        for words in cut_short(load_raw(output / "raw.json").recording):
            terminal.say(f"Note: {words}.")


@click.command(short_help="Raw transcript to transcript.json, removals.")
@click.argument("file", type=FILE)
@output_option
@language_option
@click.option("--embeddings", default="auto", show_default=True, help='Model for the likeness of sentences, or "none".')
@click.option("--without", multiple=True, metavar="RULE", help="Leave out a rule (may be repeated).")
@click.pass_obj
def clean(terminal: Terminal, /, file: Path, output: Path, language: str, **options: Any) -> None:
    """Clean FILE, a raw transcript of any kind, into DIR: transcript.*, removed.jsonl, quality.json.

    \b
    konspekt clean out/raw.json --output out
    """
    from pipeline.course import CleanOptions
    from pipeline.jobs import CLEAN, TRANSCRIBE, take_raw

    with _alone((file,), output, language=language, clean=_settings(CleanOptions, **options)) as job:
        if job.lecture.is_sound:
            raise FormatError(
                "this is sound", path=file, remedy=f"First: konspekt transcribe {file.name} --output DIR."
            )
        if _is_raw_json(file):
            take_raw(job, file)
        else:
            _run(terminal, job, TRANSCRIBE, quiet=True)
        _run(terminal, job, CLEAN)


@click.command(short_help="Transcript to notes.json.")
@click.argument("file", type=FILE)
@output_option
@click.option("--llm-url", metavar="URL", help="An OpenAI-compatible endpoint; the transcript is sent there.")
@click.option("--llm-model", metavar="NAME", help="The model's name at that endpoint.")
@click.option("--llm-key-env", metavar="VARIABLE", help="Environment variable that holds the key.")
@click.pass_obj
def notes(
    terminal: Terminal, file: Path, output: Path, llm_url: str | None, llm_model: str | None, llm_key_env: str | None
) -> None:
    """Take notes of FILE, a transcript.json, into DIR/notes.json.

    \b
    konspekt notes out/transcript.json --output out
    """
    from pipeline.course import LLMOptions, NotesOptions
    from pipeline.jobs import NOTES_STAGE

    if bool(llm_url) != bool(llm_model):
        raise click.UsageError("--llm-url and --llm-model go together.")
    llm = _settings(LLMOptions, base_url=llm_url, model=llm_model, api_key_env=llm_key_env) if llm_url else None
    _must_exist(file)
    with _alone((file,), output, notes=NotesOptions(llm=llm), given={"transcript.json": file}) as job:
        _run(terminal, job, NOTES_STAGE)


@click.command(short_help="Pages of lectures.")
@click.argument("folders", type=FOLDER, nargs=-1, required=True)
@output_option
@language_option
@click.option("--title", default="", help="The site's title.")
@click.pass_obj
def site(terminal: Terminal, folders: tuple[Path, ...], output: Path, language: str, title: str) -> None:
    """Build the pages of FOLDERS, each with the files of transcribe, clean and notes, into DIR/source and DIR/html.

    \b
    konspekt site out --output out/site --title "Week 5"
    """
    from pipeline.pages import alone, bring_site_up_to_date, why_site_is_stale
    from pipeline.store import locked

    with locked(output / ".konspekt"):
        job = alone(folders, output, language=language, title=title)
        why = why_site_is_stale(job)
        if why is not None:
            with terminal.at_work("", "site", why) as progress:
                bring_site_up_to_date(job, progress)
    terminal.say(f"Open {(output / 'html' / 'index.html').resolve().as_uri()}")


@click.command(short_help="WER and CER against a reference.")
@click.argument("reference", type=FILE)
@click.argument("hypothesis", type=FILE)
@click.option("--profile", help="Compare by: ru, en, whisper-basic, whisper-english; by default as the language asks.")
@click.option("--without", multiple=True, metavar="RULE", help="Leave a rule of the profile out (again for another).")
def score(reference: Path, hypothesis: Path, profile: str | None, without: tuple[str, ...]) -> None:
    """Score HYPOTHESIS, a transcript, against REFERENCE: WER, CER and the counts, raw and normalised.

    Both are text, SRT or VTT; the hypothesis may be a transcript.json. Below the counts stands how many errors each
    rule of the profile takes away.

    \b
    konspekt score week05.reference.txt out/transcript.json
    """
    from pipeline.score import effects, profile_of
    from pipeline.score import score as counted
    from pipeline.text.language import text_language

    said, heard = _text_of(reference), _text_of(hypothesis)
    profile = profile or profile_of(text_language(said, "ru"))
    parts = [counted(said, heard, "raw", cer=True), counted(said, heard, profile, cer=True, without=without)]
    click.echo(f"{'':16}{'WER':>8}{'CER':>8}{'hits':>8}{'sub':>7}{'del':>7}{'ins':>7}{'words':>8}")
    for part in parts:
        click.echo(
            f"{part.profile:16}{rate(part.wer):>8}{rate(part.cer):>8}{part.hits:>8}{part.substitutions:>7}"
            f"{part.deletions:>7}{part.insertions:>7}{part.reference_words:>8}"
        )
    taken = {name: count for name, count in effects(said, heard, profile).items() if count and name not in without}
    if taken:
        click.echo("errors each rule takes away: " + ", ".join(f"{name} {count}" for name, count in taken.items()))


def _text_of(path: Path) -> str:
    """The words of a text, subtitles, a transcript.json or any raw transcript."""
    from pipeline import files
    from pipeline.course import TranscribeOptions
    from pipeline.score import read_reference
    from pipeline.transcribe import read_transcript

    _must_exist(path)
    if path.suffix.lower() in (".srt", ".vtt"):
        return read_reference(path)[0]
    if path.suffix.lower() == ".json":
        with suppress(FormatError):
            return " ".join(sentence.text for sentence in files.load_transcript(path).sentences)
    if path.suffix.lower() == ".json" or _is_chunks(path):
        raw = read_transcript("hypothesis", (path,), (path.name,), TranscribeOptions())
        return " ".join(hearing.text for hearing in raw.hearings)
    return files.without_gaps(read_reference(path)[0])


def _is_chunks(path: Path) -> bool:
    with path.open("rb") as file:
        return b"[Chunk start " in file.read(1000)


def _settings(table: type[S], **values: Any) -> S:
    """A table of settings from options; a wrong value is an error of usage that names it."""
    from pydantic import ValidationError

    from pipeline.course import setting_problem

    try:
        return table(**values)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise click.UsageError(f"{where}: {setting_problem(first['type'], first['msg'])}") from None


def _is_raw_json(path: Path) -> bool:
    """Whether a file is a raw.json of Konspekt's own, to be taken as it is."""
    from pipeline import files

    if path.suffix.lower() != ".json":
        return False
    try:
        files.load_raw(path)
    except FormatError:
        return False
    return True


def _must_exist(path: Path) -> None:
    if not path.is_file():
        raise FormatError("the file is not there", path=path, remedy="Check the name.")


@contextmanager
def _alone(files: tuple[Path, ...], output: Path, **options: Any) -> Iterator[Job]:
    """A job outside a course: its files go to `output`, its lock and journal below it."""
    from pipeline.course import Lecture
    from pipeline.jobs import Job, Tools
    from pipeline.recordings import safe_id, stem_of
    from pipeline.store import Hashes, locked, remove_leftovers

    for path in files:
        _must_exist(path)
    stem = stem_of(files[0])
    work = output / ".konspekt"
    _keep_off(files, output, own=work.is_dir())
    with locked(work):
        remove_leftovers(output, below=False)
        tools = Tools(Hashes.load(work / "hashes.json"))
        language = options.pop("language", "ru")
        yield Job(Lecture(safe_id(stem), stem, files), output, Path.cwd(), work, tools, language, **options)
        tools.hashes.save()


def _keep_off(files: tuple[Path, ...], output: Path, *, own: bool) -> None:
    """Refuses to write over what the person gave, or over what in `output` is not Konspekt's own."""
    from pipeline.jobs import ARTIFACTS
    from pipeline.store import MANIFEST

    written = {(output / name).resolve(): name for name in (*ARTIFACTS, MANIFEST)}
    for path in files:
        name = written.get(path.resolve(), "raw.json")
        if name not in ("raw.json", "transcript.json"):
            raise StoreError("the output would be written over it", path=path, remedy="Choose another --output.")
    there = [name for path, name in written.items() if path.exists()]
    if there and not own:
        what = f"{', '.join(there)} {'is' if len(there) == 1 else 'are'} there and not from Konspekt"
        raise StoreError(what, path=output, remedy="Choose an empty folder for --output.")


def _run(terminal: Terminal, job: Job, stage: Stage, *, quiet: bool = False) -> None:
    why = stage.why(job)
    if why is not None:
        with terminal.at_work(job.lecture.id, stage.name, why) as progress:
            stage.run(job, progress)
    if not quiet:
        terminal.say(f"{'Up to date' if why is None else 'Made'}: {job.folder}")
