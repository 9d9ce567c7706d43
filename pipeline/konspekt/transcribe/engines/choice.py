"""Which engine hears: the one that is named, or the one that was measured to be the faster on this
machine.

A measurement is kept beside the converted models, for the machine, the model and the versions it
was made with, and not made again. Nor does a journal or a second pass ask for it: both go on with
what the first windows were heard by.
"""

from __future__ import annotations

import importlib.metadata
import json
import platform
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from konspekt.artifacts.store import canonical_json, write_atomically
from konspekt.course.settings import TranscribeOptions
from konspekt.errors import ModelError, StoreError
from konspekt.models import converted
from konspekt.models.cache import konspekt_folder
from konspekt.models.whisper import Choice, choices
from konspekt.sound import is_silent
from konspekt.transcribe.engines import ctranslate
from konspekt.transcribe.engines.engine import Ask, Engine, asked
from konspekt.transcribe.speech.windows import Window

# windows in which there is sound; before them the first one is heard, for what is made on first use
MEASURED = 4
_SOUGHT = 40  # windows that are looked through for them
_LIBRARIES = ("torch", "openai-whisper", "ctranslate2")


@dataclass(frozen=True, slots=True)
class Measurement:
    """How long engines took for the same windows, the fastest first."""

    seconds: tuple[tuple[str, float], ...]  # engine, seconds
    sound: float  # seconds of the windows
    failed: tuple[
        tuple[str, str], ...
    ] = ()  # engines that could not be measured, and why: it is tried again

    def in_words(self) -> str:
        """ "faster-whisper: 116 s of sound took 9.1 s with it, 21.4 s with whisper; measured once
        …"
        """
        (first, fastest), *others = self.seconds
        rest = "".join(f", {taken:.1f} s with {engine}" for engine, taken in others)
        failed = "".join(f"; {engine} failed: {why}" for engine, why in self.failed)
        once = "" if self.failed else "; measured once for this machine and model"
        return (
            f"{first}: {self.sound:.0f} s of sound took {fastest:.1f} s with it{rest}{failed}{once}"
        )


def load_engine(choice: Choice) -> Engine:
    """The chosen Whisper in memory, ready to hear. Raises ModelError."""
    if choice.engine == "faster-whisper":
        from konspekt.transcribe.engines.faster_whisper import load_faster_engine

        return load_faster_engine(choice)
    from konspekt.transcribe.engines.whisper import load_whisper_engine

    return load_whisper_engine(choice)


def possible_choices(
    options: TranscribeOptions, folder: Path, hash_of: Callable[[Path], str] | None = None
) -> tuple[Choice, ...]:
    """All that the settings may come to on this machine: the best device first, and on each the
    usual engine.

    `auto` leaves out an engine that is not installed or does not run. `hash_of` may remember the
    hashes of a model's files, else they are read. Raises ModelError, CourseError.
    """
    found = choices(options.model, options.device, folder, hash_of)
    path = found[0].path
    is_converted = path is not None and path.is_dir() and converted.is_converted(path)
    if is_converted and options.engine == "whisper":
        remedy = 'Set engine = "faster-whisper" in [transcribe], or say --engine faster-whisper.'
        raise ModelError("this Whisper was converted for CTranslate2", path=path, remedy=remedy)
    if options.engine == "whisper":
        return found
    possible: list[Choice] = []
    problems: list[ModelError] = []
    for choice in found:
        if options.engine == "auto" and not is_converted:
            possible.append(choice)
        try:
            possible.append(_faster(choice))
        except ModelError as problem:  # another device may do
            problems.append(problem)
    if not possible:
        raise problems[0]
    return tuple(possible)


def _faster(choice: Choice) -> Choice:
    return replace(
        choice, engine="faster-whisper", precision=ctranslate.precision_of(choice.device)
    )


def settled(possible: Sequence[Choice], windows: Iterable[Window], ask: Ask) -> Choice:
    """The choice to begin with: of the engines that the best device has the fastest, measured now
    if it never was.

    `windows` are those of the recording: some of them are heard for it. Raises ModelError where no
    engine can be had.
    """
    rivals = _rivals(possible)
    if len(rivals) == 1:
        return rivals[0]
    found = recorded(possible, ask)
    if found is None or found.failed:
        loud = (window for window in islice(windows, _SOUGHT) if not is_silent(window.samples))
        sample = list(islice(loud, MEASURED))
        if not sample:  # nothing to measure by, nothing to be fast for
            return rivals[0]
        found = _measured(rivals, sample, ask)
        _record(_key(rivals, ask), found)
    return _fastest(rivals, found)


def likely_choice(
    options: TranscribeOptions, folder: Path, hash_of: Callable[[Path], str] | None = None
) -> tuple[Choice, bool]:
    """What the settings come to, as far as it is known beforehand, and whether that is so: `auto`
    may have to measure.

    `hash_of` is as in `possible_choices`. Raises ModelError, CourseError.
    """
    possible = possible_choices(options, folder, hash_of)
    rivals = _rivals(possible)
    found = recorded(possible, asked(options))
    return (
        (rivals[0], len(rivals) == 1)
        if found is None
        else (_fastest(rivals, found), not found.failed)
    )


def _fastest(rivals: Sequence[Choice], found: Measurement) -> Choice:
    fastest = found.seconds[0][0]
    return next(choice for choice in rivals if choice.engine == fastest)


def recorded(possible: Sequence[Choice], ask: Ask) -> Measurement | None:
    """What was measured of these engines on this machine; None where nothing was, or there is
    nothing to choose.
    """
    rivals = _rivals(possible)
    if len(rivals) == 1:
        return None
    key = json.loads(canonical_json(_key(rivals, ask)))
    found = next((entry for entry in _records() if entry.get("key") == key), None)
    with suppress(KeyError, TypeError, ValueError):
        seconds = (
            {str(engine): float(taken) for engine, taken in found["seconds"].items()}
            if found
            else {}
        )
        if found and set(seconds) <= {choice.engine for choice in rivals} and seconds:
            failed = {str(engine): str(why) for engine, why in found["failed"].items()}
            return Measurement(_by_speed(seconds), float(found["sound"]), tuple(failed.items()))
    return None


def engine_notes(
    options: TranscribeOptions, folder: Path, hash_of: Callable[[Path], str] | None = None
) -> list[str]:
    """What `auto` came to and why, in words; nothing where nothing had to be measured.

    `hash_of` is as in `possible_choices`. Raises ModelError.
    """
    if options.engine != "auto":
        return []
    found = recorded(possible_choices(options, folder, hash_of), asked(options))
    return [] if found is None else [f"engine auto is {found.in_words()}"]


def _rivals(possible: Sequence[Choice]) -> list[Choice]:
    """The choices that differ from the best one by their engine alone."""
    best = possible[0]
    return [
        choice for choice in possible if (choice.name, choice.device) == (best.name, best.device)
    ]


def _measured(rivals: Sequence[Choice], sample: Sequence[Window], ask: Ask) -> Measurement:
    """One engine after another hears the sample. One that fails is out, but not all of them: raises
    ModelError.
    """
    once = replace(ask, temperatures=ask.temperatures[:1], terms=())
    seconds: dict[str, float] = {}
    problems: dict[str, ModelError] = {}
    for choice in rivals:
        try:
            seconds[choice.engine] = _seconds(choice, sample, once)
        except ModelError as problem:
            problems[choice.engine] = problem
    if not seconds:
        raise next(iter(problems.values()))
    failed = tuple((engine, problem.what) for engine, problem in problems.items())
    return Measurement(
        _by_speed(seconds), round(sum(window.end - window.start for window in sample), 1), failed
    )


def _seconds(choice: Choice, sample: Sequence[Window], ask: Ask) -> float:
    """How long an engine takes, which is in memory no longer than that. Raises ModelError."""
    engine = load_engine(choice)
    engine.hear(sample[:1], ask)
    begun = time.perf_counter()
    engine.hear(sample, ask)
    return round(time.perf_counter() - begun, 2)


def _by_speed(seconds: dict[str, float]) -> tuple[tuple[str, float], ...]:
    return tuple(sorted(seconds.items(), key=lambda one: one[1]))


def _key(rivals: Sequence[Choice], ask: Ask) -> dict[str, Any]:
    """All that speeds depend on: a machine, a model, versions, and how much is asked of them."""
    import torch

    best = rivals[0]
    return {
        "machine": [_processor(), torch.get_num_threads()],
        "gpu": torch.cuda.get_device_name(0) if best.device == "cuda" else None,
        "model": [best.name, best.sha256],
        "engines": [[choice.engine, choice.precision] for choice in rivals],
        "versions": [importlib.metadata.version(name) for name in _LIBRARIES],
        "asked": [ask.beam_size, ask.word_times],
    }


def _processor() -> str:
    """The processor's name; "" where the system does not tell."""
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        return next(
            (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), ""
        )
    return platform.processor()


def _place() -> Path:
    return konspekt_folder() / "engines.json"


def _records() -> list[dict[str, Any]]:
    """What was measured; nothing where the file is damaged: it is measured again."""
    with suppress(OSError, ValueError):
        found = json.loads(_place().read_bytes())
        return (
            [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []
        )
    return []


def _record(key: dict[str, Any], found: Measurement) -> None:
    plain_key = json.loads(canonical_json(key))
    entry = {
        "key": plain_key,
        "seconds": dict(found.seconds),
        "sound": found.sound,
        "failed": dict(found.failed),
    }
    others = [one for one in _records() if one.get("key") != plain_key]
    with suppress(StoreError):  # where nothing can be kept it is measured with every recording
        write_atomically(_place(), canonical_json([*others, entry]))
