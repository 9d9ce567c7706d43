"""Several transcripts of the same sound, by other models, settings or tools.

join_transcripts(transcripts) → RawTranscript    their windows in one, each with its file
split_by_source(raw) → RawTranscript, …          and back
Transcripts(raw, each, rules).judge(context)     what they bear out is kept once

Each is cleaned by itself first. Then their words are aligned (`alignment`) into a network of slots
(`network`), and words that a majority has are kept. That is ROVER's way (Fiscus 1997, "A
post-processing system to yield reduced word error rates"). Where there is no majority, `rulings`
decides a whole stretch by its evidence (`evidence`). A second transcript is the strongest evidence
there is without a reference: Whisper's hallucinations differ each time (Koenecke et al. 2024,
"Careless Whisper").
"""

from __future__ import annotations

from konspekt.clean.several.cleaning import Transcripts
from konspekt.clean.several.joining import (
    check_alike,
    join_transcripts,
    split_by_source,
)

__all__ = ["Transcripts", "check_alike", "join_transcripts", "split_by_source"]
