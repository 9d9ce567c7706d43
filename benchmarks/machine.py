"""The machine that measured: every table names it."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path

# What decides which numbers a processor computes fast.
_FLAGS = ("avx2", "avx512_bf16", "amx_bf16", "amx_int8")


def describe_processor() -> str:
    """Return the processor's name, its cores and what it computes fast, in one line."""
    try:
        about = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        about = ""
    name = re.search(r"model name\s*: (.*)", about)
    flags = re.search(r"flags\s*: (.*)", about)
    known = [flag for flag in _FLAGS if flags and flag in flags[1].split()]
    model = name[1] if name else platform.processor() or platform.machine()
    return f"{model}, {os.cpu_count()} cores, {' '.join(known) or 'no special numbers'}"
