"""The commands of single stages, outside a course."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from konspekt.cli.alone import FOLDER, alone, must_exist, run, settings_of
from konspekt.errors import FormatError, StoreError

if TYPE_CHECKING:
    from konspekt.cli.terminal import Terminal
    from konspekt.course.settings import TranscribeOptions
    from konspekt.data import RawTranscript

FILE = click.Path(dir_okay=False, path_type=Path)
EXPLAINING = ("explain", "lecture", "wav", "sound")  # what `clean --explain` is told

output_option = click.option(
    "--output", type=FOLDER, required=True, metavar="DIR", help="Where the files go."
)


def _language(_: click.Context, __: click.Parameter, value: str) -> str:
    if not re.fullmatch("[a-z]{2,3}", value):
        raise click.BadParameter(
            'a language is written in two or three small letters, such as "ru"'
        )
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
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option(
    "--output", type=FOLDER, metavar="DIR", help="Where the files go; needed but for a course."
)
@click.option(
    "--model",
    default="auto",
    show_default=True,
    help="Whisper: a name, a checkpoint file, or a folder.",
)
@click.option(
    "--spoken", metavar="CODE", help="Language spoken; without it Whisper decides for every window."
)
@click.option(
    "--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True
)
@click.option(
    "--engine",
    type=click.Choice(["whisper", "faster-whisper", "auto"]),
    default="whisper",
    show_default=True,
    help="What computes Whisper; auto: the faster of them on this machine, measured once.",
)
@click.option(
    "--track", metavar="TRACK", help="Of several audio tracks: its number, title or language."
)
@click.option("--strict", is_flag=True, help="Refuse a recording that was cut short or is damaged.")
@click.option(
    "--again",
    is_flag=True,
    help="Hear once more what cleaning found worth it, into DIR/second_pass.json.",
)
@click.option(
    "--lecture",
    metavar="ID",
    help="With --again: only this lecture, where FILES is a course's folder.",
)
@click.pass_context
def transcribe(
    context: click.Context,
    /,
    files: tuple[Path, ...],
    output: Path | None,
    strict: bool,
    again: bool,
    lecture: str | None,
    **options: Any,
) -> None:
    """Transcribe FILES, the parts of one recording, into DIR/raw.json.

    A raw transcript (JSON, SRT, VTT, text of [Chunk start …] lines) is read instead of heard. With
    --again FILES are heard once more where cleaning, into the same DIR, found that speech may have
    been missed; FILES may be a course's folder then, and its lectures are heard by its settings.
    Clean once more (or build) to take it in.

    \b konspekt transcribe week05.mp3 --output out --model small konspekt transcribe week05.mp3
    --output out --model small --again
    """
    from konspekt.course.settings import TranscribeOptions

    if again and len(files) == 1 and files[0].is_dir():
        names = ("output", "strict", *options)
        _refuse_options(context, names, "is not for --again in a course: its course.toml says.")
        _second_pass_in_course(context.obj, files[0], lecture)
        return
    _refuse_options(context, ("lecture",), "is for --again in a course's folder.")
    for path in files:
        if path.is_dir():
            raise click.UsageError(
                f"File '{path}' is a directory{'' if again else '; a folder is for --again'}."
            )
    if output is None:
        raise click.UsageError("Missing option '--output'.")
    spoken, track = options.pop("spoken"), options.pop("track")
    chosen = {
        "language": spoken or None,
        "track": int(track) if (track or "").isdecimal() else track,
    }
    settings = settings_of(TranscribeOptions, **options, **chosen)
    if again:
        _second_pass_alone(context.obj, files, output, settings)
    else:
        _transcribe(context.obj, files, output, settings, strict=strict)


def _transcribe(
    terminal: Terminal,
    files: tuple[Path, ...],
    output: Path,
    settings: TranscribeOptions,
    *,
    strict: bool,
) -> None:
    from konspekt.artifacts.files import load_raw
    from konspekt.build.jobs import TRANSCRIBE, decoded_tracks, engine_notes, losses, refuse_losses

    with alone(files, output, transcribe=settings, strict=strict) as job:
        run(terminal, job, TRANSCRIBE)
        if strict:
            refuse_losses(job)
        recording = load_raw(output / "raw.json").recording
        for words in losses(recording) + decoded_tracks(recording) + engine_notes(job):
            terminal.say(f"Note: {words}.")


def _second_pass_alone(
    terminal: Terminal, files: tuple[Path, ...], output: Path, settings: TranscribeOptions
) -> None:
    from konspekt.build.second_pass import SECOND_PASS_STAGE
    from konspekt.build.stage import RAW

    with alone(files, output, transcribe=settings) as job:
        if not job.lecture.is_sound:
            raise FormatError(
                "a transcript has no sound to hear again",
                path=files[0],
                remedy="Give the recording.",
            )
        if not (output / RAW).is_file():
            raise FormatError(
                "not there: nothing was heard yet",
                path=output / RAW,
                remedy=f"First: konspekt transcribe {files[0].name} --output DIR, then konspekt clean DIR/{RAW}.",
            )
        run(terminal, job, SECOND_PASS_STAGE)


def _second_pass_in_course(terminal: Terminal, folder: Path, lecture: str | None) -> None:
    from konspekt.build.course import opened
    from konspekt.build.second_pass import SECOND_PASS_STAGE
    from konspekt.build.stage import course_job
    from konspekt.course.course import load_course
    from konspekt.errors import CourseError

    course = load_course(folder)
    if not course.transcribe.second_pass:
        raise CourseError(
            "second_pass is off in [transcribe]",
            path=folder / "course.toml",
            remedy="Leave it out, or set it to true.",
        )
    chosen = [one for one in course.lectures if one.is_sound and lecture in (None, one.id)]
    if not chosen:
        what = "no lecture has sound" if lecture is None else f"no lecture {lecture!r} with sound"
        known = ", ".join(one.id for one in course.lectures if one.is_sound) or "none"
        raise CourseError(what, path=folder, remedy=f"With sound there are: {known}.")
    with opened(course) as tools:
        for job in (course_job(course, one, tools) for one in chosen):
            run(terminal, job, SECOND_PASS_STAGE)


@click.command(short_help="Raw transcript to transcript.json, removals.")
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option(
    "--output", type=FOLDER, metavar="DIR", help="Where the files go; needed but for --explain."
)
@language_option
@click.option(
    "--embeddings",
    default="auto",
    show_default=True,
    help='Model for the similarity of sentences, or "none".',
)
@click.option(
    "--without", multiple=True, metavar="RULE", help="Leave out a rule (may be repeated)."
)
@click.option("--only", multiple=True, metavar="RULE", help="Run no other rule (may be repeated).")
@click.option(
    "--explain",
    metavar="TIME",
    help="Say what was decided around TIME (12:05, 1:12:05, 725), and why.",
)
@click.option(
    "--lecture", metavar="ID", help="With --explain: the lecture, where FILE is a course's folder."
)
@click.option(
    "--wav",
    type=FILE,
    metavar="WAV",
    help="With --explain: write the sound around TIME into this file.",
)
@click.option(
    "--sound",
    type=FILE,
    multiple=True,
    help="With --wav: the recording (each of its files, in order).",
)
@click.pass_context
def clean(
    context: click.Context, /, files: tuple[Path, ...], output: Path | None, **options: Any
) -> None:
    """Clean FILES, a raw transcript of any kind, into DIR: transcript.*, removed.jsonl,
    quality.json.

    Several FILES are transcripts of one and the same sound, by other models, settings or tools
    (parts that follow one another are for konspekt transcribe): what they agree on is kept once,
    what only one of them has must stand up.

    A person's NAME.corrections.toml beside one of them, or beside the recording, has the last word.

    With --explain FILES is a folder that was made so, or a course, and nothing is cleaned.

    \b konspekt clean out/raw.json --output out konspekt clean small/raw.json turbo.srt --output
    both konspekt clean out --explain 12:05
    """
    from konspekt.cli.explain import explain

    explaining = {name: options.pop(name) for name in EXPLAINING}
    if explaining["explain"] is not None:
        _refuse_options(context, ("output", *options), "is not for --explain: it cleans nothing.")
        if len(files) > 1 or not files[0].is_dir():
            raise click.UsageError(
                "--explain wants one folder: a cleaned lecture's, or a course's."
            )
        explain(context.obj, files[0], *explaining.values())
        return
    _refuse_options(context, EXPLAINING, "is for --explain TIME.")
    folder = next((path for path in files if path.is_dir()), None)
    if folder is not None:
        raise click.UsageError(f"File '{folder}' is a directory; a folder is for --explain TIME.")
    if output is None:
        raise click.UsageError("Missing option '--output'.")
    _clean(context.obj, files, output, **options)


def _refuse_options(context: click.Context, names: Iterable[str], why: str) -> None:
    for name in names:
        if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--{name} {why}")


def _clean(
    terminal: Terminal, files: tuple[Path, ...], output: Path, *, language: str, **options: Any
) -> None:
    from konspekt.artifacts.files import load_quality
    from konspekt.build.coverage import coverage_in_words
    from konspekt.build.jobs import CLEAN, SAME_SOUND, TRANSCRIBE, take_raw
    from konspekt.build.stage import RAW
    from konspekt.course.recordings import TEXT_ENDINGS
    from konspekt.course.settings import CleanOptions

    for path in files:
        if len(files) > 1 and path.resolve() == (output / RAW).resolve():
            raise StoreError(
                "the output would be written over it", path=path, remedy="Choose another --output."
            )
    with alone(files, output, language=language, clean=settings_of(CleanOptions, **options)) as job:
        for path in files:
            if path.suffix.lower() not in TEXT_ENDINGS:
                remedy = f"First: konspekt transcribe {path.name} --output DIR."
                raise FormatError("this is sound", path=path, remedy=remedy)
        raw = None
        if len(files) > 1:
            run(terminal, job, SAME_SOUND, quiet=True)
        elif (raw := _raw_json(files[0])) is not None:
            take_raw(job, files[0])
        else:
            run(terminal, job, TRANSCRIBE, quiet=True)
        lecture = replace(job.lecture, corrections=_corrections(files, raw))
        run(terminal, replace(job, lecture=lecture), CLEAN)
        quality = load_quality(output / "quality.json")
        terminal.say(f"Heard: {coverage_in_words(quality)}")
        for words in quality.unmatched:
            terminal.say(f"Note: {words}.")


@click.command(short_help="Transcript to notes.json.")
@click.argument("file", type=FILE)
@output_option
@click.option(
    "--llm-url", metavar="URL", help="An OpenAI-compatible endpoint; the transcript is sent there."
)
@click.option("--llm-model", metavar="NAME", help="The model's name at that endpoint.")
@click.option("--llm-key-env", metavar="VARIABLE", help="Environment variable that holds the key.")
@click.pass_obj
def notes(
    terminal: Terminal,
    file: Path,
    output: Path,
    llm_url: str | None,
    llm_model: str | None,
    llm_key_env: str | None,
) -> None:
    """Take notes of FILE, a transcript.json, into DIR/notes.json.

    \b
    konspekt notes out/transcript.json --output out
    """
    from konspekt.build.jobs import NOTES_STAGE
    from konspekt.course.settings import LLMOptions, NotesOptions

    if bool(llm_url) != bool(llm_model):
        raise click.UsageError("--llm-url and --llm-model go together.")
    llm = (
        settings_of(LLMOptions, base_url=llm_url, model=llm_model, api_key_env=llm_key_env)
        if llm_url
        else None
    )
    must_exist(file)
    with alone(
        (file,), output, notes=NotesOptions(llm=llm), given={"transcript.json": file}
    ) as job:
        run(terminal, job, NOTES_STAGE)


@click.command(short_help="Pages of lectures.")
@click.argument("folders", type=FOLDER, nargs=-1, required=True)
@output_option
@language_option
@click.option("--title", default="", help="The site's title.")
@click.pass_obj
def site(
    terminal: Terminal, folders: tuple[Path, ...], output: Path, language: str, title: str
) -> None:
    """Build the pages of FOLDERS, each with the files of transcribe, clean and notes, into
    DIR/source and DIR/html.

    \b konspekt site out --output out/site --title "Week 5"
    """
    from konspekt.artifacts.store import locked
    from konspekt.build.site import alone, bring_site_up_to_date, why_site_is_stale

    with locked(output / ".konspekt"):
        job = alone(folders, output, language=language, title=title)
        why = why_site_is_stale(job)
        if why is not None:
            with terminal.at_work("", "site", why) as progress:
                bring_site_up_to_date(job, progress)
    terminal.say(f"Open {(output / 'html' / 'index.html').resolve().as_uri()}")


def _raw_json(path: Path) -> RawTranscript | None:
    """A raw.json of Konspekt's own, to be taken as it is; None for another file."""
    from konspekt.artifacts import files

    if path.suffix.lower() != ".json":
        return None
    try:
        return files.load_raw(path)
    except FormatError:
        return None


def _corrections(files: Iterable[Path], raw: RawTranscript | None) -> tuple[Path, ...]:
    """A person's corrections beside raw transcripts; of a raw.json also beside the recording that
    it names.
    """
    from konspekt.course.recordings import corrections_of
    from konspekt.text.toml import refuse_folder

    named = [] if raw is None else [Path(part.path) for part in raw.recording.parts]
    beside = [
        place
        for file in files
        for path in named
        for place in (Path.cwd() / path, file.with_name(path.name))
    ]
    places = [*files, *beside]
    found = {path.resolve(): path for path in map(corrections_of, places) if path.exists()}
    for path in found.values():
        refuse_folder(path)
    return tuple(found.values())
