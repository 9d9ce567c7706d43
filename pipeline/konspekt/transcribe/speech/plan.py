"""The window plan of a recording: speech regions and windows, fixed before Whisper is loaded.

With VAD the sound is decoded twice, first for the detector and then for Whisper. Levels and pauses
are judged by the whole file, and memory stays bounded. The plan is written beside the journal: a
run that goes on neither runs the detector again nor can come to other windows.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

from konspekt.artifacts.store import hash_bytes, store_error, write_atomically
from konspekt.course.settings import TranscribeOptions
from konspekt.data import Progress, Region, no_progress
from konspekt.errors import RecordingError
from konspekt.sound import SAMPLE_RATE, Sound, open_recording
from konspekt.transcribe.journal import as_plain_json, checksummed_line, parse_line
from konspekt.transcribe.speech.packing import Lengths, pack_windows
from konspekt.transcribe.speech.regions import (
    FrameRun,
    find_speech,
    trace_speech,
)
from konspekt.transcribe.speech.scan import FINDING_SPEECH, SoundScan
from konspekt.transcribe.speech.silero import Silero
from konspekt.transcribe.speech.vad import FRAME, VoiceActivityDetector
from konspekt.transcribe.speech.windows import Grid, Window, leave_out

PLAN_VERSION = 4  # of how regions and windows follow from a detector's probabilities

# By the setting `vad`; "none" is none.
DETECTORS: Mapping[str, Callable[[], VoiceActivityDetector]] = {"silero": Silero}

SampleSpan: TypeAlias = tuple[int, int]  # first sample and end, of one file


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of the recording, before it is decoded."""

    path: Path
    name: str  # as in Part.path
    sha256: str
    length: float  # seconds, as declared or estimated; 0 where nothing is known
    track: int | str | None  # which audio track; None: the first


@dataclass(frozen=True, slots=True)
class FilePlan:
    """Speech and windows of one file.

    `spoken` is None where speech is unknown, `windows` where they are those of the grid. `left_out`
    are the pauses that are left out of the windows.
    """

    spoken: tuple[SampleSpan, ...] | None = None
    windows: tuple[SampleSpan, ...] | None = None
    left_out: tuple[SampleSpan, ...] = ()

    def leave_out(self, window: Window, start: float) -> Window:
        """Return a window of the file, which begins at `start`, without its long pauses."""
        begin = round((window.start - start) * SAMPLE_RATE)
        end = round((window.end - start) * SAMPLE_RATE)
        inside = slice(
            bisect_left(self.left_out, begin, key=lambda span: span[0]),
            bisect_right(self.left_out, end, key=lambda span: span[1]),
        )
        return leave_out(
            window, [(one - begin, last - begin) for one, last in self.left_out[inside]]
        )

    def note_speech(self, windows: Iterable[Window], start: float) -> Iterator[Window]:
        """Yield the windows of the file, which begins at `start`, with where their speech ends.

        It ends before the sound of the next window at the latest.
        """
        waiting: Window | None = None
        for window in windows:
            if waiting is not None:
                yield self._note_until(waiting, min(waiting.end, window.start), start)
            waiting = window
        if waiting is not None:
            yield self._note_until(waiting, waiting.end, start)

    def _note_until(self, window: Window, until: float, start: float) -> Window:
        """Return a window with where the speech before the second `until` ends in it."""
        spoken = self.spoken or ()
        before = (until - start) * SAMPLE_RATE
        count = bisect_left(spoken, before, key=lambda span: span[0])
        if not count:
            return window
        _, end = spoken[count - 1]
        last = min(start + end / SAMPLE_RATE, until)
        return replace(window, speech_end=last) if last > window.start else window


@dataclass(frozen=True, slots=True)
class WindowPlan:
    """Speech and windows of a recording, file by file."""

    files: tuple[FilePlan, ...]

    @property
    def digest(self) -> str | None:
        """Return the hash of the windows; None for those of the grid, which the settings give."""
        if all(file.windows is None for file in self.files):
            return None
        spans = [[file.windows, file.left_out] for file in self.files]
        return hash_bytes(checksummed_line({"windows": spans}))

    def speech(self, starts: Sequence[float]) -> tuple[Region, ...] | None:
        """Return the speech regions in seconds of the recording; None where speech is unknown.

        `starts` are the seconds at which the files begin.
        """
        regions: list[Region] = []
        for file, start in zip(self.files, starts, strict=True):
            if file.spoken is None:
                return None
            regions.extend(_region(span, start) for span in file.spoken)
        return tuple(regions)


def _region(span: SampleSpan, start: float) -> Region:
    first, end = span
    return Region(
        round(start + first / SAMPLE_RATE, 3), round(start + end / SAMPLE_RATE, 3)
    )


def create_detector(setting: str) -> VoiceActivityDetector | None:
    """Return the detector that the setting `vad` names; None for "none"."""
    return DETECTORS[setting]() if setting in DETECTORS else None


def speech_settings(options: TranscribeOptions) -> dict[str, Any]:
    """Return what speech regions and windows depend on, the detector's identity included.

    Raises ModelError where the detector is not installed.
    """
    detector = create_detector(options.vad)
    if detector is None:
        return {"speech": None, "windows": "grid", "plan": None}
    return {
        "speech": detector.identity,
        "windows": options.windows,
        "plan": PLAN_VERSION,
    }


def plan_windows(
    files: Sequence[SourceFile],
    options: TranscribeOptions,
    beside: Path,
    progress: Progress = no_progress,
) -> WindowPlan:
    """Return the plan for a recording.

    The file `beside` keeps it, and gives it back for the same sound and settings. `progress` counts
    seconds of sound. Raises RecordingError, ModelError, StoreError.
    """
    detector = create_detector(options.vad)
    if detector is None:
        return WindowPlan(tuple(FilePlan() for _ in files))
    key = _plan_key(files, options)
    kept = _read_plan(beside, key)
    if kept is not None:
        return kept
    scan = SoundScan(FINDING_SPEECH, sum(file.length for file in files), progress)
    plans = [_plan_file(file, options, detector, scan) for file in files]
    plan = WindowPlan(tuple(plans))
    _write_plan(beside, key, plan)
    return plan


def _plan_key(
    files: Sequence[SourceFile], options: TranscribeOptions
) -> dict[str, Any]:
    """Return everything on which a plan depends."""
    return as_plain_json(
        {
            "files": [file.sha256 for file in files],
            **speech_settings(options),
            **options.model_dump(include={"window", "overlap", "track"}),
        }
    )


def check_unchanged(file: SourceFile, sound: Sound) -> None:
    """Raise RecordingError where an open file is not the one that was surveyed."""
    if sound.sha256 != file.sha256:
        raise RecordingError(
            "the file changed meanwhile",
            path=file.path,
            remedy="Wait until it is copied, then run again.",
        )


def _plan_file(
    file: SourceFile,
    options: TranscribeOptions,
    detector: VoiceActivityDetector,
    scan: SoundScan,
) -> FilePlan:
    with open_recording(
        file.path, max_hours=options.max_hours, track=file.track
    ) as sound:
        check_unchanged(file, sound)
        trace = trace_speech(scan.blocks(sound), detector)
        total = round(sound.duration * SAMPLE_RATE)
    speech = find_speech(trace)
    spoken = _as_samples(speech.spoken, total)
    if options.windows != "speech":
        return FilePlan(spoken)
    lengths = Lengths.of(Grid(options.window, options.overlap))
    packing = pack_windows(trace, speech, lengths)
    return FilePlan(
        spoken,
        _as_samples(packing.windows, total),
        _as_samples(packing.left_out, total),
    )


def _as_samples(runs: Iterable[FrameRun], total: int) -> tuple[SampleSpan, ...]:
    """Return runs of frames in samples of a file of `total`, which may end within a frame."""
    return tuple((first * FRAME, min(end * FRAME, total)) for first, end in runs)


def _write_plan(path: Path, key: Mapping[str, Any], plan: WindowPlan) -> None:
    spans = [[file.spoken, file.windows, file.left_out] for file in plan.files]
    write_atomically(path, checksummed_line({"key": key, "files": spans}))


def _read_plan(path: Path, key: Mapping[str, Any]) -> WindowPlan | None:
    """Return the plan at `path`; None where it is not one for `key`, or damaged."""
    try:
        payload = parse_line(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise store_error(error, path) from None
    if payload is None or payload.get("key") != key:
        return None
    files = [
        FilePlan(_pairs(spoken), _pairs(windows), _pairs(left_out) or ())
        for spoken, windows, left_out in payload["files"]
    ]
    return WindowPlan(tuple(files))


def _pairs(spans: Any) -> tuple[SampleSpan, ...] | None:
    return None if spans is None else tuple((first, end) for first, end in spans)
