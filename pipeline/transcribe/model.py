"""Which Whisper hears, where it comes from, and on what it runs."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from pipeline.errors import CourseError, ModelError, RecordingError
from pipeline.sound import files
from pipeline.transcribe import demo
from pipeline.transcribe.checkpoint import load_checkpoint

if TYPE_CHECKING:
    import torch
    from whisper.model import Whisper

Device: TypeAlias = Literal["cpu", "cuda"]
Setting: TypeAlias = Literal["auto", "cpu", "cuda"]
Precision: TypeAlias = Literal["float32", "float16", "bfloat16"]

AUTO_GPU, AUTO_CPU = "large-v3-turbo", "small"
_ALIASES = {"large": "large-v3", "turbo": "large-v3-turbo"}  # whisper/__init__.py: two names, one file
_BF16_FLAGS = {"amx_bf16", "avx512_bf16"}
_WAYS_OUT = (
    "Run once on a machine with a network and copy its {file} here, name a checkpoint with model = "
    '"path.pt" in [transcribe], or put a raw transcript (NAME.raw.txt, .srt, .vtt, .json) in recordings/.'
)


@dataclass(frozen=True, slots=True)
class Choice:
    """A Whisper that is settled but not loaded: by name, or a checkpoint file and its hash."""

    name: str  # Whisper's own name for it, or the checkpoint's file name
    path: Path | None
    sha256: str | None  # None for a name: it stands for one file, whose hash openai-whisper checks
    device: Device
    precision: Precision = "float32"  # of its large matrices


@dataclass(frozen=True, slots=True)
class Model:
    """A Whisper ready to hear."""

    choice: Choice
    whisper: Whisper
    demo: bool

    @property
    def dtype(self) -> torch.dtype:
        """What it computes in."""
        import torch

        return {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}[self.choice.precision]


def model_identity(setting: str, folder: Path, hash_of: Callable[[Path], str] | None = None) -> dict[str, str]:
    """What of the model belongs to the stage's key: its one name, or the content of a checkpoint, wherever it lies.

    Loads nothing. `hash_of` may remember a checkpoint's SHA-256, else the file is read. `auto` stays "auto": what it
    came to is recorded with the hearings and never measured again. Raises ModelError.
    """
    if setting == demo.NAME:
        return {"sha256": demo.sha256()}
    if not _is_path(setting):
        return {"model": _ALIASES.get(setting, setting)}
    return {"sha256": _sha256(folder / setting, hash_of)}


def choose(setting: str, device: Setting, folder: Path) -> Choice:
    """Settles `auto` and aliases. Raises ModelError for an unknown name, CourseError for a GPU that is not there."""
    return choices(setting, device, folder)[0]


def choices(setting: str, device: Setting, folder: Path) -> tuple[Choice, ...]:
    """All that the settings may come to on this machine, the best first. Raises as `choose` does.

    With a GPU, `auto` may still be what it came to before there was one.
    """
    devices = _devices(device)
    if setting == demo.NAME:
        path = demo.unpacked()
        return tuple(Choice(demo.NAME, path, demo.sha256(), runs_on, precision_on(runs_on)) for runs_on in devices)
    if _is_path(setting):
        path = folder / setting
        sha256 = _sha256(path)
        return tuple(Choice(path.name, path, sha256, runs_on, precision_on(runs_on)) for runs_on in devices)
    return tuple(Choice(_name(setting, runs_on), None, None, runs_on, precision_on(runs_on)) for runs_on in devices)


def can_be_had(choice: Choice) -> bool:
    """Whether the chosen Whisper is on this machine or can be fetched, which is then done."""
    if choice.path is not None or cached_file(choice.name).is_file():
        return True
    try:
        _named(choice)
    except ModelError:
        return False
    return True


def precision_on(device: Device, flags: Callable[[], frozenset[str]] | None = None) -> Precision:
    """What a device computes in fastest: half precision on a GPU, and on a processor that multiplies it in hardware.

    `flags` are the processor's features as /proc/cpuinfo names them.
    """
    if device == "cuda":
        return "float16"
    return "bfloat16" if _BF16_FLAGS & (flags or _cpu_flags)() else "float32"


def _cpu_flags() -> frozenset[str]:
    """The processor's features; none where the system does not tell."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return frozenset()
    return frozenset(next((line for line in lines if line.startswith("flags")), "").split())


def _devices(setting: Setting) -> tuple[Device, ...]:
    import torch

    has_gpu = torch.cuda.is_available()
    if setting == "cuda" and not has_gpu:
        raise CourseError("there is no GPU that torch can use", remedy='Set device = "auto" in [transcribe].')
    if setting == "auto":
        return ("cuda", "cpu") if has_gpu else ("cpu",)
    return (setting,)


def _name(setting: str, device: Device) -> str:
    import whisper

    name = (AUTO_GPU if device == "cuda" else AUTO_CPU) if setting == "auto" else _ALIASES.get(setting, setting)
    if name not in whisper.available_models():
        known = ", ".join(whisper.available_models())
        raise ModelError(
            f"there is no Whisper called {setting!r}", remedy=f"Known: auto, {demo.NAME}, {known}, or a path in .pt."
        )
    return name


def load(choice: Choice) -> Model:
    """The chosen Whisper in memory; a named one that is not on this machine is downloaded. Raises ModelError."""
    if choice.path is not None:
        whisper, is_demo = load_checkpoint(choice.path, choice.device)
    else:
        whisper, is_demo = _named(choice), False
    model = Model(choice, whisper, is_demo)
    if choice.precision != "float32":
        _cast(whisper, model.dtype)
    _load_vocabulary(whisper)
    return model


def _is_path(setting: str) -> bool:
    return setting.endswith(".pt")


def _sha256(path: Path, hash_of: Callable[[Path], str] | None = None) -> str:
    try:
        with files.open_local(path) as descriptor:
            return files.sha256(path, descriptor) if hash_of is None else hash_of(path)
    except RecordingError as error:
        raise ModelError(
            f"the checkpoint cannot be used: {error.what}", path=path, remedy="Correct model in [transcribe]."
        ) from None


def cached_file(name: str) -> Path:
    """Where openai-whisper keeps the model of that name."""
    return demo.cache_folder() / f"{name}.pt"


def download_host(name: str) -> str:
    """The host from which openai-whisper fetches the model of that name."""
    from urllib.parse import urlsplit

    import whisper

    return urlsplit(whisper._MODELS[name]).hostname or ""


def _named(choice: Choice) -> Whisper:
    """A model of OpenAI's. A file cut short by a kill fails its hash and is downloaded again."""
    import whisper

    file = cached_file(choice.name)
    ways_out = _WAYS_OUT.format(file=file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "re-downloading the file": the error says what matters
            return whisper.load_model(choice.name, device=choice.device, download_root=str(file.parent)).eval()
    except OSError as error:  # urllib's errors are of this family
        raise ModelError(f"Whisper {choice.name!r} cannot be had ({error})", remedy=ways_out) from None
    except RuntimeError as error:  # a download that fails its hash; no memory for the model
        raise ModelError(f"Whisper {choice.name!r} cannot be loaded ({error})", remedy=ways_out) from None


def _load_vocabulary(whisper: Whisper) -> None:
    """Reads Whisper's vocabulary, which it then keeps, and leaves its file to the garbage collector with a warning."""
    from whisper.tokenizer import get_tokenizer

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        get_tokenizer(whisper.is_multilingual, num_languages=whisper.num_languages)


def _cast(whisper: Whisper, dtype: torch.dtype) -> None:
    """Half precision once, not in every step: large matrices only, since Whisper's LayerNorm computes in float32."""
    from torch import nn

    for module in whisper.modules():
        if isinstance(module, nn.Linear | nn.Conv1d | nn.Embedding):
            module.to(dtype)
