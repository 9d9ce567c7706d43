"""Stage one: a recording, or a raw transcript in its place, becomes hearings.

Importing it loads neither torch nor Whisper.
"""

from __future__ import annotations

from konspekt.models.whisper import model_identity
from konspekt.sound import probe
from konspekt.transcribe.engines.choice import engine_notes, likely_choice
from konspekt.transcribe.importers import IMPORT_VERSION, IMPORTERS, read_transcript
from konspekt.transcribe.listening import VERSION, transcribe
from konspekt.transcribe.second_pass import AGAIN_VERSION, hear_again
from konspekt.transcribe.speech.passing import gone_through
from konspekt.transcribe.speech.plan import speech_settings
from konspekt.transcribe.speech.windows import Grid

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
