"""What course.toml names and nothing has: one check for `build`, `doctor` and `status`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from konspekt.clean import chosen_rules
from konspekt.course.corrections import load_corrections
from konspekt.course.course import Course
from konspekt.errors import CourseError
from konspekt.models.tokenizer import check_languages
from konspekt.transcribe.engines.choice import find_engine


def find_wrong_settings(course: Course) -> list[CourseError]:
    """Return what no stage could be run with; empty where a build may begin.

    What is only for Whisper counts where there is a recording to transcribe.
    """
    checks: list[Callable[[], object]] = [partial(chosen_rules, course.clean)]
    if course.corrections is not None:
        checks.append(partial(load_corrections, course.corrections, everywhere=True))
    if any(lecture.is_sound for lecture in course.lectures):
        options = course.transcribe
        checks.append(partial(find_engine, options.engine))
        checks.append(partial(check_languages, (options.language, *options.languages)))
    problems = []
    for check in checks:
        try:
            check()
        except CourseError as problem:
            problems.append(problem)
    return problems
