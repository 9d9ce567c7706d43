"""Decoding all files of a recording before Whisper is loaded, with progress."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from konspekt.course.settings import TranscribeOptions
from konspekt.data import Part, Progress, no_progress
from konspekt.sound import Sound, open_recording, probe

if TYPE_CHECKING:
    from konspekt.sound.recording import Samples

REPORT_SECONDS = 30.0  # seconds of sound between two reports
CHECKING_SOUND, FINDING_SPEECH = "checking the sound", "finding speech"


class SoundScan:
    """The progress of one pass over the files of a recording."""

    def __init__(self, doing: str, total: float, progress: Progress) -> None:
        """Start the pass; `doing` says what for, `total` is its likely length in seconds."""
        self._doing, self._total, self._progress = doing, total, progress
        self._before = 0.0  # seconds of the files that are done

    def blocks(self, sound: Sound) -> Iterator[Samples]:
        """Yield the blocks of the next file, and report progress."""
        due = 0.0
        self._report(0.0)
        for block in sound.blocks():
            yield block
            if sound.duration >= due:
                self._report(sound.duration)
                due = sound.duration + REPORT_SECONDS
        self._before += sound.duration

    def _report(self, seconds: float) -> None:
        done = self._before + seconds
        self._progress(done, max(self._total, done), self._doing)


def scan_parts(
    paths: Sequence[Path],
    names: Sequence[str],
    options: TranscribeOptions,
    progress: Progress = no_progress,
) -> Iterator[Part]:
    """Yield the files of a recording as parts, each decoded to its end; no sound is kept.

    `names` become the parts' `path`. Raises RecordingError.
    """
    total = sum(probe(path) or 0.0 for path in paths)
    scan = SoundScan(CHECKING_SOUND, total, progress)
    start = 0.0
    for path, name in zip(paths, names, strict=True):
        with open_recording(
            path, max_hours=options.max_hours, track=options.track
        ) as sound:
            for _ in scan.blocks(sound):
                pass
            yield sound.part(name, start)
            start += sound.duration
