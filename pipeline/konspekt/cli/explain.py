"""`konspekt explain`: why text was kept or removed around a time, and the sound of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from konspekt.cli.completion import lectures, offer
from konspekt.cli.options import FILE, FOLDER, takes
from konspekt.errors import CourseError, FormatError, RecordingError, StoreError
from konspekt.text.times import clock

if TYPE_CHECKING:
    from konspekt.clean.explain import ShownLine
    from konspekt.cli.terminal import Terminal
    from konspekt.data import Part, RawTranscript, Removal, Transcript

MAX_HOURS = 100.0  # the longest recording that a course can allow
_MARKS = {"removed": "[-{}-]", "added": "{{+{}+}}"}
_MEANINGS = {
    "removed": "[-removed-] (number and reason, where it is told here)",
    "added": "{+put in its place by a person+}",
}
_STYLES: dict[str, dict[str, Any]] = {
    "verdict": {"bold": True},
    "title": {"bold": True},
    "removed": {"fg": "red", "strikethrough": True},
    "added": {"fg": "green"},
    "reason": {"fg": "yellow"},
}


@dataclass(frozen=True, slots=True)
class Explaining:
    """What `explain` is told."""

    folder: Path
    time: str
    lecture: str | None
    wav: Path | None
    sound: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class CleanedLecture:
    """What cleaning made of a lecture, from its folder."""

    raw: RawTranscript
    transcript: Transcript
    removals: tuple[Removal, ...]


@click.command(short_help="Why text was kept or removed around a time.")
@click.argument("folder", type=FOLDER)
@click.argument("time")
@click.option(
    "--lecture",
    metavar="ID",
    shell_complete=offer(lectures),
    help="The lecture, where FOLDER is a course.",
)
@click.option(
    "--wav", type=FILE, metavar="WAV", help="Write the sound around TIME to this file."
)
@click.option(
    "--sound",
    type=FILE,
    multiple=True,
    help="The recording that --wav takes it from: each of its files, in order.",
)
@takes(Explaining)
def explain(terminal: Terminal, options: Explaining) -> None:
    """Say what cleaning decided around TIME (12:05, 1:12:05, 725), and why.

    FOLDER holds the files of a cleaned lecture, or is a course.

    \b
    konspekt explain week05 12:05
    konspekt explain my-course 12:05 --lecture week05 --wav excerpt.wav
    """
    from konspekt.clean.explain import excerpt_times
    from konspekt.clean.explain import explain as explain_time
    from konspekt.text.times import seconds_of

    at = seconds_of(options.time)
    _check_wav(options)
    folder = _lecture_folder(options.folder, options.lecture)
    cleaned = _load(folder)
    lines = explain_time(cleaned.raw, cleaned.transcript, cleaned.removals, at)
    part, sound = (None, None)
    if options.wav is not None:
        part, sound = _find_sound(cleaned.raw, at, folder, options.sound)
    for line in lines:
        click.echo(_coloured(line))
    for mark in _legend(lines):
        click.echo(mark)
    if options.wav is None or part is None or sound is None:
        return
    start, end = excerpt_times(cleaned.raw, cleaned.removals, at)
    start, end = max(start, part.start), min(end, part.start + part.duration)
    times = (start - part.start, end - part.start)
    _write_excerpt(options.wav, sound, times, part, check=not options.sound)
    terminal.say()
    terminal.say(f"Made: {options.wav} ({clock(start)}–{clock(end)})")


def _load(folder: Path) -> CleanedLecture:
    """Return what cleaning made; raises FormatError where it made nothing here."""
    from konspekt.artifacts import files
    from konspekt.artifacts.names import RAW, REMOVED, SECOND_PASS, TRANSCRIPT
    from konspekt.artifacts.store import Hashes
    from konspekt.build.second_pass import second_pass_hash
    from konspekt.clean import join_passes

    if not all((folder / name).is_file() for name in (RAW, TRANSCRIPT, REMOVED)):
        raise FormatError(
            "no cleaned lecture is here",
            path=folder,
            remedy="Clean it first: konspekt clean, or konspekt build.",
        )
    raw = files.load_raw(folder / RAW)
    if second_pass_hash(folder, Hashes.load(None)) is not None:
        raw = join_passes(raw, files.load_raw(folder / SECOND_PASS))
    transcript = files.load_transcript(folder / TRANSCRIPT)
    return CleanedLecture(raw, transcript, files.load_removals(folder / REMOVED))


def _coloured(line: ShownLine) -> str:
    """Return a line with colours for a terminal, and marks that tell the same without."""
    shown = (
        click.style(_MARKS.get(kind, "{}").format(text), **_STYLES.get(kind, {}))
        for text, kind in line
        if text
    )
    return "".join(shown).rstrip()


def _legend(lines: Iterable[ShownLine]) -> Iterator[str]:
    """Yield what the marks mean that were shown."""
    kinds = {kind for line in lines for _, kind in line}
    shown = [meaning for kind, meaning in _MEANINGS.items() if kind in kinds]
    if shown:
        yield ""
        yield f"{', '.join(shown)}, … the text goes on"


def _check_wav(options: Explaining) -> None:
    """Raise an error where the sound cannot be written to the file that `--wav` names."""
    wav = options.wav
    if wav is None:
        if options.sound:
            raise click.UsageError("Missing option '--wav': the file to write.")
        return
    if wav.suffix.lower() != ".wav":
        raise click.UsageError("--wav writes a WAV file: its name ends in .wav.")
    if wav.exists():
        raise StoreError(
            "the file is there already",
            path=wav,
            remedy="Choose another name for --wav.",
        )


def _lecture_folder(folder: Path, lecture: str | None) -> Path:
    """Return the folder of a lecture's files: the given one, or that of a lecture of a course."""
    from konspekt.course.course import load_course

    if not (folder / "course.toml").is_file():
        if lecture is not None:
            raise CourseError(
                f"there is no course here, so no lecture {lecture!r}",
                path=folder,
                remedy="Name the folder of a course, or leave out --lecture.",
            )
        return folder
    course = load_course(folder)
    known = [one.id for one in course.lectures]
    if lecture not in known:
        what = (
            "which lecture is not said"
            if lecture is None
            else f"no lecture {lecture!r} here"
        )
        raise CourseError(
            what,
            path=folder,
            remedy=f"Name one with --lecture. There are: {', '.join(known)}.",
        )
    return course.lecture_folder(lecture)


def _find_sound(
    raw: RawTranscript, at: float, folder: Path, sounds: tuple[Path, ...]
) -> tuple[Part, Path]:
    """Return the part of the recording that holds a time, and its file.

    The file is the one named in `sounds`, else the one where the recording lies.
    """
    parts = raw.recording.parts
    if sounds and len(sounds) != len(parts):
        raise click.UsageError(
            f"The recording has {len(parts)} files: name as many with --sound, in their order."
        )
    number = max((i for i, part in enumerate(parts) if part.start <= at), default=None)
    if number is None:
        raise RecordingError(
            "the recording has no files", path=folder, remedy="Clean it again."
        )
    part = parts[number]
    if sounds:
        return part, sounds[number]
    return part, _sound_of(part, folder)


def _sound_of(part: Part, folder: Path) -> Path:
    """Return where the file of a part is, below the course of `folder` or the current folder.

    Raises RecordingError for text, and where the file is not there.
    """
    from konspekt.course.recordings import SOUND_ENDINGS

    if not part.path.lower().endswith(SOUND_ENDINGS):
        raise RecordingError(
            "the lecture came as text, there is no sound of it",
            path=part.path,
            remedy="Name its recording with --sound.",
        )
    above = (
        path for path in folder.resolve().parents if (path / "course.toml").is_file()
    )
    path = next(above, Path()) / part.path
    if not path.is_file():
        raise RecordingError(
            "the recording is not there",
            path=path,
            remedy="Say where it is with --sound.",
        )
    return path


def _write_excerpt(
    wav: Path, sound: Path, times: tuple[float, float], part: Part, *, check: bool
) -> None:
    """Write seconds of a sound to a file; the sound is decoded in pieces up to there.

    With `check` the sound must be the file that was transcribed.
    """
    from konspekt.artifacts.store import write_atomically
    from konspekt.sound import SAMPLE_RATE, cut_pieces, excerpt, open_recording

    start, end = times
    span = (round(start * SAMPLE_RATE), round(end * SAMPLE_RATE))
    # another file's tracks are not this one's
    track = part.track.number if part.track and check else None
    with open_recording(sound, max_hours=MAX_HOURS, track=track) as opened:
        if check and part.sha256 != opened.sha256:
            raise RecordingError(
                "not what was transcribed: the file has changed since",
                path=sound,
                remedy="Build again, or use --sound.",
            )
        found = next(cut_pieces(opened.blocks(), [span]), None)
    if found is None or start >= end:
        raise RecordingError(
            f"its sound ends before {clock(start)}",
            path=sound,
            remedy="Name the whole recording.",
        )
    write_atomically(wav, excerpt(found[1], 0.0, end - start))
