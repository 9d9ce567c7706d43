"""Every type that flows from stage to stage. All are frozen; a later stage is a later type.

Times are seconds from the start of the recording (of its first part, where a lecture has several).
Character offsets are Unicode code points into a window's raw text. None means "the source does not
say", never "not yet".

`raw`: what was recorded and what Whisper transcribed. `cleaned`: what cleaning decides. `notes` and
`scores`: what their names say.
"""

from __future__ import annotations

from typing import Protocol

from konspekt.data.cleaned import (
    Cause,
    Cleaned,
    Gap,
    Quality,
    Removal,
    Replacement,
    SecondPassCandidate,
    Sentence,
    Transcript,
    Wording,
)
from konspekt.data.notes import Chapter, Dropped, Notes, Statement, Term
from konspekt.data.raw import (
    Alternative,
    DecodedWindow,
    How,
    Part,
    RawTranscript,
    Recording,
    Region,
    Segment,
    Track,
    Word,
)
from konspekt.data.scores import Alignment, Edit, EditKind, LectureScore, Score

__all__ = [
    "Alignment",
    "Alternative",
    "Cause",
    "Chapter",
    "Cleaned",
    "DecodedWindow",
    "Dropped",
    "Edit",
    "EditKind",
    "Gap",
    "How",
    "LectureScore",
    "Notes",
    "Part",
    "Progress",
    "Quality",
    "RawTranscript",
    "Recording",
    "Region",
    "Removal",
    "Replacement",
    "Score",
    "SecondPassCandidate",
    "Segment",
    "Sentence",
    "Statement",
    "Term",
    "Track",
    "Transcript",
    "Word",
    "Wording",
    "no_progress",
]


class Progress(Protocol):
    """What long work calls to say how far it is."""

    def __call__(self, done: float, total: float, doing: str = "") -> None:
        """Report what is done of what there is in all, in the stage's own unit.

        `doing` names work that goes before the stage's own and counts from 0 for itself. "" is the
        stage's own work.
        """


def no_progress(done: float, total: float, doing: str = "") -> None:
    """Report to nobody."""
