"""The engines that compute Whisper, the usual one first.

To add one: a file here, and its place in `ENGINES`.
"""

from __future__ import annotations

from konspekt.transcribe.engines.endpoint import ENGINE as ENDPOINT
from konspekt.transcribe.engines.engine import EngineKind
from konspekt.transcribe.engines.faster_whisper import ENGINE as FASTER_WHISPER
from konspekt.transcribe.engines.whisper import ENGINE as WHISPER

ENGINES: dict[str, EngineKind] = {
    kind.name: kind for kind in (WHISPER, FASTER_WHISPER, ENDPOINT)
}
