"""What tells one set of weights from another, whatever file they came in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

# A formula, and sources differ in its last bits.
_LEFT_OUT = "encoder.positional_embedding"


def hash_tensors(state: Mapping[str, Tensor]) -> str:
    """Return the SHA-256 of a Whisper's weights under openai-whisper's names.

    Of each it takes, by name, the name, the shape and the values as float16, little-endian: in that
    precision OpenAI published them.
    """
    digest = hashlib.sha256()
    for name in sorted(state):
        if name != _LEFT_OUT:
            weight = state[name]
            digest.update(json.dumps([name, list(weight.shape)]).encode())
            values = weight.detach().cpu().half().contiguous().numpy()
            digest.update(values.astype("<f2", copy=False).data)
    return digest.hexdigest()
