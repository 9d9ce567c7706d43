"""Artifacts survive being written and read, and a broken one is one line."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.artifacts import files
from konspekt.data import (
    Alternative,
    Chapter,
    DecodedWindow,
    Dropped,
    Gap,
    How,
    LectureScore,
    Notes,
    Part,
    Quality,
    RawTranscript,
    Recording,
    Region,
    Removal,
    Score,
    Segment,
    Sentence,
    Statement,
    Term,
    Transcript,
    Word,
)
from konspekt.errors import FormatError

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
SECONDS = st.floats(0, 40_000, allow_nan=False)
SPANS = st.tuples(SECONDS, SECONDS).map(lambda pair: (min(pair), max(pair)))


@st.composite
def raw_transcripts(draw: st.DrawFn) -> RawTranscript:
    word = st.builds(
        lambda span, *more: Word(*span, *more), SPANS, TEXT, st.none() | st.just(0.5)
    )
    words = st.lists(word, max_size=2).map(tuple)
    segment = st.builds(
        lambda span, *more: Segment(*span, *more),
        SPANS,
        TEXT,
        words,
        st.none() | SECONDS,
    )
    how = How(
        draw(TEXT),
        {"beam": 1, "terms": ["a"]},
        draw(st.sampled_from([1, 2])),
        engine=draw(st.none() | TEXT.filter(bool)),
        is_silent=draw(st.booleans()),
        is_cut=draw(st.booleans()),
        attention_moves=draw(st.none() | st.sampled_from([0.0, 0.25])),
    )
    languages = st.sampled_from([None, "ru"])
    alternative = st.builds(
        lambda language, segments: Alternative(language, segments, how),
        languages,
        st.lists(segment, max_size=2).map(tuple),
    )
    decoded_windows = tuple(
        DecodedWindow(
            i,
            *draw(SPANS),
            draw(languages),
            tuple(segments),
            how,
            draw(st.lists(alternative, max_size=2).map(tuple)),
        )
        for i, segments in enumerate(
            draw(st.lists(st.lists(segment, max_size=2), max_size=3))
        )
    )
    part = Part(draw(TEXT), 0.0, draw(SECONDS), "0" * 64, draw(st.none() | SECONDS))
    speech = draw(
        st.none()
        | st.lists(SPANS.map(lambda span: Region(*span)), max_size=2).map(tuple)
    )
    return RawTranscript(
        Recording(draw(TEXT), (part,)),
        draw(TEXT),
        speech,
        decoded_windows,
    )


@given(raw_transcripts())
def test_a_raw_transcript_read_back_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, raw: RawTranscript
) -> None:
    path = tmp_path_factory.mktemp("raw") / "raw.json"
    path.write_bytes(files.dump(raw))
    assert files.load_raw(path) == raw


@given(raw_transcripts())
def test_a_window_names_alternatives_only_where_there_are_any(
    raw: RawTranscript,
) -> None:
    written = json.loads(files.dump(raw))["windows"]
    assert ["alternatives" in window for window in written] == [
        bool(window.alternatives) for window in raw.windows
    ]


def test_an_alternative_that_ends_before_it_starts_is_refused(tmp_path: Path) -> None:
    segments = (Segment(5.0, 4.0, "Назад."),)
    other = Alternative("ru", segments, How("small"))
    window = DecodedWindow(7, 0.0, 9.0, "en", (), How("small"), (other,))
    raw = RawTranscript(Recording("a", ()), "small", None, (window,))
    (tmp_path / "raw.json").write_bytes(files.dump(raw))
    with pytest.raises(FormatError, match="window 7: something ends before it starts"):
        files.load_raw(tmp_path / "raw.json")


SENTENCE = Sentence("3:0", 3, 75.0, 0, 13, 75.0, 76.5, "Всем привет. ")
TRANSCRIPT = Transcript(
    "week1", "ru", (SENTENCE,), (Gap(100.0, 3725.0, "not transcribed"),)
)
REMOVAL = Removal(
    3,
    75.0,
    13,
    20,
    76.5,
    80.0,
    "Пока\u2028.",
    "phrase",
    {"words": "said in three", "windows": [0, 1]},
)
NOTES = Notes(
    "week1",
    "ru",
    "llm",
    "small",
    "localhost",
    ("chapter 2: no answer",),
    (Chapter("Индекс", 0.0, 9.0, (Statement("Обратный индекс", 1.0, 2.0, ("3:0",)),)),),
    (Term("индекс", 1.0, 4, ("3:0",)),),
    (Dropped("Число 7.", "7 is not said", 0),),
)
QUALITY = Quality(
    "week1",
    100.0,
    90.0,
    50,
    45,
    {"loop": 5},
    {"not transcribed": 10.0},
    None,
    ("embeddings",),
)
SCORE = LectureScore(
    "week1",
    "a.txt",
    "0" * 64,
    Score("raw", 1, 1, 0, 0, 2, 2, 2, 10),
    Score("n", 0, 0, 0, 1, 0, 1),
)


def test_every_artifact_read_back_is_the_same(tmp_path: Path) -> None:
    path = tmp_path / "artifact"
    path.write_bytes(files.dump_transcript(TRANSCRIPT))
    assert files.load_transcript(path) == TRANSCRIPT
    path.write_bytes(files.dump_removals((REMOVAL, REMOVAL)))
    assert files.load_removals(path) == (REMOVAL, REMOVAL)
    path.write_bytes(files.dump(NOTES))
    assert files.load_notes(path) == NOTES
    path.write_bytes(files.dump(QUALITY))
    assert files.load_quality(path) == QUALITY
    path.write_bytes(files.dump_score(SCORE))
    assert files.load_score(path) == SCORE


def _written(folder: Path, content: bytes) -> Path:
    path = folder / "removed.jsonl"
    path.write_bytes(content)
    return path


def test_the_files_have_the_keys_that_others_read(tmp_path: Path) -> None:
    removed = json.loads(files.dump_removals((REMOVAL,)))
    assert {
        "window",
        "window_start",
        "char_start",
        "char_end",
        "start",
        "end",
        "text",
        "reason",
        "evidence",
    } == set(removed)
    told = replace(
        REMOVAL, code="same-words", other_window=0, phrase="пока", redacted=True
    )
    assert files.load_removals(_written(tmp_path, files.dump_removals((told,)))) == (
        told,
    )
    transcript = json.loads(files.dump_transcript(TRANSCRIPT))
    assert transcript["segments"][0]["window_start"] == 75.0
    assert transcript["gaps"] == [
        {"start": 100.0, "end": 3725.0, "cause": "not transcribed"}
    ]
    assert json.loads(files.dump_score(SCORE))["raw"]["wer"] == 0.5


TRANSCRIPT_START = '{"format": 1, "recording": "a", "language": "ru", "segments": [],'


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "broken JSON"),
        ("[]", "not what Konspekt writes"),
        ('{"format": 1, "recording": 1}', "recording"),
        (
            f'{TRANSCRIPT_START} "gaps": [{{"start": NaN}}]}}',
            "NaN",
        ),
        (
            f'{TRANSCRIPT_START} "gaps": [{{"start": 1e999}}]}}',
            "1e999",
        ),
        ("[" * 100_000, "broken JSON"),
    ],
)
def test_a_broken_artifact_is_one_line_with_the_file(
    tmp_path: Path, content: str, said: str
) -> None:
    path = tmp_path / "transcript.json"
    path.write_text(content)
    with pytest.raises(FormatError, match=said) as caught:
        files.load_transcript(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


WRITTEN = {
    "raw.json": (
        files.dump(RawTranscript(Recording("a", ()), "m", None, ())),
        files.load_raw,
    ),
    "transcript.json": (files.dump_transcript(TRANSCRIPT), files.load_transcript),
    "notes.json": (files.dump(NOTES), files.load_notes),
    "quality.json": (files.dump(QUALITY), files.load_quality),
    "score.json": (files.dump_score(SCORE), files.load_score),
}


@pytest.mark.parametrize("demo", ["false", "true"])
def test_a_raw_transcript_of_an_earlier_version_is_read(
    tmp_path: Path, demo: str
) -> None:
    """It says whether a demo model decoded."""
    raw = RawTranscript(Recording("a", ()), "m", None, ())
    content = files.dump(raw).decode()
    path = tmp_path / "raw.json"
    path.write_text(content.replace('"model"', f'"demo": {demo},\n "model"', 1))
    assert f'"demo": {demo}' in path.read_text()
    assert files.load_raw(path) == raw
    assert '"demo"' not in content


@pytest.mark.parametrize("name", WRITTEN)
def test_every_artifact_begins_with_its_format_and_another_is_refused(
    tmp_path: Path, name: str
) -> None:
    content, load = WRITTEN[name]
    assert content.startswith(b'{\n "format": 1,\n "')
    for number, said in (
        ("2", "format 2, and this Konspekt reads 1. Update Konspekt."),
        ("0", "format 0, and this Konspekt reads 1. Make it again"),
        ("true", "format True, and this Konspekt reads 1. Make it again"),
        ("null", "no format is named, and this Konspekt reads 1. Make it again"),
    ):
        path = tmp_path / name
        path.write_bytes(
            content.replace(b'"format": 1', f'"format": {number}'.encode())
        )
        with pytest.raises(FormatError) as caught:
            load(path)
        assert str(caught.value).startswith(f"{path}: {said}")
