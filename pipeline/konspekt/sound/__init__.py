"""Sound: recordings opened and decoded in pieces, levels, WAV.

Importing it loads neither av nor numpy nor pydub; the functions that need one do.
"""

from __future__ import annotations

from konspekt.sound.levels import is_silent, onset, peak_dbfs, to_wav
from konspekt.sound.pieces import cut_pieces
from konspekt.sound.rate import SAMPLE_RATE
from konspekt.sound.recording import Sound, SoundInfo, open_recording, probe

__all__ = [
    "SAMPLE_RATE",
    "Sound",
    "SoundInfo",
    "cut_pieces",
    "is_silent",
    "onset",
    "open_recording",
    "peak_dbfs",
    "probe",
    "to_wav",
]
