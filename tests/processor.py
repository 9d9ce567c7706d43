"""The processor that a test means, whatever processor runs it.

A test without a word about it means one without bfloat16 (see `tests.conftest`). Torch computes
bfloat16 on any processor, slowly where the hardware lacks it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from konspekt.models import precision
from konspekt.models.precision import Precision
from konspekt.models.whisper import WhisperChoice, choose

WITHOUT_BFLOAT16 = frozenset({"avx2", "fma"})
WITH_BFLOAT16 = frozenset({"avx2", "fma", "avx512_bf16"})


def pretend(features: frozenset[str]) -> None:
    """Lets a process of its own believe that its processor has these features."""
    precision.cpu_features = lambda: features


def chosen(
    setting: str, folder: Path, precision: Precision = "float32"
) -> WhisperChoice:
    """Return a Whisper on the processor, in the precision that the test means."""
    return replace(choose(setting, "cpu", folder), precision=precision)
