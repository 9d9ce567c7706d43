"""`konspekt explain`: why text was kept or removed around a time, and the sound of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from konspekt.cli.alone import check_file, refuse_lecture
from konspekt.cli.completion import lectures, offer
from konspekt.cli.options import FILE, FOLDER, takes
from konspekt.cli.terminal import mark
from konspekt.data import Region
from konspekt.errors import CourseError, FormatError, RecordingError, StoreError
from konspekt.text.times import clock

if TYPE_CHECKING:
    from konspekt.clean.explain import ShownLine
    from konspekt.cli.terminal import Terminal
    from konspekt.data import Part, RawTranscript, Removal, Transcript

MAX_HOURS = 100.0  # the longest recording that a course can allow
_MEANINGS = {
    "removed": "[-removed-] (number and reason, if explained here)",
    "added": "{+put in its place by a person+}",
}


@dataclass(frozen=True, slots=True)
class Explaining:
    """Arguments and options of `explain`."""

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


@dataclass(frozen=True, slots=True)
class PartSound:
    """The sound of a part of the recording."""

    part: Part
    file: Path
    is_named: bool  # by a person, with --sound


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
    from konspekt.clean.explain import explain as explain_time
    from konspekt.text.times import seconds_of

    at = seconds_of(options.time)
    _check_wav(options)
    folder = _lecture_folder(options.folder, options.lecture)
    cleaned = _load(folder)
    lines = explain_time(cleaned.raw, cleaned.transcript, cleaned.removals, at)
    # before anything is printed: the sound may not be there, or end too early
    made = None
    if options.wav is not None:
        sound = _find_sound(cleaned.raw, at, folder, options.sound)
        made = _write_excerpt(options.wav, sound, _times_around(cleaned, at))
    for line in lines:
        click.echo(_mark_line(line))
    for meaning in _legend(lines):
        click.echo(meaning)
    if made is not None:
        terminal.say()
        terminal.say(f"Made: {options.wav} ({clock(made.start)}–{clock(made.end)})")


def _load(folder: Path) -> CleanedLecture:
    """Return what cleaning made; raises FormatError where it made nothing here."""
    from konspekt.artifacts import files
    from konspekt.artifacts.names import RAW, REMOVED, TRANSCRIPT

    raw, transcript, removed = (folder / name for name in (RAW, TRANSCRIPT, REMOVED))
    if not (raw.is_file() and transcript.is_file() and removed.is_file()):
        raise FormatError(
            "no cleaned lecture is here",
            path=folder,
            remedy="Clean it first: konspekt clean, or konspekt build.",
        )
    return CleanedLecture(
        _load_passes(raw),
        files.load_transcript(transcript),
        files.load_removals(removed),
    )


def _load_passes(raw: Path) -> RawTranscript:
    """Return a raw.json, with the second pass beside it where it has one."""
    from konspekt.artifacts import files
    from konspekt.artifacts.names import SECOND_PASS
    from konspekt.artifacts.store import Hashes
    from konspekt.build.second_pass import second_pass_hash
    from konspekt.clean import join_passes

    first_pass = files.load_raw(raw)
    if second_pass_hash(raw.parent, Hashes.load(None)) is None:
        return first_pass
    return join_passes(first_pass, files.load_raw(raw.with_name(SECOND_PASS)))


def _mark_line(line: ShownLine) -> str:
    """Return a line with colours for a terminal, and marks that tell the same without."""
    return "".join(mark(text, kind) for text, kind in line if text).rstrip()


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
    from konspekt.course.course import is_course

    if is_course(folder):
        return _folder_in_course(folder, lecture)
    refuse_lecture(folder, lecture)
    return folder


def _folder_in_course(folder: Path, lecture: str | None) -> Path:
    """Return the folder of a lecture of a course. Raises CourseError where none is named."""
    from konspekt.course.course import load_course

    course = load_course(folder)
    known = [one.id for one in course.lectures]
    if lecture in known:
        return course.lecture_folder(lecture)
    what = f"no lecture {lecture!r} here"
    if lecture is None:
        what = "this is a course, and no lecture of it is named"
    remedy = "Put recordings into recordings/, and build."
    if known:
        remedy = f"Name one with --lecture. There are: {', '.join(known)}."
    raise CourseError(what, path=folder, remedy=remedy)


def _find_sound(
    raw: RawTranscript, at: float, folder: Path, named: tuple[Path, ...]
) -> PartSound:
    """Return the sound of the part of the recording that holds a time.

    Its file is the one in `named`, else the one where the recording lies.
    """
    parts = raw.recording.parts
    if named and len(named) != len(parts):
        raise click.UsageError(
            f"The recording has {len(parts)} files: name as many with --sound, in their order."
        )
    begun = [part for part in parts if part.start <= at]
    if not begun:
        raise RecordingError(
            "the recording has no files", path=folder, remedy="Clean it again."
        )
    part = begun[-1]
    if not named:
        return PartSound(part, _sound_of(part, folder), is_named=False)
    file = named[len(begun) - 1]
    check_file(file)
    return PartSound(part, file, is_named=True)


def _sound_of(part: Part, folder: Path) -> Path:
    """Return where the file of a part is, below the course of `folder` or the current folder.

    Raises RecordingError for text, and where the file is not there.
    """
    from konspekt.course.course import is_course
    from konspekt.course.recordings import SOUND_ENDINGS

    if not part.path.lower().endswith(SOUND_ENDINGS):
        raise RecordingError(
            "the lecture came as text, there is no sound of it",
            path=part.path,
            remedy="Name its recording with --sound.",
        )
    above = folder.resolve().parents
    path = next(filter(is_course, above), Path()) / part.path
    if not path.is_file():
        raise RecordingError(
            "the recording is not there",
            path=path,
            remedy="Say where it is with --sound.",
        )
    return path


def _times_around(cleaned: CleanedLecture, at: float) -> Region:
    """Return the stretch of the recording that shows what was decided at a time."""
    from konspekt.clean.explain import excerpt_times

    return Region(*excerpt_times(cleaned.raw, cleaned.removals, at))


def _write_excerpt(wav: Path, sound: PartSound, wanted: Region) -> Region:
    """Write what a part has of a stretch of the recording; return the stretch that it is."""
    from konspekt.artifacts.store import write_atomically

    part = sound.part
    start = max(wanted.start, part.start)
    end = min(wanted.end, part.start + part.duration)
    content = _cut(sound, start - part.start, end - part.start)
    write_atomically(wav, content)
    return Region(start, end)


def _cut(sound: PartSound, start: float, end: float) -> bytes:
    """Return seconds of a sound as a WAV file; it is decoded in pieces up to there.

    Raises RecordingError for another file than was transcribed, unless a person named it.
    """
    from konspekt.sound import SAMPLE_RATE, cut_pieces, open_recording, to_wav

    part = sound.part
    # another file's tracks are not this one's
    track = part.track.number if part.track and not sound.is_named else None
    span = (round(start * SAMPLE_RATE), round(end * SAMPLE_RATE))
    with open_recording(sound.file, max_hours=MAX_HOURS, track=track) as opened:
        _refuse_changed(sound, opened.sha256)
        piece = next(cut_pieces(opened.blocks(), [span]), None)
    if piece is None or start >= end:
        raise RecordingError(
            f"its sound ends before {clock(start)}",
            path=sound.file,
            remedy="Name the whole recording.",
        )
    _, samples = piece
    return to_wav(samples)


def _refuse_changed(sound: PartSound, sha256: str) -> None:
    """Raise RecordingError for a file that is not what was transcribed, unless it was named."""
    if sound.is_named or sound.part.sha256 == sha256:
        return
    raise RecordingError(
        "not what was transcribed: the file has changed since",
        path=sound.file,
        remedy="Build again, or use --sound.",
    )
