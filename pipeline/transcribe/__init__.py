"""Stage one: a recording, or a raw transcript in its place, becomes hearings.

Importing it loads neither torch nor Whisper.
"""

from __future__ import annotations

from pipeline.sound import probe
from pipeline.transcribe.again import AGAIN_VERSION, hear_again
from pipeline.transcribe.engines import engine_notes, likely_choice
from pipeline.transcribe.importers import IMPORT_VERSION, IMPORTERS, read_transcript
from pipeline.transcribe.listening import VERSION, transcribe
from pipeline.transcribe.model import model_identity
from pipeline.transcribe.passing import gone_through
from pipeline.transcribe.plan import speech_settings
from pipeline.transcribe.windows import Grid

__all__ = [
    "AGAIN_VERSION",
    "IMPORTERS",
    "IMPORT_VERSION",
    "VERSION",
    "Grid",
    "engine_notes",
    "gone_through",
    "hear_again",
    "likely_choice",
    "model_identity",
    "probe",
    "read_transcript",
    "speech_settings",
    "transcribe",
]
