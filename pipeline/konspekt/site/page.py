"""What a lecture's page is made from."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from konspekt.data import LectureScore, Notes, Quality, Recording, Removal, Transcript


@dataclass(frozen=True, slots=True)
class SiteInfo:
    """The course's title and the language of its pages."""

    title: str
    language: str


@dataclass(frozen=True, slots=True)
class LecturePage:
    """Everything a lecture's page says."""

    lecture_id: str
    title: str
    date: datetime.date | None
    speakers: tuple[str, ...]
    recording: Recording
    language: str
    model: str  # the Whisper that transcribed it
    transcript: Transcript
    removals: tuple[Removal, ...]
    quality: Quality
    notes: Notes
    score: LectureScore | None = None
    # addresses of the parts' sound files as seen from the HTML page; empty: no player
    sound: tuple[str, ...] = ()
    # why the page is older than the recording, one line; None: it is up to date
    stale: str | None = None
