"""The first pass: a recording's files become decoded windows.

The files are opened and hashed, windows are planned and cut, and each batch of windows is decoded
and kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from konspekt.course.settings import TranscribeOptions
from konspekt.data import (
    DecodedWindow,
    Part,
    Progress,
    RawTranscript,
    Recording,
    no_progress,
)
from konspekt.models.tokenizer import check_languages
from konspekt.models.whisper import WhisperChoice
from konspekt.sound import open_recording
from konspekt.transcribe.batches import BatchDecoder, Decode, find_begun_choice
from konspekt.transcribe.engines.choice import possible_choices
from konspekt.transcribe.engines.engine import Engine, EngineOptions, as_engine_options
from konspekt.transcribe.engines.halves import number_windows
from konspekt.transcribe.journal import Journal
from konspekt.transcribe.speech.plan import (
    FilePlan,
    SourceFile,
    WindowPlan,
    check_unchanged,
    plan_windows,
    speech_settings,
)
from konspekt.transcribe.speech.windows import Grid, Window, cut_at

VERSION = 7  # of how sound becomes decoded windows; a higher number transcribes everything again
# Added to the journal's name: the file of speech regions and windows, kept as long as the journal.
PLAN_SUFFIX = ".plan"


def transcribe(  # noqa: PLR0913 - what to transcribe (three), how, where to keep it, whom to tell
    recording_id: str,
    paths: Sequence[Path],
    names: Sequence[str],
    options: TranscribeOptions,
    *,
    folder: Path,
    journal: Path,
    terms: Sequence[str] = (),
    progress: Progress = no_progress,
) -> RawTranscript:
    """Return the raw transcript of a recording, its speech regions with it where VAD is on.

    The files follow one another on one time line, and no window lies in two of them. `names` become
    the parts' `path`. The path of a model is relative to `folder`. `terms` go into Whisper's
    prompt.

    Finished batches go to `journal`. A run for the same content and options goes on from there,
    with the model and on the device of the run before, if the settings allow them. The caller
    removes the journal once the result is safe. `progress` counts seconds of sound, those of the
    VAD first. Raises RecordingError, ModelError, CourseError, StoreError.
    """
    grid = Grid(options.window, options.overlap)
    files = [
        _survey(path, name, options) for path, name in zip(paths, names, strict=True)
    ]
    possible = possible_choices(options, folder)
    check_languages((options.language, *options.languages))
    engine_options = as_engine_options(options, terms)
    plan = plan_windows(
        files, options, journal.with_name(f"{journal.name}{PLAN_SUFFIX}"), progress
    )
    keys = {
        choice: _journal_key(files, options, engine_options, choice, plan)
        for choice in possible
    }
    choice = find_begun_choice(journal, keys) or possible[0]
    kept = Journal(journal, keys[choice])
    decoder = BatchDecoder(
        kept, choice, options.batch_size, _decode_with(engine_options)
    )
    total = sum(file.length for file in files)
    if not kept.batches:
        progress(0.0, total)
    sound = _read_files(files, plan, grid, options.max_hours)
    parts = _decode_sound(sound, decoder, total, progress)
    recording = Recording(recording_id, parts)
    progress(recording.duration, recording.duration)
    speech = plan.speech([part.start for part in parts])
    windows = number_windows(kept.windows)
    return RawTranscript(recording, choice.name, bool(kept.demo), speech, windows)


def _decode_with(engine_options: EngineOptions) -> Decode:
    def decode(engine: Engine, windows: Sequence[Window]) -> Sequence[DecodedWindow]:
        return engine.decode(windows, engine_options)

    return decode


def _survey(path: Path, name: str, options: TranscribeOptions) -> SourceFile:
    """Return what a file tells before the model is loaded, above all that it opens."""
    with open_recording(
        path, max_hours=options.max_hours, track=options.track
    ) as sound:
        length = sound.info.likely_duration or 0.0
        return SourceFile(path, name, sound.sha256, length, options.track)


def _journal_key(
    files: Sequence[SourceFile],
    options: TranscribeOptions,
    engine_options: EngineOptions,
    choice: WhisperChoice,
    plan: WindowPlan,
) -> dict[str, Any]:
    """Return everything on which the text of the windows depends."""
    return {
        "version": VERSION,
        "files": [file.sha256 for file in files],
        "model": choice.name,
        "model_sha256": choice.sha256,
        "device": choice.device,
        "precision": choice.precision,
        "engine": choice.engine,
        "engine_options": asdict(engine_options),
        "options": options.model_dump(
            include={"window", "overlap", "batch_size", "track"}
        ),
        **speech_settings(options),
        "windows_sha256": plan.digest,
    }


def _read_files(
    files: Sequence[SourceFile], plan: WindowPlan, grid: Grid, max_hours: float
) -> Iterator[Window | Part]:
    """Yield the windows of all files in order, and after those of each file the file as a part."""
    start, number = 0.0, 0
    for file, file_plan in zip(files, plan.files, strict=True):
        for item in _read_file(file, file_plan, grid, max_hours, (start, number)):
            if isinstance(item, Window):
                number = item.id + 1
            else:
                start += item.duration
            yield item


def _read_file(
    file: SourceFile,
    plan: FilePlan,
    grid: Grid,
    max_hours: float,
    begin: tuple[float, int],
) -> Iterator[Window | Part]:
    """Yield the windows of one file, then the file as a part.

    `begin` is the second of the recording at which the file begins, and its first window's id.
    """
    start, first_id = begin
    spans = grid.spans() if plan.windows is None else plan.windows
    with open_recording(file.path, max_hours=max_hours, track=file.track) as sound:
        check_unchanged(file, sound)
        blocks = sound.blocks()
        yield from cut_at(blocks, spans, start=start, first_id=first_id)
        # to the end of the file, which may lie far behind the last window
        for _ in blocks:
            pass
        yield sound.part(file.name, start)


def _decode_sound(
    sound: Iterator[Window | Part],
    decoder: BatchDecoder,
    total: float,
    progress: Progress,
) -> tuple[Part, ...]:
    """Decode the windows of a recording; return its parts."""

    def report(batch: Sequence[Window]) -> None:
        done = batch[-1].end
        progress(done, max(done, total))

    parts: list[Part] = []
    for item in sound:
        if isinstance(item, Part):
            parts.append(item)
        else:
            decoder.add(item, report)
    decoder.finish(report)
    return tuple(parts)
