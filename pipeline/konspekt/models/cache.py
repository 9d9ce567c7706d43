"""Where what belongs to the machine and not to a course is kept; it may be deleted at any time."""

from __future__ import annotations

import os
from pathlib import Path


def whisper_folder() -> Path:
    """Return where openai-whisper keeps models (whisper/__init__.py, `load_model`)."""
    return _cache() / "whisper"


def konspekt_folder() -> Path:
    """Return where Konspekt keeps what is its own, such as models that it converted."""
    return _cache() / "konspekt"


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
