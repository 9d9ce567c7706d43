"""One Sphinx build of a small course and one of a hostile course, shared by all tests of the
pages.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from konspekt.data import Part, Recording
from konspekt.site import LecturePage, SiteInfo, publish, render_site
from tests.site.hostile import TEXTS
from tests.site.pages import LOOP, RUSSIAN, WORDING, lecture, sentences, written

SOUND = ("../../../../recordings/a%20b.mp3", "../../../../recordings/week01-2.mp3")


def course() -> list[LecturePage]:
    parts = (
        Part("recordings/a b.mp3", 0.0, 3600.0, "0" * 64),
        Part("recordings/week01-2.mp3", 3600.0, 120.0, "1" * 64),
    )
    return [
        lecture(recording=Recording("week01", parts), sound=SOUND),
        lecture("лекция 2"),
        lecture("week03", "en"),
    ]


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(
        render_site(
            SiteInfo("Поиск", "ru"), course(), course_folder=None, wording=WORDING
        ),
        tmp_path_factory.mktemp("course") / "source",
    )


@pytest.fixture(scope="session")
def html(source: Path) -> Path:
    publish(source, source.parent / "html")
    return source.parent / "html"


def hostile_evidence(text: str) -> list[tuple[str, dict[str, object]]]:
    """A code and evidence each."""
    return [
        ("", {"words": text}),
        (text, {"words": text}),
        ("long-loop", {**LOOP, "unit": text, "words": text}),
    ]


def hostile_lecture(number: int, text: str) -> LecturePage:
    """`text` wherever somebody else's text goes."""
    page = lecture(
        f"{number}{text[:60]}", title=text, speakers=(text, text), model=text
    )
    told = tuple(replace(s, text=f"{text} ") for s in sentences(RUSSIAN))
    notes = page.notes
    chapters = tuple(
        replace(
            c, title=text, statements=tuple(replace(s, text=text) for s in c.statements)
        )
        for c in notes.chapters
    )
    return replace(
        page,
        transcript=replace(page.transcript, sentences=told),
        removals=tuple(
            replace(page.removals[0], text=text, code=code, evidence=evidence)
            for code, evidence in hostile_evidence(text)
        ),
        quality=replace(page.quality, without=(text, f"{text}: loops")),
        notes=replace(
            notes,
            method="llm",
            model=text,
            endpoint=text,
            problems=(text,),
            chapters=chapters,
            terms=tuple(replace(term, text=text) for term in notes.terms),
        ),
        stale=text,
    )


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    pages = [hostile_lecture(number, text) for number, text in enumerate(TEXTS)]
    title = "<script>alert(1)</script>{{ 7*7 }}\"';</title>"
    source = written(
        render_site(SiteInfo(title, "ru"), pages, course_folder=None, wording=WORDING),
        folder / "source",
    )
    publish(source, folder / "html")
    return folder / "html"
