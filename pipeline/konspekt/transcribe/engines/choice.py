"""Which Whisper computes a recording: a model, a device and the engine that the settings name."""

from __future__ import annotations

from pathlib import Path

from konspekt.course.settings import TranscribeOptions
from konspekt.errors import CourseError, EndpointError, ModelError, name_setting
from konspekt.models import converted
from konspekt.models.whisper import HashOf, WhisperChoice, choices, model_identity
from konspekt.transcribe.engines import ENGINES
from konspekt.transcribe.engines.engine import Engine, EngineKind


def find_engine(name: str) -> EngineKind:
    """Return the engine of that name. Raises CourseError, which lists those that there are."""
    if name not in ENGINES:
        raise CourseError(
            f"there is no engine {name!r}",
            remedy=f"Known: {', '.join(ENGINES)}. "
            f"Correct {name_setting('transcribe.engine')}.",
        )
    return ENGINES[name]


def check_engine(options: TranscribeOptions) -> None:
    """Raise CourseError where there is no such engine, or it needs settings that are not there."""
    engine = find_engine(options.engine)
    if engine.elsewhere is not None:
        engine.elsewhere.identify(options)


def identify_whisper(
    options: TranscribeOptions, folder: Path, hash_of: HashOf | None = None
) -> dict[str, str]:
    """Return what of the model and the engine belongs to a stage's key.

    Raises ModelError, CourseError.
    """
    engine = find_engine(options.engine)
    if engine.elsewhere is None:
        identity = model_identity(options.model, folder, hash_of)
    else:
        identity = engine.elsewhere.identify(options)
    return {**identity, "engine": engine.name}


def load_engine(choice: WhisperChoice) -> Engine:
    """Return the chosen Whisper in memory. Raises ModelError, CourseError."""
    return find_engine(choice.engine).load(choice)


def possible_choices(
    options: TranscribeOptions,
    folder: Path,
    hash_of: HashOf | None = None,
) -> tuple[WhisperChoice, ...]:
    """Return all that the settings may come to on this machine, the best device first.

    A device that the engine cannot use is left out. `hash_of` may remember the hashes of a model's
    files, else they are read. Raises ModelError, CourseError, EndpointError.
    """
    engine = find_engine(options.engine)
    if engine.elsewhere is not None:
        return (engine.elsewhere.choose(options),)
    possible: list[WhisperChoice] = []
    problems: list[ModelError] = []
    for choice in choices(options.model, options.device, folder, hash_of):
        _check_format(choice.path, engine)
        try:
            possible.append(engine.choose(choice))
        except ModelError as problem:  # another device may do
            problems.append(problem)
    if not possible:
        raise problems[0]
    return tuple(possible)


def choose_whisper(
    options: TranscribeOptions,
    folder: Path,
    hash_of: HashOf | None = None,
) -> WhisperChoice:
    """Return the best that the settings come to on this machine, as `possible_choices` does."""
    return possible_choices(options, folder, hash_of)[0]


def other_engines(options: TranscribeOptions, folder: Path) -> tuple[EngineKind, ...]:
    """Return the engines that the settings do not name and that run here with their model."""
    return tuple(
        kind
        for kind in ENGINES.values()
        if kind.name != options.engine and _runs_here(kind, options, folder)
    )


def _runs_here(kind: EngineKind, options: TranscribeOptions, folder: Path) -> bool:
    try:
        possible_choices(options.model_copy(update={"engine": kind.name}), folder)
    except (ModelError, CourseError, EndpointError):
        return False
    return True


def _check_format(path: Path | None, engine: EngineKind) -> None:
    """Raise ModelError for a model that was converted for another engine."""
    if path is None or engine.reads_converted or not path.is_dir():
        return
    if converted.is_converted(path):
        name = next(kind.name for kind in ENGINES.values() if kind.reads_converted)
        remedy = f"Choose {name_setting('transcribe.engine', name)}."
        raise ModelError(
            "this Whisper was converted for CTranslate2", path=path, remedy=remedy
        )
