"""`konspekt clean --explain`: why something was kept or removed, and the sound of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from konspekt.errors import CourseError, FormatError, RecordingError, StoreError
from konspekt.text.times import clock

if TYPE_CHECKING:
    from konspekt.clean.explain import Line
    from konspekt.cli.terminal import Terminal
    from konspekt.data import Part, RawTranscript

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


def explain(
    terminal: Terminal,
    folder: Path,
    time: str,
    lecture: str | None,
    wav: Path | None,
    sounds: Sequence[Path],
) -> None:
    """Prints what was decided around a time of the lecture in `folder`; its sound goes to `wav`."""
    from konspekt.artifacts import files
    from konspekt.artifacts.store import Hashes
    from konspekt.build.jobs import second_pass_hash
    from konspekt.build.stage import RAW, REMOVED, SECOND_PASS, TRANSCRIPT
    from konspekt.clean import both_passes
    from konspekt.clean.explain import excerpt_times
    from konspekt.clean.explain import explain as explained
    from konspekt.text.times import seconds_of

    at = seconds_of(time)
    _check(wav, sounds)
    folder = _folder(folder, lecture)
    if not all((folder / name).is_file() for name in (RAW, TRANSCRIPT, REMOVED)):
        raise FormatError(
            "no cleaned lecture is here",
            path=folder,
            remedy="Clean it first: konspekt clean, or konspekt build.",
        )
    raw, transcript = files.load_raw(folder / RAW), files.load_transcript(folder / TRANSCRIPT)
    if second_pass_hash(folder, Hashes.load(None)) is not None:
        raw = both_passes(raw, files.load_raw(folder / SECOND_PASS))
    removals = files.load_removals(folder / REMOVED)
    lines = explained(raw, transcript, removals, at)
    found = None if wav is None else _sound(raw, at, folder, sounds)
    for line in lines:
        click.echo(_coloured(line))
    for mark in _legend(lines):
        click.echo(mark)
    if wav is not None and found is not None:
        start, end = excerpt_times(raw, removals, at)
        part, sound = found
        start, end = max(start, part.start), min(end, part.start + part.duration)
        _write_excerpt(wav, sound, (start - part.start, end - part.start), part, check=not sounds)
        terminal.say()
        terminal.say(f"Made: {wav} ({clock(start)}–{clock(end)})")


def _coloured(line: Line) -> str:
    """Colours in a terminal, and marks that tell the same without."""
    shown = (
        click.style(_MARKS.get(kind, "{}").format(text), **_STYLES.get(kind, {}))
        for text, kind in line
        if text
    )
    return "".join(shown).rstrip()


def _legend(lines: Iterable[Line]) -> Iterator[str]:
    """What the marks mean, of those that were shown."""
    kinds = {kind for line in lines for _, kind in line}
    shown = [meaning for kind, meaning in _MEANINGS.items() if kind in kinds]
    if shown:
        yield ""
        yield f"{', '.join(shown)}, … the text goes on"


def _check(wav: Path | None, sounds: Sequence[Path]) -> None:
    if wav is None:
        if sounds:
            raise click.UsageError("--sound is for --wav FILE: name the file to write.")
        return
    if wav.suffix.lower() != ".wav":
        raise click.UsageError("--wav writes a WAV file: its name ends in .wav.")
    if wav.exists():
        raise StoreError(
            "the file is there already", path=wav, remedy="Choose another name for --wav."
        )


def _folder(folder: Path, lecture: str | None) -> Path:
    """The folder of a lecture's files: the given one, or that of a lecture of the course in it."""
    from konspekt.course.course import load_course

    if not (folder / "course.toml").is_file():
        if lecture is not None:
            raise CourseError(
                "there is no course here, so no --lecture",
                path=folder,
                remedy="Name a course's folder, or leave it out.",
            )
        return folder
    course = load_course(folder)
    known = [one.id for one in course.lectures]
    if lecture not in known:
        what = "which lecture is not said" if lecture is None else f"no lecture {lecture!r} here"
        raise CourseError(
            what, path=folder, remedy=f"Name one with --lecture. There are: {', '.join(known)}."
        )
    return course.lecture_folder(lecture)


def _sound(
    raw: RawTranscript, at: float, folder: Path, sounds: Sequence[Path]
) -> tuple[Part, Path]:
    """The part of the recording that holds a time, and its sound: the one named, else where the
    recording lies.
    """
    from konspekt.course.recordings import SOUND_ENDINGS

    parts = raw.recording.parts
    if sounds and len(sounds) != len(parts):
        raise click.UsageError(
            f"The recording has {len(parts)} files: name as many with --sound, in their order."
        )
    number = max((i for i, part in enumerate(parts) if part.start <= at), default=None)
    if number is None:
        raise RecordingError("the recording has no files", path=folder, remedy="Clean it again.")
    part = parts[number]
    if sounds:
        return part, sounds[number]
    if not part.path.lower().endswith(SOUND_ENDINGS):
        raise RecordingError(
            "the lecture came as text, there is no sound of it",
            path=part.path,
            remedy="Name its recording with --sound.",
        )
    above = (path for path in folder.resolve().parents if (path / "course.toml").is_file())
    path = next(above, Path()) / part.path
    if not path.is_file():
        raise RecordingError(
            "the recording is not there", path=path, remedy="Say where it is with --sound."
        )
    return part, path


def _write_excerpt(
    wav: Path, sound: Path, times: tuple[float, float], part: Part, *, check: bool
) -> None:
    """Seconds of a sound as a file of their own; the sound is decoded in pieces up to there."""
    from konspekt.artifacts.store import write_atomically
    from konspekt.sound import SAMPLE_RATE, excerpt, open_recording, pieces

    start, end = times
    span = (round(start * SAMPLE_RATE), round(end * SAMPLE_RATE))
    track = (
        part.track.number if part.track and check else None
    )  # another file's tracks are not this one's
    with open_recording(sound, max_hours=MAX_HOURS, track=track) as opened:
        if check and part.sha256 != opened.sha256:
            raise RecordingError(
                "not what was heard: the file has changed since",
                path=sound,
                remedy="Build again, or use --sound.",
            )
        found = next(pieces(opened.blocks(), [span]), None)
    if found is None or start >= end:
        raise RecordingError(
            f"its sound ends before {clock(start)}", path=sound, remedy="Name the whole recording."
        )
    write_atomically(wav, excerpt(found[1], 0.0, end - start))
