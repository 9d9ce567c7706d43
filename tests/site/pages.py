"""A small lecture for the tests of the pages: a loop removed, a join, a gap, two chapters."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path
from typing import Any

from konspekt.clean import wording
from konspekt.data import (
    Chapter,
    Gap,
    LectureScore,
    Notes,
    Part,
    Quality,
    Recording,
    Removal,
    Score,
    Sentence,
    Statement,
    Term,
    Transcript,
)
from konspekt.site import LecturePage

RUSSIAN = (
    "Обратный индекс — это словарь. ",
    "Для каждого слова хранится список, то есть posting list. ",
    "Теперь про модели. ",
    "Две модели лучше, чем одна модель. ",
)
ENGLISH = (
    "An inverted index is a dictionary. ",
    "For every word it holds a posting list. ",
    "Now for models. ",
    "Two models are better than one. ",
)
WORDING = wording()
LOOP = {
    "words": "three times the same",
    "unit": "общую",
    "periods": 3,
    "chars": 17,
    "rate": 9.5,
}
STARTS = (1.0, 12.5, 3700.0, 3705.2)


def sentences(texts: tuple[str, ...] = RUSSIAN) -> tuple[Sentence, ...]:
    return tuple(
        Sentence(f"{number}:0", number, start, 0, len(text), start, start + 5.0, text)
        for number, (start, text) in enumerate(zip(STARTS, texts, strict=True))
    )


def lecture(
    lecture_id: str = "week01", language: str = "ru", **changes: Any
) -> LecturePage:
    texts = RUSSIAN if language == "ru" else ENGLISH
    recording = Recording(
        lecture_id, (Part(f"recordings/{lecture_id}.mp3", 0.0, 3720.0, "0" * 64),)
    )
    removals = (
        Removal(
            1,
            12.5,
            60,
            80,
            20.0,
            26.0,
            "общую общую общую",
            "loop",
            LOOP,
            code="long-loop",
        ),
        Removal(
            2, 3700.0, 0, 5, 3700.0, 3701.0, "Это", "overlap", {"words": "said before"}
        ),
    )
    gaps = (Gap(20.0, 40.5, "removed"),)
    page = LecturePage(
        lecture_id=lecture_id,
        title="Индекс" if language == "ru" else "The index",
        date=datetime.date(2026, 9, 1),
        speakers=("А. Лектор" if language == "ru" else "A. Lecturer",),
        recording=recording,
        language=language,
        model="small",
        transcript=Transcript(lecture_id, language, sentences(texts), gaps),
        removals=removals,
        quality=Quality(
            lecture_id,
            3720.0,
            3348.0,
            30,
            24,
            {"loop": 3, "overlap": 1},
            {"removed": 20.5},
            None,
            (),
        ),
        notes=notes(lecture_id, language),
        score=score(lecture_id),
    )
    return replace(page, **changes)


def notes(lecture_id: str, language: str) -> Notes:
    said = (
        ("Обратный индекс.", "Хранение posting list.")
        if language == "ru"
        else ("Inverted index.", "Posting list.")
    )
    models = (
        ("Модели", "Сравнение моделей.")
        if language == "ru"
        else ("Models", "Comparison of models.")
    )
    chapters = (
        Chapter(said[0].rstrip("."), 1.0, 3700.0, (
            Statement(said[0], 1.0, 6.0, ("0:0",)),
            Statement(said[1], 12.5, 17.5, ("1:0",)),
        )),
        Chapter(models[0], 3700.0, 3720.0, (Statement(models[1], 3705.2, 3710.2, ("3:0", "2:0")),)),
    )  # fmt: skip
    terms = (Term("posting list", 12.5, 2, ("1:0",)),)
    return Notes(lecture_id, language, "outline", None, None, (), chapters, terms)


def score(lecture_id: str) -> LectureScore:
    figures = Score("normalised", 90, 5, 3, 2, 98, 97, 5, 100)
    return LectureScore(
        lecture_id, f"{lecture_id}.reference.txt", "0" * 64, figures, figures
    )


def written(files: dict[str, bytes], folder: Path) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder
