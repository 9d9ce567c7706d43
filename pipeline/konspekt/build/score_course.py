"""The lectures of a course against their references, as `konspekt score` tells of them."""

from __future__ import annotations

from pathlib import Path

from konspekt.artifacts.files import load_raw, load_transcript
from konspekt.artifacts.names import RAW, TRANSCRIPT
from konspekt.course.course import Course
from konspekt.course.lecture import Lecture
from konspekt.data import Part
from konspekt.errors import KonspektError, command_line
from konspekt.score.analysis import ScoringOptions, analyse
from konspekt.score.lecture import hash_of, names_of, read_references, utterances_of
from konspekt.score.report import Input, Scored


def lectures_to_score(course: Course) -> list[Lecture]:
    """Return the lectures that have a reference.

    Raises KonspektError where none has one, or none of them has a transcript.
    """
    lectures = [lecture for lecture in course.lectures if lecture.references]
    if not lectures:
        raise KonspektError(
            "no lecture has a reference",
            path=course.folder,
            remedy="Put what was said beside the recording, as NAME.reference.txt.",
        )
    if not any(_transcript(course, lecture).is_file() for lecture in lectures):
        raise KonspektError(
            "no lecture has a transcript yet",
            path=course.folder,
            remedy=f"First: {command_line('build', course.folder)}.",
        )
    return lectures


def score_lecture(course: Course, lecture: Lecture, scoring: ScoringOptions) -> Scored:
    """Return the score of a lecture's newest transcript; all deletions where it has none yet."""
    path = _transcript(course, lecture)
    references = lecture.references
    said = read_references(references, _parts(lecture, path))
    utterances = utterances_of(load_transcript(path)) if path.is_file() else ()
    reference = references[0].with_name(names_of(references))
    return Scored(
        analyse(lecture.id, said, utterances, scoring),
        Input(reference, hash_of(references)),
        Input(path, hash_of([path])) if utterances else None,
        _sound_of(lecture),
    )


def _transcript(course: Course, lecture: Lecture) -> Path:
    return course.lecture_folder(lecture.id) / TRANSCRIPT


def _parts(lecture: Lecture, transcript: Path) -> tuple[Part, ...]:
    """Return the parts of a recording of which each has its reference, once they are known."""
    raw = transcript.with_name(RAW)
    if len(lecture.references) == 1 or not raw.is_file():
        return ()
    return load_raw(raw).recording.parts


def _sound_of(lecture: Lecture) -> Path | None:
    """Return the recording; None where there is no sound, or it is in several files."""
    is_one_file = lecture.is_sound and len(lecture.files) == 1
    return lecture.files[0] if is_one_file else None
