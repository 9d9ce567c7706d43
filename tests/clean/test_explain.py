"""What is said of a time: the windows that hold it, what was decided, why, and what lies around."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.clean import clean
from konspekt.clean.explain import excerpt_times, explain
from konspekt.course.settings import CleanOptions
from konspekt.data import (
    Alternative,
    DecodedWindow,
    How,
    RawTranscript,
    Removal,
    Segment,
)
from konspekt.errors import FormatError
from konspekt.sanitize import sanitize_piece
from tests.builders import raw_transcript
from tests.clean.cases import LECTURE, STOCK, apart, overlapping, raw_of, timed_window
from tests.clean.test_laws import recordings


def told(raw: RawTranscript, at: float) -> list[str]:
    """The lines with the marks of a terminal without colours."""
    result = clean(raw, CleanOptions(), None, language="ru")
    lines = explain(raw, result.transcript, result.removals, at)
    return [
        "".join(f"[-{text}-]" if kind == "removed" else text for text, kind in line)
        for line in lines
    ]


PAIRS = "3 words at the end of window 0 are those at the beginning of window 1"
SHORT = raw_transcript(
    [
        (0.0, "Первое слово. Дерево растёт вверх."),
        (25.0, "Дерево растёт вверх. Потом оно падает."),
        (80.0, "Конец."),
    ]
)


def test_an_overlap_is_told_with_both_windows_their_marks_and_the_evidence() -> None:
    assert told(SHORT, 27.0) == [
        "lecture at 0:27 of 1:50: windows 0 and 1 are joined here, what both say is kept once",
        "",
        "Window 0, 0:00–0:30 (chunks, ru, times within it are estimates)",
        "  Первое слово. Дерево [-растёт вверх.-] (1 overlap)",
        "  1. 0:18–0:30 overlap: window 1 holds the same sound: " + PAIRS,
        "     there, window 1 says: «растёт вверх»",
        "",
        "Window 1, 0:25–0:55 (chunks, ru, times within it are estimates)",
        "  [-Дерево-] (2 overlap) растёт вверх. Потом оно падает.",
        "  2. 0:25–0:29 overlap: window 0 holds the same sound: " + PAIRS,
        "     there, window 0 says: «Дерево»",
        "",
        "After: window 2, 1:20–1:50",
        "  Конец.",
        "",
        "Gap 0:01–0:12, uncertain: a few words stand alone in a long stretch",
        "Gap 0:13–0:25, uncertain: a few words stand alone in a long stretch",
        "Gap 0:31–0:41, uncertain: a few words stand alone in a long stretch",
        "Gap 0:42–0:55, uncertain: a few words stand alone in a long stretch",
    ]


def test_words_that_went_in_favour_of_a_neighbour_s_are_told_so() -> None:
    raw = raw_transcript(
        [(0.0, "Первое слово. Дерево растёт вверх."), (25.0, "Растёт вверх.")]
    )
    assert told(raw, 26.0)[0] == (
        "lecture at 0:26 of 0:55: kept in window 0; removed in window 1 in favour of window 0 "
        "(see 1, overlap)"
    )


def test_a_neighbour_that_shares_sound_is_shown_by_the_end_that_faces_the_time() -> (
    None
):
    raw = raw_transcript(overlapping(*LECTURE[:3]))
    lines = told(raw, 40.0)
    before, after = (
        lines.index("Before: window 0, 0:00–0:30, shares 5.0 s of sound with window 1"),
        len(lines) - 2,
    )
    assert (
        lines[after]
        == "After: window 2, 0:50–1:20, shares 5.0 s of sound with window 1"
    )
    assert lines[before + 1].startswith("  … ")
    assert LECTURE[0].endswith(lines[before + 1].removeprefix("  … "))
    assert LECTURE[2].startswith(lines[after + 1].removeprefix("  ").removesuffix("…"))
    assert max(len(lines[before + 1]), len(lines[after + 1])) < 210


def test_a_neighbour_without_sound_in_common_is_the_next_one() -> None:
    lines = told(raw_transcript(apart(*LECTURE[:4])), 50.0)
    assert [line for line in lines if line.startswith(("Before", "After"))] == [
        "Before: window 0, 0:00–0:30",
        "After: window 2, 1:20–1:50",
    ]


def test_where_nothing_was_transcribed_the_nearest_windows_with_words_and_the_gap_are_told() -> (
    None
):
    raw = raw_transcript(
        [(0.0, "Первое слово."), (40.0, ""), (80.0, ""), (120.0, "Последнее слово.")]
    )
    expected = [
        "lecture at {} of 2:30: nothing was transcribed",
        "",
        "Before: window 0, 0:00–0:30",
        "  Первое слово.",
        "",
        "Window 1, 0:40–1:10 (chunks, ru)",
        "  no text",
        "",
        "After: window 2, 1:20–1:50",
        "  no text",
        "",
        "After: window 3, 2:00–2:30",
        "  Последнее слово.",
    ]
    assert told(raw, 50.0)[:13] == [expected[0].format("0:50"), *expected[1:]]
    assert told(raw, 50.0)[13:] == [
        "",
        "Gap 0:40–1:10, not transcribed: Whisper gave no text there",
    ]
    between = told(raw, 35.0)
    assert between[:4] == [expected[0].format("0:35"), *expected[1:4]]
    assert not any(line.startswith("DecodedWindow") for line in between)


def test_a_gap_is_told_with_its_cause() -> None:
    raw = raw_transcript(apart(STOCK, LECTURE[0], STOCK, LECTURE[1], STOCK, LECTURE[2]))
    assert (
        told(raw, 90.0)[0]
        == "lecture at 1:30 of 3:50: removed in window 2 (see 1, phrase)"
    )
    assert told(raw, 90.0)[-1] == "Gap 1:20–1:50, removed: all of its text was removed"


def test_how_a_window_was_decoded_is_told_as_far_as_it_is_known() -> None:
    segments = (
        Segment(0.0, 4.0, "Раз два. ", (), 0.0, -0.25, 0.125, 1.5, 0.0),
        Segment(4.0, 9.0, "Три.", (), 0.0, -0.75, 0.125, 1.5, 0.0),
    )
    raw = raw_of([DecodedWindow(0, 0.0, 30.0, "ru", segments, How("small", {}, 2))])
    assert told(raw, 1.0)[2] == (
        "Window 0, 0:00–0:30 (small, ru, second pass, temperature 0.00, avg_logprob -0.75 to "
        "-0.25, "
        "no_speech_prob 0.12, compression_ratio 1.50)"
    )


def test_what_was_not_chosen_of_a_window_is_told_unless_words_are_redacted() -> None:
    window = timed_window(0, 0.0, [(1.0, "Раз."), (3.0, "Два.")])
    segments = (Segment(1.0, 4.0, " One, two.", avg_logprob=-0.75),)
    other = Alternative("en", segments, How("base", {"language": "en"}))
    raw = raw_of([replace(window, alternatives=(other,))])
    line = "  not chosen (base, en, avg_logprob -0.75): «{}»"
    assert told(raw, 1.0)[4] == line.format("One, two.")
    result = clean(raw, CleanOptions(), None, language="ru")
    (sentence, *others) = result.transcript.sentences
    redacted = Removal(
        sentence.window,
        0.0,
        sentence.char_start,
        sentence.char_end,
        sentence.start,
        sentence.end,
        "",
        "person",
        {},
        redacted=True,
    )
    transcript = replace(result.transcript, sentences=tuple(others))
    lines = explain(raw, transcript, (*result.removals, redacted), 1.0)
    assert line.format("…") in ["".join(text for text, _ in one) for one in lines]


def test_a_second_without_words_between_timed_words_is_told_as_such() -> None:
    raw = raw_of([timed_window(0, 0.0, [(1.0, "Раз."), (20.0, "Два.")])])
    assert (
        told(raw, 10.0)[0] == "lecture at 0:10 of 0:30: no words in window 0 just then"
    )
    assert told(raw, 20.2)[0] == "lecture at 0:20 of 0:30: kept in window 0"


def test_a_long_loop_is_shown_by_its_beginning_and_end() -> None:
    lines = told(raw_transcript(apart("Спросим. " + "то есть, " * 300)), 20.0)
    assert len(lines[3]) < 400
    assert lines[3].startswith("  Спросим. [-то есть, то есть,")
    assert "characters … " in lines[3]


def test_of_an_hour_in_one_window_only_what_is_near_is_shown() -> None:
    segments = tuple(
        Segment(10.0 * i, 10.0 * i + 10, f"Это предложение {i}. ") for i in range(360)
    )
    lines = told(
        raw_of([DecodedWindow(0, 0.0, 3600.0, "ru", segments, How("chunks"))]), 1800.0
    )
    assert lines[3].startswith("  … Это предложение 174. ")
    assert lines[3].endswith("Это предложение 186. …")


def test_nothing_that_steers_a_terminal_comes_through() -> None:
    said = "Дерево\x1b[31m рас\u202eтёт\x07 вверх.\r\n\u200b\x9b"
    raw = raw_transcript([(0.0, said), (25.0, f"{said} Потом {said}")])
    result = clean(raw, CleanOptions(), None, language="ru")
    odd = replace(
        result.removals[0],
        reason="\x1b]0;x\x07",
        evidence={"words": "\x1bc", "theirs": said},
    )
    lines = explain(raw, result.transcript, (odd, *result.removals[1:]), 27.0)
    assert all(text == sanitize_piece(text) for line in lines for text, _ in line)
    assert "Дерево [31m растёт  вверх." in "".join(text for text, _ in lines[3])


def test_a_time_after_the_end_is_an_error_that_says_how_long_the_recording_is() -> None:
    with pytest.raises(
        FormatError, match=r"2:00 is after the end: lecture lasts 1:50 \(110 s\)"
    ):
        told(SHORT, 120.0)
    assert told(SHORT, 110.0)[0] == "lecture at 1:50 of 1:50: kept in window 2"


def test_files_that_do_not_belong_together_are_refused() -> None:
    result = clean(SHORT, CleanOptions(), None, language="ru")
    with pytest.raises(FormatError, match="text is missing"):
        explain(SHORT, result.transcript, (), 0.0)


@given(recordings(), st.floats(0, 300))
def test_any_recording_can_be_explained_at_any_time(
    raw: RawTranscript, at: float
) -> None:
    result = clean(raw, CleanOptions(), None, language="ru")
    at = min(at, max((raw.recording.duration, *(h.end for h in raw.windows))))
    lines = explain(raw, result.transcript, result.removals, at)
    assert all(text == sanitize_piece(text) for line in lines for text, _ in line)


def test_the_excerpt_is_that_of_the_removals_at_the_time_else_of_the_time() -> None:
    removals = clean(SHORT, CleanOptions(), None, language="ru").removals
    assert [(r.start, r.end) for r in removals] == [(18.529, 30.0), (25.0, 29.737)]
    assert excerpt_times(SHORT, removals, 20.0) == (pytest.approx(13.529), 35.0)
    assert excerpt_times(SHORT, removals, 27.0) == (pytest.approx(13.529), 35.0)
    assert excerpt_times(SHORT, removals, 60.0) == (50.0, 70.0)
    assert excerpt_times(SHORT, removals, 4.0) == (0.0, 14.0)
    long = [replace(removals[0], start=0.0, end=3600.0)]
    assert excerpt_times(replace(SHORT, windows=()), long, 100.0) == (40.0, 110.0)
