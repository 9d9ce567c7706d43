"""Write the trained demo Whisper as a checkpoint of openai-whisper, compressed, into the package.

    python -m tools.speech.export --work DIR [--into pipeline/konspekt/transcribe/demo_whisper]

The average of the last steps' weights, in half precision. Tokens that training never met get one
constant row, which the decoder's last LayerNorm makes certain to lose; xz takes it to nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import lzma
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from whisper.model import ModelDimensions

from tools.speech.grammar import HERE, vocabulary
from tools.speech.train import (
    AUDIO_CTX,
    DECODER_LAYERS,
    ENCODER_LAYERS,
    HEADS,
    OTHER_LOGIT,
    TEXT_CTX,
    WIDTH,
)
from tools.speech.windows import Vocabulary

PACKAGE = HERE.parents[1] / "pipeline" / "konspekt" / "models" / "demo_whisper"
TOKENS = 51_865  # of Whisper's multilingual vocabulary
_EMBEDDING = "decoder.token_embedding.weight"


def checkpoint(average: dict[str, Tensor]) -> dict[str, Any]:
    """openai-whisper's `dims` and `model_state_dict` of a training state's weights."""
    dims = ModelDimensions(
        80,
        AUDIO_CTX,
        WIDTH,
        HEADS,
        ENCODER_LAYERS,
        TOKENS,
        TEXT_CTX,
        WIDTH,
        HEADS,
        DECODER_LAYERS,
    )
    state = {
        name.removeprefix("whisper."): value
        for name, value in average.items()
        if name.startswith("whisper.")
    }
    table = torch.zeros(TOKENS, WIDTH)
    table[:, -1] = OTHER_LOGIT
    table[torch.tensor(Vocabulary(vocabulary()).tokens)] = state[_EMBEDDING]
    state[_EMBEDDING] = table
    halved = {name: value.half().contiguous() for name, value in sorted(state.items())}
    # those that training told where to listen
    heads = [[layer, 0] for layer in range(1, DECODER_LAYERS)]
    return {
        "dims": asdict(dims),
        "model_state_dict": halved,
        "konspekt_demo": True,
        "alignment_heads": heads,
    }


def write(content: dict[str, Any], folder: Path) -> Path:
    """`demo.pt.xz` and `demo.pt.sha256` (of what is in it), in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    plain = io.BytesIO()
    torch.save(content, plain)
    packed = lzma.compress(plain.getvalue(), preset=9 | lzma.PRESET_EXTREME)
    (folder / "demo.pt.xz").write_bytes(packed)
    digest = hashlib.sha256(plain.getvalue()).hexdigest()
    (folder / "demo.pt.sha256").write_text(f"{digest}  demo.pt\n", encoding="ascii")
    return folder / "demo.pt.xz"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        description="Put the trained demo Whisper into the package."
    )
    parser.add_argument(
        "--work", type=Path, required=True, help="folder with the state of training"
    )
    parser.add_argument("--into", type=Path, default=PACKAGE)
    arguments = parser.parse_args()
    state = torch.load(arguments.work / "state.pt", weights_only=True)
    path = write(checkpoint(state["average"]), arguments.into)
    print(f"{path}: step {state['step']}, {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
