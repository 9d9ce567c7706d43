"""Stage one: a recording, or a raw transcript in its place, becomes windows.

Importing it loads neither torch nor Whisper.
"""

from __future__ import annotations

from konspekt.models.whisper import model_identity
from konspekt.sound import probe
from konspekt.transcribe.engines.choice import choose_whisper, identify_whisper
from konspekt.transcribe.first_pass import VERSION, transcribe
from konspekt.transcribe.ready import IMPORT_VERSION, read_transcript
from konspekt.transcribe.second_pass import (
    SECOND_PASS_VERSION,
    check_files,
    run_second_pass,
)
from konspekt.transcribe.speech.plan import speech_settings
from konspekt.transcribe.speech.scan import scan_parts
from konspekt.transcribe.speech.windows import Grid

__all__ = [
    "IMPORT_VERSION",
    "SECOND_PASS_VERSION",
    "VERSION",
    "Grid",
    "check_files",
    "choose_whisper",
    "identify_whisper",
    "model_identity",
    "probe",
    "read_transcript",
    "run_second_pass",
    "scan_parts",
    "speech_settings",
    "transcribe",
]
