"""A recording from its files to hearings: surveyed, cut into windows, heard batch by batch, each batch kept at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from pipeline.course import TranscribeOptions
from pipeline.data import Part, Progress, RawTranscript, Recording, no_progress
from pipeline.errors import RecordingError
from pipeline.sound import open_recording
from pipeline.transcribe.engine import Ask, Engine, asked
from pipeline.transcribe.halves import numbered
from pipeline.transcribe.journal import Journal, plain, recorded_key
from pipeline.transcribe.language import check_languages
from pipeline.transcribe.model import Choice, can_be_had, choices
from pipeline.transcribe.whisper_engine import load_engine
from pipeline.transcribe.windows import Grid, Window, cut

VERSION = 4  # of how sound becomes hearings; a higher number hears every recording again

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class File:
    """One file of the recording, before it is decoded."""

    path: Path
    name: str  # as in Part.path
    sha256: str
    length: float  # seconds it says, or is likely, to last; 0 where nothing is known


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
    """Hears a recording: its files one after another on one time line, no window across two of them.

    `names` stand in the parts' `path`; a model's path counts from `folder`. `terms` are likely to be said: Whisper is
    told. Finished batches go to `journal`, and a run for the same content and options goes on from there, with the
    model and on the device that it was begun with where the settings leave the choice; the caller removes it once the
    result is safe. `progress` counts seconds of sound. Raises RecordingError, ModelError, CourseError, StoreError.
    """
    grid = Grid(options.window, options.overlap)
    files = [_survey(path, name, options.max_hours) for path, name in zip(paths, names, strict=True)]
    possible = choices(options.model, options.device, folder)
    check_languages((options.language, *options.languages))
    ask = asked(options, terms)
    keys = {choice: _key(files, options, ask, choice) for choice in possible}
    choice = begun(journal, keys) or possible[0]
    kept = Journal(journal, keys[choice])
    windows = _Windows(files, grid, options.max_hours)
    total = sum(file.length for file in files)
    for done in _hear(windows, kept, choice, ask, options.batch_size):
        progress(done, max(done, total))
    recording = Recording(recording_id, tuple(windows.parts))
    progress(recording.duration, recording.duration)
    hearings = numbered(hearing for batch in kept.batches for hearing in batch)
    return RawTranscript(recording, choice.name, bool(kept.demo), None, hearings)


def _survey(path: Path, name: str, max_hours: float) -> File:
    """What can be known of a file before the model is loaded: that it opens, above all."""
    with open_recording(path, max_hours=max_hours) as sound:
        declared, estimated = sound.info.declared_duration, sound.info.estimated_duration
        return File(path, name, sound.sha256, declared if declared is not None else estimated or 0.0)


def begun(journal: Path, keys: Mapping[Choice, Mapping[str, Any]]) -> Choice | None:
    """What `auto` came to when the journal was begun; None where it is of something else, or cannot be had any more.

    `keys` are those of all that the settings may come to, the best first. The device counts, for one computes other
    last digits than the other: a journal never mixes the two.
    """
    recorded = recorded_key(journal)
    if recorded is None:
        return None
    found = [choice for choice, key in keys.items() if plain(key) == recorded]
    return found[0] if found and (found[0] == next(iter(keys)) or can_be_had(found[0])) else None


def _key(files: Sequence[File], options: TranscribeOptions, ask: Ask, choice: Choice) -> dict[str, Any]:
    """Everything the text of the hearings depends on."""
    return {
        "version": VERSION,
        "files": [file.sha256 for file in files],
        "model": choice.name,
        "model_sha256": choice.sha256,
        "device": choice.device,
        "precision": choice.precision,
        "ask": asdict(ask),
        "options": options.model_dump(include={"window", "overlap", "batch_size"}),
    }


class _Windows:
    """The windows of all files in order; `parts` grows by each file that is decoded to its end."""

    def __init__(self, files: Sequence[File], grid: Grid, max_hours: float) -> None:
        self.parts: list[Part] = []
        self._files = files
        self._grid = grid
        self._max_hours = max_hours

    def __iter__(self) -> Iterator[Window]:
        start, number = 0.0, 0
        for file in self._files:
            with open_recording(file.path, max_hours=self._max_hours) as sound:
                if sound.sha256 != file.sha256:
                    raise RecordingError(
                        "the file changed meanwhile", path=file.path, remedy="Wait until it is copied, then run again."
                    )
                for window in cut(sound.blocks(), self._grid, start=start, first_id=number):
                    number = window.id + 1
                    yield window
                declared = sound.info.declared_duration
                self.parts.append(Part(file.name, start, sound.duration, sound.sha256, declared))
            start += sound.duration


def _hear(windows: Iterable[Window], journal: Journal, choice: Choice, ask: Ask, batch_size: int) -> Iterator[float]:
    """Hears what the journal does not hold yet, batch by batch; the second each batch reaches.

    Whisper is loaded when the first batch is missing. Batches are formed by window index, so they are the same in
    every run, and so are their results.
    """
    engine: Engine | None = None
    for index, batch in enumerate(chunks(windows, batch_size)):
        if index >= len(journal.batches):
            engine = engine or load_engine(choice)
            journal.append(engine.hear(batch, ask), demo=engine.is_demo)
        yield batch[-1].end


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of `size` items each, the last one shorter."""
    source = iter(items)
    while batch := list(islice(source, size)):
        yield batch
