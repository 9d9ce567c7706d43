"""What is heard of a recording, settled before Whisper is loaded: where somebody speaks, and the
windows.

With a detector the sound is decoded twice, first for it and then for Whisper: levels and pauses are
judged by the whole file, and memory stays bounded. What the first pass found is written beside the
journal, so that a run that goes on neither listens again nor can come to other windows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from konspekt.artifacts.store import hash_bytes, store_error, write_atomically
from konspekt.course.settings import TranscribeOptions
from konspekt.data import Progress, Region, no_progress
from konspekt.errors import RecordingError
from konspekt.sound import SAMPLE_RATE, Sound, open_recording
from konspekt.transcribe.journal import as_plain_json, checksummed_line, parse_line
from konspekt.transcribe.speech.packing import Lengths, pack_windows
from konspekt.transcribe.speech.regions import Run, find_speech, trace_speech
from konspekt.transcribe.speech.scan import FINDING_SPEECH, SoundScan
from konspekt.transcribe.speech.silero import Silero
from konspekt.transcribe.speech.vad import FRAME, VoiceActivityDetector
from konspekt.transcribe.speech.windows import Grid

PLAN_VERSION = 1  # of the regions and windows that follow from a detector's answers

DETECTORS: Mapping[str, Callable[[], VoiceActivityDetector]] = {
    "silero": Silero
}  # by setting; "none" is none

Span = tuple[int, int]  # samples of one file: first and end


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of the recording, before it is decoded."""

    path: Path
    name: str  # as in Part.path
    sha256: str
    length: float  # seconds it says, or is likely, to last; 0 where nothing is known
    track: int | str | None  # which audio track is heard; None: the first


@dataclass(frozen=True, slots=True)
class FilePlan:
    """What is heard of one file, in its samples; None: not known, or all of it in the grid's
    windows.
    """

    spoken: tuple[Span, ...] | None = None
    windows: tuple[Span, ...] | None = None


@dataclass(frozen=True, slots=True)
class WindowPlan:
    """What is heard of a recording, file by file."""

    files: tuple[FilePlan, ...]

    @property
    def digest(self) -> str | None:
        """The hash of the windows; None for those of the grid, which follow from the settings."""
        spans = [file.windows for file in self.files]
        return (
            None
            if all(windows is None for windows in spans)
            else hash_bytes(checksummed_line({"windows": spans}))
        )

    def speech(self, starts: Sequence[float]) -> tuple[Region, ...] | None:
        """Where somebody speaks, on the recording's time line; `starts` says where each file
        begins. None: unknown.
        """
        if any(file.spoken is None for file in self.files):
            return None
        return tuple(
            Region(round(start + first / SAMPLE_RATE, 3), round(start + end / SAMPLE_RATE, 3))
            for file, start in zip(self.files, starts, strict=True)
            for first, end in file.spoken or ()
        )


def create_detector(setting: str) -> VoiceActivityDetector | None:
    """The detector that a setting names; None for "none". Raises ModelError where it is not
    installed.
    """
    return DETECTORS[setting]() if setting in DETECTORS else None


def speech_settings(options: TranscribeOptions) -> dict[str, Any]:
    """What of the settings regions and windows depend on, with the detector's identity. Raises
    ModelError.
    """
    found = create_detector(options.vad)
    windows = "grid" if found is None else options.windows
    return {
        "speech": found and found.identity,
        "windows": windows,
        "plan": PLAN_VERSION if found else None,
    }


def plan_windows(
    files: Sequence[SourceFile],
    options: TranscribeOptions,
    beside: Path,
    progress: Progress = no_progress,
) -> WindowPlan:
    """The plan for a recording; taken from the file `beside` where it was made there for the same
    sound and settings.

    `progress` counts seconds of sound. Raises RecordingError, ModelError, StoreError.
    """
    found = create_detector(options.vad)
    if found is None:
        return WindowPlan(tuple(FilePlan() for _ in files))
    key = as_plain_json(
        {
            "files": [file.sha256 for file in files],
            **speech_settings(options),
            **options.model_dump(include={"window", "overlap", "track"}),
        }
    )
    kept = _read(beside, key)
    if kept is None:
        passing = SoundScan(FINDING_SPEECH, sum(file.length for file in files), progress)
        kept = WindowPlan(tuple(_plan_file(file, options, found, passing) for file in files))
        write_atomically(
            beside,
            checksummed_line({"key": key, "files": [[f.spoken, f.windows] for f in kept.files]}),
        )
    return kept


def check_unchanged(file: SourceFile, sound: Sound) -> None:
    """Raises RecordingError where an open file is not the one that was surveyed."""
    if sound.sha256 != file.sha256:
        raise RecordingError(
            "the file changed meanwhile",
            path=file.path,
            remedy="Wait until it is copied, then run again.",
        )


def _plan_file(
    file: SourceFile, options: TranscribeOptions, found: VoiceActivityDetector, passing: SoundScan
) -> FilePlan:
    with open_recording(file.path, max_hours=options.max_hours, track=file.track) as sound:
        check_unchanged(file, sound)
        traced = trace_speech(passing.blocks(sound), found)
        total = round(sound.duration * SAMPLE_RATE)
    speech = find_speech(traced)
    windows = None
    if options.windows == "speech":
        windows = _spans(
            pack_windows(traced, speech, Lengths.of(Grid(options.window, options.overlap))), total
        )
    return FilePlan(_spans(speech.spoken, total), windows)


def _spans(runs: Iterable[Run], total: int) -> tuple[Span, ...]:
    """Runs of frames as spans of a file's samples; the last frame may be only begun."""
    return tuple((first * FRAME, min(end * FRAME, total)) for first, end in runs)


def _read(path: Path, key: Mapping[str, Any]) -> WindowPlan | None:
    """The plan at `path`, if it is one for `key`; a damaged one is made again."""
    try:
        payload = parse_line(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise store_error(error, path) from None
    if payload is None or payload.get("key") != key:
        return None
    return WindowPlan(
        tuple(FilePlan(_pairs(spoken), _pairs(windows)) for spoken, windows in payload["files"])
    )


def _pairs(spans: Any) -> tuple[Span, ...] | None:
    return None if spans is None else tuple((first, end) for first, end in spans)
