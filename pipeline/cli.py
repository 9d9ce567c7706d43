"""The commands. The only place that prints, shows progress or exits; each imports its work when it runs."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pipeline import __version__
from pipeline.errors import FormatError, KonspektError, StoreError

if TYPE_CHECKING:
    from pipeline.build import Outcome
    from pipeline.course import Course, Settings
    from pipeline.jobs import Job, Stage, Tools
    from pipeline.terminal import Terminal

S = TypeVar("S", bound="Settings")
FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)
EXIT_BUG = 70  # EX_SOFTWARE of sysexits.h
EXIT_STOPPED = 130  # 128 + SIGINT, as shells have it


class Commands(click.Group):
    """A group in which an error that a person can put right is one line and exit code 1."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """In the order of work, not of the alphabet."""
        return list(self.commands)

    def main(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().main(*args, **kwargs)
        except OSError as error:  # standard output on a full disk, say
            click.echo(f"konspekt: {error.strerror or error}", err=True)
            sys.exit(1)
        except Exception as error:  # a bug of ours: never a traceback in a person's face, never lost either
            if "--verbose" in sys.argv or "-v" in sys.argv:
                raise
            click.echo(f"konspekt: a bug in Konspekt: {_bug_line(error)}", err=True)
            sys.exit(EXIT_BUG)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KonspektError as error:
            click.echo(f"konspekt: {error}", err=True)
            ctx.exit(1)
        except (KeyboardInterrupt, click.Abort):
            click.echo("konspekt: stopped; what is finished is kept. Run the same command to go on.", err=True)
            ctx.exit(EXIT_STOPPED)


def _bug_line(error: Exception) -> str:
    import tempfile
    import traceback

    from pipeline.errors import one_line

    text = "".join(traceback.format_exception(error))
    with tempfile.NamedTemporaryFile("w", prefix="konspekt-", suffix=".txt", delete=False, encoding="utf-8") as file:
        file.write(text)
    return f"{one_line(f'{type(error).__name__}: {error}')}. Please report it with {file.name}"


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="konspekt")
@click.option("-q", "--quiet", is_flag=True, help="Print errors and results only.")
@click.option("-v", "--verbose", is_flag=True, help="Print each stage as it is done, and tracebacks of bugs.")
@click.pass_context
def main(ctx: click.Context, *, quiet: bool, verbose: bool) -> None:
    """From recorded lectures to notes that can be trusted.

    \b
    konspekt new my-course            a folder with a commented course.toml
    cp lectures/*.mp3 my-course/recordings/
    konspekt build my-course          transcribe, clean, take notes, build the site
    """
    from pipeline.terminal import Terminal

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a polite kill is a Ctrl-C
    if quiet or not sys.stderr.isatty():
        os.environ["TQDM_DISABLE"] = "1"  # openai-whisper's own bar while it fetches a model
    ctx.obj = Terminal(quiet=quiet, verbose=verbose)


# ------------------------------------------------------------------------------------------------------------ courses


@main.command(short_help="Bring a course up to date: every lecture, every stage.")
@click.argument("course", type=FOLDER, default=".")
@click.option(
    "--until",
    type=click.Choice(["transcribe", "clean", "notes", "score", "site"]),
    default="site",
    show_default=True,
    help="The last stage to run.",
)
@click.option("--lecture", "only", multiple=True, metavar="ID", help="Only this lecture (may be repeated).")
@click.option("--strict", is_flag=True, help="Refuse a recording that was cut short, instead of using what is there.")
@click.pass_obj
def build(terminal: Terminal, course: Path, until: str, only: tuple[str, ...], strict: bool) -> None:
    """Bring COURSE up to date: every lecture, every stage; what is up to date is left alone.

    COURSE is a folder with a course.toml; by default the current one. A recording that fails is reported and the
    others go on; the exit code is then 1.
    """
    from pipeline import build as building
    from pipeline.course import load_course

    loaded = load_course(course)
    _check_ids(loaded, only)
    if not loaded.lectures and not loaded.missing:
        raise KonspektError(
            "no recordings yet", path=course / "recordings", remedy="Put recordings there and build again."
        )
    with building.opened(loaded) as tools:
        _announce(terminal, loaded, tools, only)
        outcome = building.build(loaded, tools, terminal, building.Wanted(until, only, strict))
    _sum_up(terminal, outcome, "These lectures are" if only else "Everything is")
    if outcome.failed:
        sys.exit(1)


def _check_ids(course: Course, only: Sequence[str]) -> None:
    known = [lecture.id for lecture in course.lectures]
    for name in only:
        if name not in known:
            raise KonspektError(
                f"no lecture {name!r} here", path=course.folder, remedy=f"There are: {', '.join(known)}."
            )


def _announce(terminal: Terminal, course: Course, tools: Tools, only: Sequence[str]) -> None:
    """Says how long the transcription will take and what disk it needs, if there is any to do."""
    from pipeline.build import plan
    from pipeline.estimate import estimate

    due = plan(course, tools)
    wanted = [x for x in course.lectures if (x.id, "transcribe") in due and (not only or x.id in only)]
    if not any(lecture.is_sound for lecture in wanted):
        return
    from pipeline.transcribe.model import choose

    try:
        choice = choose(course.transcribe.model, course.transcribe.device, course.folder)
    except KonspektError:
        return  # each recording says so in its turn; transcripts need no Whisper
    words = estimate(course, wanted, choice)
    if words is not None:
        terminal.say(words.in_words())


def _sum_up(terminal: Terminal, outcome: Outcome, which: str) -> None:
    if outcome.made:
        terminal.say(f"Made: {_what_was_made(outcome)}.")
    elif not outcome.failed:
        terminal.say(f"{which} up to date.")
    for score in outcome.scores:
        normalised, raw = score.normalised, score.raw
        terminal.say(
            f"WER {score.recording}: {_rate(normalised.wer)} normalised ({normalised.substitutions} substituted, "
            f"{normalised.deletions} deleted, {normalised.insertions} inserted of {normalised.reference_words} words), "
            f"{_rate(raw.wer)} raw"
        )
    for notice in outcome.notices:
        terminal.say(f"Note: {notice}.")
    if outcome.failed:
        terminal.say(f"{_count(len(outcome.failed), 'error')}; see above.")
    if outcome.index is not None:
        terminal.say(f"Open {outcome.index.resolve().as_uri()}")


def _left_behind(course: Course) -> list[str]:
    """The folders in output/lectures/ of lectures that the course no longer has."""
    folder = course.output / "lectures"
    known = {lecture.id for lecture in course.lectures}
    left = sorted(path.name for path in folder.iterdir() if path.name not in known) if folder.is_dir() else []
    return [f"output/lectures/{name}: of no recording any more; delete it if you do not need it" for name in left]


def _what_was_made(outcome: Outcome) -> str:
    """ "transcribe, clean of 2 lectures; the site" """
    stages = dict.fromkeys(stage for lecture, stage in outcome.made if lecture)
    lectures = len({lecture for lecture, _ in outcome.made if lecture})
    parts = [f"{', '.join(stages)} of {_count(lectures, 'lecture')}"] if stages else []
    return "; ".join([*parts, *(["the site"] if ("", "site") in outcome.made else [])])


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _rate(rate: float | None) -> str:
    return "none (the reference is empty)" if rate is None else f"{rate:.3f}"


@main.command(short_help="Make a folder for a course.")
@click.argument("course", type=FOLDER)
@click.option("--title", help="The course's title; by default the folder's name.")
@click.pass_obj
def new(terminal: Terminal, course: Path, title: str | None) -> None:
    """Make a folder for a COURSE with a course.toml in which every setting is explained.

    \b
    konspekt new my-course --title "Обработка текстов"
    """
    import shlex

    from pipeline.errors import one_line
    from pipeline.scaffold import new_course

    new_course(course, title or course.resolve().name)
    terminal.say(
        f"Made {one_line(course / 'course.toml')}. Put recordings into {one_line(course / 'recordings')} and run:"
    )
    terminal.say(f"konspekt build {'-- ' if str(course).startswith('-') else ''}{shlex.quote(one_line(course))}")


@main.command(short_help="Show what is done and what is due.")
@click.argument("course", type=FOLDER, default=".")
def status(course: Path) -> None:
    """Show each lecture of COURSE: done, or what is due and why."""
    from pipeline.build import STAGE_NAMES, plan
    from pipeline.course import load_course
    from pipeline.jobs import Tools
    from pipeline.store import Hashes

    loaded = load_course(course)
    due = plan(loaded, Tools(Hashes.load(loaded.work / "hashes.json")))
    for lecture in loaded.lectures:
        open_stages = [f"{stage} ({due[lecture.id, stage]})" for stage in STAGE_NAMES if (lecture.id, stage) in due]
        click.echo(f"{lecture.id}: {'due: ' + ', '.join(open_stages) if open_stages else 'done'}")
    for problem in loaded.missing:
        click.echo(f"{problem}")
    for words in (*loaded.ignored, *_left_behind(loaded)):
        click.echo(words)
    if loaded.lectures:
        click.echo(f"site: {'due: ' + due['', 'site'] if ('', 'site') in due else 'done'}")
    else:
        click.echo("no recordings yet")


@main.command(short_help="Check packages and models.")
@click.argument("course", type=FOLDER, default=".")
def doctor(course: Path) -> None:
    """Check what is installed, which models can be reached, and say what to do about the rest.

    In a course the models that it names are checked too.
    """
    from pipeline.doctor import examine

    findings = examine(course)
    for finding in findings:
        click.echo(f"{'ok     ' if finding.good else 'missing'}  {finding.what}")
        if not finding.good:
            click.echo(f"         {finding.remedy}")
    if any(finding.needed and not finding.good for finding in findings):
        sys.exit(1)


# ------------------------------------------------------------------------------------------------------ single stages

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


@main.command(short_help="Recording to raw.json.")
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


@main.command(short_help="Raw transcript to transcript.json, removals.")
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


@main.command(short_help="Transcript to notes.json.")
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


@main.command(short_help="Pages of lectures.")
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


@main.command(short_help="WER and CER against a reference.")
@click.argument("reference", type=FILE)
@click.argument("hypothesis", type=FILE)
def score(reference: Path, hypothesis: Path) -> None:
    """Score HYPOTHESIS, a transcript, against REFERENCE: WER, CER and the counts, raw and normalised.

    Both are text, SRT or VTT; the hypothesis may be a transcript.json.

    \b
    konspekt score week05.reference.txt out/transcript.json
    """
    from pipeline.score import score_texts

    said, heard = _text_of(reference), _text_of(hypothesis)
    click.echo(f"{'':12}{'WER':>8}{'CER':>8}{'hits':>8}{'sub':>7}{'del':>7}{'ins':>7}{'words':>8}")
    for part in score_texts(said, heard):
        click.echo(
            f"{part.profile:12}{_rate(part.wer):>8}{_rate(part.cer):>8}{part.hits:>8}{part.substitutions:>7}"
            f"{part.deletions:>7}{part.insertions:>7}{part.reference_words:>8}"
        )


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
