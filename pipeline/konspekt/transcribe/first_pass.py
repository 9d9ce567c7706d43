"""A recording from its files to windows: surveyed, planned, cut into windows, heard batch by batch,
each one kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from konspekt.course.settings import TranscribeOptions
from konspekt.data import Part, Progress, RawTranscript, Recording, no_progress
from konspekt.models.tokenizer import check_languages
from konspekt.models.whisper import Choice, can_be_had
from konspekt.sound import open_recording
from konspekt.transcribe.engines.choice import load_engine, possible_choices
from konspekt.transcribe.engines.engine import Ask, Engine, asked
from konspekt.transcribe.engines.halves import numbered
from konspekt.transcribe.journal import Journal, as_plain_json, recorded_key
from konspekt.transcribe.speech.plan import (
    SourceFile,
    WindowPlan,
    check_unchanged,
    plan_windows,
    speech_settings,
)
from konspekt.transcribe.speech.windows import Grid, Window, cut_at

VERSION = 7  # of how sound becomes windows; a higher number hears every recording again
# added to the journal's name: the regions of speech and the windows, kept as long as the journal
PLAN_SUFFIX = ".plan"

T = TypeVar("T")


def transcribe(  # noqa: PLR0913 - what to hear (three), how, and where to keep and tell
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
    """Hears a recording: its files one after another on one time line, no window across two of
    them.

    Where a detector listens, regions of speech come with the windows, and windows follow them if
    the settings say so. `names` stand in the parts' `path`; a model's path counts from `folder`.
    `terms` are likely to be said: Whisper is told. Finished batches go to `journal`, and a run for
    the same content and options goes on from there, with the model and on the device that it was
    begun with where the settings leave the choice; the caller removes it once the result is safe.
    `progress` counts seconds of sound, the detector's pass first. Raises RecordingError,
    ModelError, CourseError, StoreError.
    """
    grid = Grid(options.window, options.overlap)
    files = [_survey(path, name, options) for path, name in zip(paths, names, strict=True)]
    possible = possible_choices(options, folder)
    check_languages((options.language, *options.languages))
    ask = asked(options, terms)
    plan = plan_windows(files, options, journal.with_name(f"{journal.name}{PLAN_SUFFIX}"), progress)
    keys = {choice: _key(files, options, ask, choice, plan) for choice in possible}
    windows = _Windows(files, plan, grid, options.max_hours)
    choice = find_begun_choice(journal, keys) or possible[0]
    kept = Journal(journal, keys[choice])
    total = sum(file.length for file in files)
    held = len(kept.batches)
    if not held:
        progress(0.0, total)
    for number, done in enumerate(
        _decode_batches(windows, kept, choice, ask, options.batch_size), start=1
    ):
        if number >= held:  # what the journal holds is passed over in a moment: no speed to tell of
            progress(done, max(done, total))
    recording = Recording(recording_id, tuple(windows.parts))
    progress(recording.duration, recording.duration)
    decoded_windows = numbered(decoded for batch in kept.batches for decoded in batch)
    speech = plan.speech([part.start for part in recording.parts])
    return RawTranscript(recording, choice.name, bool(kept.demo), speech, decoded_windows)


def _survey(path: Path, name: str, options: TranscribeOptions) -> SourceFile:
    """What can be known of a file before the model is loaded: that it opens, above all."""
    with open_recording(path, max_hours=options.max_hours, track=options.track) as sound:
        declared, estimated = sound.info.declared_duration, sound.info.estimated_duration
        return SourceFile(
            path,
            name,
            sound.sha256,
            declared if declared is not None else estimated or 0.0,
            options.track,
        )


def find_begun_choice(journal: Path, keys: Mapping[Choice, Mapping[str, Any]]) -> Choice | None:
    """What `auto` came to when the journal was begun; None where it is of something else, or cannot
    be had any more.

    `keys` are those of all that the settings may come to, the best first. The device counts, for
    one computes other last digits than the other: a journal never mixes the two.
    """
    recorded = recorded_key(journal)
    if recorded is None:
        return None
    found = [choice for choice, key in keys.items() if as_plain_json(key) == recorded]
    return found[0] if found and (found[0] == next(iter(keys)) or can_be_had(found[0])) else None


def _key(
    files: Sequence[SourceFile],
    options: TranscribeOptions,
    ask: Ask,
    choice: Choice,
    plan: WindowPlan,
) -> dict[str, Any]:
    """Everything the text of the windows depends on."""
    return {
        "version": VERSION,
        "files": [file.sha256 for file in files],
        "model": choice.name,
        "model_sha256": choice.sha256,
        "device": choice.device,
        "precision": choice.precision,
        "engine": choice.engine,
        "ask": asdict(ask),
        "options": options.model_dump(include={"window", "overlap", "batch_size", "track"}),
        **speech_settings(options),
        "windows_sha256": plan.digest,
    }


class _Windows:
    """The windows of all files in order; `parts` grows by each file that is decoded to its end."""

    def __init__(
        self, files: Sequence[SourceFile], plan: WindowPlan, grid: Grid, max_hours: float
    ) -> None:
        self.parts: list[Part] = []
        self._files = files
        self._plan = plan
        self._grid = grid
        self._max_hours = max_hours

    def __iter__(self) -> Iterator[Window]:
        start, number = 0.0, 0
        for file, what in zip(self._files, self._plan.files, strict=True):
            spans = self._grid.spans() if what.windows is None else what.windows
            with open_recording(file.path, max_hours=self._max_hours, track=file.track) as sound:
                check_unchanged(file, sound)
                blocks = sound.blocks()
                for window in cut_at(blocks, spans, start=start, first_id=number):
                    number = window.id + 1
                    yield window
                for _ in blocks:  # to the end of the file, which may lie far behind the last window
                    pass
                self.parts.append(sound.part(file.name, start))
            start += sound.duration


def _decode_batches(
    windows: Iterable[Window], journal: Journal, choice: Choice, ask: Ask, batch_size: int
) -> Iterator[float]:
    """Hears what the journal does not hold yet, batch by batch; the second each batch reaches.

    Whisper is loaded when the first batch is missing. Batches are formed by window index, so they
    are the same in every run, and so are their results.
    """
    engine: Engine | None = None
    for index, batch in enumerate(split_batches(windows, batch_size)):
        if index >= len(journal.batches):
            engine = engine or load_engine(choice)
            journal.append(engine.hear(batch, ask), demo=engine.is_demo)
        yield batch[-1].end


def split_batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of `size` items each, the last one shorter."""
    source = iter(items)
    while batch := list(islice(source, size)):
        yield batch
