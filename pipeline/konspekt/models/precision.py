"""In what a device computes Whisper's large matrices."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeAlias

Device: TypeAlias = Literal["cpu", "cuda"]
Precision: TypeAlias = Literal["float32", "float16", "bfloat16", "int8"]

# as /proc/cpuinfo names them
BFLOAT16_FEATURES = frozenset({"amx_bf16", "avx512_bf16"})


def precision_on(device: Device) -> Precision:
    """Return what PyTorch computes in fastest.

    That is half precision on a GPU, and on a processor that multiplies it in hardware.
    """
    if device == "cuda":
        return "float16"
    return "bfloat16" if BFLOAT16_FEATURES & cpu_features() else "float32"


def cpu_features() -> frozenset[str]:
    """Return the processor's features as /proc/cpuinfo names them; none without that file."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return frozenset()
    for line in text.splitlines():
        if line.startswith("flags"):
            return frozenset(line.split())
    return frozenset()
