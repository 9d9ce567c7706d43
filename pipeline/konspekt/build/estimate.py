"""How long a build will take and how much room it needs, said before it starts."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from konspekt.artifacts.store import canonical_json, write_atomically
from konspekt.course.course import Course
from konspekt.course.lecture import Lecture
from konspekt.course.settings import USUAL_ENGINE
from konspekt.data import How, Progress, RawTranscript
from konspekt.errors import KonspektError, StoreError
from konspekt.models.catalog import MODELS
from konspekt.models.named import is_here
from konspekt.models.whisper import WhisperChoice
from konspekt.text.times import clock
from konspekt.transcribe import probe

# Seconds of sound transcribed in a second, guessed until a recording has been transcribed here. The
# order of the models is that of their published speeds; the level is cautious for a laptop without
# and a small card with a GPU.
_GUESS = {
    "tiny": 10.0,
    "base": 6.0,
    "small": 2.0,
    "medium": 0.7,
    "turbo": 0.8,
    "large": 0.35,
}
_GPU_GAIN = 20.0
_OTHER = 4.0  # a checkpoint of unknown size

# What the second pass takes, in shares of the time of the first, guessed until one was measured
# here. It is as long as the list of what may have been missed.
SECOND_PASS_GUESS = 0.25
_SECOND_PASS = " second pass"  # noqa: S105 - after the name of what was measured

# seconds of sound in which the model's first, slow steps no longer weigh
_ENOUGH = 120.0
_MEGABYTE = 2**20
# artifacts and page of an hour of speech, with word times
_TEXT_BYTES_PER_HOUR = 4 * _MEGABYTE
_SITE_BYTES = 8 * _MEGABYTE  # theme, search index, and the site built aside
_SPEEDS = "speed.json"


@dataclass(frozen=True, slots=True)
class Estimate:
    """What transcribing takes, with the second pass."""

    lectures: int
    durations: Sequence[float | None]  # of their files; None where one does not say
    speed: float  # times real time
    second_pass: float  # its time in shares of the first pass's; 0 where there is none
    measured: bool  # the speed was measured on this course, not guessed
    whisper: str  # the model, on what, and what computes it
    download: int  # bytes of a model that must be fetched first

    @property
    def sound(self) -> float:
        """Seconds of the files that say how long they are."""
        return sum(seconds for seconds in self.durations if seconds is not None)

    @property
    def room(self) -> int:
        """Bytes that are written: artifacts, pages and the model."""
        text = int(self.sound / 3600 * _TEXT_BYTES_PER_HOUR)
        return text + _SITE_BYTES + self.download

    def in_words(self) -> str:
        """Return the estimate as the terminal says it."""
        recordings = f"{self.lectures} recording{'' if self.lectures == 1 else 's'}"
        unknown = self.durations.count(None)
        more = f", and {unknown} of unknown length" if unknown else ""
        basis = "as measured here before" if self.measured else "a guess until it runs"
        both = ", the second pass included" if self.second_pass else ""
        size = _megabytes(self.download)
        fetch = f" (to be fetched: {size})" if self.download else ""
        return (
            f"To transcribe: {recordings}, {clock(self.sound)} of sound{more}. "
            f"About {self._time()} ({basis}{both}); needs {_megabytes(self.room)} of disk. "
            f"Whisper: {self.whisper}{fetch}."
        )

    def _time(self) -> str:
        minutes = max(1, round(self.sound / self.speed * (1 + self.second_pass) / 60))
        return f"{minutes} min" if minutes < 90 else f"{minutes / 60:.1f} h"


def _megabytes(size: int) -> str:
    return f"{size / _MEGABYTE:.0f} MB"


def estimate(
    course: Course, due: Iterable[Lecture], choice: WhisperChoice
) -> Estimate | None:
    """Return the estimate for transcribing `due`, recordings, with a Whisper.

    None if no sound can be opened. Raises StoreError where there is not enough room.
    """
    durations = list(filter(None, map(_find_durations, due)))
    if not durations:
        return None
    speeds = _load_speeds(course.work)
    label = whisper_label(choice.name, choice.device, choice.engine)
    share = speeds.get(label + _SECOND_PASS, SECOND_PASS_GUESS)
    found = Estimate(
        lectures=len(durations),
        durations=tuple(chain.from_iterable(durations)),
        speed=speeds.get(label) or guess(choice.name, choice.device),
        second_pass=share if course.transcribe.second_pass else 0.0,
        measured=label in speeds,
        whisper=_describe(choice),
        download=_download_size(choice),
    )
    _check_room(course.folder, found.room)
    return found


def _find_durations(lecture: Lecture) -> list[float | None]:
    """Return how long the files of a lecture are; empty where one cannot be opened.

    Why it cannot is reported when it is its turn.
    """
    try:
        return [probe(path) for path in lecture.files]
    except KonspektError:
        return []


def _download_size(choice: WhisperChoice) -> int:
    """Return how many bytes of the model must be fetched."""
    if choice.endpoint or choice.path or is_here(choice.name):
        return 0
    return MODELS[choice.name].size


def _describe(choice: WhisperChoice) -> str:
    if choice.endpoint is not None:
        return f"{choice.name} at {choice.endpoint.base_url}"
    where = "the GPU" if choice.device == "cuda" else "the processor"
    engine = "" if choice.engine == USUAL_ENGINE else f", computed by {choice.engine}"
    return f"{choice.name} on {where}{engine}"


def guess(model: str, device: str) -> float:
    """Return how many times real time a model is, from its family alone."""
    is_file = "." in model.removesuffix(".en")
    families = [] if is_file else [name for name in _GUESS if name in model]
    if "turbo" in model:
        families = ["turbo"]
    speed = _GUESS[families[0]] if families else _OTHER
    return speed * (_GPU_GAIN if device == "cuda" else 1.0)


def whisper_label(model: str, device: str, engine: str) -> str:
    """Return what a measured speed is that of: "small", "small on cuda by faster-whisper"."""
    on = "" if device == "cpu" else f" on {device}"
    by = "" if engine == USUAL_ENGINE else f" by {engine}"
    return f"{model}{on}{by}"


def whisper_of(raw: RawTranscript) -> str:
    """Return the same of a transcript, by its first window."""
    how = raw.windows[0].how if raw.windows else How(raw.model)
    return whisper_label(raw.model, how.device or "cpu", how.engine or USUAL_ENGINE)


class Meter:
    """Passes progress in seconds of sound on, and measures the speed.

    It counts from the first report of a window to the last.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        # The first and the latest report: seconds of sound, when.
        self._reports: list[tuple[float, float]] = []

    def __call__(self, done: float, total: float, doing: str = "") -> None:
        if not doing:
            self._reports[1:] = [(done, time.monotonic())]
        self._progress(done, total, doing)

    @property
    def seconds(self) -> float:
        """From the first report to the last."""
        return self._reports[-1][1] - self._reports[0][1] if self._reports else 0.0

    @property
    def sound(self) -> float:
        """Seconds of sound from the first report to the last."""
        return self._reports[-1][0] - self._reports[0][0] if self._reports else 0.0

    def remember(self, work: Path, what: str) -> None:
        """Keep the times real time that `what` reached; too short a run says nothing."""
        if self.sound >= _ENOUGH and self.seconds > 0:
            _keep_speed(work, what, round(self.sound / self.seconds, 2))

    def remember_second_pass(self, work: Path, what: str, duration: float) -> None:
        """Keep what the second pass took, in shares of the first one's time.

        `what` is as `whisper_label` names it; `duration` is the recording's, in seconds.
        """
        speed = _load_speeds(work).get(what)
        if speed is not None and duration >= _ENOUGH and self.seconds > 0:
            share = round(self.seconds * speed / duration, 3)
            _keep_speed(work, what + _SECOND_PASS, share)


def _keep_speed(work: Path, what: str, value: float) -> None:
    speeds = {**_load_speeds(work), what: value}
    write_atomically(work / _SPEEDS, canonical_json(speeds))


def _load_speeds(work: Path) -> dict[str, float]:
    """Return what was measured here; nothing where the file is not there or damaged."""
    try:
        known = json.loads((work / _SPEEDS).read_bytes()).items()
    except (OSError, ValueError, AttributeError):
        return {}
    return {
        what: float(value)
        for what, value in known
        if isinstance(value, int | float) and value > 0
    }


def _check_room(folder: Path, room: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < room:
        what = f"{_megabytes(room)} are needed and {_megabytes(free)} are free"
        remedy = "Free some space and run the same command again."
        raise StoreError(what, path=folder, remedy=remedy)
