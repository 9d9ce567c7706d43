"""Sound: recordings opened and decoded in pieces, levels, excerpts.

Importing it loads neither av nor numpy nor pydub; the functions that need one do.
"""

from __future__ import annotations

from konspekt.sound.levels import excerpt, is_silent, level_dbfs, onset, peak_dbfs
from konspekt.sound.pieces import cut_pieces
from konspekt.sound.rate import SAMPLE_RATE
from konspekt.sound.recording import Sound, SoundInfo, open_recording, probe

__all__ = [
    "SAMPLE_RATE",
    "Sound",
    "SoundInfo",
    "cut_pieces",
    "excerpt",
    "is_silent",
    "level_dbfs",
    "onset",
    "open_recording",
    "peak_dbfs",
    "probe",
]
