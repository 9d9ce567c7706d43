"""A transcript written as text and subtitles, for people and their players."""

from __future__ import annotations

from konspekt.data import Gap, Sentence, Transcript
from konspekt.formats import plain, srt, vtt

SENTENCE = Sentence("3:0", 3, 75.0, 0, 13, 75.0, 76.5, "Всем привет. ")
TRANSCRIPT = Transcript(
    "week1", "ru", (SENTENCE,), (Gap(100.0, 3725.0, "not transcribed"),)
)


def test_text_form_shows_gaps_in_their_places() -> None:
    assert (
        plain.write(TRANSCRIPT).decode()
        == "Всем привет.\n[1:40–1:02:05: not transcribed]\n"
    )


def test_text_forms_hold_no_control_characters() -> None:
    sentence = Sentence(
        "0:0", 0, 0.0, 0, 9, 0.0, 1.0, "Да\x1b[31m,\x00\u202eэто\x07 всё."
    )
    transcript = Transcript("a", "ru", (sentence,), ())
    for form in (plain.write, srt.write, vtt.write):
        assert "Да [31m, это всё." in form(transcript).decode()


def test_text_form_joins_a_sentence_that_two_windows_share_and_no_other() -> None:
    texts = ("Представьте, что у ", "вас есть индекс. ", "Это «словарь.» ", "И всё")
    sentences = tuple(
        Sentence(f"{i}:0", i, i * 25.0, 0, len(t), i * 25.0, i + 1.0, t)
        for i, t in enumerate(texts)
    )
    text = plain.write(
        Transcript("a", "ru", sentences, (Gap(80.0, 90.0, "not transcribed"),))
    ).decode()
    assert (
        text == "Представьте, что у вас есть индекс.\nЭто «словарь.»\nИ всё\n"
        "[1:20–1:30: not transcribed]\n"
    )


def test_subtitles_have_hours_and_cannot_be_broken_by_the_text() -> None:
    sentence = Sentence("0:0", 0, 3725.0, 0, 9, 3725.0, 3725.0, "a --> <b>\n\nc & d")
    transcript = Transcript("a", "ru", (sentence,), ())
    assert (
        srt.write(transcript).decode()
        == "1\n01:02:05,000 --> 01:02:05,001\na → <b> c & d\n\n"
    )
    expected = "WEBVTT\n\n01:02:05.000 --> 01:02:05.001\na → &lt;b&gt; c &amp; d\n\n"
    assert vtt.write(transcript).decode() == expected
