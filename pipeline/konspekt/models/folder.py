"""A model of one's own: the folder that a setting names."""

from __future__ import annotations

from pathlib import Path


def find_folder(setting: str, folder: Path) -> Path | None:
    """Return the folder that a setting names, relative to `folder`; None if there is none."""
    path = folder / setting
    try:
        return path if path.is_dir() else None
    except OSError:  # a name longer than a file's may be, or no right to look
        return None
