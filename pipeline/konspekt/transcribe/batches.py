"""Windows decoded batch by batch. The journal keeps each batch, so none is decoded twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TypeAlias

from konspekt.data import DecodedWindow
from konspekt.models.whisper import WhisperChoice, make_available
from konspekt.transcribe.engines.choice import load_engine
from konspekt.transcribe.engines.engine import Engine, EngineOptions
from konspekt.transcribe.journal import (
    Journal,
    Key,
    Payload,
    as_plain_json,
    recorded_key,
)
from konspekt.transcribe.speech.windows import Window

# With what a window is decoded.
OptionsOf: TypeAlias = Callable[[Window], EngineOptions]
# Called with the last window of each finished batch.
Report: TypeAlias = Callable[[Window], None]


class BatchDecoder:
    """Collects windows into batches, and decodes those that the journal does not hold yet.

    Batches are formed by the windows' order alone, so they and their results are the same in every
    run. The engine is loaded for the first batch that is missing. `count` is how many windows were
    added.
    """

    def __init__(
        self,
        path: Path,
        key: Key,
        choices: Sequence[WhisperChoice],
        size: int,
        options_of: OptionsOf,
    ) -> None:
        """Open the journal at `path`; `size` is the windows a batch.

        It goes on with the model and on the device with which it was begun, if they are among
        `choices` and available; else the first choice begins another. The device counts, because
        another one computes other last digits: a journal never mixes two. `key` is everything else
        on which the text depends. Raises StoreError.
        """
        keys = {choice: _add_choice(key, choice) for choice in choices}
        self.choice = _find_begun(path, keys) or choices[0]
        self.journal = Journal(path, keys[self.choice])
        self._load = cache(lambda: load_engine(self.choice))
        self.count = 0
        self._size = size
        self._options_of = options_of
        self._waiting: list[Window] = []
        self._finished = 0  # batches of this run

    def once_more(self, path: Path, key: Key, options_of: OptionsOf) -> BatchDecoder:
        """Return what decodes windows once more, with the same engine, into another journal."""
        another = BatchDecoder(path, key, (self.choice,), self._size, options_of)
        another._load = self._load
        return another

    def add(self, window: Window, report: Report) -> None:
        """Add a window; decode and report its batch if that is full."""
        self.count += 1
        self._waiting.append(window)
        if len(self._waiting) == self._size:
            self.finish(report)

    def finish(self, report: Report) -> None:
        """Decode and report the windows that wait for a full batch.

        Of the batches of earlier runs only the last is reported: they take no time, so they say
        nothing about speed.
        """
        if not self._waiting:
            return
        batch, self._waiting = self._waiting, []
        self._finished += 1
        if self._finished > len(self.journal.batches):
            decoded = decode_batch(self._engine, batch, self._options_of)
            self.journal.append(decoded)
        if self._finished == len(self.journal.batches):
            report(batch[-1])

    @property
    def _engine(self) -> Engine:
        return self._load()


def _add_choice(key: Key, choice: WhisperChoice) -> Payload:
    added = {
        "model": choice.name,
        "model_sha256": choice.sha256,
        "device": choice.device,
        "precision": choice.precision,
        "engine": choice.engine,
    }
    if choice.endpoint is not None:
        added["base_url"] = choice.endpoint.base_url
    return as_plain_json({**key, **added})


def _find_begun(
    path: Path, keys: Mapping[WhisperChoice, Payload]
) -> WhisperChoice | None:
    """Return the choice after the first that began the journal; None if it is not available."""
    recorded = recorded_key(path)
    _, *later = keys
    for choice in later:
        if keys[choice] == recorded and make_available(choice):
            return choice
    return None


def decode_batch(
    engine: Engine, batch: Sequence[Window], options_of: OptionsOf
) -> list[DecodedWindow]:
    """Return the windows decoded, each with its own options, by start."""
    alike: dict[EngineOptions, list[Window]] = defaultdict(list)
    for window in batch:
        alike[options_of(window)].append(window)
    decoded: list[DecodedWindow] = []
    for options, windows in alike.items():
        decoded += engine.decode(windows, options)
    return sorted(decoded, key=lambda window: (window.start, window.id))
