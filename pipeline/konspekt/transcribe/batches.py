"""Windows decoded batch by batch. The journal keeps each batch, so none is decoded twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from konspekt.data import DecodedWindow
from konspekt.models.whisper import WhisperChoice, can_be_had
from konspekt.transcribe.engines.choice import load_engine
from konspekt.transcribe.engines.engine import Engine
from konspekt.transcribe.journal import Journal, as_plain_json, recorded_key
from konspekt.transcribe.speech.windows import Window

Decode: TypeAlias = Callable[[Engine, Sequence[Window]], Sequence[DecodedWindow]]
Report: TypeAlias = Callable[[Sequence[Window]], None]


class BatchDecoder:
    """Collects windows into batches, and decodes those that the journal does not hold yet.

    Batches are formed by the windows' order alone, so they and their results are the same in every
    run. The engine is loaded for the first batch that is missing.
    """

    def __init__(
        self, journal: Journal, choice: WhisperChoice, size: int, decode: Decode
    ) -> None:
        """Take the journal of an earlier run, or an empty one; `size` is the windows a batch."""
        self._journal = journal
        self._choice = choice
        self._size = size
        self._decode = decode
        self._engine: Engine | None = None
        self._waiting: list[Window] = []
        self._done = 0  # batches of this run
        self._held = len(journal.batches)  # batches of earlier runs

    def add(self, window: Window, report: Report) -> None:
        """Add a window; decode its batch if that is full, and report it."""
        self._waiting.append(window)
        if len(self._waiting) == self._size:
            self.finish(report)

    def finish(self, report: Report) -> None:
        """Decode the windows that wait for a full batch, and report them.

        Of the batches of earlier runs only the last is reported: they take no time, so they say
        nothing about speed.
        """
        if not self._waiting:
            return
        batch, self._waiting = self._waiting, []
        if self._done >= self._held:
            self._engine = self._engine or load_engine(self._choice)
            decoded = self._decode(self._engine, batch)
            self._journal.append(decoded, demo=self._engine.is_demo)
        self._done += 1
        if self._done >= self._held:
            report(batch)


def find_begun_choice(
    journal: Path, keys: Mapping[WhisperChoice, Mapping[str, Any]]
) -> WhisperChoice | None:
    """Return the choice of model and device with which the journal was begun.

    `keys` are those of all choices that the settings allow, the best first. Return None where the
    journal belongs to none of them, or its choice is not available any more. The device counts,
    because another one computes other last digits: a journal never mixes two.
    """
    recorded = recorded_key(journal)
    if recorded is None:
        return None
    begun = next(
        (choice for choice, key in keys.items() if as_plain_json(key) == recorded), None
    )
    if begun is None:
        return None
    is_best = begun == next(iter(keys))
    return begun if is_best or can_be_had(begun) else None
