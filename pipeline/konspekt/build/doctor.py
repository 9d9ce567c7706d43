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
from urllib.parse import urlsplit

from konspekt.build.settings import find_wrong_settings
from konspekt.course.course import Course, is_course, load_course
from konspekt.course.settings import (
    USUAL_ENGINE,
    CleanOptions,
    EndpointOptions,
    LLMOptions,
    TranscribeOptions,
    name_of_table,
)
from konspekt.errors import KonspektError, ModelError, one_line
from konspekt.models.catalog import MODELS
from konspekt.models.fetch import (
    cached_file,
    cached_files,
    find_source,
)
from konspekt.models.hugging_face import read_dimensions
from konspekt.models.similarity import describe_similarity, find_missing_similarity
from konspekt.models.whisper import WhisperChoice
from konspekt.transcribe import choose_whisper
from konspekt.transcribe.engines import ENGINES
from konspekt.transcribe.engines.choice import other_engines

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
    remedy: str = ""  # of what is missing
    needed: bool = False

    @property
    def good(self) -> bool:
        return not self.remedy


def examine(folder: Path | None) -> list[Finding]:
    """Return all findings of the machine and of the course in `folder`, or in the current one."""
    folder = folder or Path()
    findings = [*_check_system(), *_check_packages(), *_check_libraries()]
    if not is_course(folder):
        return [*findings, *_describe_usual_models(), _miss_course(folder)]
    try:
        course = load_course(folder)
    except KonspektError as error:
        what = f"course: {error.what}"
        return [*findings, Finding(what, str(error), needed=True)]
    return [*findings, *_check_course(course)]


def _check_system() -> Iterator[Finding]:
    system = "macOS" if sys.platform == "darwin" else platform.system()
    what = f"{system} on {platform.machine()}"
    if system != TESTED_SYSTEM:
        what += f" (untested; Konspekt is tested on {TESTED_SYSTEM})"
    yield Finding(what)
    is_supported = (3, 11) <= sys.version_info[:2] < (3, 14)
    remedy = "" if is_supported else "Use Python 3.11 to 3.13."
    yield Finding(f"Python {platform.python_version()}", remedy)


def _check_packages() -> Iterator[Finding]:
    for name in _PACKAGES:
        try:
            yield Finding(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            yield Finding(name, _REINSTALL, needed=True)


def _check_libraries() -> Iterator[Finding]:
    try:
        import av
        import torch
    except ImportError as error:
        yield Finding("torch and av can be imported", one_line(error), needed=True)
        return
    codecs = ".".join(map(str, av.library_versions["libavcodec"]))
    yield Finding(
        f"sound through PyAV, libavcodec {codecs}; no system ffmpeg is needed"
    )
    device = f"the processor ({count_cores()} cores); no GPU is used"
    if torch.cuda.is_available():
        device = torch.cuda.get_device_name(0)
    yield Finding(f"torch runs on {device}")


def _miss_course(folder: Path) -> Finding:
    what = f"course: there is no {folder / 'course.toml'}"
    remedy = "Make one: konspekt new FOLDER, or name a course: konspekt doctor FOLDER."
    return Finding(what, remedy, needed=True)


def _describe_usual_models() -> Iterator[Finding]:
    """Yield the models that are used where none is named: for information, none is missing."""
    options, here = TranscribeOptions(), Path()
    yield Finding(f"Whisper where none is named: {_describe_usual_whisper()}")
    yield from _check_engines(options, here)
    yield _check_embeddings(CleanOptions().embeddings, here)


def _describe_usual_whisper() -> str:
    """Return the name of the Whisper that is used where none is named, and whether it is here."""
    name = choose_whisper(TranscribeOptions(), Path()).name
    here = cached_files(name)
    if here:
        return f"{name} (in {here[0]})"
    size = MODELS[name].size / 2**20
    return f"{name} ({size:.0f} MB to fetch, not in {cached_file(name)} yet)"


def count_cores() -> int:
    """Return how many cores this process may use; all of them where the system does not say."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _check_whisper(options: TranscribeOptions, root: Path) -> Finding:
    """Return whether the Whisper that the settings choose can be had."""
    try:
        choice = choose_whisper(options, root)
        _refuse_other_folder(choice)
    except KonspektError as error:
        return Finding(f"Whisper: {error.what}", error.remedy, needed=True)
    if choice.endpoint is not None:
        return _check_endpoint("Whisper", choice.endpoint)
    if choice.path is None:
        return _check_published(choice.name)
    kind = "folder" if choice.path.is_dir() else "checkpoint"
    return Finding(f"Whisper: the {kind} {choice.name}")


def _refuse_other_folder(choice: WhisperChoice) -> None:
    """Raise ModelError where a folder that PyTorch shall load holds no Whisper."""
    path = choice.path
    if path is not None and path.is_dir() and choice.engine == USUAL_ENGINE:
        read_dimensions(path)


def _check_published(name: str) -> Finding:
    """Return whether a published Whisper is on this machine, or can be fetched."""
    here = cached_files(name)
    if here:
        return Finding(f"Whisper: {name} in {here[0]}")
    try:
        source = find_source(name)
    except ModelError as missing:
        return Finding(missing.what, missing.remedy, needed=True)
    size = MODELS[name].size / 2**20
    return Finding(
        f"Whisper: {name} will be fetched when first needed "
        f"({size:.0f} MB, from {source.title})"
    )


def _check_engines(options: TranscribeOptions, root: Path) -> Iterator[Finding]:
    """Yield the engine that is used, those that run here too, and how they are compared."""
    used = ENGINES[options.engine]
    yield Finding(f"engine {used.name}: {used.description}")
    for other in other_engines(options, root):
        yield Finding(
            f'engine = "{other.name}" ({other.description}) runs here too and may be faster: '
            "compare the speed that konspekt transcribe FILE --output FOLDER shows "
            f"with --engine {used.name} and --engine {other.name}"
        )


def _check_embeddings(setting: str, root: Path) -> Finding:
    """Return what compares sentences; a model that the course names must be there or reachable."""
    missing = find_missing_similarity(setting, root)
    if missing is not None:
        return Finding(missing.what, missing.remedy, needed=True)
    return Finding(f"embeddings: {describe_similarity(setting, root)}")


def _check_course(course: Course) -> Iterator[Finding]:
    yield Finding(f"course {course.title!r}, lectures: {len(course.lectures)}")
    for problem in (*find_wrong_settings(course), *course.missing):
        where = "" if problem.path is None else f"{problem.path}: "
        yield Finding(f"{where}{problem.what}", problem.remedy, needed=True)
    has_sound = any(lecture.is_sound for lecture in course.lectures)
    if has_sound and course.transcribe.engine in ENGINES:
        yield _check_whisper(course.transcribe, course.folder)
        yield from _check_engines(course.transcribe, course.folder)
    yield _check_embeddings(course.clean.embeddings, course.folder)
    if course.notes.llm is not None:
        yield from _check_language_model(course.notes.llm)


def _check_language_model(options: LLMOptions) -> Iterator[Finding]:
    key = options.api_key_env
    if key and not os.environ.get(key):
        remedy = f"Set the environment variable {key}."
        yield Finding(f"key in {key}", remedy, needed=True)
    yield _check_endpoint("language model", options)


def _check_endpoint(what: str, options: EndpointOptions) -> Finding:
    """Return whether somebody listens at an endpoint; `what` is to be had there."""
    address = urlsplit(options.base_url)
    host = address.hostname or ""
    port = address.port or (443 if address.scheme == "https" else 80)
    if answers(host, port):
        return Finding(f"{what} {options.model!r} at {host}: the endpoint answers")
    remedy = (
        f"Start the server, or correct base_url in [{name_of_table(type(options))}]."
    )
    return Finding(f"{what} at {host}", remedy, needed=True)


def answers(host: str, port: int) -> bool:
    """Return whether somebody listens there, within three seconds."""
    try:
        with socket.create_connection((host, port), timeout=3):
            return True
    except (OSError, ValueError):
        return False
