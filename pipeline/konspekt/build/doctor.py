"""What is installed, which models can be reached, and what to do about the rest."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from konspekt.build.settings import find_wrong_settings
from konspekt.course.course import Course, load_course
from konspekt.course.settings import (
    USUAL_ENGINE,
    CleanOptions,
    LLMOptions,
    TranscribeOptions,
)
from konspekt.errors import KonspektError, one_line
from konspekt.models.similarity import describe_similarity, find_missing_similarity
from konspekt.transcribe import choose_whisper
from konspekt.transcribe.engines import ENGINES
from konspekt.transcribe.engines.choice import other_engines

if TYPE_CHECKING:
    from konspekt.models.whisper import WhisperChoice

TESTED_SYSTEM = "Linux"
_REINSTALL = (
    "Install Konspekt again: pip install . in a checkout, or pipx reinstall konspekt."
)
_PACKAGES = (
    "openai-whisper",
    "torch",
    "av",
    "pydub",
    "rapidfuzz",
    "sentence-transformers",
    "jinja2",
    "sphinx",
    "furo",
    "pydantic",
    "click",
    "rich",
    "pymorphy3",
    "snowballstemmer",
    "numpy",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `needed` if a build fails or does less without it."""

    what: str
    good: bool
    remedy: str = ""
    needed: bool = False


def examine(folder: Path | None) -> list[Finding]:
    """Return all findings; those of the course in `folder` too.

    Without a folder it is the course in the current one, or the machine alone.
    """
    findings = [*_system(), *_packages(), *_machine()]
    if folder is None and not Path("course.toml").is_file():
        usual = TranscribeOptions()
        whisper = [_whisper(usual, Path(), needed=False), *_engines(usual, Path())]
        return [*findings, *whisper, _embeddings(CleanOptions().embeddings, Path())]
    try:
        course = load_course(folder or Path())
    except KonspektError as error:
        return [
            *findings,
            Finding(f"course: {error.what}", False, str(error), needed=True),
        ]
    return [*findings, *_course(course)]


def _system() -> Iterator[Finding]:
    system = "macOS" if sys.platform == "darwin" else platform.system()
    tested = (
        ""
        if system == TESTED_SYSTEM
        else f" (untested; Konspekt is tested on {TESTED_SYSTEM})"
    )
    yield Finding(f"{system} on {platform.machine()}{tested}", True)
    yield Finding(
        f"Python {platform.python_version()}",
        (3, 11) <= sys.version_info[:2] < (3, 14),
        "Use Python 3.11 to 3.13.",
    )


def _packages() -> Iterator[Finding]:
    for name in _PACKAGES:
        try:
            yield Finding(f"{name} {importlib.metadata.version(name)}", True)
        except importlib.metadata.PackageNotFoundError:
            yield Finding(name, False, _REINSTALL, needed=True)


def _machine() -> Iterator[Finding]:
    try:
        import av
        import torch
    except ImportError as error:
        yield Finding(
            "torch and av can be imported", False, one_line(error), needed=True
        )
        return
    codecs = ".".join(str(number) for number in av.library_versions["libavcodec"])
    yield Finding(
        f"sound through PyAV, libavcodec {codecs}; no system ffmpeg is needed", True
    )
    device = f"the processor ({count_cores()} cores); no GPU is used"
    if torch.cuda.is_available():
        device = torch.cuda.get_device_name(0)
    yield Finding(f"torch runs on {device}", True)


def count_cores() -> int:
    """Return how many cores this process may use; all of them where the system does not say."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _whisper(options: TranscribeOptions, root: Path, *, needed: bool) -> Finding:
    """Return whether the Whisper that the settings choose can be had."""
    try:
        choice = choose_whisper(options, root)
        _check_folder(choice)
    except KonspektError as error:
        what = f"Whisper: {one_line(error.what)}"
        return Finding(what, False, error.remedy, needed)
    if choice.path is None:
        return _whisper_by_name(choice.name, needed=needed)
    if choice.name == "demo":
        return Finding("Whisper: the demo model, for trying things out", True)
    kind = "folder" if choice.path.is_dir() else "checkpoint"
    return Finding(f"Whisper: the {kind} {choice.name}", True)


def _check_folder(choice: WhisperChoice) -> None:
    """Raise ModelError where a folder that PyTorch shall load holds no Whisper."""
    from konspekt.models.hugging_face import read_dimensions

    path = choice.path
    if path is not None and path.is_dir() and choice.engine == USUAL_ENGINE:
        read_dimensions(path)


def _whisper_by_name(name: str, *, needed: bool) -> Finding:
    """Return whether a published Whisper is on this machine, or can be fetched."""
    from konspekt.models.whisper import cached_file, download_host, missing_model

    file = cached_file(name)
    if file.is_file():
        return Finding(f"Whisper: {name} in {file}", True)
    host = download_host(name)
    if answers(host, 443):
        return Finding(f"Whisper: {name} will be fetched when first needed", True)
    missing = missing_model(name, f"{host} does not answer")
    return Finding(missing.what, False, missing.remedy, needed)


def _engines(options: TranscribeOptions, root: Path) -> Iterator[Finding]:
    """Yield the engine that is used, those that run here too, and how they are compared."""
    used = ENGINES[options.engine]
    yield Finding(f"engine {used.name}: {used.description}", True)
    for other in other_engines(options, root):
        compared = " and ".join(
            f"--engine {name}" for name in (options.engine, other.name)
        )
        yield Finding(
            f'engine = "{other.name}" ({other.description}) runs here too and may be faster: '
            "compare the speed that konspekt transcribe FILE --output DIR shows "
            f"with {compared}",
            True,
        )


def _embeddings(setting: str, root: Path) -> Finding:
    """Return what compares sentences; a model that the course names must be there or reachable."""
    missing = find_missing_similarity(setting, root)
    if missing is not None:
        return Finding(missing.what, False, missing.remedy, needed=True)
    return Finding(f"embeddings: {describe_similarity(setting, root)}", True)


def _course(course: Course) -> Iterator[Finding]:
    yield Finding(f"course {course.title!r}, lectures: {len(course.lectures)}", True)
    for problem in (*find_wrong_settings(course), *course.missing):
        where = "" if problem.path is None else f"{problem.path}: "
        yield Finding(f"{where}{problem.what}", False, problem.remedy, needed=True)
    has_sound = any(lecture.is_sound for lecture in course.lectures)
    if has_sound and course.transcribe.engine in ENGINES:
        yield _whisper(course.transcribe, course.folder, needed=True)
        yield from _engines(course.transcribe, course.folder)
    yield _embeddings(course.clean.embeddings, course.folder)
    if course.notes.llm is not None:
        yield from _language_model(course.notes.llm)


def _language_model(options: LLMOptions) -> Iterator[Finding]:
    key = options.api_key_env
    if key and not os.environ.get(key):
        yield Finding(
            f"key in {key}", False, f"Set the environment variable {key}.", needed=True
        )
    address = urlsplit(options.base_url)
    host = address.hostname or ""
    port = address.port or (443 if address.scheme == "https" else 80)
    if answers(host, port):
        yield Finding(
            f"language model {options.model!r} at {host}: the endpoint answers", True
        )
        return
    yield Finding(
        f"language model at {host}",
        False,
        "Start the server, or correct notes.llm.base_url.",
        needed=True,
    )


def answers(host: str, port: int) -> bool:
    """Return whether somebody listens there, within three seconds."""
    try:
        with socket.create_connection((host, port), timeout=3):
            return True
    except (OSError, ValueError):
        return False
