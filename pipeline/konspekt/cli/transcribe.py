"""`konspekt transcribe` and `konspekt second-pass`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from konspekt.cli.alone import open_job, refuse_lecture, run_stage
from konspekt.cli.completion import lectures, offer, whisper_models
from konspekt.cli.consent import ask_consent, yes_option
from konspekt.cli.models import fetch_missing
from konspekt.cli.options import (
    ANY,
    FILE,
    Command,
    LateChoice,
    language_option,
    output_option,
    setting_option,
    settings_of,
    takes,
)
from konspekt.errors import CourseError, FormatError, KonspektError, command_line
from konspekt.formats import ready_formats, titles

if TYPE_CHECKING:
    from konspekt.build.stage import Job
    from konspekt.cli.terminal import Terminal
    from konspekt.course.course import Course
    from konspekt.course.lecture import Lecture
    from konspekt.course.settings import SpeechEndpointOptions, TranscribeOptions


@dataclass(frozen=True, slots=True)
class WhisperOptions:
    """What Whisper transcribes with; None where an option was not given."""

    files: tuple[Path, ...]
    output: Path | None
    language: str | None
    given: Mapping[str, Any]  # further settings of [transcribe]
    endpoint_url: str | None
    endpoint_model: str | None
    endpoint_key_env: str | None
    yes: bool

    def settings(self) -> TranscribeOptions:
        """Return them as settings. Raises UsageError for a wrong value."""
        from konspekt.course.settings import TranscribeOptions

        return settings_of(
            TranscribeOptions,
            language=self.language,
            endpoint=self._endpoint(),
            **self.given,
        )

    def _endpoint(self) -> SpeechEndpointOptions | None:
        """Return the server that the options name; None for none. Raises UsageError."""
        from konspekt.course.settings import SpeechEndpointOptions

        url, model = self.endpoint_url, self.endpoint_model
        if url is None and model is None:
            return None
        _check_elsewhere(self.given["engine"])
        if url is None or model is None:
            raise click.UsageError("--endpoint-url and --endpoint-model go together.")
        return settings_of(
            SpeechEndpointOptions,
            base_url=url,
            model=model,
            api_key_env=self.endpoint_key_env,
        )


def _check_elsewhere(engine: str | None) -> None:
    """Raise UsageError where an engine needs no server. It is the usual one where none is named."""
    from konspekt.transcribe.engines import ENGINES

    using = [kind.name for kind in ENGINES.values() if kind.elsewhere is not None]
    if engine not in using:
        raise click.UsageError(f"--endpoint-url is for --engine {' or '.join(using)}.")


@dataclass(frozen=True, slots=True)
class FirstPass(WhisperOptions):
    """Arguments and options of `transcribe`."""

    output: Path
    strict: bool


@dataclass(frozen=True, slots=True)
class SecondPass(WhisperOptions):
    """Arguments and options of `second-pass`."""

    lecture: str | None

    @property
    def has_files(self) -> bool:
        """Whether files are named, not a course."""
        return len(self.files) > 1 or not self.files[0].is_dir()


def _engine_names() -> tuple[str, ...]:
    from konspekt.transcribe.engines import ENGINES

    return tuple(ENGINES)


def _read_track(
    _: click.Context, __: click.Parameter, value: str | None
) -> str | int | None:
    """Return the number of a track; what is no number is its title or language."""
    return int(value) if value is not None and value.isdecimal() else value


def _whisper_options(*, output: bool) -> Callable[[Command], Command]:
    """Return a decorator that adds the options of both passes."""
    options = (
        output_option(required=output),
        setting_option("transcribe.model", shell_complete=offer(whisper_models)),
        language_option("Whisper decides, window by window"),
        setting_option("transcribe.device"),
        setting_option("transcribe.engine", type=LateChoice(_engine_names)),
        setting_option("transcribe.track", callback=_read_track),
        click.option(
            "--endpoint-url",
            metavar="URL",
            help="The server of --engine endpoint; the sound is sent there.",
        ),
        click.option(
            "--endpoint-model", metavar="NAME", help="The model's name at that server."
        ),
        click.option(
            "--endpoint-key-env",
            metavar="VARIABLE",
            help="Environment variable that holds the server's key.",
        ),
        yes_option,
    )

    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add


HELP = f"""Transcribe FILES, the parts of one recording, into FOLDER/raw.json.

A transcript that is there already is read, not transcribed: {titles(ready_formats())}.

\b
konspekt transcribe week05.mp3 --output week05 --model small
"""


@click.command(short_help="Recording to raw.json.", help=HELP)
@click.argument("files", type=FILE, nargs=-1, required=True)
@_whisper_options(output=True)
@click.option(
    "--strict",
    is_flag=True,
    help="Refuse a recording that was cut short or is damaged.",
)
@takes(FirstPass)
def transcribe(terminal: Terminal, options: FirstPass) -> None:
    """Run the first pass over files outside a course, and say what it met."""
    from konspekt.artifacts.files import load_raw
    from konspekt.artifacts.names import RAW
    from konspekt.build.notices import losses, name_decoded_tracks, refuse_lossy
    from konspekt.build.transcribe import TRANSCRIBE
    from konspekt.course.lecture import refuse_mixed

    settings = options.settings()
    refuse_mixed(options.files)
    with open_job(options.files, options.output) as job:
        job = replace(job, transcribe=settings, strict=options.strict)
        run_stage(terminal, job, TRANSCRIBE, prepare=partial(_prepare, yes=options.yes))
        recording = load_raw(options.output / RAW).recording
        if options.strict:
            refuse_lossy(recording)
        for words in losses(recording) + name_decoded_tracks(recording):
            terminal.note(words)


def _prepare(terminal: Terminal, job: Job, *, yes: bool) -> None:
    """Ask whether sound may be sent, or fetch the Whisper that is not on this machine.

    Neither is done for a transcript, or for a recording that does not open.
    """
    from konspekt.transcribe import choose_whisper

    if not (job.lecture.is_sound and _opens(job)):
        return
    ask_consent(job.transcribe, yes=yes)
    with suppress(KonspektError):  # the stage itself says what is wrong
        fetch_missing(terminal, choose_whisper(job.transcribe, job.root))


def _opens(job: Job) -> bool:
    """Return whether all files of a recording open; the stage itself says why one does not."""
    from konspekt.sound import open_recording

    options = job.transcribe
    try:
        for file in job.lecture.files:
            with open_recording(file, max_hours=options.max_hours, track=options.track):
                continue
    except KonspektError:
        return False
    return True


def _prepare_again(terminal: Terminal, job: Job, *, yes: bool) -> None:
    """Do the same for a second pass, where there is something to transcribe."""
    from konspekt.build.second_pass import has_candidates

    if has_candidates(job):
        _prepare(terminal, job, yes=yes)


@click.command(short_help="Doubtful stretches to second_pass.json.")
@click.argument("files", type=ANY, nargs=-1, required=True, metavar="FILES...|COURSE")
@_whisper_options(output=False)
@click.option(
    "--lecture",
    metavar="ID",
    shell_complete=offer(lectures),
    help="In a course: only this lecture.",
)
@takes(SecondPass)
def second_pass(terminal: Terminal, options: SecondPass) -> None:
    """Transcribe once more, differently, where cleaning found that speech may be missing.

    FILES are the parts of a recording that was transcribed and cleaned into FOLDER. In a COURSE
    every lecture gets its second pass, by the settings of course.toml. Clean once more, or build,
    to take it in.

    \b
    konspekt second-pass week05.mp3 --output week05 --model small
    konspekt second-pass my-course --lecture week05
    """
    if options.has_files:
        _run_on_files(terminal, options)
    else:
        _run_in_course(terminal, options)


def _run_on_files(terminal: Terminal, options: SecondPass) -> None:
    from konspekt.build.second_pass import SECOND_PASS_STAGE, check_recording
    from konspekt.course.lecture import refuse_mixed

    settings = options.settings()
    output = _output_of(options)
    refuse_mixed(options.files)
    prepare = partial(_prepare_again, yes=options.yes)
    with open_job(options.files, output) as job:
        _check_transcribed(job)
        check_recording(job)
        job = replace(job, transcribe=settings)
        run_stage(terminal, job, SECOND_PASS_STAGE, prepare=prepare)


def _output_of(options: SecondPass) -> Path:
    """Return where the files of a recording outside a course are. Raises KonspektError."""
    first = options.files[0]
    refuse_lecture(first, options.lecture)
    if options.output is None:
        raise FormatError(
            "the folder with its transcript is not named",
            path=first,
            remedy="Name it with --output: the folder that it was transcribed into.",
        )
    return options.output


def _check_transcribed(job: Job) -> None:
    """Raise FormatError where a recording has no first pass, or came as text."""
    from konspekt.artifacts.names import RAW

    first = job.lecture.files[0]
    if not job.lecture.is_sound:
        raise FormatError(
            "a transcript has no sound for a second pass",
            path=first,
            remedy="Name the recording.",
        )
    raw = job.folder / RAW
    output = ("--output", job.folder)
    if not raw.is_file():
        raise FormatError(
            "not there: nothing was transcribed yet",
            path=raw,
            remedy=f"First: {command_line('transcribe', *job.lecture.files, *output)}, "
            f"then {command_line('clean', raw, *output)}.",
        )


def _run_in_course(terminal: Terminal, options: SecondPass) -> None:
    from konspekt.build.course import open_course
    from konspekt.build.second_pass import SECOND_PASS_STAGE, check_recording
    from konspekt.build.stage import course_job
    from konspekt.course.course import load_course

    _refuse_given(options)
    course = load_course(options.files[0])
    if not course.transcribe.second_pass:
        raise CourseError(
            "second_pass is off in [transcribe]",
            path=course.folder / "course.toml",
            remedy="Leave it out, or set it to true.",
        )
    chosen = _choose_lectures(course, options.lecture)
    prepare = partial(_prepare_again, yes=options.yes)
    with open_course(course) as tools:
        for lecture in chosen:
            job = course_job(course, lecture, tools)
            check_recording(job)
            run_stage(terminal, job, SECOND_PASS_STAGE, prepare=prepare)


def _refuse_given(options: SecondPass) -> None:
    """Raise CourseError for an option that course.toml has the say over."""
    values = {
        "output": options.output,
        "language": options.language,
        **options.given,
        "endpoint_url": options.endpoint_url,
        "endpoint_model": options.endpoint_model,
        "endpoint_key_env": options.endpoint_key_env,
    }
    given = [name for name, value in values.items() if value is not None]
    if given:
        raise CourseError(
            f"--{given[0].replace('_', '-')} is for a recording outside a course",
            path=options.files[0] / "course.toml",
            remedy="Leave it out; course.toml says how to transcribe.",
        )


def _choose_lectures(course: Course, named: str | None) -> list[Lecture]:
    """Return the lectures with sound, or the one that is named. Raises CourseError for none."""
    with_sound = [lecture for lecture in course.lectures if lecture.is_sound]
    chosen = [lecture for lecture in with_sound if named in (None, lecture.id)]
    if chosen:
        return chosen
    what = "no lecture has sound"
    if named is not None:
        what = f"no lecture {named!r} with sound"
    remedy = "A second pass needs sound: put recordings into recordings/, and build."
    if with_sound:
        known = ", ".join(lecture.id for lecture in with_sound)
        remedy = f"With sound there are: {known}."
    raise CourseError(what, path=course.folder, remedy=remedy)
