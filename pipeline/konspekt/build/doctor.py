"""What is installed, which models can be reached, and what to do about the rest."""

from __future__ import annotations

import importlib.metadata
import os
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from konspekt.course.course import Course, load_course
from konspekt.course.settings import LLMOptions, TranscribeOptions
from konspekt.errors import KonspektError, one_line
from konspekt.models.similarity import describe_similarity

_PACKAGES = (
    *(
        "openai-whisper",
        "torch",
        "av",
        "pydub",
        "rapidfuzz",
        "sentence-transformers",
        "jinja2",
        "sphinx",
        "furo",
    ),
    *("pydantic", "click", "rich", "pymorphy3", "snowballstemmer", "numpy"),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `needed` if Konspekt cannot do its main job without."""

    what: str
    good: bool
    remedy: str = ""
    needed: bool = False


def examine(folder: Path) -> list[Finding]:
    """All findings; those of the course in `folder` too, where there is one."""
    findings = [*_packages(), *_machine()]
    if not (folder / "course.toml").is_file():
        return [*findings, *_whisper(TranscribeOptions(), folder), _embeddings("auto", folder)]
    try:
        course = load_course(folder)
    except KonspektError as error:
        return [*findings, Finding(f"course: {error.what}", False, str(error), needed=True)]
    return [*findings, *_course(course)]


def _packages() -> Iterator[Finding]:
    yield Finding(
        f"Python {sys.version.split()[0]}",
        (3, 11) <= sys.version_info[:2] < (3, 14),
        "Use Python 3.11 to 3.13.",
    )
    for name in _PACKAGES:
        try:
            yield Finding(f"{name} {importlib.metadata.version(name)}", True)
        except importlib.metadata.PackageNotFoundError:
            yield Finding(
                name,
                False,
                "Install Konspekt again: pip install --force-reinstall konspekt.",
                needed=True,
            )


def _machine() -> Iterator[Finding]:
    try:
        import av
        import torch
    except ImportError as error:
        yield Finding("torch and av can be imported", False, one_line(error), needed=True)
        return
    codecs = ".".join(str(number) for number in av.library_versions["libavcodec"])
    yield Finding(f"sound through PyAV, libavcodec {codecs}; no system ffmpeg is needed", True)
    cores = len(os.sched_getaffinity(0))
    gpu = torch.cuda.get_device_name(0) if torch.cuda.is_available() else None
    yield Finding(f"torch runs on {gpu or f'the processor ({cores} cores); no GPU is used'}", True)


def _whisper(options: TranscribeOptions, root: Path) -> Iterator[Finding]:
    from konspekt.models.hugging_face import read_dimensions
    from konspekt.models.whisper import cached_file, download_host
    from konspekt.transcribe.engines.choice import possible_choices

    try:
        choice = possible_choices(options, root)[0]
        if choice.path is not None and choice.path.is_dir() and choice.engine == "whisper":
            read_dimensions(choice.path)
    except KonspektError as error:
        yield Finding(f"Whisper: {error.what}", False, error.remedy)
        return
    if choice.path is not None:
        kind = "folder" if choice.path.is_dir() else "checkpoint"
        which = (
            "the demo model, for trying things out"
            if choice.name == "demo"
            else f"the {kind} {choice.name}"
        )
        yield Finding(f"Whisper: {which}", True)
    elif (file := cached_file(choice.name)).is_file():
        yield Finding(f"Whisper: {choice.name} in {file}", True)
    elif answers(download_host(choice.name), 443):
        yield Finding(f"Whisper: {choice.name} will be fetched when first needed", True)
    else:
        ways = f'Copy {file} from a machine with a network, or name a checkpoint: model = "path.pt" in [transcribe].'
        yield Finding(
            f"Whisper: {choice.name} is not on this machine and cannot be fetched", False, ways
        )


def _embeddings(setting: str, root: Path) -> Finding:
    return Finding(f"embeddings: {describe_similarity(setting, root)}", True)


def _course(course: Course) -> Iterator[Finding]:
    yield Finding(f"course {course.title!r}, lectures: {len(course.lectures)}", True)
    for problem in course.missing:
        yield Finding(f"{problem.path}: {problem.what}", False, problem.remedy)
    if any(lecture.is_sound for lecture in course.lectures):
        yield from _whisper(course.transcribe, course.folder)
    yield _embeddings(course.clean.embeddings, course.folder)
    if course.notes.llm is not None:
        yield from _language_model(course.notes.llm)


def _language_model(options: LLMOptions) -> Iterator[Finding]:
    if options.api_key_env and not os.environ.get(options.api_key_env):
        yield Finding(
            f"key in {options.api_key_env}",
            False,
            f"Set the environment variable {options.api_key_env}.",
        )
    address = urlsplit(options.base_url)
    host = address.hostname or ""
    if answers(host, address.port or (443 if address.scheme == "https" else 80)):
        yield Finding(f"language model {options.model!r} at {host}: the endpoint answers", True)
    else:
        yield Finding(
            f"language model at {host}", False, "Start the server, or correct notes.llm.base_url."
        )


def answers(host: str, port: int) -> bool:
    """Whether somebody listens there, within three seconds."""
    try:
        with socket.create_connection((host, port), timeout=3):
            return True
    except (OSError, ValueError):
        return False
