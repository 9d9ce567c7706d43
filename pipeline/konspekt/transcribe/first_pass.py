"""The first pass: a recording's files become decoded windows.

The files are opened and hashed, windows are planned and cut, and each batch of windows is decoded
and kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeAlias

from konspekt.course.settings import TranscribeOptions
from konspekt.data import (
    Part,
    Progress,
    RawTranscript,
    Recording,
    no_progress,
)
from konspekt.models.tokenizer import check_languages
from konspekt.models.whisper import WhisperChoice
from konspekt.sound import open_recording
from konspekt.transcribe.batches import BatchDecoder, Report
from konspekt.transcribe.engines.choice import possible_choices
from konspekt.transcribe.engines.engine import EngineOptions, as_engine_options
from konspekt.transcribe.engines.halves import number_windows
from konspekt.transcribe.journal import Key
from konspekt.transcribe.redecoding import Sources, decode_doubtful_windows
from konspekt.transcribe.speech.plan import (
    FilePlan,
    SampleSpan,
    SourceFile,
    WindowPlan,
    check_unchanged,
    plan_windows,
    speech_settings,
)
from konspekt.transcribe.speech.windows import Grid, Window, cut_at

Spans: TypeAlias = Iterable[SampleSpan]  # of one file: by start, none within another

VERSION = 13  # of how sound becomes decoded windows; a higher number transcribes everything again
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
    beside = journal.with_name(f"{journal.name}{PLAN_SUFFIX}")
    plan = plan_windows(files, options, beside, progress)
    decoder = _make_decoder(files, plan, options, terms, possible, journal)
    planned = _planned_files(files, plan, grid)
    parts = _decode_files(planned, options.max_hours, decoder, progress)
    windows = number_windows(decoder.journal.windows)
    if options.language is None:
        sources = Sources(files, parts, options.max_hours)
        windows = decode_doubtful_windows(windows, sources, decoder, options, journal)
    return RawTranscript(
        Recording(recording_id, parts),
        decoder.choice.name,
        plan.speech([part.start for part in parts]),
        windows,
    )


def _survey(path: Path, name: str, options: TranscribeOptions) -> SourceFile:
    """Return what a file tells before the model is loaded, above all that it opens."""
    track = options.track
    with open_recording(path, max_hours=options.max_hours, track=track) as sound:
        length = sound.info.likely_duration or 0.0
        return SourceFile(path, name, sound.sha256, length, track)


def _make_decoder(
    files: Sequence[SourceFile],
    plan: WindowPlan,
    options: TranscribeOptions,
    terms: Sequence[str],
    choices: Sequence[WhisperChoice],
    journal: Path,
) -> BatchDecoder:
    """Return what decodes the planned windows, all with the same options."""
    engine_options = as_engine_options(options, terms)
    key = _journal_key(files, plan, options, engine_options)
    return BatchDecoder(
        journal, key, choices, options.batch_size, lambda _: engine_options
    )


def _journal_key(
    files: Sequence[SourceFile],
    plan: WindowPlan,
    options: TranscribeOptions,
    engine_options: EngineOptions,
) -> Key:
    """Return everything on which the text of the windows depends, but the choice of Whisper."""
    sizes = {"window", "overlap", "batch_size", "track"}
    return {
        "version": VERSION,
        "files": [file.sha256 for file in files],
        "engine_options": asdict(engine_options),
        "options": options.model_dump(include=sizes),
        **speech_settings(options),
        "windows_sha256": plan.digest,
    }


@dataclass(frozen=True, slots=True)
class _PlannedFile:
    """A file with what is planned for it."""

    source: SourceFile
    plan: FilePlan
    spans: Spans


def _planned_files(
    files: Sequence[SourceFile], plan: WindowPlan, grid: Grid
) -> list[_PlannedFile]:
    """Return each file with its windows: those of its speech, or of the grid."""
    return [
        _PlannedFile(
            source, file, grid.spans() if file.windows is None else file.windows
        )
        for source, file in zip(files, plan.files, strict=True)
    ]


def _decode_files(
    files: Sequence[_PlannedFile],
    max_hours: float,
    decoder: BatchDecoder,
    progress: Progress,
) -> tuple[Part, ...]:
    """Decode the windows of all files in order; return the files as parts."""
    total = sum(file.source.length for file in files)

    def report(last: Window) -> None:
        progress(last.end, max(last.end, total))

    if not decoder.journal.batches:
        progress(0.0, total)
    parts: list[Part] = []
    start = 0.0
    for file in files:
        part = _decode_file(file, start, max_hours, decoder, report)
        parts.append(part)
        start += part.duration
    decoder.finish(report)
    progress(start, start)
    return tuple(parts)


def _decode_file(
    file: _PlannedFile,
    start: float,
    max_hours: float,
    decoder: BatchDecoder,
    report: Report,
) -> Part:
    """Decode the windows of a file that begins at second `start`; return it as a part."""
    source = file.source
    with open_recording(source.path, max_hours=max_hours, track=source.track) as sound:
        check_unchanged(source, sound)
        blocks = sound.blocks()
        cut = cut_at(blocks, file.spans, start=start, first_id=decoder.count)
        windows = (file.plan.leave_out(window, start) for window in cut)
        for window in file.plan.note_speech(windows, start):
            decoder.add(window, report)
        # to the end of the file, which may lie far behind the last window
        for _ in blocks:
            pass
        return sound.part(source.name, start)
