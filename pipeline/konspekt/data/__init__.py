"""Every type that flows from stage to stage. All are frozen; a later stage is a later type.

Times are seconds from the start of the recording (of its first part, where a lecture has several);
character offsets are Unicode code points into a window's raw text. None means "the source does not
say", never "not yet".

heard: what was recorded and what Whisper said; kept: what cleaning decides; noted: the notes;
scored: the score.
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
    """Called by long work with what is done and what there is in all, in the stage's own unit."""

    def __call__(self, done: float, total: float, doing: str = "") -> None:
        """`doing` names work that goes before the stage's own, which begins anew at 0; "" is the
        stage's own.
        """


def no_progress(done: float, total: float, doing: str = "") -> None:
    """The progress nobody watches."""
