"""Subtitles as cues: what is text, what is a mark, what is neither."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.errors import FormatError
from konspekt.formats import Source, Utterance, srt, vtt

SRT = """1
00:00:01,000 --> 00:00:04,500
<i>Всем</i> {\\an8}привет.
Начнём.

2
00:00:05,000 --> 00:00:06,000 X1:0

00:00:07,5 --> 00:00:07,0
a < b, R&amp;D

и дальше
"""
VTT = """WEBVTT - лекция
Kind: captions

STYLE
::cue { color: red }

NOTE не говорится

имя
00:01.000 --> 00:02.000 align:start
<v Анна>Всем <c.loud>привет</c>: R&amp;D &lt;3&nbsp;&amp;lt;

01:00:03.000 --> 01:00:04.000
Две
строки
"""


def srt_cues(text: str) -> tuple[Utterance, ...]:
    return srt.read(Source(Path("a.srt"), text, "")).utterances


def vtt_cues(text: str) -> tuple[Utterance, ...]:
    return vtt.read(Source(Path("a.vtt"), text, "")).utterances


def test_srt_gives_times_and_texts_without_the_marks_of_players() -> None:
    assert srt_cues(SRT) == (
        Utterance("", "Всем привет.\nНачнём.", 1.0, 4.5),
        Utterance("", "a < b, R&amp;D\n\nи дальше", 7.5, 7.5),
    )


def test_vtt_gives_texts_without_tags_notes_and_styles_and_with_its_entities_as_characters() -> (
    None
):
    assert vtt_cues(VTT) == (
        Utterance("", "Всем привет: R&D <3\xa0&lt;", 1.0, 2.0, "Анна"),
        Utterance("", "Две\nстроки", 3603.0, 3604.0),
    )


def test_the_wildcard_and_the_braces_of_references_are_text() -> None:
    marked = "Это <*> слово, {а|б} {в / @}"
    assert (
        srt_cues(f"1\n00:00:01,000 --> 00:00:02,000\n<b>{marked}</b>\n")[0].text
        == marked
    )
    assert (
        vtt_cues(f"WEBVTT\n\n00:01.000 --> 00:02.000\n<b>{marked}</b>\n")[0].text
        == marked
    )


def test_windows_line_endings_are_no_text() -> None:
    assert vtt_cues(VTT.replace("\n", "\r\n")) == vtt_cues(VTT)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no cue"),
        ("Просто текст\n", "no cue"),
        (
            "Заголовок\n\n1\n00:00:01,000 --> 00:00:02,000\nа",
            "text before the first cue",
        ),
        (
            "1\n999999:00:00,000 --> 999999:00:01,000\nа",
            "line 2: .* is not a time between 0 and 1000 hours",
        ),
    ],
)
def test_what_is_no_srt_says_why(text: str, said: str) -> None:
    with pytest.raises(FormatError, match=said):
        srt_cues(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "not WEBVTT"), (SRT, "not WEBVTT"), ("WEBVTT\n\nДа", "no cue")],
)
def test_what_is_no_vtt_says_why(text: str, said: str) -> None:
    with pytest.raises(FormatError, match=said):
        vtt_cues(text)


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_is_cues_or_one_error(before: str, after: str) -> None:
    for text in (
        f"{before}\n00:01.000 --> 00:02.000\n{after}",
        f"WEBVTT\n\n00:01.000 --> 00:02.000\n{before}",
    ):
        for read in (srt_cues, vtt_cues):
            try:
                cues = read(text)
            except FormatError:
                continue
            assert all(cue.text.strip() for cue in cues)
            assert all((cue.start or 0) <= (cue.end or 0) for cue in cues)
