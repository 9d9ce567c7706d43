"""Several windows of the same sound: transcripts of one recording by other models, settings or
tools.

joined(transcripts) → RawTranscript      their windows in one, each with the file that it came from
Several(raw, rules)                      what they bear out is kept once, what only one of them has
must stand up

Each is cleaned by itself first. Then their words are aligned (`alignment`) into a network of slots
(`network`), as ROVER does (Fiscus 1997, "A post-processing system to yield reduced word error
rates: recognizer output voting error reduction"): words that a majority says are kept; where there
is none, `verdict` decides a whole stretch by its evidence (`evidence`). A second window is the
strongest evidence there is without a reference: what Whisper invents it invents differently each
time (Koenecke et al. 2024, "Careless Whisper").
"""

from __future__ import annotations

from konspekt.clean.several.cleaning import Several
from konspekt.clean.several.joining import check_alike, joined

__all__ = ["Several", "check_alike", "joined"]
