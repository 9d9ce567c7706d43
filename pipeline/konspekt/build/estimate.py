"""How long a build will take and how much room it needs, said before it starts."""

from __future__ import annotations

import json
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from konspekt.artifacts.store import canonical_json, write_atomically
from konspekt.course.course import Course
from konspekt.course.lecture import Lecture
from konspekt.data import How, Progress, RawTranscript
from konspekt.errors import KonspektError, StoreError
from konspekt.models.whisper import USUAL_ENGINE, Choice, cached_file
from konspekt.text.times import clock
from konspekt.transcribe import probe

# Seconds of sound transcribed in a second, guessed until a recording has been transcribed here. The
# order of the models is that of their published speeds; the level is cautious for a laptop without
# and a small card with a GPU.
_GUESS = {
    "demo": 15.0,
    "tiny": 10.0,
    "base": 6.0,
    "small": 2.0,
    "medium": 0.7,
    "large": 0.35,
    "turbo": 0.8,
}
_GPU_GAIN = 20.0
_OTHER = 4.0  # a checkpoint of unknown size

# What the second pass takes, in shares of the time of the first, until one was measured here: on
# the demo lecture, see docs/sound.md. It is as long as the list of what may have been missed.
SECOND_PASS_GUESS = 0.25
_AGAIN = " again"  # after the name of what was measured

_ENOUGH = 120.0  # seconds of sound in which the model's first, slow steps no longer weigh
_LARGE = 3_100_000_000
# Sizes of openai-whisper's files in bytes, rounded up: what must be fetched where the model is not
# there yet.
_SIZES = {
    "tiny": 76_000_000,
    "base": 146_000_000,
    "small": 484_000_000,
    "medium": 1_530_000_000,
} | {"large-v3-turbo": 1_620_000_000}

_TEXT_BYTES_PER_HOUR = 4 * 2**20  # artifacts and page of an hour of speech, word times included
_SITE_BYTES = 8 * 2**20  # theme, search index, and the site built aside


@dataclass(frozen=True, slots=True)
class Estimate:
    """What transcribing takes: `sound` seconds of recordings at `speed` times real time, and the
    second pass.
    """

    lectures: int
    sound: float
    unknown: int  # recordings that do not say how long they are
    speed: float
    again: float  # the second pass's time in shares of the first one's; 0 where there is none
    measured: bool  # the speed was measured on this course, not guessed
    room: int  # bytes
    whisper: str  # what hears, on what, and what computes it
    download: int  # bytes of a model that must be fetched first

    def in_words(self) -> str:
        minutes = max(1, round(self.sound / self.speed * (1 + self.again) / 60))
        time = f"{minutes} min" if minutes < 90 else f"{minutes / 60:.1f} h"
        basis = "as measured here before" if self.measured else "a guess until it runs"
        both = ", the second pass included" if self.again else ""
        more = f", and {self.unknown} of unknown length" if self.unknown else ""
        recordings = f"{self.lectures} recording{'s' if self.lectures != 1 else ''}"
        fetch = f" (to be fetched: {self.download / 2**20:.0f} MB)" if self.download else ""
        return (
            f"To transcribe: {recordings}, {clock(self.sound)} of sound{more}. "
            f"About {time} ({basis}{both}); needs {self.room / 2**20:.0f} MB of disk. "
            f"Whisper: {self.whisper}{fetch}."
        )


def estimate(course: Course, due: list[Lecture], choice: Choice) -> Estimate | None:
    """The estimate for transcribing `due` with the chosen Whisper; None if none of them is sound
    that can be opened.

    Raises StoreError where there is not enough room.
    """
    lengths = [lengths for lecture in due if lecture.is_sound and (lengths := _lengths(lecture))]
    if not lengths:
        return None
    files = [length for lecture in lengths for length in lecture]
    known = [length for length in files if length is not None]
    download = (
        0
        if choice.path or cached_file(choice.name).is_file()
        else _SIZES.get(choice.name.removesuffix(".en"), _LARGE)
    )
    room = int(sum(known) / 3600 * _TEXT_BYTES_PER_HOUR) + _SITE_BYTES + download
    _check_room(course.folder, room)
    whisper = f"{choice.name} on {'the GPU' if choice.device == 'cuda' else 'the processor'}"
    if choice.engine != USUAL_ENGINE:
        whisper += f", computed by {choice.engine}"
    known_here, what = (
        _measured(course.work),
        whisper_label(choice.name, choice.device, choice.engine),
    )
    measured = known_here.get(what)
    again = (
        known_here.get(what + _AGAIN, SECOND_PASS_GUESS) if course.transcribe.second_pass else 0.0
    )
    return Estimate(
        lectures=len(lengths),
        sound=sum(known),
        unknown=len(files) - len(known),
        speed=measured or guess(choice.name, choice.device),
        again=again,
        measured=measured is not None,
        room=room,
        whisper=whisper,
        download=download,
    )


def _lengths(lecture: Lecture) -> list[float | None]:
    """How long the files of a lecture are; empty where one cannot be opened, which is reported in
    its turn.
    """
    try:
        return [probe(path) for path in lecture.files]
    except KonspektError:
        return []


def guess(model: str, device: str) -> float:
    """Times real time, from the model's family alone."""
    family = next(
        (name for name in _GUESS if name in model and "." not in model.removesuffix(".en")), None
    )
    if "turbo" in model:
        family = "turbo"
    return (_GUESS[family] if family else _OTHER) * (_GPU_GAIN if device == "cuda" else 1.0)


def whisper_label(model: str, device: str, engine: str) -> str:
    """What a measured speed is that of: "small", "small on cuda", "small by faster-whisper"."""
    on = "" if device == "cpu" else f" on {device}"
    return f"{model}{on}" if engine == USUAL_ENGINE else f"{model}{on} by {engine}"


def whisper_of(raw: RawTranscript) -> str:
    """The same of a transcript, by its first window."""
    how = raw.windows[0].how if raw.windows else How(raw.model)
    return whisper_label(raw.model, how.device or "cpu", how.engine or USUAL_ENGINE)


class Meter:
    """Passes progress in seconds of sound on, and measures the speed from the first report of
    window to the last.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._reports: list[
            tuple[float, float]
        ] = []  # (seconds of sound, when): the first and the latest

    def __call__(self, done: float, total: float, doing: str = "") -> None:
        if not doing:
            self._reports[1:] = [(done, time.monotonic())]
        self._progress(done, total, doing)

    @property
    def seconds(self) -> float:
        """From the first report to the last."""
        return self._reports[-1][1] - self._reports[0][1] if self._reports else 0.0

    def remember_second_pass(self, work: Path, what: str, duration: float) -> None:
        """Keeps what the second pass to a recording took beside the first pass, where that was
        measured.

        `what` heard is as `what_heard` names it.
        """
        speed = _measured(work).get(what)
        if speed is not None and duration >= _ENOUGH and self.seconds > 0:
            share = round(self.seconds * speed / duration, 3)
            write_atomically(
                work / "speed.json", canonical_json({**_measured(work), what + _AGAIN: share})
            )

    def remember(self, work: Path, what: str) -> None:
        """Keeps the times real time that `what` reached, for the next estimate; too short a run
        says nothing.
        """
        if len(self._reports) < 2:
            return
        (first, begun), (last, ended) = self._reports
        if last - first >= _ENOUGH and ended > begun:
            speed = round((last - first) / (ended - begun), 2)
            write_atomically(work / "speed.json", canonical_json({**_measured(work), what: speed}))


def _measured(work: Path) -> dict[str, float]:
    with suppress(OSError, ValueError, AttributeError):
        known = json.loads((work / "speed.json").read_bytes())
        return {
            key: float(value)
            for key, value in known.items()
            if isinstance(value, int | float) and value > 0
        }
    return {}


def _check_room(folder: Path, room: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < room:
        raise StoreError(
            f"{room / 2**20:.0f} MB are needed and {free / 2**20:.0f} MB are free",
            path=folder,
            remedy="Free some space and run the same command again.",
        )
