"""What course.toml names and nothing has: one check for `build`, `doctor` and `status`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from konspekt.clean import chosen_rules
from konspekt.course.corrections import load_corrections
from konspekt.course.course import Course
from konspekt.course.glossary import load_glossary
from konspekt.course.languages import ISO_639_1
from konspekt.errors import CourseError
from konspekt.models.tokenizer import LANGUAGES, check_languages
from konspekt.transcribe.engines.choice import check_engine


def find_wrong_settings(course: Course) -> list[CourseError]:
    """Return what no stage could be run with; empty where a build may begin.

    The course's corrections and glossary count too. What is only for Whisper does not count where
    every lecture is a raw transcript.
    """
    problems = []
    for check in _checks(course):
        try:
            check()
        except CourseError as problem:
            problems.append(problem)
    return problems


def _checks(course: Course) -> Iterator[Callable[[], object]]:
    """Yield what raises CourseError where something is wrong."""
    yield partial(chosen_rules, course.clean)
    yield partial(_check_languages, course)
    if course.corrections is not None:
        yield partial(load_corrections, course.corrections, everywhere=True)
    if _needs_whisper(course):
        settings = course.transcribe
        yield partial(check_engine, settings)
        if course.glossary is not None and settings.glossary:
            yield partial(load_glossary, course.glossary)


def _needs_whisper(course: Course) -> bool:
    return not course.lectures or any(lecture.is_sound for lecture in course.lectures)


def _check_languages(course: Course) -> None:
    """Raise CourseError for a language that does not exist, or that Whisper needs and lacks.

    Whisper's come second: where none is named, the course's own is one of them.
    """
    if course.language not in ISO_639_1 | LANGUAGES:
        raise CourseError(
            f"there is no language {course.language!r}",
            remedy="Correct language in course.toml: a two-letter code of ISO 639-1 "
            '("ru"), or a language of Whisper ("yue").',
        )
    if _needs_whisper(course):
        settings = course.transcribe
        check_languages((settings.language, *settings.languages))
