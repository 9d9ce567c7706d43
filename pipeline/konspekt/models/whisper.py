"""Which Whisper transcribes, where it comes from, and on what it runs."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from konspekt.artifacts.store import canonical_json, hash_bytes
from konspekt.course.settings import USUAL_ENGINE, EndpointOptions
from konspekt.errors import CourseError, ModelError, RecordingError, name_setting
from konspekt.models import converted, hugging_face, named
from konspekt.models.catalog import WHISPER_NAMES, full_name
from konspekt.models.checkpoint import load_checkpoint
from konspekt.models.folder import find_folder
from konspekt.models.identity import identify
from konspekt.models.named import load_named, published_sha256
from konspekt.models.precision import Device, Precision, precision_on
from konspekt.models.tokenizer import Polyglot
from konspekt.sound import files

if TYPE_CHECKING:
    import torch
    from whisper.model import Whisper

DeviceSetting: TypeAlias = Literal["auto", "cpu", "cuda"]
# gives a file's SHA-256, which it may remember
HashOf: TypeAlias = Callable[[Path], str]

AUTO_GPU, AUTO_CPU = "large-v3-turbo", "small"


@dataclass(frozen=True, slots=True)
class WhisperChoice:
    """A Whisper that is chosen but not loaded, and what computes it.

    It has a name, or a checkpoint or folder and its hash; a checkpoint with the weights of a named
    one has that name.
    """

    name: str  # Whisper's own name for it, or the name of the checkpoint or folder
    path: Path | None
    # None for a name: it stands for weights that are known
    sha256: str | None
    device: Device
    precision: Precision = "float32"  # of its large matrices
    engine: str = USUAL_ENGINE
    # The server that computes it, which alone knows the model; None: it is on this machine.
    endpoint: EndpointOptions | None = None


@dataclass(frozen=True, slots=True)
class LoadedWhisper:
    """A Whisper of openai-whisper in memory."""

    choice: WhisperChoice
    whisper: Whisper

    @property
    def dtype(self) -> torch.dtype:
        """Return what it computes in."""
        import torch

        dtype: torch.dtype = getattr(torch, self.choice.precision)
        return dtype


def model_identity(
    setting: str, folder: Path, hash_of: HashOf | None = None
) -> dict[str, str]:
    """Return what of the model belongs to the stage's key.

    That is its one name, whatever file its weights are in, or the weights of a checkpoint, or the
    content of a folder; without `hash_of` its files are read. `auto` stays "auto": what it came to
    is recorded with the windows. Raises ModelError.
    """
    path = path_of(setting, folder)
    if path is None:
        return {"model": full_name(setting)}
    found = _choose_path(path, hash_of)
    return {"model": found.name} if found.sha256 is None else {"sha256": found.sha256}


def choose(setting: str, device: DeviceSetting, folder: Path) -> WhisperChoice:
    """Return the best Whisper that the settings come to on this machine.

    Raises ModelError for an unknown name, CourseError for a GPU that is not there.
    """
    return choices(setting, device, folder)[0]


def choices(
    setting: str, device: DeviceSetting, folder: Path, hash_of: HashOf | None = None
) -> tuple[WhisperChoice, ...]:
    """Return all that the settings may come to on this machine, the best first.

    With a GPU, `auto` may still be what it came to before there was one. Without `hash_of` a
    model's files are read. Raises as `choose` does.
    """
    path = path_of(setting, folder)
    if path is not None:
        found = _choose_path(path, hash_of)
    else:
        found = WhisperChoice(setting, None, None, "cpu")
    return tuple(_run_on(found, device) for device in _devices(device))


def _choose_path(path: Path, hash_of: HashOf | None) -> WhisperChoice:
    """Return the Whisper in a checkpoint or folder. Raises ModelError."""
    sha256 = _hash_model(path, hash_of)
    name = path.name or path.resolve().name
    if path.is_dir():
        return WhisperChoice(name, path, sha256, "cpu")
    found = identify(path, sha256)
    known = None if found.name else found.sha256
    return WhisperChoice(found.name or name, path, known, "cpu")


def _run_on(choice: WhisperChoice, device: Device) -> WhisperChoice:
    """Return the choice for a device. Raises ModelError for a name that is no Whisper's."""
    name = choice.name if choice.path is not None else _full_name(choice.name, device)
    return replace(choice, name=name, device=device, precision=precision_on(device))


def as_openai(choice: WhisperChoice) -> WhisperChoice:
    """Return the same weights for openai-whisper, on the processor and in full precision.

    Other formats are converted from these.
    """
    return replace(choice, device="cpu", precision="float32", engine=USUAL_ENGINE)


def weights_sha256(choice: WhisperChoice) -> str:
    """Return the hash of the weights; a name stands for those that OpenAI published."""
    return choice.sha256 or published_sha256(choice.name)


def make_available(choice: WhisperChoice) -> bool:
    """Fetch the Whisper where it is not on this machine; return whether it is there."""
    return choice.path is not None or named.make_available(choice.name)


def _devices(setting: DeviceSetting) -> tuple[Device, ...]:
    """Return the devices that a setting allows here, the best first. Raises CourseError."""
    import torch

    has_gpu = torch.cuda.is_available()
    if setting == "auto":
        return ("cuda", "cpu") if has_gpu else ("cpu",)
    if setting == "cuda" and not has_gpu:
        raise CourseError(
            "there is no GPU that torch can use",
            remedy=f"Leave out {name_setting('transcribe.device')}.",
        )
    return (setting,)


def _full_name(setting: str, device: Device) -> str:
    """Return openai-whisper's name for what the setting means on a device. Raises ModelError."""
    automatic = AUTO_GPU if device == "cuda" else AUTO_CPU
    name = automatic if setting == "auto" else full_name(setting)
    if name not in WHISPER_NAMES:
        known = ", ".join(("auto", *WHISPER_NAMES))
        raise ModelError(
            f"there is no Whisper called {setting!r}",
            remedy=f"Known: {known}, a path in .pt, or a folder.",
        )
    return name


def load(choice: WhisperChoice) -> LoadedWhisper:
    """Return the chosen Whisper in memory; a named one that is not here is fetched.

    Raises ModelError.
    """
    if choice.path is None:
        whisper = load_named(choice.name, choice.device)
    elif choice.path.is_dir():
        whisper = hugging_face.load_folder(choice.path, choice.device)
    else:
        whisper = load_checkpoint(choice.path, choice.device)
        if choice.sha256 is None:
            named.set_heads(whisper, choice.name)
    model = LoadedWhisper(choice, whisper)
    if choice.precision != "float32":
        _cast(whisper, model.dtype)
    load_vocabulary(whisper)
    return model


def path_of(setting: str, folder: Path) -> Path | None:
    """Return the checkpoint or folder that a setting names; None for a model's name."""
    if setting in ("", "auto", *WHISPER_NAMES):
        return None
    if setting.endswith(".pt") or "/" in setting:
        return folder / setting
    return find_folder(setting, folder)


def _hash_model(path: Path, hash_of: HashOf | None) -> str:
    """Return the hash of a checkpoint, or of the files in a folder that are the model, by name.

    Raises ModelError.
    """
    try:
        if not path.is_dir():
            return _hash_file(path, hash_of)
        kind = converted if converted.is_converted(path) else hugging_face
        found = kind.files_of(path)
    except OSError as error:
        what = f"the model cannot be read: {error.strerror}"
        model = name_setting("transcribe.model")
        remedy = f"Give yourself the right to read it, or correct {model}."
        raise ModelError(what, path=path, remedy=remedy) from None
    hashes = {file.name: _hash_file(file, hash_of) for file in found}
    return hash_bytes(canonical_json(hashes))


def _hash_file(path: Path, hash_of: HashOf | None) -> str:
    """Return the hash of one local file. Raises ModelError."""
    try:
        with files.open_local(path) as file:
            return file.sha256() if hash_of is None else hash_of(path)
    except RecordingError as error:
        what = f"the checkpoint cannot be used: {error.what}"
        remedy = f"Correct {name_setting('transcribe.model')}."
        raise ModelError(what, path=path, remedy=remedy) from None


def load_vocabulary(whisper: Polyglot) -> None:
    """Have Whisper's vocabulary read, which it then keeps.

    It leaves the file to the garbage collector, which warns: that is kept silent here.
    """
    from whisper.tokenizer import get_tokenizer

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        get_tokenizer(whisper.is_multilingual, num_languages=whisper.num_languages)


def _cast(whisper: Whisper, dtype: torch.dtype) -> None:
    """Cast the large matrices once, not in every step; Whisper's LayerNorm computes in float32."""
    from torch import nn

    for module in whisper.modules():
        if isinstance(module, nn.Linear | nn.Conv1d | nn.Embedding):
            module.to(dtype)
